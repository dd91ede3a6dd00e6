"""While the first walk over an empty library goes on, the workers already have something to do.

Of half a million files on a slow disk the walk takes minutes, too long to wait for a first answer. Only as many
files are taken ahead as keep the workers busy; the rest is analysed in its due order.
"""

from __future__ import annotations

from collections.abc import Callable

from soundkin.folders.walk import FileRow
from soundkin.ingest.progress import Passes
from soundkin.ingest.queue import AnalysisQueue
from soundkin.model import DiskFile, FileStamp

_AHEAD = 512
"""Files waiting for the workers, from which on nothing is taken ahead."""
_TAKE_S = 0.1


class EarlyStart:
    """Looks at each piece of a walk as it comes. `take` stores some outcomes and waits a quarter second at most."""

    def __init__(
        self,
        queue: AnalysisQueue,
        passes: Passes,
        *,
        take: Callable[[], None],
        may_work: Callable[[], bool],
        is_complete: Callable[[str, int], bool],
        clock: Callable[[], float],
    ) -> None:
        self._queue = queue
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
        if len(self._queue) < _AHEAD:
            files = [DiskFile(path, FileStamp(*numbers)) for path, *numbers in run]
            taken = self._begin([file for file in files if self._is_complete(file.path, file.stamp.mtime_ns)])
        if self._clock() >= self._next_take:
            self._take()
            self._next_take = self._clock() + _TAKE_S
        return [row for row in run if row[0] not in taken]

    def _begin(self, files: list[DiskFile]) -> set[str]:
        added = self._queue.push(files)
        self._passes.meter.to_do += added
        self._passes.meter.found += added
        return {file.path for file in files}
