"""A disk that fails on purpose, below SQLite: an apsw VFS whose writes, flushes and reads go wrong when told to."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import apsw

ON_PURPOSE = "this fault was made on purpose"
NAME = "soundkin-faulty"


class Disk:
    """What happens to the files of a library. Nothing goes wrong until `fail` is called."""

    def __init__(self) -> None:
        self.calls = 0
        """Calls of the failing kind since `fail`."""
        self.failed = 0
        self.plugged = 0
        self.errno = 0
        self._kind = ""
        self._from = 0
        self._until = 0
        self._error: Callable[[], Exception] = _io_error
        self._short = False

    def fail(self, kind: str, at: int, *, error: str = "eio", times: int = 1, short: bool = False) -> None:
        """Let call number `at` (from 0) of "write", "sync", "read" or "truncate" fail, and so many after it.

        A short write leaves the first half of its bytes on the disk. The error "quota" is what a used-up quota looks
        like from here: an I/O error with a number.
        """
        self.calls = self.failed = 0
        self._kind, self._from, self._until, self._short = kind, at, at + times, short
        self.errno, self._error = _ERRORS[error]

    def replug(self) -> None:
        """From now on every file opened before is lost, as on a disk that was taken out and put back in."""
        self.plugged += 1

    def mend(self) -> None:
        """Nothing fails any more."""
        self._kind = ""

    def meet(self, kind: str, before: Callable[[], object] | None = None) -> None:
        """One call of a file; raises where it is one of those that fail."""
        if kind != self._kind:
            return
        number = self.calls
        self.calls += 1
        if self._from <= number < self._until:
            self.failed += 1
            if self._short and before is not None:
                before()
            raise self._error()


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._disk = disk
        self._plugged = disk.plugged

    def _meet(self, kind: str, before: Callable[[], object] | None = None) -> None:
        if self._plugged != self._disk.plugged:
            raise _io_error()
        self._disk.meet(kind, before)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        self._meet("write", lambda: super(_File, self).xWrite(data[: len(data) // 2], offset))
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._meet("sync")
        super().xSync(flags)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._meet("truncate")
        super().xTruncate(newsize)

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        self._meet("read")
        return super().xRead(amount, offset)


class FaultyVFS(apsw.VFS):
    """The system's files, through a `Disk`. Open a library with `vfs=NAME` while this object lives."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        super().__init__(NAME, "")

    def xGetLastError(self) -> tuple[int, str]:  # noqa: N802
        return self._disk.errno, ""

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return _File(self._disk, name, flags)


def _io_error() -> Exception:
    return apsw.IOError(ON_PURPOSE)


def _full() -> Exception:
    return apsw.FullError(ON_PURPOSE)


_ERRORS: dict[str, tuple[int, Callable[[], Exception]]] = {
    "eio": (errno.EIO, _io_error),
    "enospc": (errno.ENOSPC, _full),
    "quota": (getattr(errno, "EDQUOT", errno.ENOSPC), _io_error),
}


@contextmanager
def faulty_disk() -> Iterator[Disk]:
    """A disk under the VFS called NAME, until the end of the block."""
    disk = Disk()
    vfs = FaultyVFS(disk)
    outer = sys.unraisablehook

    def hook(unraisable: Any) -> None:
        # a checkpoint that fails is tried again later and raised to nobody, so apsw reports it here
        if ON_PURPOSE not in str(unraisable.exc_value):
            outer(unraisable)

    sys.unraisablehook = hook
    try:
        yield disk
    finally:
        sys.unraisablehook = outer
        vfs.unregister()
