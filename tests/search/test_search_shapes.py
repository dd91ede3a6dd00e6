"""Self, novelty, explanations, kits, duplicates, bad questions, catching up, and threads."""

from __future__ import annotations

import os
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from search_world import PARAMS, World, held, make_world, sounds, world_of
from soundkin.errors import QueryError
from soundkin.index import VoyagerIndex
from soundkin.ingest.index_sync import catch_up
from soundkin.model import Aspect, FeatureParams, Like, Query, SampleId
from soundkin.search import Example, InMemoryCandidates, Searcher, parse_filter, planner
from soundkin.search.duplicates import groups_within
from soundkin.search.matching import fits

ONE = (Like(id=SampleId(1)),)


@pytest.fixture
def world() -> World:
    return make_world(300)


def ids(world: World, query: Query, number: int = 1) -> list[int]:
    return [int(each.sample.id) for each in world.searcher.find(query, [world.example(number)]).neighbours]


# ---- self ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("small", [0, 4096], ids=["by voyager", "exact"])
def test_every_sample_finds_itself_first_even_among_exact_copies(small: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner, "SMALL_LIBRARY", small)
    world = make_world(400)
    copies = np.repeat(world.library.sounds_of[SampleId(7)][None, :], 60, axis=0)
    world.library.put(dict(enumerate(copies, start=1000)))
    catch_up(world.library, world.index)
    world.index.settle(60)
    for number in (1, 7, 1000, 1030, 1059, *range(10, 400, 13)):
        answer = world.searcher.find(Query((Like(),), k=3, include_self=True), [world.example(number)])
        first = answer.neighbours[0]
        assert (first.sample.id, first.distance, first.similarity, answer.query_id) == (number, 0.0, 1.0, number)


def test_the_asked_sample_is_left_out_unless_wanted(world: World) -> None:
    assert 1 not in ids(world, Query(ONE, k=300))
    assert len(ids(world, Query(ONE, k=300))) == 299
    assert ids(world, Query(ONE, k=300, include_self=True))[0] == 1


# ---- novelty -------------------------------------------------------------------------------------------------------


def test_novelty_shows_other_samples_each_time_and_comes_back_when_those_have_cooled(world: World) -> None:
    plain = ids(world, Query(ONE, k=8))
    novel = ids(world, Query(ONE, k=8, novelty=1.0))
    assert not set(plain) & set(novel)
    world.now_s[0] += 20 * 600
    assert ids(world, Query(ONE, k=8, novelty=1.0)) == plain


def test_what_was_committed_stays_away_for_longer(world: World) -> None:
    plain = ids(world, Query(ONE, k=8))
    world.searcher.committed(SampleId(plain[0]))
    world.now_s[0] += 20 * 600
    assert plain[0] not in ids(world, Query(ONE, k=4, novelty=1.0))
    world.now_s[0] += 20 * 86_400
    assert plain[0] == ids(world, Query(ONE, k=4, novelty=1.0))[0]


def test_without_novelty_the_same_question_has_the_same_answer(world: World) -> None:
    assert ids(world, Query(ONE)) == ids(world, Query(ONE))


# ---- why -----------------------------------------------------------------------------------------------------------


def test_squares_of_the_explained_distances_add_up_to_the_square_of_the_distance(world: World) -> None:
    answer = world.searcher.find(Query(ONE, explain=True), [world.example(1)])
    for each in answer.neighbours:
        assert list(each.aspect_distances) == [aspect.name for aspect in PARAMS.aspects]
        assert sum(part**2 for part in each.aspect_distances.values()) == pytest.approx(each.distance**2, rel=1e-5)
    assert not world.searcher.find(Query(ONE), [world.example(1)]).neighbours[0].aspect_distances


# ---- kits ----------------------------------------------------------------------------------------------------------


def test_a_kit_has_all_alternates_no_sample_twice_and_locked_slots_as_they_are(world: World) -> None:
    sources = [world.example(number) for number in (1, 2, 3, 4)] + [Example(sounds(1, seed=50)[0])]
    kit = world.searcher.kit(Query(()), sources, 8, locked=(2,))
    assert [(slot.sample_id, slot.locked, len(slot.alternates)) for slot in kit] == [
        (1, False, 8), (2, False, 8), (3, True, 0), (4, False, 8), (None, False, 8),
    ]  # fmt: skip
    used = Counter(hit.sample.id for slot in kit for hit in slot.alternates)
    assert max(used.values()) == 1
    assert not {1, 2, 3, 4} & set(used)
    for slot in kit:
        distances = [hit.distance for hit in slot.alternates]
        assert distances == sorted(distances)


def test_slots_that_want_the_same_samples_share_them_evenly(world: World) -> None:
    sources = [Example(world.library.sounds_of[SampleId(9)])] * 3
    kit = world.searcher.kit(Query(()), sources, 5)
    first = [slot.alternates[0].distance for slot in kit]
    nearest = [each.distance for each in world.searcher.find(Query((Like(),), k=3), sources[:1]).neighbours]
    assert sorted(first) == nearest


def test_a_kit_obeys_the_filter_and_takes_what_there_is(world: World) -> None:
    (slot,) = world.searcher.kit(Query((), filter="dur<0.2"), [world.example(1)], 64)
    (term,) = parse_filter("dur<0.2")
    fitting = [each for each in world.library.rows.values() if each.id != 1 and fits([term], each, 0.0)]
    assert {hit.sample.id for hit in slot.alternates} == {each.id for each in fitting}


@pytest.mark.parametrize(("each", "locked", "named"), [(0, (), "0"), (10**9, (), "1000000000"), (2, (5,), "5")])
def test_a_kit_that_cannot_be_is_refused_by_name(world: World, each: int, locked: tuple[int, ...], named: str) -> None:
    with pytest.raises(QueryError, match=named):
        world.searcher.kit(Query(()), [world.example(1)], each, locked)
    with pytest.raises(QueryError, match="slots is 0"):
        world.searcher.kit(Query(()), [], 4)


# ---- duplicates ----------------------------------------------------------------------------------------------------


def test_duplicates_are_the_groups_that_comparing_all_with_all_finds(world: World) -> None:
    radius = 1.0
    vectors = np.array(list(world.library.sounds_of.values()), np.float64)
    near = np.linalg.norm(vectors[:, None] - vectors[None], axis=2) <= radius
    groups = {number: {number} for number in range(1, 301)}
    for a, b in np.argwhere(near) + 1:
        merged = groups[int(a)] | groups[int(b)]
        for number in merged:
            groups[number] = merged
    expected = {frozenset(group) for group in groups.values() if len(group) > 1}
    found = world.searcher.duplicates(radius)
    assert len(expected) > 5
    assert {frozenset(int(sample.id) for sample in group.samples) for group in found} == expected


def test_neighbours_on_a_line_are_linked_up_to_the_radius_and_no_farther() -> None:
    steps = np.arange(50, dtype=np.float32)[:, None] * np.array([[1.0, 0.0, 0.0]], np.float32)
    assert [len(group) for group in groups_within(steps * 0.99, 1.0)] == [50]
    assert groups_within(steps * 1.01, 1.0) == []
    assert groups_within(steps[:1], 1.0) == groups_within(steps[:0], 1.0) == []


def test_the_report_tells_the_room_that_identical_files_take_largest_first(world: World) -> None:
    found = world.searcher.duplicates()
    assert [group.spare_bytes for group in found] == sorted((group.spare_bytes for group in found), reverse=True)
    for group in found:
        assert group.sizes == tuple(1000 + sample.id for sample in group.samples)
        same = [sample.id % 2 == 0 for sample in group.samples]
        assert [same[i] and same[j] for i in range(len(same)) for j in range(i)] == [
            group.contents[i] == group.contents[j] for i in range(len(same)) for j in range(i)
        ]
        identical = [size for size, is_same in zip(group.sizes, same, strict=True) if is_same]
        assert (group.spare_bytes, group.spare_files) == (sum(identical[1:]), max(0, len(identical) - 1))
    assert any(group.spare_bytes for group in found)
    assert any(not group.spare_bytes for group in found)
    loops = world.searcher.duplicates(matching="kind:loop")
    assert all(sample.facts.kind == "loop" for group in loops for sample in group.samples)
    with pytest.raises(QueryError, match="nan"):
        world.searcher.duplicates(float("nan"))


# ---- bad questions -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "named"),
    [
        (Query(()), "no example"),
        (Query(ONE, k=0), "k is 0"),
        (Query(ONE, k=10**9), "1000000000"),
        (Query(ONE, offset=-1), "offset is -1"),
        (Query(ONE, offset=10**9), "1000000000"),
        (Query(ONE, weights={"timbre": float("nan")}), "nan"),
        (Query(ONE, weights={"timbre": 5.0}), "5.0"),
        (Query(ONE, weights={"timbre": -1.0}), "-1.0"),
        (Query(ONE, weights={"colour": 1.0}), "colour.*timbre, envelope, pitch"),
        (Query(ONE, weights={"timbre": 0.0, "envelope": 0.0, "pitch": 0.0}), "all weights are 0"),
        (Query(ONE, within=float("nan")), "nan"),
        (Query(ONE, within=-1.0), "-1.0"),
        (Query(ONE, per_folder=0), "per_folder is 0"),
        (Query(ONE, novelty=1.5), "1.5"),
        (Query(ONE, novelty=float("nan")), "nan"),
        (Query(ONE, filter="x" * 4000), "4000 characters"),
        (Query(ONE * 65), "65 examples"),
    ],
)
def test_a_bad_question_is_refused_with_the_value_named(world: World, query: Query, named: str) -> None:
    with pytest.raises(QueryError, match=named):
        world.searcher.find(query, [world.example(1) for _ in query.like])


@pytest.mark.parametrize(
    ("example", "named"),
    [
        (Example(np.zeros(3, np.float32)), "shape"),
        (Example(np.full(24, np.nan, np.float32)), "finite"),
        (Example(np.zeros(24, np.float32), float("nan")), "nan"),
        (Example(np.zeros(24, np.float32), 0.0), "0.0"),
        (Example(np.zeros(24, np.float32), -1.0), "-1.0"),
        (Example(np.zeros(24, np.float32), float("inf")), "inf"),
    ],
)
def test_a_bad_example_is_refused_on_either_side(world: World, example: Example, named: str) -> None:
    with pytest.raises(QueryError, match=named):
        world.searcher.find(Query(ONE), [example])
    with pytest.raises(QueryError, match=named):
        world.searcher.find(Query(ONE, unlike=ONE), [world.example(1)], [example])


def test_an_empty_library_answers_every_question_with_nothing() -> None:
    world = make_world(0)
    shapes: list[dict[str, Any]] = [
        {},
        {"filter": "dur<1"},
        {"novelty": 1.0},
        {"fold_duplicates": True},
        {"within": 1.0},
    ]
    for shape in shapes:
        answer = world.searcher.find(Query(ONE, **shape), [Example(sounds(1)[0])])
        assert (answer.neighbours, answer.total) == ((), 0)
    assert world.searcher.duplicates() == ()


# ---- catching up ---------------------------------------------------------------------------------------------------


def test_catching_up_takes_the_changes_and_nothing_twice(world: World) -> None:
    world.library.put(dict(enumerate(sounds(20, seed=3), start=400)))
    world.library.drop([2, 3])
    assert catch_up(world.library, world.index) == 22
    assert catch_up(world.library, world.index) == 0
    assert (len(world.index), world.index.generation) == (318, world.library.generation())


def test_catching_up_starts_over_where_the_history_is_gone(world: World) -> None:
    world.library.put(dict(enumerate(sounds(20, seed=3), start=400)))
    world.library.drop([2, 3])
    world.library.forgotten = world.library.generation()
    world.library.put(dict(enumerate(sounds(2, seed=4), start=500)))
    catch_up(world.library, world.index)
    view = world.index.view()
    assert sorted(view.ids()[view.alive()].tolist()) == sorted(world.library.rows)


def test_catching_up_goes_over_to_new_features_with_other_dimensions(world: World) -> None:
    world.library.params = FeatureParams(2, 10, (Aspect("timbre", 0, 4), Aspect("rhythm", 4, 10)))
    world.library.sounds_of = {key: vector[:10] for key, vector in world.library.sounds_of.items()}
    catch_up(world.library, world.index)
    answer = world.searcher.find(Query(ONE, weights={"rhythm": 2.0}, filter="dur<3"), [world.example(1)])
    assert len(answer.neighbours) == 16
    assert world.index.params.version == 2


# ---- threads -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("small", [0, 4096], ids=["by voyager", "exact"])
def test_answers_are_consistent_while_samples_come_change_and_go(small: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner, "SMALL_LIBRARY", small)
    world = make_world(1500)
    assert world.index.settle(60)
    steady = [SampleId(number) for number in range(1, 1001)]  # these stay as they are, the others do not
    stop = threading.Event()
    wrong: list[str] = []

    def change() -> None:
        rng = np.random.default_rng(1)
        for turn in range(40):
            world.library.drop(rng.integers(1001, 1500, 20).tolist())
            fresh = rng.integers(1001, 2000, 30).tolist()
            world.library.put(dict(zip(fresh, sounds(30, seed=turn), strict=True)))
            catch_up(world.library, world.index)
        stop.set()

    def ask(seed: int) -> None:
        searcher = Searcher(world.library, world.candidates, lambda d: 1 / (1 + d))
        rng = np.random.default_rng(seed)
        shapes: list[dict[str, Any]] = [{}, {"filter": "dur<3"}, {"weights": {"pitch": 2.0}}, {"per_folder": 2}]
        while not stop.is_set():
            asked = steady[int(rng.integers(0, 1000))]
            shape = shapes[int(rng.integers(0, 4))]
            query = Query((Like(),), k=12, include_self=True, **shape)
            hits = searcher.find(query, [world.example(asked)]).neighbours
            problems = {
                "few": len(hits) < 12,
                "twice": len({hit.sample.id for hit in hits}) < len(hits),
                "order": [hit.distance for hit in hits] != sorted(hit.distance for hit in hits),
                "self": "filter" not in shape and hits[0].sample.id != asked,
                "filter": "filter" in shape and any(hit.sample.facts.duration_s >= 3 for hit in hits),
                "folder": max(Counter(os.path.dirname(hit.sample.path) for hit in hits).values()) > 2
                and "per_folder" in shape,
            }
            wrong.extend(name for name, holds in problems.items() if holds)

    threads = [threading.Thread(target=change), *(threading.Thread(target=ask, args=(seed,)) for seed in (1, 2))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    view = world.index.view()
    assert sorted(view.ids()[view.alive()].tolist()) == sorted(world.library.rows)


def test_an_index_that_was_loaded_answers_as_the_one_that_was_saved(world: World, tmp_path: Path) -> None:
    world.index.save(tmp_path / "index")
    loaded = VoyagerIndex.load(tmp_path / "index", PARAMS, "uid", held(world.index))
    other = world_of(world.library, loaded, InMemoryCandidates(world.library, loaded), world.now_s)
    assert ids(other, Query(ONE, k=50)) == ids(world, Query(ONE, k=50))
