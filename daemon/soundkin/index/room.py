"""Where the vectors of large libraries lie: in a file of no name beside the index, mapped and read as memory is.

The system reads what is used and takes back what is not; the file goes with the process. It is only written through
its descriptor, so that a full disk is an error and not the end of the process. Where there is no such file to be had,
vectors lie in memory.
"""

from __future__ import annotations

import logging
import mmap
import os
import tempfile
import threading
import weakref
from contextlib import suppress
from typing import IO, TYPE_CHECKING

import numpy as np

from soundkin.vectors import BLOCK_ROWS, InMemory

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from soundkin.vectors import Place

logger = logging.getLogger(__name__)

_IN_MEMORY = 4
"""Blocks up to which all are in memory: 50 MB."""
_PIECE = 1 << 20


class MappedRoom:
    """Hands out room for blocks. `folder`: on which disk; None: all in memory. One thread at a time asks for room."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._file: IO[bytes] | None = None
        self._lock = threading.Lock()
        self._size = 0
        self._free: list[tuple[int, int]] = []
        """Pieces of the file that no block has any more: where they begin, and how large they are."""
        self._maps: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()

    def __call__(self, number: int, num_dimensions: int) -> Place:
        """Room for the block of a number, from 0; of blocks that come together, the largest."""
        if self._folder is None or number < _IN_MEMORY:
            return InMemory(num_dimensions)
        try:
            return self._mapped(self._folder, num_dimensions)
        except (OSError, ValueError) as error:
            logger.warning("vectors stay in memory: %s: %s", self._folder, error)
            self._folder = None
            return InMemory(num_dimensions)

    def rest(self) -> None:
        """No question is asked at the moment: what is mapped need not be in this process."""
        for each in list(self._maps):
            with suppress(AttributeError, OSError, ValueError):  # Windows does so by itself
                each.madvise(mmap.MADV_DONTNEED)

    def _mapped(self, folder: Path, num_dimensions: int) -> _Mapped:
        if self._file is None:
            self._file = tempfile.TemporaryFile(dir=folder, prefix=".vectors-", buffering=0)  # noqa: SIM115
            weakref.finalize(self, self._file.close)
        size = BLOCK_ROWS * num_dimensions * 4
        start = self._claimed(self._file, size)
        view = mmap.mmap(self._file.fileno(), size, access=mmap.ACCESS_READ, offset=start)
        self._maps.add(view)
        weakref.finalize(view, self._free.append, (start, size))
        return _Mapped(self._file, self._lock, view, start, num_dimensions)

    def _claimed(self, file: IO[bytes], size: int) -> int:
        """Where a piece of the file begins that the disk surely has room for. Raises `OSError`."""
        for piece in self._free.copy():
            if piece[1] == size:
                self._free.remove(piece)
                return piece[0]
        start, self._size = self._size, self._size + size
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), start, size)
        else:
            for at in range(start, start + size, _PIECE):
                _write(file, self._lock, bytes(min(_PIECE, start + size - at)), at)
        return start


class _Mapped:
    """`Place` in the file."""

    def __init__(self, file: IO[bytes], lock: threading.Lock, view: mmap.mmap, start: int, num_dimensions: int) -> None:
        self._file, self._lock, self._start = file, lock, start
        self.vectors: NDArray[np.float32] = np.frombuffer(view, np.float32).reshape(BLOCK_ROWS, num_dimensions)

    def put(self, rows: NDArray[np.intp], vectors: NDArray[np.float32]) -> None:
        """Write some rows, shape (n,), a run of neighbours at a time. Raises `OSError`."""
        width = self.vectors.strides[0]
        borders = np.flatnonzero(np.diff(rows) != 1) + 1
        parts = np.split(np.ascontiguousarray(vectors), borders)
        for first, part in zip(rows[np.append(0, borders)].tolist(), parts, strict=True):
            _write(self._file, self._lock, part.tobytes(), self._start + first * width)


def _write(file: IO[bytes], lock: threading.Lock, data: bytes, at: int) -> None:
    """Write all of it. Raises `OSError`."""
    with lock:
        file.seek(at)
        while data:
            data = data[file.write(data) :]
