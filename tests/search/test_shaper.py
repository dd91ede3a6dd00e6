"""From an order of rows to hits, step by step: quotas, folding, what has left, how much of the order is asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from shaping_bench import Bench, Ids
from soundkin.model import SampleId, State
from soundkin.search.pages import Hit


def test_hits_come_in_the_order_of_the_ranking_with_their_distances() -> None:
    bench = Bench(Ids([5, 3, 8, 1]))
    assert bench.fill(3) is False
    assert bench.snapshot.hits == [Hit(5, 0.5, 1), Hit(3, float(np.float32(0.3)), 1), Hit(8, float(np.float32(0.8)), 1)]
    assert bench.ranking.blocks == [3]
    assert bench.rows.asked == [[5, 3, 8]]


def test_a_next_page_goes_on_behind_the_one_before_and_asks_for_a_few_to_spare() -> None:
    bench = Bench(Ids(list(range(1, 101))))
    bench.fill(10)
    assert bench.fill(20) is False
    assert bench.ids == list(range(1, 21))
    assert bench.ranking.blocks == [10, 24]
    assert bench.rows.asked[1] == list(range(11, 21))


def test_where_too_many_fall_out_four_times_as_many_are_asked_for() -> None:
    bench = Bench(Ids(list(range(1, 101))))
    for number in range(1, 20):
        del bench.rows.rows[SampleId(number)]
    assert bench.fill(5) is False
    assert bench.ids == [20, 21, 22, 23, 24]
    assert bench.ranking.blocks == [5, 20]


def test_it_says_when_the_ranking_is_used_up() -> None:
    bench = Bench(Ids([1, 2, 3]))
    assert bench.fill(5) is True
    assert bench.ids == [1, 2, 3]
    assert bench.ranking.blocks == [3]
    assert Bench(Ids([1, 2, 3])).fill(3) is False
    assert Bench(Ids([])).fill(3) is True


def test_samples_are_looked_up_in_pieces_so_that_few_are_read_for_nothing() -> None:
    bench = Bench(Ids(list(range(1, 101))), per_folder=2)
    assert bench.fill(4) is False
    assert bench.ids == [1, 2, 3, 4]
    assert bench.rows.asked == [[1, 2, 3, 4]]
    assert bench.fill(6) is True
    assert all(len(asked) <= 6 for asked in bench.rows.asked)


def test_a_folder_gives_as_many_as_it_may_over_all_pages() -> None:
    bench = Bench(Ids([1, 3, 5, 7, 2, 4, 6]), per_folder=3)
    assert bench.fill(2) is False
    assert bench.ids == [1, 3]
    bench.fill(4)
    assert bench.ids == [1, 3, 5, 2]
    assert bench.fill(10) is True
    assert bench.ids == [1, 3, 5, 2, 4, 6]


def test_a_hit_that_has_left_the_library_takes_no_place_of_its_folder() -> None:
    bench = Bench(Ids([1, 3, 5]), per_folder=2)
    bench.fill(2)
    del bench.rows.rows[SampleId(1)]
    bench.fill(3)
    assert bench.ids == [1, 3, 5]


def test_near_identical_samples_are_folded_into_the_first_of_them_which_says_how_many_it_stands_for() -> None:
    bench = Bench(Ids([1, 2, 3, 4, 5, 6], [{1, 3, 5}, {4, 6}]), fold_duplicates=True)
    assert bench.fill(10) is True
    assert [(hit.id, hit.stands_for) for hit in bench.snapshot.hits] == [(1, 3), (2, 1), (4, 2)]
    assert bench.ranking.radii == {0.75}


def test_what_earlier_pages_stand_for_is_folded_in_later_ones() -> None:
    bench = Bench(Ids([1, 2, 3, 4, 5, 6], [{1, 3, 5}, {4, 6}]), fold_duplicates=True)
    bench.fill(1)
    assert bench.fill(10) is True
    assert [(hit.id, hit.stands_for) for hit in bench.snapshot.hits] == [(1, 3), (2, 1), (4, 2)]


def test_what_two_rows_are_alike_to_is_counted_once() -> None:
    class Chain(Ids):
        def alike(self, sample_id: int, radius: float) -> NDArray[np.intp]:
            del radius
            return np.array([each for each in (sample_id - 1, sample_id, sample_id + 1) if each in self.ids], np.intp)

    bench = Bench(Chain([1, 3, 2, 4]), fold_duplicates=True)
    bench.fill(4)
    assert [(hit.id, hit.stands_for) for hit in bench.snapshot.hits] == [(1, 2), (3, 2)]


def test_unfolded_each_stands_for_itself_and_nobody_looks_for_others() -> None:
    bench = Bench(Ids([1, 2], [{1, 2}]))
    bench.fill(2)
    assert [hit.stands_for for hit in bench.snapshot.hits] == [1, 1]
    assert bench.ranking.radii == set()


def test_a_sample_whose_facts_have_changed_falls_out() -> None:
    bench = Bench(Ids([1, 2, 3]), "dur<2")
    number = SampleId(2)
    bench.rows.rows[number] = replace(
        bench.rows.rows[number], facts=replace(bench.rows.rows[number].facts, duration_s=9.0)
    )
    bench.fill(3)
    assert 2 not in bench.ids
    assert len(bench.ids) == 2


def test_a_sample_whose_file_is_away_falls_out_though_it_is_ranked() -> None:
    bench = Bench(Ids([1, 2, 3]))
    bench.rows.rows[SampleId(2)] = replace(bench.rows.rows[SampleId(2)], state=State.MISSING)
    bench.fill(3)
    assert bench.ids == [1, 3]


def test_nothing_is_shown_twice_though_the_order_has_changed() -> None:
    bench = Bench(Ids([1, 2, 3, 4, 5, 6]))
    bench.fill(3)
    bench.ranking.ids = [4, 3, 2, 1, 5, 6]
    bench.fill(5)
    assert bench.ids == [1, 2, 3, 4, 5]


def test_everything_that_was_met_is_kept_in_all_its_pieces() -> None:
    bench = Bench(Ids([1, 3, 5, 7, 2, 4]), per_folder=1)
    shaper = bench.shaper()
    bench.filled(2, shaper)
    assert bench.ids == [1, 2]
    assert sorted(shaper.samples) == [1, 2, 3, 4]


def test_what_was_met_on_the_way_is_kept_and_what_was_added_can_be_taken_back() -> None:
    bench = Bench(Ids(list(range(1, 101))))
    bench.fill(2)
    shaper = bench.shaper()
    bench.filled(5, shaper)
    assert bench.ids == [1, 2, 3, 4, 5]
    assert sorted(shaper.samples) == [3, 4, 5]
    shaper.undo()
    assert bench.ids == [1, 2]
    bench.filled(5, shaper)
    assert bench.ids == [1, 2, 3, 4, 5]


def test_what_was_taken_back_takes_no_place_of_its_folder() -> None:
    bench = Bench(Ids([1, 3, 5, 7]), per_folder=2)
    shaper = bench.shaper()
    bench.filled(2, shaper)
    shaper.undo()
    bench.filled(2, shaper)
    assert bench.ids == [1, 3]


def test_hits_stand_for_what_is_like_them_by_now_where_the_library_has_changed() -> None:
    pages = {}
    for changed in (True, False):
        bench = Bench(Ids([1, 2, 3, 4, 5], [{1, 3}]), fold_duplicates=True)
        bench.fill(1)
        bench.ranking.families = [{1, 3, 5}]
        bench.filled(5, bench.shaper(changed=changed))
        pages[changed] = bench.ids
    assert pages == {True: [1, 2, 4], False: [1, 2, 4, 5]}


def test_unfolded_no_sample_is_claimed_for_later_pages() -> None:
    bench = Bench(Ids([1, 2, 3]))
    bench.fill(2)
    assert bench.snapshot.claimed.tolist() == []
