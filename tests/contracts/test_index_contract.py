"""What every index promises: held by the voyager one and by the plain one that tests may use instead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
import pytest

from fakes_index import PlainIndex, nearest_in
from search_world import PARAMS, sounds
from soundkin.errors import VectorIndexError
from soundkin.index import VoyagerIndex
from soundkin.interfaces import CandidateIndex, VectorIndex
from soundkin.model import FeatureParams, SampleId

pytestmark = pytest.mark.usefixtures("small_graphs")

NONE = np.zeros(0, np.int64)
NO_VECTORS = np.zeros((0, PARAMS.num_dimensions), np.float32)


class Index(VectorIndex, CandidateIndex, Protocol):
    """What ingest changes and questions ask."""


Make = Callable[[], Index]


@pytest.fixture(params=["voyager", "plain"])
def make(request: pytest.FixtureRequest) -> Make:
    if request.param == "plain":
        return lambda: PlainIndex(PARAMS)
    return lambda: VoyagerIndex(PARAMS, "uid")


@pytest.fixture
def index(make: Make) -> Index:
    return make()


def ids_of(index: Index) -> list[int]:
    view = index.view()
    return sorted(view.ids()[view.alive()].tolist())


def test_a_new_index_is_empty_and_complete_and_says_what_its_vectors_are(index: Index) -> None:
    assert (len(index), index.generation, index.params, index.is_complete()) == (0, 0, PARAMS, True)
    view = index.view()
    assert (view.count, view.rows, view.generation, view.params) == (0, 0, 0, PARAMS)
    assert ids_of(index) == []


def test_a_view_holds_what_was_put_in_and_stays_what_it_was(index: Index) -> None:
    vectors = sounds(20)
    index.update(np.arange(1, 21), vectors, [], 4)
    view = index.view()
    index.update(np.array([1]), vectors[5:6] + 9, [SampleId(3)], 5)
    assert (view.count, view.generation, sorted(view.ids()[view.alive()].tolist())) == (20, 4, [*range(1, 21)])
    for number in range(1, 21):
        np.testing.assert_array_equal(view.vector(number), vectors[number - 1])
    assert (index.view().count, index.view().generation, index.view().row(3)) == (19, 5, -1)


def test_the_nearest_comes_first_with_its_euclidean_distance(index: Index) -> None:
    vectors = np.zeros((3, PARAMS.num_dimensions), np.float32)
    vectors[:, 0] = (0.0, 3.0, 1.0)
    index.update(np.array([7, 8, 9]), vectors, [], 1)
    ids, distances = nearest_in(index, np.zeros(PARAMS.num_dimensions, np.float32), 3)
    assert ids.tolist() == [7, 9, 8]
    assert distances.tolist() == [0.0, 1.0, 3.0]


def test_candidates_are_rows_of_the_view_they_were_asked_for_and_hold_all_copies(index: Index) -> None:
    vectors = sounds(500)
    vectors[100:160] = vectors[7]
    index.update(np.arange(1, 501), vectors, [], 1)
    view = index.view()
    index.update(np.arange(501, 551), vectors[:50], [SampleId(2)], 2)
    rows = index.candidates(view, vectors[7], 5)
    assert index.reach(5) >= 0
    assert rows is not None
    assert rows.max() < view.rows
    assert {*range(101, 161), 8} <= set(view.ids()[rows].tolist())


def test_what_is_built_when_there_is_time_changes_no_answer(index: Index) -> None:
    vectors = sounds(200)
    index.update(np.arange(1, 201), vectors, [], 3)
    before = [nearest_in(index, each, 7) for each in vectors[:20]]
    for _ in range(2):
        index.keep_up()
    assert index.is_complete()
    after = [nearest_in(index, each, 7) for each in vectors[:20]]
    np.testing.assert_array_equal(after, before)
    assert (len(index), index.generation) == (200, 3)


def test_asking_for_more_than_there_is_gives_all_there_is(index: Index) -> None:
    index.update(np.arange(1, 21), sounds(20), [SampleId(3)], 4)
    ids, _ = nearest_in(index, sounds(20)[0], 1000)
    assert sorted(ids.tolist()) == ids_of(index) == list(range(1, 21))
    assert (len(index), index.generation) == (20, 4)


def test_removed_ids_leave_and_unknown_ones_are_fine(index: Index) -> None:
    vectors = sounds(50)
    index.update(np.arange(1, 51), vectors, [], 1)
    index.update(NONE, NO_VECTORS, [SampleId(5), SampleId(5), SampleId(999)], 2)
    index.update(NONE, NO_VECTORS, [SampleId(5)], 3)
    ids, _ = nearest_in(index, vectors[4], 50)
    assert sorted(ids.tolist()) == ids_of(index) == [each for each in range(1, 51) if each != 5]
    assert (len(index), index.generation) == (49, 3)


def test_a_replaced_vector_answers_from_its_new_place_only(index: Index) -> None:
    vectors = sounds(50)
    index.update(np.arange(1, 51), vectors, [], 1)
    index.update(np.array([5]), vectors[4:5] + 100, [], 2)
    assert len(index) == 50
    assert nearest_in(index, vectors[4] + 100, 1)[0].tolist() == [5]
    assert 5 not in nearest_in(index, vectors[4], 10)[0]


def test_a_removed_id_may_return(index: Index) -> None:
    vectors = sounds(10)
    index.update(np.arange(1, 11), vectors, [], 1)
    index.update(NONE, NO_VECTORS, [SampleId(2)], 2)
    index.update(np.array([2]), vectors[1:2], [], 3)
    ids, distances = nearest_in(index, vectors[1], 1)
    assert (ids.tolist(), distances.tolist(), len(index)) == ([2], [0.0], 10)


def test_the_last_of_doubled_ids_in_one_update_counts(index: Index) -> None:
    vectors = sounds(2)
    index.update(np.array([4, 4]), vectors, [], 1)
    assert len(index) == 1
    assert nearest_in(index, vectors[1], 1)[1].tolist() == [0.0]


def test_all_removed_is_empty_again(index: Index) -> None:
    index.update(np.arange(1, 6), sounds(5), [], 1)
    index.update(NONE, NO_VECTORS, [SampleId(each) for each in range(1, 6)], 2)
    assert (len(index), ids_of(index)) == (0, [])
    assert len(nearest_in(index, sounds(1)[0], 3)[0]) == 0


def test_rebuilding_replaces_everything_features_included(index: Index) -> None:
    index.update(np.arange(1, 51), sounds(50), [], 1)
    other = FeatureParams(9, 3, ())
    blocks = [(np.array([7, 3]), np.eye(3, dtype=np.float32)[:2]), (np.array([5]), np.eye(3, dtype=np.float32)[2:])]
    index.rebuild(iter(blocks), 60, other)
    assert (index.params, index.view().params, index.generation, len(index)) == (other, other, 60, 3)
    assert ids_of(index) == [3, 5, 7]
    assert nearest_in(index, np.array([0, 0, 1], np.float32), 1)[0].tolist() == [5]


def test_what_cannot_be_an_answer_is_refused_and_changes_nothing(index: Index) -> None:
    index.update(np.array([1]), sounds(1), [], 1)
    wrong = sounds(1)
    wrong[0, 3] = np.nan
    with pytest.raises(VectorIndexError, match="NaN"):
        index.update(np.array([2]), wrong, [], 2)
    with pytest.raises(VectorIndexError, match="2 vectors for 1 ids"):
        index.update(np.array([2]), sounds(2), [], 2)
    for beyond in (0, -1, 2**24):
        with pytest.raises(VectorIndexError, match="16777215"):
            index.update(np.array([beyond]), sounds(1), [SampleId(1)], 2)
    assert (ids_of(index), index.generation) == ([1], 1)


def test_saving_tells_the_generation_that_was_saved(index: Index, tmp_path: Path) -> None:
    index.update(np.arange(1, 6), sounds(5), [], 17)
    assert index.save(tmp_path / "index") == 17
    assert (tmp_path / "index").is_file()


def test_an_index_that_cannot_be_written_says_so(index: Index, tmp_path: Path) -> None:
    index.update(np.arange(1, 6), sounds(5), [], 17)
    with pytest.raises(VectorIndexError, match="nowhere"):
        index.save(tmp_path / "nowhere" / "index")
