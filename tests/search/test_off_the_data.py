"""Points where no sample is near: the graph misses some of the nearest there, so everything is measured."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from search_world import PARAMS, LibraryOfSamples, World, world_of
from soundkin.index import VoyagerIndex
from soundkin.ingest.index_sync import catch_up
from soundkin.model import Answer, Like, Query, SampleId
from soundkin.search import Example, InMemoryCandidates

COUNT = 9000
SPREAD = 3
"""Of the families, in the spread of one."""
ODD = range(COUNT + 1, COUNT + 121)
"""Samples that are far from all others."""


def clustered(rng: np.random.Generator) -> NDArray[np.float32]:
    """Families of takes far from each other, as drum libraries have them."""
    families = rng.normal(size=(60, PARAMS.num_dimensions)) * SPREAD
    return np.asarray(
        families[rng.integers(0, 60, COUNT)] + rng.normal(size=(COUNT, PARAMS.num_dimensions)), np.float32
    )


@pytest.fixture(scope="module")
def world() -> World:
    rng = np.random.default_rng(3)
    vectors = clustered(rng)
    odd = rng.normal(size=(len(ODD), PARAMS.num_dimensions)) * 6
    library = LibraryOfSamples()
    library.put(dict(enumerate(np.concatenate([vectors, odd]).astype(np.float32), start=1)))
    index = VoyagerIndex(PARAMS, "uid")
    catch_up(library, index)
    assert index.settle(120)
    return world_of(library, index, InMemoryCandidates(library, index), [2e9])


def ids(answer: Answer) -> set[int]:
    return {int(hit.sample.id) for hit in answer.neighbours}


def found(world: World, example: Example) -> tuple[int, str]:
    """How many of the ten nearest a plain question names, and its plan."""
    like = (Like(id=example.sample_id),)
    plain = world.searcher.find(Query(like, k=10), [example])
    exact = world.searcher.find(Query(like, k=10, within=1e9), [example])
    return len(ids(plain) & ids(exact)), plain.plan


def off_the_data(world: World, kind: str) -> NDArray[np.float32]:
    rng = np.random.default_rng(4)
    vectors = np.array(list(world.library.sounds_of.values()), np.float32)
    pairs = rng.integers(0, COUNT, (150, 2))
    middles = (vectors[pairs[:, 0]] + vectors[pairs[:, 1]]) / 2
    noise = rng.normal(size=(150, PARAMS.num_dimensions)) * vectors.std(axis=0)
    return np.asarray({"between": middles, "noise": noise, "far": 3 * noise}[kind], np.float32)


@pytest.mark.parametrize("kind", ["between", "noise", "far"])
def test_where_no_sample_is_near_all_of_the_ten_nearest_are_named(world: World, kind: str) -> None:
    answers = [found(world, Example(point)) for point in off_the_data(world, kind)]
    assert min(count for count, _ in answers) == 10
    assert all(plan.endswith("(no sample is there)") for _, plan in answers)


def test_a_sample_far_from_all_others_is_told_all_of_its_ten_nearest(world: World) -> None:
    answers = [found(world, world.example(number)) for number in ODD]
    assert min(count for count, _ in answers) == 10
    assert all(plan.endswith("(few samples are near)") for _, plan in answers)


def test_the_graph_alone_would_miss_some_of_them(world: World) -> None:
    """Else the tests above would prove nothing."""
    view, missed = world.index.view(), 0
    for point in [*off_the_data(world, "noise"), *off_the_data(world, "far")]:
        rows = world.index.candidates(view, point, 14)
        assert rows is not None
        squares, _ = view.squared_distances(point)
        missed += len(set(np.argsort(squares)[:10].tolist()) - set(rows.tolist()))
    assert missed > 0


def test_among_other_samples_the_graph_answers_almost_always(world: World) -> None:
    answers = [found(world, world.example(number)) for number in range(1, COUNT, 45)]
    assert min(count for count, _ in answers) == 10
    assert sum(plan.startswith("voyager") for _, plan in answers) > 0.9 * len(answers)


def test_where_the_graph_fails_a_scan_answers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    class VoyagerFailedError(Exception):
        """Derived from nothing that anybody would think of."""

    def fails(*_: object) -> None:
        raise VoyagerFailedError

    monkeypatch.setattr("soundkin.index.graph.Graph._search", fails)
    count, plan = found(world, world.example(7))
    assert (count, plan.startswith("exact: matrix scan")) == (10, True)


def test_how_far_samples_usually_are_is_known_again_when_the_library_grew() -> None:
    library = LibraryOfSamples()
    index = VoyagerIndex(PARAMS, "uid")
    assert index.reach(5) == 0.0
    library.put(dict(enumerate(clustered(np.random.default_rng(1))[:600], start=1)))
    catch_up(library, index)
    assert index.settle(60)
    narrow = index.reach(5)
    assert 0 < narrow < index.reach(40)
    assert (index.reach(0), index.reach(97)) == (0.0, 0.0)
    library.put(dict(enumerate(clustered(np.random.default_rng(1))[:600] * 2, start=1001)))
    catch_up(library, index)
    assert index.settle(60)
    assert index.reach(5) > narrow


def test_a_gap_between_ranks_is_judged_by_the_last_hit_that_is_asked_for(world: World) -> None:
    fresh = LibraryOfSamples()
    vectors = np.array(list(world.library.sounds_of.values()), np.float32)
    alone = np.full((1, PARAMS.num_dimensions), 70, np.float32)
    copies = np.repeat(alone, 6, axis=0) + np.random.default_rng(1).normal(size=(6, PARAMS.num_dimensions)) * 0.01
    fresh.put(dict(enumerate(np.concatenate([vectors, copies]).astype(np.float32), start=1)))
    index = VoyagerIndex(PARAMS, "uid")
    catch_up(fresh, index)
    assert index.settle(120)
    other = world_of(fresh, index, InMemoryCandidates(fresh, index), [2e9])
    number = SampleId(len(vectors) + 1)
    plan = other.searcher.find(Query((Like(id=number),), k=10), [other.example(number)]).plan
    assert plan.startswith("exact: matrix scan")
