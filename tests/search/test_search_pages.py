"""Pages of one answer fit together, whatever the library does between them."""

from __future__ import annotations

import pytest

from search_reference import brute_force
from search_world import World, make_world, sounds
from soundkin.ingest.index_sync import catch_up
from soundkin.model import Answer, Like, Query, SampleId
from soundkin.search import planner

SHAPES: dict[str, dict[str, object]] = {
    "plain": {},
    "filter": {"filter": "dur<2.5"},
    "per folder": {"per_folder": 2},
    "folded": {"fold_duplicates": True, "filter": "dur<3"},
    "novelty": {"novelty": 0.7},
    "within": {"within": 6.0},
}


def page(world: World, shape: dict[str, object], offset: int, snapshot: str | None = None, k: int = 10) -> Answer:
    query = Query((Like(id=SampleId(1)),), k=k, offset=offset, snapshot=snapshot, **shape)  # type: ignore[arg-type]
    return world.searcher.find(query, [world.example(1)])


def ids(answer: Answer) -> list[int]:
    return [int(each.sample.id) for each in answer.neighbours]


@pytest.fixture(params=[True, False], ids=["by voyager", "exact"])
def world(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> World:
    if request.param:
        monkeypatch.setattr(planner, "SMALL_LIBRARY", 0)
    world = make_world(300)
    assert world.index.settle(60)
    return world


@pytest.mark.parametrize("shape", list(SHAPES))
def test_pages_put_together_are_the_whole_answer(world: World, shape: str) -> None:
    query = Query((Like(id=SampleId(1)),), **SHAPES[shape])  # type: ignore[arg-type]
    expected = [key for key, _, _ in brute_force(world, query, [world.example(1)])[0]]
    first = page(world, SHAPES[shape], 0)
    found = ids(first)
    while rest := ids(page(world, SHAPES[shape], len(found), first.snapshot)):
        found += rest
    assert found == expected


@pytest.mark.parametrize("shape", ["plain", "filter", "per folder", "folded"])
def test_pages_never_repeat_or_skip_while_the_library_changes(world: World, shape: str) -> None:
    before = set(world.library.rows) - {SampleId(1)}
    first = page(world, SHAPES[shape], 0)
    found = ids(first)
    for turn in range(100):
        fresh = 1000 + 10 * turn
        near = world.library.sounds_of[SampleId(1)] + sounds(3, seed=turn) * 0.01  # nearer than anything shown so far
        world.library.put(dict(enumerate(near, start=fresh)))
        gone = [each for each in sorted(before - set(found))[:1] if turn % 3 == 0]
        world.library.drop(gone)
        before -= set(gone)
        catch_up(world.library, world.index)
        answer = page(world, SHAPES[shape], len(found), first.snapshot)
        assert answer.snapshot == first.snapshot
        if not answer.neighbours:
            break
        found += ids(answer)
    assert len(found) == len(set(found))
    if shape == "plain":
        assert before <= set(found)  # whatever stayed all the time was shown


def test_a_page_asked_twice_is_the_same_page(world: World) -> None:
    first = page(world, {}, 0)
    second = page(world, {}, 10, first.snapshot)
    world.library.put(dict(enumerate(sounds(50, seed=5), start=1000)))
    catch_up(world.library, world.index)
    assert ids(page(world, {}, 10, first.snapshot)) == ids(second)
    assert ids(page(world, {}, 0, first.snapshot)) == ids(first)


def test_a_sample_that_was_removed_leaves_its_place_empty_and_moves_no_other(world: World) -> None:
    first = page(world, {}, 0, k=20)
    second = ids(page(world, {}, 10, first.snapshot))
    world.library.drop([second[3]])
    catch_up(world.library, world.index)
    assert ids(page(world, {}, 10, first.snapshot)) == second[:3] + second[4:]


def test_a_later_page_without_a_snapshot_belongs_to_the_last_answer_to_the_same_question(world: World) -> None:
    first = page(world, {}, 0)
    near = world.library.sounds_of[SampleId(1)] + sounds(5, seed=1) * 0.01
    world.library.put(dict(enumerate(near, start=1000)))
    catch_up(world.library, world.index)
    second = page(world, {}, 10)
    assert second.snapshot == first.snapshot
    assert not set(ids(first)) & set(ids(second))
    world.now_s[0] += 121
    assert page(world, {}, 10).snapshot != first.snapshot


def test_the_first_page_without_a_snapshot_is_always_fresh(world: World) -> None:
    first = page(world, {}, 0)
    near = world.library.sounds_of[SampleId(1)] + sounds(5, seed=1) * 0.01
    world.library.put(dict(enumerate(near, start=1000)))
    catch_up(world.library, world.index)
    again = page(world, {}, 0)
    assert again.snapshot != first.snapshot
    assert set(ids(again)) >= set(range(1000, 1005))


def test_a_forgotten_or_foreign_snapshot_gives_a_new_one_under_another_name(world: World) -> None:
    first = page(world, {}, 0)
    for _ in range(64):
        page(world, {"filter": "dur<3"}, 0)
    world.now_s[0] += 121
    later = page(world, {}, 10, first.snapshot)
    assert later.snapshot != first.snapshot
    assert ids(later)
    other = page(world, {"filter": "dur<2"}, 0, later.snapshot)
    assert other.snapshot != later.snapshot


def test_the_total_stays_that_of_the_first_page(world: World) -> None:
    first = page(world, {"filter": "dur<2.5"}, 0)
    world.library.put(dict(enumerate(sounds(50, seed=5), start=1000)))
    catch_up(world.library, world.index)
    second = page(world, {"filter": "dur<2.5"}, 10, first.snapshot)
    assert second.total == first.total
