"""While the first walk over an empty library goes on, the workers already have something to do.

Of half a million files on a slow disk the walk takes minutes, and nobody who has just added a folder should wait that
long for a first answer. Only as much is taken ahead as keeps the workers busy; the rest is analysed in its due order.
"""

from __future__ import annotations

from collections.abc import Callable

from soundkin.feed import Feed
from soundkin.meter import Passes
from soundkin.model import DiskFile, FileStamp
from soundkin.settled import is_settled
from soundkin.walk import FileRow

_AHEAD = 512
"""Files waiting for the workers, from which on nothing is taken ahead."""
_TAKE_S = 0.1


class HeadStart:
    """Looks at each piece of a walk as it comes. `take` stores some outcomes and waits a quarter second at most."""

    def __init__(
        self,
        feed: Feed,
        passes: Passes,
        *,
        take: Callable[[], None],
        may_work: Callable[[], bool],
        is_complete: Callable[[str, int], bool],
        clock: Callable[[], float],
    ) -> None:
        self._feed = feed
        self._passes = passes
        self._take = take
        self._may_work = may_work
        self._is_complete = is_complete
        self._clock = clock
        self._next_take = float("-inf")

    def __call__(self, run: list[FileRow]) -> list[FileRow]:
        """What of a piece is left for the comparison, the rest being analysed already. All of it must be new."""
        if not self._may_work():
            return run
        taken: set[str] = set()
        if len(self._feed) < _AHEAD:
            files = [DiskFile(path, FileStamp(size, mtime_ns)) for path, size, mtime_ns in run]
            taken = self._begin([file for file in files if self._is_complete(file.path, file.stamp.mtime_ns)])
        if self._clock() >= self._next_take:
            self._take()
            self._next_take = self._clock() + _TAKE_S
        return [row for row in run if row[0] not in taken]

    def _begin(self, files: list[DiskFile]) -> set[str]:
        added = self._feed.push(files)
        self._passes.meter.to_do += added
        self._passes.meter.found += added
        return {file.path for file in files}


def settled_by(wall: Callable[[], float], settle_s: float) -> Callable[[str, int], bool]:
    """Whether the file of a path and mtime_ns is complete at the moment of asking."""
    return lambda path, mtime_ns: is_settled(path, mtime_ns, wall(), settle_s)
