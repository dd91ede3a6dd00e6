"""One file from open to `Analysis`: decode, frames, facts, vector. Runs in workers, or in a command itself."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import numpy as np

from soundkin.analysis.decode import decode
from soundkin.analysis.facts import facts_of
from soundkin.analysis.features import describe
from soundkin.analysis.vector import vector_of
from soundkin.errors import AnalysisError, DecodeError
from soundkin.identity import content_hash
from soundkin.model import Analysis, FileStamp

if TYPE_CHECKING:
    from soundkin.analysis.decode import Sound

_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)


def analyse_file(
    path: str, stamp: FileStamp | None = None, start_s: float | None = None, end_s: float | None = None
) -> Analysis:
    """Vector and facts of a file, or of the part [start_s, end_s) of it.

    Raises `AnalysisError` (also where the file changes while it is read) and `OSError`.
    """
    fd = os.open(path, _OPEN_FLAGS)  # non-blocking: a named pipe in a sample folder must not hang us
    try:
        before = os.fstat(fd)
        if not stat.S_ISREG(before.st_mode):
            raise DecodeError("not a regular file")
        digest = content_hash(path, before.st_size)
        sound = decode(fd, path, start_s, end_s)
        after = os.fstat(fd)
    finally:
        os.close(fd)
    seen = FileStamp(after.st_size, after.st_mtime_ns)
    if seen != FileStamp(before.st_size, before.st_mtime_ns):
        raise AnalysisError("the file changed while it was read; the next scan tries it again")
    return _analyse(path, stamp or seen, digest, sound)


def _analyse(path: str, stamp: FileStamp, digest: bytes, sound: Sound) -> Analysis:
    description = describe(sound)
    return Analysis(path, stamp, digest, facts_of(sound, description), vector_of(description))


def warm_up() -> None:
    """Import and cache what the first file would otherwise wait for."""
    from soundkin.analysis.decode import Sound

    t = np.arange(22_050, dtype=np.float32) / 44_100
    y = np.sin(2764.6 * t) * np.exp(-9 * t)
    _analyse("", FileStamp(0, 0), b"", Sound(y, 44_100, 1, 16, 0.5, 0.0, 1.0, 1.0))
