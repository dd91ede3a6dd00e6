"""Samples whose files are missing or offline: out of the answers, unless a filter asks for them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from search_reference import brute_force
from search_world import PARAMS, World, make_world, sounds
from soundkin.errors import VectorIndexError
from soundkin.ingest.index_sync import catch_up
from soundkin.interfaces import FactBlock
from soundkin.model import KNOWN, Answer, FeatureParams, Like, Query, SampleId, State
from soundkin.search import absent
from soundkin.vectors import assembled, assembly, blocks, joined
from soundkin.vectors import view as view_module

MISSING, OFFLINE = range(10, 60), range(60, 130)


@pytest.fixture
def world() -> World:
    world = make_world(300)
    take(world, MISSING, State.MISSING)
    take(world, OFFLINE, State.OFFLINE)
    return world


def take(world: World, ids: range | list[int], state: State) -> None:
    world.library.take(list(ids), state)
    catch_up(world.library, world.index)


def ask(world: World, text: str, number: int = 1, **more: object) -> Answer:
    query = Query((Like(id=SampleId(number)),), **{"k": 1000, "filter": text, **more})  # type: ignore[arg-type]
    return world.searcher.find(query, [world.example(number)])


def ids(answer: Answer) -> list[int]:
    return [int(each.sample.id) for each in answer.neighbours]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {*range(2, 10), *range(130, 301)}),
        ("is:present", {*range(2, 10), *range(130, 301)}),
        ("is:missing", {*MISSING}),
        ("is:offline", {*OFFLINE}),
        ("is:absent", {*MISSING, *OFFLINE}),
        ("is:any", {*range(2, 301)}),
        ("-is:missing", {*range(2, 10), *range(60, 301)}),
        ("-is:present", {*MISSING, *OFFLINE}),
        ("is:absent -is:offline", {*MISSING}),
        ("IS:Any is:absent", {*MISSING, *OFFLINE}),
    ],
)
def test_an_is_term_says_which_samples_a_question_is_about(world: World, text: str, expected: set[int]) -> None:
    answer = ask(world, text)
    assert (set(ids(answer)), answer.total) == (expected, len(expected))
    for hit in answer.neighbours:
        number = int(hit.sample.id)
        state = State.MISSING if number in MISSING else State.OFFLINE if number in OFFLINE else State.PRESENT
        assert hit.sample.state is state


def test_is_present_is_the_plain_question_and_goes_the_same_way(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("soundkin.search.planner.SMALL_LIBRARY", 0)
    assert world.index.settle(60)
    plain, spelled = ask(world, "", k=5), ask(world, "is:present", k=5)
    assert plain.plan.startswith("voyager")
    assert (spelled.plan, spelled.neighbours) == (plain.plan, plain.neighbours)
    assert ask(world, "is:any", k=5).plan.startswith("exact")


def test_an_absent_example_is_asked_about_by_its_stored_vector(world: World) -> None:
    assert ids(ask(world, "is:present", 20, k=5)) == expected(world, "is:present", 20)[:5]
    assert ids(ask(world, "is:any", 20, k=5, include_self=True))[0] == 20
    assert 20 not in ids(ask(world, "is:missing", 20))


def expected(world: World, text: str, number: int) -> list[int]:
    query = Query((Like(id=SampleId(number)),), k=1000, filter=text)
    return [key for key, _, _ in brute_force(world, query, [world.example(number)])[0]]


def test_explanations_hold_for_absent_samples(world: World) -> None:
    for hit in ask(world, "is:absent", explain=True).neighbours:
        assert sum(each**2 for each in hit.aspect_distances.values()) == pytest.approx(hit.distance**2, rel=1e-4)
        assert hit.aspect_distances


def test_what_goes_comes_back_or_is_forgotten_is_known_at_the_next_question(world: World) -> None:
    assert set(ids(ask(world, "is:missing"))) == set(MISSING)
    take(world, [10, 11], State.PRESENT)
    take(world, [12], State.OFFLINE)
    take(world, [200], State.MISSING)
    world.library.drop([13])
    catch_up(world.library, world.index)
    assert set(ids(ask(world, "is:missing"))) == {*range(14, 60), 200}
    assert set(ids(ask(world, "is:offline"))) == {*OFFLINE, 12}
    assert [ask(world, text).total for text in ("is:missing", "is:offline")] == [47, 71]
    assert set(ids(ask(world, "is:any"))) == {*range(2, 301)} - {13}


def test_a_row_that_the_index_has_not_dropped_yet_is_there_once(world: World) -> None:
    ask(world, "is:any")
    world.library.take([200, 201], State.MISSING)
    found = ids(ask(world, "is:any"))
    assert sorted(found) == [*range(2, 301)]
    assert ask(world, "is:any").total == len(found)
    assert {200, 201} <= set(ids(ask(world, "is:missing")))
    assert not {200, 201} & set(ids(ask(world, "")))


def test_beside_a_scan_only_what_it_touched_is_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(ids(ask(world, "is:absent dur>0")))
    monkeypatch.setattr(world.library, "all_vectors", lambda _states: pytest.fail("everything was read again"))
    for number in range(301, 310):
        world.library.put({number: sounds(1, seed=number)[0]})
        catch_up(world.library, world.index)
        assert set(ids(ask(world, "is:absent dur>0"))) == before
    world.library.take([305], State.OFFLINE)
    assert set(ids(ask(world, "is:absent dur>0"))) == before | {305}


def test_everything_is_read_again_where_the_list_of_changes_does_not_reach_back(world: World) -> None:
    ask(world, "is:absent")
    world.library.take([200], State.MISSING)
    assert ids(ask(world, "is:absent in:elsewhere")) == []
    move(world, 20)
    world.library.take([201], State.MISSING)
    world.library.forgotten = world.library.generation()
    assert {200, 201} <= set(ids(ask(world, "is:absent")))
    assert ids(ask(world, "is:absent in:elsewhere")) == [20]


def test_many_changes_at_once_are_read_as_a_whole(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(absent, "_MANY", 5)
    ask(world, "is:absent dur>0")
    monkeypatch.setattr(world.library, "vectors", lambda _ids: pytest.fail("they were read one by one"))
    world.library.take(range(200, 220), State.OFFLINE)
    assert set(ids(ask(world, "is:absent dur>0"))) == {*MISSING, *OFFLINE, *range(200, 220)}


def test_facts_that_change_while_a_file_is_away_are_read_again(world: World) -> None:
    assert ids(ask(world, "is:any in:elsewhere")) == []
    move(world, 20)
    assert ids(ask(world, "is:any in:elsewhere")) == []
    world.library.take([20], State.MISSING)  # as the library notes a row that another root has taken over
    assert ids(ask(world, "is:any in:elsewhere")) == [20]


def move(world: World, number: int, path: str = "/elsewhere/x.wav") -> None:
    """Another path and root, as when a folder inside a followed one is followed too."""
    sample = world.library.rows[SampleId(number)]
    world.library.rows[sample.id] = replace(sample, path=path, root=os.path.dirname(path))


def test_facts_of_what_is_present_are_not_read_again_for_a_question_about_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(world, "dur>0")
    read: list[int] = []
    fact_blocks = world.library.fact_blocks

    def noted(ids: Sequence[int] | None, states: Collection[State]) -> Iterator[FactBlock]:
        for block in fact_blocks(ids, states):
            read.extend(block.ids.tolist())
            yield block

    monkeypatch.setattr(world.library, "fact_blocks", noted)
    ask(world, "is:any dur>0")
    assert sorted(read) == [*MISSING, *OFFLINE]


def test_quotas_count_absent_samples_over_pages(world: World) -> None:
    whole = ids(ask(world, "is:any", per_folder=3))
    first = ask(world, "is:any", per_folder=3, k=5)
    found = ids(first)
    while rest := ids(ask(world, "is:any", per_folder=3, k=5, offset=len(found), snapshot=first.snapshot)):
        found += rest
    assert found == whole
    assert 0 < len(whole) < 299


@pytest.mark.parametrize("text", ["is:any", "is:absent", "is:missing"])
def test_pages_neither_repeat_nor_skip_while_files_go_and_come(world: World, text: str) -> None:
    wanted = expected(world, text, 1)
    first = ask(world, text, k=10)
    found, offset = ids(first), 10
    for turn in range(40):
        take(world, [130 + turn, 170 + turn], State.OFFLINE if turn % 2 else State.MISSING)
        take(world, [OFFLINE[turn]], State.PRESENT)
        found += ids(ask(world, text, k=10, offset=offset, snapshot=first.snapshot))
        offset += 10
    assert len(found) == len(set(found))
    states = {number: world.library.rows[SampleId(number)].state for number in wanted}
    stayed = {number for number in wanted if number in MISSING or (text == "is:any" and states[number] in KNOWN)}
    assert stayed <= set(found)
    assert [number for number in found if number in stayed] == [number for number in wanted if number in stayed]


def test_a_hit_shows_the_state_that_it_is_in_when_its_page_is_read(world: World) -> None:
    first = ask(world, "is:any", k=50)
    going = first.neighbours[3].sample.id
    take(world, [int(going)], State.PRESENT)
    take(world, [int(going)], State.MISSING)
    again = ask(world, "is:any", k=50, snapshot=first.snapshot)
    assert ids(again) == ids(first)
    assert again.neighbours[3].sample.state is State.MISSING
    take(world, [int(going)], State.PRESENT)
    assert ask(world, "is:any", k=50, snapshot=first.snapshot).neighbours[3].sample.state is State.PRESENT


def test_a_kit_may_be_made_of_absent_samples_too(world: World) -> None:
    query = Query((Like(id=SampleId(1)), Like(id=SampleId(70))), filter="is:offline")
    slots = world.searcher.kit(query, [world.example(1), world.example(70)], each=3)
    found = [int(hit.sample.id) for slot in slots for hit in slot.alternates]
    assert len(set(found)) == 6
    assert set(found) <= set(OFFLINE) - {70}


def test_duplicates_among_absent_samples_keep_the_present_one_and_count_no_room_for_missing_ones(
    world: World,
) -> None:
    vector = world.library.sounds_of[SampleId(1)]
    world.library.put(dict.fromkeys((401, 402, 403), vector))
    move(world, 401, "/a.wav")
    move(world, 402, "/b.wav")
    take(world, [401], State.MISSING)
    take(world, [402], State.OFFLINE)

    def group(text: str) -> list[tuple[int, int]]:
        groups = [
            each for each in world.searcher.duplicates(0.0, text) if SampleId(403) in {s.id for s in each.samples}
        ]
        return [(int(s.id), size) for each in groups for s, size in zip(each.samples, each.sizes, strict=True)]

    assert {number for number, _ in group("")} >= {1, 403}
    assert not {401, 402} & {number for number, _ in group("")}
    everything = group("is:any")
    assert {401, 402, 403} <= {number for number, _ in everything}
    assert dict(everything)[401] == 0
    assert dict(everything)[402] == 1402
    assert everything[0][0] not in (401, 402)


def test_while_the_index_lacks_the_newest_features_absent_samples_are_refused(world: World) -> None:
    world.library.params = FeatureParams(2, PARAMS.num_dimensions, PARAMS.aspects)
    with pytest.raises(VectorIndexError, match="newest features"):
        ask(world, "is:any")


def test_views_put_together_from_full_and_partial_blocks_hold_every_row_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (assembly, blocks, view_module):
        monkeypatch.setattr(module, "BLOCK_ROWS", 16)
    vectors = sounds(100)
    parts = [(np.arange(1, 41), vectors[:40]), (np.arange(41, 61), vectors[40:60]), (np.arange(31, 101), vectors[30:])]
    made = [assembled(PARAMS, [part]) for part in parts]
    view = joined(made)
    assert view.count == 100
    assert sorted(view.ids()[view.alive()].tolist()) == [*range(1, 101)]
    for number in range(1, 101):
        np.testing.assert_array_equal(view.vector(number), vectors[number - 1])
    squares, slack = view.squared_distances(vectors[0])
    assert len(squares) == view.rows
    assert squares[view.row(1)] <= slack
