"""How long work goes on: limits by a clock, by the processor, and by whether anybody waits."""

from __future__ import annotations

import threading
from typing import cast

import pytest

from soundkin.errors import GivenUpError, TooLongError
from soundkin.questions import effort
from soundkin.questions.effort import Effort, TurnOverError, given


class Hands:
    """Two clocks that a test sets."""

    now = 100.0
    worked = 7.0

    def effort(self, longest_s: float, turn_s: float = float("inf")) -> Effort:
        return Effort(longest_s, turn_s, clock=lambda: self.now, worked=lambda: self.worked)


def test_without_an_effort_work_has_no_limit() -> None:
    assert effort.goes_on()
    effort.insist("anything")


def test_time_runs_from_the_first_step_and_ends_after_the_longest() -> None:
    hands = Hands()
    with given(hands.effort(3.0)):
        hands.now = 200.0  # spent before the first step
        assert effort.goes_on()
        hands.now = 203.0
        assert effort.goes_on()
        hands.now = 203.1
        assert not effort.goes_on()
        with pytest.raises(TooLongError, match=r"A list would take more than the 3 s .* with a filter"):
            effort.insist("A list")
        assert effort.spent() == "3 s"


def test_a_turn_is_over_after_its_share_of_the_processor() -> None:
    hands = Hands()
    with given(hands.effort(100.0, turn_s=0.05)):
        assert effort.goes_on()
        hands.worked += 0.05
        assert effort.goes_on()
        hands.worked += 0.001
        with pytest.raises(TurnOverError):
            effort.goes_on()


def test_a_turn_is_over_after_five_by_the_clock_too() -> None:
    hands = Hands()
    with given(hands.effort(100.0, turn_s=0.05)):
        assert effort.goes_on()
        hands.now += 0.24
        assert effort.goes_on()
        hands.now += 0.02
        with pytest.raises(TurnOverError):
            effort.goes_on()


def test_what_nobody_waits_for_ends_at_once() -> None:
    with given(Effort(wanted=lambda: False)), pytest.raises(GivenUpError):
        effort.goes_on()


def test_an_effort_is_that_of_its_thread_and_ends_with_its_block() -> None:
    found: list[bool] = []
    with given(Effort(-1.0)):
        other = threading.Thread(target=lambda: found.append(effort.goes_on()))
        other.start()
        other.join(5)
        assert not effort.goes_on()
    assert found == [True]
    assert effort.goes_on()


def test_who_waits_for_a_lock_is_asked_whether_to_go_on() -> None:
    lock = threading.Lock()
    with effort.locked(lock, "x"), given(Effort(wanted=lambda: False)), pytest.raises(GivenUpError):
        effort.locked(lock, "x").__enter__()
    with effort.locked(lock, "x"):
        assert lock.locked()
    assert not lock.locked()


def test_who_waits_for_a_lock_looks_a_hundred_times_a_second_whether_to_go_on() -> None:
    waits: list[float] = []

    class Lock:
        """Free at the third try."""

        def acquire(self, timeout: float) -> bool:
            waits.append(timeout)
            return len(waits) == 3

        def release(self) -> None: ...

    with effort.locked(cast("threading.Lock", Lock()), "x"):
        assert waits == [0.01, 0.01, 0.01]
