"""Bytes of an open file, as they are or put together otherwise, and the file objects that decoders read them by.

Reads by descriptor only: nothing here ever opens a path.
"""

from __future__ import annotations

import io
import os
from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


_HEAD = 1024
"""Bytes at the beginning of a large file that are read once: nearly all that is ever looked at."""
WHOLE_BYTES = 4 << 20
"""Files up to this size may be read once, as a whole, for hash, chunks and samples."""


class Data(Protocol):
    """Bytes that can be read at any place."""

    @property
    def size(self) -> int:
        """How many there are."""
        ...

    def at(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes from `offset` on, fewer at the end. Raises OSError."""
        ...


class FileData:
    """The bytes of an open file, as many as it had at first."""

    def __init__(self, fd: int, *, whole: bool = False) -> None:
        """`whole`: read all of a file of at most `WHOLE_BYTES` now."""
        self.error: OSError | MemoryError | None = None
        """The first error of the disk, or the lack of memory. Decoders take one for the end of the file."""
        self._fd = fd
        self.size = os.fstat(fd).st_size
        self._kept = self.size if whole and self.size <= WHOLE_BYTES else _HEAD
        self._head = self._read(0, self._kept)

    @property
    def all(self) -> bytes | None:
        """All bytes where they have been read, else None."""
        return self._head if len(self._head) == self.size else None

    def at(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes from `offset` on."""
        end = offset + count
        is_here = end <= self._kept or self.all is not None
        return self._head[offset:end] if is_here else self._read(offset, count)

    def _read(self, offset: int, count: int) -> bytes:
        count = min(count, self.size - offset)
        if count <= 0:
            return b""
        try:
            os.lseek(self._fd, offset, os.SEEK_SET)  # os.pread does not exist on Windows
            found = os.read(self._fd, count)
            while len(found) < count and (more := os.read(self._fd, count - len(found))):
                found += more
        except (OSError, MemoryError) as error:
            self.error = self.error or error
            raise
        return found


Piece = bytes | tuple[int, int] | int
"""Bytes given, or a range (offset, count) of other data, or a number of zeros."""


class Joined:
    """Pieces of other data and given bytes, one behind the other."""

    def __init__(self, source: Data, pieces: Sequence[Piece]) -> None:
        self._source = source
        self._pieces: list[Piece] = []
        self._starts: list[int] = []
        self.size = 0
        for piece in pieces:
            count = len(piece) if isinstance(piece, bytes) else piece if isinstance(piece, int) else piece[1]
            if count > 0:
                self._pieces.append(piece)
                self._starts.append(self.size)
                self.size += count

    def at(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes from `offset` on."""
        found: list[bytes] = []
        number = bisect_right(self._starts, offset) - 1
        while count > 0 and 0 <= number < len(self._pieces):
            part = self._part(number, offset - self._starts[number], count)
            if not part:
                break
            found.append(part)
            offset += len(part)
            count -= len(part)
            number = bisect_right(self._starts, offset) - 1
        return b"".join(found) if len(found) != 1 else found[0]

    def _part(self, number: int, skip: int, count: int) -> bytes:
        piece = self._pieces[number]
        if isinstance(piece, bytes):
            return piece[skip : skip + count]
        if isinstance(piece, int):
            return bytes(min(count, piece - skip))
        return self._source.at(piece[0] + skip, min(count, piece[1] - skip))


def overlaid(source: Data, *changes: tuple[int, bytes]) -> Joined:
    """The same data with other bytes at some places, given in order."""
    pieces: list[Piece] = []
    at = 0
    for offset, content in changes:
        pieces += [(at, offset - at), content]
        at = offset + len(content)
    return Joined(source, [*pieces, (at, source.size - at)])


class Stream(io.RawIOBase):
    """Data as the read-only file object that decoders take."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self._at = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Where the next read begins."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go somewhere; the new place. Raises OSError where it lies before the beginning."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._data.size}[whence]
        if start + offset < 0:
            raise OSError(f"seek to {start + offset}")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill the buffer as far as there is data."""
        view = memoryview(buffer).cast("B")
        found = self._data.at(self._at, len(view))
        view[: len(found)] = found
        self._at += len(found)
        return len(found)
