"""The queue of files to analyse: fresh hints first, then newest folders first. Consumed lazily by the analyser."""

from __future__ import annotations

import enum
import os
from collections import deque
from collections.abc import Callable, Iterable
from typing import Self, TypeAlias

from soundkin.folders.packed import Packed, PackedFiles
from soundkin.folders.walk import is_below
from soundkin.ingest.bulk import Bulk
from soundkin.model import DiskFile

_MANY = 1024
"""Files from which they wait packed."""

Waiting: TypeAlias = DiskFile | Packed
Belongs = Callable[[str], bool]
"""Whether the file of a path is meant."""


class Turn(enum.IntEnum):
    """Who comes first."""

    URGENT = 0
    """Someone just dropped it, or waits for it."""
    FRESH = 1
    """New or changed, found by a scan."""
    DOUBTFUL = 2
    """Perhaps changed: it is read to know."""
    STALE = 3
    """Only to be analysed again by newer features."""


class AnalysisQueue:
    """An iterator of files that may be filled while it is consumed, each path at most once. One thread uses it.

    What it handed out counts as being worked on until `settle`. Within a turn files come folder by folder, those with
    the newest files first. Files of a disk that is away are held: they keep their place and stay in the count.
    Many files wait packed, and are objects of their own only from their turn on, or where one of their folder changes.
    """

    def __init__(self) -> None:
        self._lanes: tuple[deque[Waiting], ...] = tuple(deque() for _ in Turn)
        self._waiting: dict[str, DiskFile] = {}
        self._bulk = Bulk()
        """What waits packed, and not in `_waiting`."""
        self._opened: dict[Packed, list[DiskFile]] = {}
        """What was packed and is in `_waiting` now; its place in the lane is still that of the packed one."""
        self._out: dict[str, DiskFile] = {}
        self._held: dict[str, list[tuple[Turn, Waiting]]] = {}
        self._favoured: set[str] = set()

    def push(self, files: Iterable[DiskFile], turn: Turn = Turn.FRESH) -> int:
        """Queue files that are not waiting or being worked on with the same stamp; how many were new to the queue."""
        if isinstance(files, PackedFiles) and len(files) >= _MANY and turn is not Turn.URGENT:
            return sum(self._push_packed(part, turn, is_alone) for part, is_alone in self._in_order(files))
        return sum(self._push_one(file, turn) for file in _newest_folders_first(files))

    def _push_one(self, file: DiskFile, turn: Turn) -> int:
        if self._out.get(file.path) == file:
            return 0
        waiting = self._find(file.path)
        if waiting is not None:
            if waiting == file and turn is not Turn.URGENT:
                return 0
            self._open(os.path.dirname(file.path))
        self._waiting[file.path] = file
        self._lanes[turn].append(file)
        return int(waiting is None)

    def _push_packed(self, part: Packed, turn: Turn, is_alone: bool) -> int:
        if not is_alone:
            return sum(self._push_one(file, turn) for file in part.files())
        self._bulk.add(part)
        self._lanes[turn].append(part)
        return part.count

    def _in_order(self, files: PackedFiles) -> list[tuple[Packed, bool]]:
        """Packed files, newest folders first, each with whether none of them can be waiting or out already."""
        parts = files.parts()
        newest: dict[str, int] = {}
        for part in parts:
            newest[part.folder] = max(part.newest_ns, newest.get(part.folder, part.newest_ns))
        parts.sort(key=lambda part: (-max(0, newest[part.folder]), part.folder))
        met = self._met_folders()
        last: dict[str, str] = {}
        return [(part, _is_alone(part, met, last)) for part in parts]

    def _met_folders(self) -> set[str]:
        """Folders of which files wait or are out."""
        return {*self._bulk.folders, *(os.path.dirname(path) for paths in (self._waiting, self._out) for path in paths)}

    def _find(self, path: str) -> DiskFile | None:
        """What waits under a path."""
        return self._waiting.get(path) or self._bulk.find(os.path.dirname(path), path)

    def _open(self, folder: str) -> None:
        """From now on the files of a folder wait as objects of their own, where they stood."""
        for part in self._bulk.of(folder):
            self._open_part(part)

    def _open_part(self, part: Packed) -> list[DiskFile]:
        """The files of something packed that stands in a lane; those of them count that are in `_waiting`."""
        if self._bulk.remove(part):
            self._opened[part] = part.files()
            self._waiting |= {file.path: file for file in self._opened[part]}
        return self._opened.get(part, [])

    def _unpack_in(self, lane: deque[Waiting]) -> bool:
        """Put files that stand packed and first in a lane in the place of the packed ones; whether there were any."""
        first = lane[0]
        if not isinstance(first, Packed):
            return False
        lane.popleft()
        lane.extendleft(reversed(self._open_part(first)))
        self._opened.pop(first, None)
        return True

    def favour(self, folder: str) -> int:
        """Let what waits in a folder come next, for someone is interested in it; how many files that concerns."""
        if folder in self._favoured:
            return 0
        self._favoured.add(folder)
        for each in self._bulk.folders:
            if is_below(each, folder) or each == os.path.dirname(folder):
                self._open(each)
        wanted = [file for path, file in self._waiting.items() if is_below(path, folder)]
        self._lanes[Turn.URGENT].extendleft(reversed(wanted))  # where they waited before they are passed over
        return len(wanted)

    def put_back(self, paths: Iterable[str]) -> None:
        """These files were handed out and not worked on: they wait again, and come next."""
        for path in paths:
            file = self._out.pop(path, None)
            if file is not None and self._find(path) is None:
                self._waiting[path] = file
                self._lanes[Turn.URGENT].append(file)

    def hold(self, disk: str, belongs: Belongs, unread: Iterable[str] = ()) -> int:
        """Hand out no file of a disk that is away until `release`; how many fewer wait.

        `unread` were handed out and could not be read: they wait again, and stand first.
        """
        held = self._held.setdefault(disk, [])
        back = [file for path in unread if (file := self._out.pop(path, None)) is not None]
        held[:0] = [(Turn.FRESH, file) for file in back if self._find(file.path) is None]
        before = len(self)
        for turn in Turn:
            lane = self._lanes[turn]
            left: deque[Waiting] = deque()
            while lane:
                item = lane[0]
                is_open = isinstance(item, Packed) and item in self._opened
                belonging = None if is_open else _belonging(item, belongs)
                if belonging is None:
                    self._unpack_in(lane)
                    continue
                lane.popleft()
                if isinstance(item, DiskFile) and self._waiting.get(item.path) is not item:
                    continue  # superseded
                if not belonging:
                    left.append(item)
                    continue
                if isinstance(item, DiskFile):
                    del self._waiting[item.path]
                elif not self._bulk.remove(item):
                    continue  # dropped
                held.append((turn, item))
            lane.extend(left)
        return before - len(self)

    def release(self, disk: str) -> int:
        """The disk is back: its files wait for their turns; how many that are."""
        held = self._held.pop(disk, [])
        before = len(self)
        met = self._met_folders()
        last: dict[str, str] = {}
        for turn, item in held:
            if isinstance(item, Packed) and _is_alone(item, met, last):
                self._push_packed(item, turn, is_alone=True)
                continue
            for file in _files_of(item):
                if self._find(file.path) is None:
                    self._waiting[file.path] = file
                    self._lanes[turn].append(file)
                    met.add(os.path.dirname(file.path))
        return len(self) - before

    def drop(self, belongs: Belongs) -> int:
        """Forget files, held ones too; how many fewer wait."""
        before = len(self)
        for part in self._bulk.parts():
            belonging = _belonging(part, belongs)
            if belonging is None:
                self._open_part(part)
            elif belonging:
                self._bulk.remove(part)
        self._waiting = {path: file for path, file in self._waiting.items() if not belongs(path)}
        self._out = {path: file for path, file in self._out.items() if not belongs(path)}
        for disk, held in self._held.items():
            kept = ((turn, part) for turn, item in held for part in _without(item, belongs))
            self._held[disk] = list(kept)
        return before - len(self)

    @property
    def out(self) -> list[str]:
        """Files that are handed out, and not settled."""
        return list(self._out)

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
        return len(self._waiting) + len(self._bulk)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> DiskFile:
        """The next file. At its end it is only until files are queued again, as no generator is."""
        for lane in self._lanes:
            while lane:
                if self._unpack_in(lane):
                    continue
                file = lane.popleft()
                if isinstance(file, DiskFile) and self._waiting.get(file.path) is file:  # else superseded
                    del self._waiting[file.path]
                    self._out[file.path] = file
                    return file
        self._favoured.clear()
        raise StopIteration


def _is_alone(part: Packed, met: set[str], last: dict[str, str]) -> bool:
    """Whether some files stand behind those of their folder before them, the folder not being among those met.

    `last`: folder to the last name in it so far.
    """
    before = last.get(part.folder, "")
    last[part.folder] = max(part.last, before)
    return part.in_order and part.folder not in met and part.first > before


def _belonging(item: Waiting, belongs: Belongs) -> bool | None:
    """Whether a file is meant, or all of some are; None where only a part of them is."""
    found = {belongs(file.path) for file in _files_of(item)}
    return found.pop() if len(found) == 1 else None


def _files_of(item: Waiting) -> list[DiskFile]:
    return item.files() if isinstance(item, Packed) else [item]


def _without(item: Waiting, belongs: Belongs) -> list[Waiting]:
    """What stays of a file, or of some, when those that belong go."""
    belonging = _belonging(item, belongs)
    if belonging is None:
        return [file for file in _files_of(item) if not belongs(file.path)]
    return [] if belonging else [item]


def _newest_folders_first(files: Iterable[DiskFile]) -> list[DiskFile]:
    """The files of one folder stay together, for the disk's sake, and in their order."""
    listed = list(files)
    newest: dict[str, int] = {}
    folders = [os.path.dirname(file.path) for file in listed]
    for file, folder in zip(listed, folders, strict=True):
        newest[folder] = max(file.stamp.mtime_ns, newest.get(folder, 0))
    order = sorted(range(len(listed)), key=lambda i: (-newest[folders[i]], folders[i]))
    return [listed[i] for i in order]
