"""One file from open to `Analysis`: decode, frames, facts, vector. Runs in workers, or in a command itself."""

from __future__ import annotations

import os
import stat

import numpy as np

from soundkin.analysis.decode import Sound, decode
from soundkin.analysis.facts import Said, facts_of, read_chunks
from soundkin.analysis.features import describe
from soundkin.analysis.vector import vector_of
from soundkin.errors import AnalysisError, DecodeError
from soundkin.identity import content_hash
from soundkin.model import Analysis, FileStamp

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
        said = read_chunks(fd)
        sound = decode(fd, path, start_s, end_s)
        after = os.fstat(fd)
    finally:
        os.close(fd)
    seen = FileStamp(after.st_size, after.st_mtime_ns)
    if seen != FileStamp(before.st_size, before.st_mtime_ns):
        raise AnalysisError("the file changed while it was read; the next scan tries it again")
    description = describe(sound)
    facts = facts_of(path, said, sound, description)
    return Analysis(path, stamp or seen, digest, facts, vector_of(description))


def warm_up() -> None:
    """Import and cache what the first file would otherwise wait for."""
    t = np.arange(22_050, dtype=np.float32) / 44_100
    y = np.sin(2764.6 * t) * np.exp(-9 * t)
    sound = Sound(y, 44_100, 1, 16, 0.5, 0.0, 1.0, 1.0)
    description = describe(sound)
    facts_of("", Said(), sound, description)
    vector_of(description)
