"""How far a walk from rows to hits goes: pieces that are read, folders that are full, and the end of its time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from shaping_bench import Bench, Ids
from soundkin.errors import TooLongError
from soundkin.model import SampleId
from soundkin.questions import effort
from soundkin.questions.effort import Effort
from soundkin.search.shaping import Filled


def looks(count: int) -> Effort:
    """An effort with time for this number of looks at the clock."""
    times = iter([0.0] * count)
    return Effort(3.0, clock=lambda: next(times, 9.0))


def numbered(last: int) -> Ids:
    return Ids(list(range(1, last + 1)))


# ---- what is read ----------------------------------------------------------------------------------------------------


def test_a_page_that_is_there_already_asks_for_nothing() -> None:
    bench = Bench(numbered(9))
    bench.fill(3)
    assert bench.filled(3) is Filled.ENOUGH
    assert bench.ids == [1, 2, 3]
    assert bench.ranking.blocks == [3]


def test_a_page_that_becomes_full_is_said_to_be_enough() -> None:
    assert Bench(numbered(9)).filled(3) is Filled.ENOUGH


def test_pieces_that_are_read_double_as_long_as_hits_are_missing() -> None:
    bench = Bench(numbered(100))
    bench.rows.rows = {SampleId(100): bench.rows.rows[SampleId(100)]}
    assert bench.fill(5) is True
    assert bench.ids == [100]
    assert [len(asked) for asked in bench.rows.asked] == [5, 5, 10, 5, 5, 10, 20, 40]


def test_at_most_4096_samples_are_read_at_a_time() -> None:
    bench = Bench(numbered(10_000))
    bench.rows.rows = {}
    bench.fill(10_000)
    assert [len(asked) for asked in bench.rows.asked] == [4096, 4096, 1808]


def test_nothing_more_is_read_of_a_full_folder() -> None:
    bench = Bench(Ids([*range(1, 400, 2), *range(2, 400, 2)]), per_folder=1)
    assert bench.fill(3) is True
    assert bench.ids == [1, 2]
    assert sum(len(asked) for asked in bench.rows.asked) < 40


def test_a_walk_ends_where_all_folders_are_full_though_not_all_is_folded() -> None:
    bench = Bench(numbered(900), per_folder=1, fold_duplicates=True)
    assert bench.fill(4) is True
    assert bench.ids == [1, 2]
    assert sum(bench.ranking.blocks) == 4


# ---- the end of its time ---------------------------------------------------------------------------------------------


def test_a_walk_without_time_ends_before_it_reads() -> None:
    bench = Bench(numbered(9))
    with effort.given(looks(1)) as given:
        given.goes_on()
        assert bench.filled(3) is Filled.OUT_OF_TIME
    assert bench.rows.asked == []


def test_a_long_walk_asks_for_time_after_64_samples_and_keeps_what_it_has() -> None:
    bench = Bench(numbered(200))
    with effort.given(looks(1)):
        assert bench.filled(200) is Filled.OUT_OF_TIME
    assert bench.ids == list(range(1, 65))


def test_a_long_walk_asks_again_after_64_more() -> None:
    bench = Bench(numbered(300))
    with effort.given(looks(2)):
        assert bench.filled(200) is Filled.OUT_OF_TIME
    assert bench.ids == list(range(1, 129))


def test_a_long_walk_that_has_time_comes_to_its_end() -> None:
    bench = Bench(numbered(300))
    with effort.given(looks(4)):
        assert bench.filled(200) is Filled.ENOUGH
    assert bench.ids == list(range(1, 201))


def test_where_neighbours_take_too_long_the_hits_before_stay() -> None:
    class Slow(Ids):
        def alike(self, sample_id: int, radius: float) -> NDArray[np.intp]:
            if sample_id == 3:
                raise TooLongError("that takes too long")
            return super().alike(sample_id, radius)

    bench = Bench(Slow([1, 2, 3, 4]), fold_duplicates=True)
    assert bench.filled(4) is Filled.OUT_OF_TIME
    assert bench.ids == [1, 2]
