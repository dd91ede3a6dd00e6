"""The queue of files to analyse: fresh hints first, then newest folders first. Consumed lazily by the analyser."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator

from soundkin.model import DiskFile
from soundkin.walk import is_below


class Feed:
    """An iterator of files that may be filled while it is consumed, each path at most once. One thread uses it.

    What it handed out counts as being worked on until `settle`.

    `urgent` files (someone just dropped them) come out before those of a long scan, folder by folder, those with the
    newest files first; `late` ones (only to be analysed again by newer features) come out last.
    """

    def __init__(self) -> None:
        self._lanes: tuple[deque[DiskFile], ...] = (deque(), deque(), deque())
        self._waiting: dict[str, DiskFile] = {}
        self._out: dict[str, DiskFile] = {}
        self._favoured: set[str] = set()

    def push(self, files: Iterable[DiskFile], *, urgent: bool = False, late: bool = False) -> int:
        """Queue files that are not waiting or being worked on with the same stamp; how many were new to the queue."""
        lane = self._lanes[0 if urgent else 2 if late else 1]
        added = 0
        for file in _newest_folders_first(files):
            if self._out.get(file.path) == file:
                continue
            waiting = self._waiting.get(file.path)
            if waiting is None:
                added += 1
            elif waiting == file and not urgent:
                continue
            self._waiting[file.path] = file
            lane.append(file)
        return added

    def favour(self, folder: str) -> int:
        """Let what waits in a folder come next, for someone is interested in it; how many files that concerns."""
        if folder in self._favoured:
            return 0
        self._favoured.add(folder)
        wanted = [file for path, file in self._waiting.items() if is_below(path, folder)]
        self._lanes[0].extendleft(reversed(wanted))  # where they waited before they are passed over
        return len(wanted)

    def settle(self, paths: Iterable[str]) -> None:
        """What came of these files is stored: from now on the library knows them."""
        for path in paths:
            self._out.pop(path, None)

    def recall(self) -> bool:
        """Forget what was handed out and not settled; whether there was anything."""
        lost = bool(self._out)
        self._out.clear()
        return lost

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[DiskFile]:
        while (file := self._next()) is not None:
            yield file

    def _next(self) -> DiskFile | None:
        for lane in self._lanes:
            while lane:
                file = lane.popleft()
                if self._waiting.get(file.path) is file:  # else superseded
                    del self._waiting[file.path]
                    self._out[file.path] = file
                    return file
        self._favoured.clear()
        return None


def _newest_folders_first(files: Iterable[DiskFile]) -> list[DiskFile]:
    """The files of one folder stay together, for the disk's sake, and in their order."""
    listed = list(files)
    newest: dict[str, int] = {}
    folders = [os.path.dirname(file.path) for file in listed]
    for file, folder in zip(listed, folders, strict=True):
        newest[folder] = max(file.stamp.mtime_ns, newest.get(folder, 0))
    order = sorted(range(len(listed)), key=lambda i: (-newest[folders[i]], folders[i]))
    return [listed[i] for i in order]
