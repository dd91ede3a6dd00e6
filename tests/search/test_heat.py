"""How warm samples are that were returned or used: half-lives, and how many are remembered."""

from __future__ import annotations

import numpy as np
import pytest

from soundkin.search.novelty import COLD, Memory

NOW_S = 1_700_000_000.0


def heat(memory: Memory, now_s: float, *ids: int) -> list[float]:
    found: list[float] = memory.heat(now_s).of(np.array(ids, np.int32)).tolist()
    return found


def test_what_was_returned_cools_to_half_in_ten_minutes() -> None:
    memory = Memory()
    memory.returned([7], NOW_S)
    assert heat(memory, NOW_S, 7, 8) == [1.0, 0.0]
    assert heat(memory, NOW_S + 600, 7) == [pytest.approx(0.5)]
    assert heat(memory, NOW_S + 1200, 7) == [pytest.approx(0.25)]


def test_what_was_used_cools_to_half_in_a_day() -> None:
    memory = Memory()
    memory.committed(7, NOW_S)
    assert heat(memory, NOW_S, 7) == [1.0]
    assert heat(memory, NOW_S + 86_400, 7) == [pytest.approx(0.5)]


def test_a_clock_that_goes_back_makes_nothing_warmer_than_warm() -> None:
    memory = Memory()
    memory.returned([7], NOW_S)
    assert heat(memory, NOW_S - 10_000, 7) == [1.0]


def test_of_two_reasons_the_warmer_counts_whichever_came_first() -> None:
    for first in ("returned", "committed"):
        memory = Memory()
        if first == "returned":
            memory.returned([7], NOW_S)
            memory.committed(7, NOW_S)
        else:
            memory.committed(7, NOW_S)
            memory.returned([7], NOW_S)
        assert heat(memory, NOW_S + 600, 7) == [pytest.approx(0.5 ** (600 / 86_400))]
        memory.returned([7], NOW_S + 86_400)
        assert heat(memory, NOW_S + 86_400, 7) == [1.0]


def test_below_a_hundredth_a_sample_is_cold() -> None:
    memory = Memory()
    memory.returned([7], NOW_S)
    assert heat(memory, NOW_S + 600 * 6.6, 7) == [pytest.approx(0.5**6.6)]  # 0.0103
    assert heat(memory, NOW_S + 600 * 6.7, 7) == [0.0]  # 0.0096
    assert len(memory.heat(NOW_S + 600 * 6.7).ids) == 0


def test_returning_again_warms_again() -> None:
    memory = Memory()
    memory.returned([7, 8], NOW_S)
    memory.returned([7], NOW_S + 600)
    assert heat(memory, NOW_S + 600, 7, 8) == [1.0, pytest.approx(0.5)]


@pytest.mark.parametrize("kind", ["returned", "committed"])
def test_4096_samples_are_remembered_of_each_kind_and_the_oldest_are_forgotten(kind: str) -> None:
    memory = Memory()

    def note(sample_id: int) -> None:
        if kind == "returned":
            memory.returned([sample_id], NOW_S)
        else:
            memory.committed(sample_id, NOW_S)

    for sample_id in range(1, 4_097):
        note(sample_id)
    assert len(memory.heat(NOW_S).ids) == 4_096
    note(1)
    note(5_000)
    assert len(memory.heat(NOW_S).ids) == 4_096
    assert heat(memory, NOW_S, 1, 2, 3, 5_000) == [1.0, 0.0, 1.0, 1.0]


def test_the_ids_of_warm_samples_come_ascending_each_once() -> None:
    memory = Memory()
    memory.returned([9, 3, 5], NOW_S)
    for sample_id in (5, 4, 9):
        memory.committed(sample_id, NOW_S)
    warm = memory.heat(NOW_S + 600)
    assert warm.ids.tolist() == [3, 4, 5, 9]
    assert warm.ids.dtype == np.int32
    assert warm.values.tolist() == pytest.approx([0.5, *[0.5 ** (600 / 86_400)] * 3])


def test_any_ids_may_be_asked_for_and_nothing_is_warm_where_nothing_was_done() -> None:
    memory = Memory()
    memory.returned([5], NOW_S)
    assert heat(memory, NOW_S, 1, 5, 6, 5) == [0.0, 1.0, 0.0, 1.0]
    assert heat(memory, NOW_S) == []
    assert heat(Memory(), NOW_S, 1, 2) == [0.0, 0.0]
    assert COLD.of(np.array([1, 2, 3], np.int32)).tolist() == [0.0, 0.0, 0.0]
