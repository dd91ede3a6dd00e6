"""In which worker the file of a question is analysed: one at a time, and none waits for the disk of another."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from soundkin.errors import NoAnswerError

if TYPE_CHECKING:
    from soundkin.analysis.jobs import Job
    from soundkin.analysis.lane import Lane
    from soundkin.model import Analysis

MOST = 3
"""Questions at once, all but the last of which wait for their disks."""
_LOOK_S = 0.25


class Asking:
    """Lanes of one worker: one, and others while those that are there wait for a disk. Safe to use from any thread.

    `make` makes a lane, `let_go` is given one that is not needed any more.
    """

    def __init__(self, make: Callable[[], Lane], let_go: Callable[[Lane], None]) -> None:
        self._make = make
        self._let_go = let_go
        self._changed = threading.Condition()
        self._free: Lane | None = None
        self._busy: dict[Lane, str] = {}
        """The path that each is at."""

    def ask(self, job: Job) -> Analysis:
        """The analysis of one file. Raises `AnalysisError`, `OSError`, and `NoAnswerError` where it hangs already."""
        lane = self._take(job.path)
        try:
            return lane.ask(job)
        finally:
            self._give_back(lane)

    def _take(self, path: str) -> Lane:
        with self._changed:
            while (lane := self._next(path)) is None:
                self._changed.wait(_LOOK_S)
            self._busy[lane] = path
            return lane

    def _next(self, path: str) -> Lane | None:
        """A lane for a file, where it is its turn."""
        stalled = [each for lane, each in self._busy.items() if lane.is_stalled]
        if path in stalled:
            raise NoAnswerError(f"{path!r}: its disk has not answered another question; ask again later")
        if len(stalled) < len(self._busy) or len(stalled) >= MOST:
            return None
        lane, self._free = self._free, None
        return lane or self._make()

    def _give_back(self, lane: Lane) -> None:
        with self._changed:
            del self._busy[lane]
            spare, self._free = self._free, lane
            self._changed.notify_all()
        if spare is not None:
            self._let_go(spare)
