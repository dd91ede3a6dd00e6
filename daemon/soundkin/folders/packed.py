"""Many files in little memory: those of one folder are packed together, names and numbers, and unpacked to be read.

A file as an object with its path and numbers takes 390 bytes, packed 80. Touches nothing.
"""

from __future__ import annotations

import marshal
import os
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from soundkin.model import DiskFile, FileStamp

_MOST = 256
"""Files that are packed together: what is unpacked to look at one of them."""


class Packed:
    """Some files of one folder, in order."""

    __slots__ = ("_data", "_prefix", "count", "first", "folder", "in_order", "last", "newest_ns")

    def __init__(self, files: list[DiskFile]) -> None:
        self.folder, name = os.path.split(files[0].path)
        self._prefix = files[0].path[: len(files[0].path) - len(name)]
        rows = [_row(file, len(self._prefix)) for file in files]
        names = [row[0] for row in rows]
        self.count = len(files)
        self.first, self.last = min(names), max(names)
        self.in_order = all(one < other for one, other in pairwise(names))
        self.newest_ns = max(file.stamp.mtime_ns for file in files)
        self._data = marshal.dumps(rows)

    def files(self) -> list[DiskFile]:
        """As they were."""
        rows = marshal.loads(self._data)
        return [
            DiskFile(self._prefix + name, FileStamp(*numbers), known, briefly) for name, numbers, known, briefly in rows
        ]


class PackedFiles:
    """A list of files that is added to at its end and read from its beginning."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, files: Iterable[DiskFile] = ()) -> None:
        self._parts: list[Packed] = []
        self._tail: list[DiskFile] = []
        self._folder = ""
        self.extend(files)

    def append(self, file: DiskFile) -> None:
        """Add one."""
        folder = os.path.dirname(file.path)
        if self._tail and (folder != self._folder or len(self._tail) >= _MOST):
            self._pack()
        self._folder = folder
        self._tail.append(file)

    def extend(self, files: Iterable[DiskFile]) -> None:
        """Add some; those of another such list without unpacking them."""
        if isinstance(files, PackedFiles):
            self._pack()
            self._parts += files.parts()
            return
        for file in files:
            self.append(file)

    def keep(self, wanted: Callable[[DiskFile], bool]) -> None:
        """Drop what is not wanted."""
        parts, self._parts = self.parts(), []
        for part in parts:
            files = part.files()
            kept = [file for file in files if wanted(file)]
            if len(kept) == len(files):
                self._parts.append(part)
            elif kept:
                self._parts.append(Packed(kept))

    def parts(self) -> list[Packed]:
        """All of them, packed."""
        self._pack()
        return self._parts.copy()

    def _pack(self) -> None:
        if self._tail:
            self._parts.append(Packed(self._tail))
            self._tail = []

    def __len__(self) -> int:
        return sum(part.count for part in self._parts) + len(self._tail)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, list | PackedFiles) and list(self) == list(other)

    def __iter__(self) -> Iterator[DiskFile]:
        for part in self.parts():
            yield from part.files()


def _row(file: DiskFile, start: int) -> tuple[str, tuple[int, int, int, int], bytes, bool]:
    stamp = file.stamp
    return file.path[start:], (stamp.size, stamp.mtime_ns, stamp.ctime_ns, stamp.inode), file.known, file.briefly
