"""What every `VectorIndex` promises: held by the voyager one and by the plain one that tests may use instead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fakes_index import PlainIndex
from search_world import PARAMS, sounds
from soundkin.errors import VectorIndexError
from soundkin.index import VoyagerIndex
from soundkin.interfaces import VectorIndex
from soundkin.model import SampleId

Make = Callable[[], VectorIndex]
NONE = np.zeros(0, np.int64)
NO_VECTORS = np.zeros((0, PARAMS.num_dimensions), np.float32)


@pytest.fixture(params=["voyager", "plain"])
def make(request: pytest.FixtureRequest) -> Make:
    if request.param == "plain":
        return lambda: PlainIndex(PARAMS)
    return lambda: VoyagerIndex(PARAMS, "uid")


@pytest.fixture
def index(make: Make) -> VectorIndex:
    return make()


def test_a_new_index_is_empty_and_answers_nothing(index: VectorIndex) -> None:
    ids, distances = index.query(sounds(1)[0], 5)
    assert (len(index), index.generation, len(ids), len(distances)) == (0, 0, 0, 0)


def test_the_nearest_comes_first_with_its_euclidean_distance(index: VectorIndex) -> None:
    vectors = np.zeros((3, PARAMS.num_dimensions), np.float32)
    vectors[:, 0] = (0.0, 3.0, 1.0)
    index.update(np.array([7, 8, 9]), vectors, [], 1)
    ids, distances = index.query(np.zeros(PARAMS.num_dimensions, np.float32), 3)
    assert ids.tolist() == [7, 9, 8]
    assert distances.tolist() == [0.0, 1.0, 3.0]


def test_asking_for_more_than_there_is_gives_all_there_is(index: VectorIndex) -> None:
    index.update(np.arange(1, 21), sounds(20), [SampleId(3)], 4)
    ids, _ = index.query(sounds(20)[0], 1000)
    assert sorted(ids.tolist()) == list(range(1, 21))
    assert (len(index), index.generation) == (20, 4)


def test_removed_ids_leave_and_unknown_ones_are_fine(index: VectorIndex) -> None:
    vectors = sounds(50)
    index.update(np.arange(1, 51), vectors, [], 1)
    index.update(NONE, NO_VECTORS, [SampleId(5), SampleId(5), SampleId(999)], 2)
    index.update(NONE, NO_VECTORS, [SampleId(5)], 3)
    ids, _ = index.query(vectors[4], 50)
    assert sorted(ids.tolist()) == [each for each in range(1, 51) if each != 5]
    assert (len(index), index.generation) == (49, 3)


def test_a_replaced_vector_answers_from_its_new_place_only(index: VectorIndex) -> None:
    vectors = sounds(50)
    index.update(np.arange(1, 51), vectors, [], 1)
    index.update(np.array([5]), vectors[4:5] + 100, [], 2)
    assert len(index) == 50
    assert index.query(vectors[4] + 100, 1)[0].tolist() == [5]
    assert 5 not in index.query(vectors[4], 10)[0]


def test_a_removed_id_may_return(index: VectorIndex) -> None:
    vectors = sounds(10)
    index.update(np.arange(1, 11), vectors, [], 1)
    index.update(NONE, NO_VECTORS, [SampleId(2)], 2)
    index.update(np.array([2]), vectors[1:2], [], 3)
    ids, distances = index.query(vectors[1], 1)
    assert (ids.tolist(), distances.tolist(), len(index)) == ([2], [0.0], 10)


def test_the_last_of_doubled_ids_in_one_update_counts(index: VectorIndex) -> None:
    vectors = sounds(2)
    index.update(np.array([4, 4]), vectors, [], 1)
    assert len(index) == 1
    assert index.query(vectors[1], 1)[1].tolist() == [0.0]


def test_all_removed_is_empty_again(index: VectorIndex) -> None:
    index.update(np.arange(1, 6), sounds(5), [], 1)
    index.update(NONE, NO_VECTORS, [SampleId(each) for each in range(1, 6)], 2)
    assert len(index) == 0
    assert len(index.query(sounds(1)[0], 3)[0]) == 0


def test_what_cannot_be_an_answer_is_refused_and_changes_nothing(index: VectorIndex) -> None:
    index.update(np.array([1]), sounds(1), [], 1)
    wrong = sounds(1)
    wrong[0, 3] = np.nan
    with pytest.raises(VectorIndexError, match="NaN"):
        index.update(np.array([2]), wrong, [], 2)
    with pytest.raises(VectorIndexError, match="2 vectors for 1 ids"):
        index.update(np.array([2]), sounds(2), [], 2)
    with pytest.raises(VectorIndexError, match="16777216"):
        index.update(np.array([2**24]), sounds(1), [], 2)
    with pytest.raises(VectorIndexError, match="shape"):
        index.query(np.zeros(3, np.float32), 1)
    assert (len(index), index.generation) == (1, 1)


def test_saving_tells_the_generation_that_was_saved(index: VectorIndex, tmp_path: Path) -> None:
    index.update(np.arange(1, 6), sounds(5), [], 17)
    assert index.save(tmp_path / "index") == 17
    assert (tmp_path / "index").is_file()
