"""How much a question may still cost: what works on one asks here, often, whether to go on. Touches only clocks.

The effort in force belongs to the thread (a context variable): loops deep inside ask for it without an argument for
it on every way there. Where none was given, as in a command that asks once and ends, there is no limit.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from soundkin.errors import GivenUpError, TooLongError

if TYPE_CHECKING:
    import threading

TURN_S = 0.05
"""Seconds of the processor that a question gets among the others; one that needs more goes on behind the long ones."""
WAITING_TURNS = 5
"""Turns by the clock after which it goes there too: it waits for a disk, a lock or a processor."""
LONGEST_S = 3.0
"""Seconds from its first step after which a question ends with what it has."""
LONGEST_REPORT_S = 60.0
"""The same for questions about all samples at once: duplicates, lists."""
_LOOK_S = 0.01


class TurnOverError(Exception):
    """The question has used up its turn; it is to be run again where no other waits for it. Never leaves the daemon."""


class Effort:
    """What one question may still cost. `clock`: seconds; `worked`: seconds of the processor that the thread had."""

    def __init__(
        self,
        longest_s: float = math.inf,
        turn_s: float = math.inf,
        *,
        wanted: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = time.monotonic,
        worked: Callable[[], float] = time.thread_time,
    ) -> None:
        self.longest_s = longest_s
        self._turn_s = turn_s
        self._wanted = wanted
        self._clock = clock
        self._worked = worked
        self._began: tuple[float, float] | None = None

    def goes_on(self) -> bool:
        """Whether there is time left; the time begins with the first call.

        Raises `GivenUpError` where the answer is not wanted any more, `TurnOverError` where the turn is over.
        """
        if not self._wanted():
            raise GivenUpError("the answer is not wanted any more")
        now, work = self._clock(), self._worked()
        if self._began is None:
            self._began = now, work
        passed_s = now - self._began[0]
        if work - self._began[1] > self._turn_s or passed_s > self._turn_s * WAITING_TURNS:
            raise TurnOverError
        return passed_s <= self.longest_s


_in_force: ContextVar[Effort] = ContextVar("effort", default=Effort())  # noqa: B039 - without limits it never changes


@contextmanager
def given(effort: Effort) -> Iterator[Effort]:
    """Work under this effort."""
    token = _in_force.set(effort)
    try:
        yield effort
    finally:
        _in_force.reset(token)


def goes_on() -> bool:
    """Whether the question at hand has time left. Raises as `Effort.goes_on`."""
    return _in_force.get().goes_on()


def insist(what: str) -> None:
    """Raise `TooLongError` where `what` (words that a sentence begins with) has no time left; else as `goes_on`."""
    effort = _in_force.get()
    if not effort.goes_on():
        raise TooLongError(
            f"{what} would take more than the {effort.longest_s:g} s that a question gets; ask for less, for instance "
            "with a filter"
        )


def spent() -> str:
    """The limit that the question at hand ran into, in words."""
    return f"{_in_force.get().longest_s:g} s"


@contextmanager
def locked(lock: threading.Lock, what: str) -> Iterator[None]:
    """Hold a lock; who waits for it is still asked whether to go on. Raises as `insist`."""
    while not lock.acquire(timeout=_LOOK_S):
        insist(what)
    try:
        yield
    finally:
        lock.release()
