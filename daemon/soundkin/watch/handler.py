"""Turns the events of one watch into hints; a burst, of which some may be lost, into one of the whole folder."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from watchdog.events import FileSystemEvent, FileSystemEventHandler

from soundkin.watch.limits import burst_size

_CALM_S = 1.0


class HintingHandler(FileSystemEventHandler):
    """Hints at paths below `root`. `real` is where that lies, which is what the system tells paths of."""

    def __init__(
        self, hint: Callable[[str], None], root: str, real: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._hint = hint
        self._root = root
        self._real = real
        self._clock = clock
        self._most = burst_size()
        self._count = 0
        self._last = float("-inf")

    def dispatch(self, event: FileSystemEvent) -> None:
        """Called by watchdog for every event."""
        now = self._clock()
        self._count = self._count + 1 if now - self._last < _CALM_S else 1
        self._last = now
        if self._count >= self._most:
            self._hint(self._root)
            return
        for path in (event.src_path, event.dest_path):
            if path:
                self._hint(self._followed(os.fsdecode(path)))

    def _followed(self, path: str) -> str:
        """The path as it is followed: below the link, not where the link leads."""
        if self._root != self._real and (path == self._real or path.startswith(self._real + os.sep)):
            return self._root + path[len(self._real) :]
        return path
