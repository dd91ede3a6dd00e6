"""Files from open to `Analysis`: read one by one, those of one sample rate measured together.

Runs in workers, or in a command itself.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from soundkin.analysis.containers import FileData
from soundkin.analysis.decode import Sound, decode
from soundkin.analysis.facts import Said, facts_of, read_said
from soundkin.analysis.features import describe
from soundkin.analysis.features.shape import Shape, shape_of
from soundkin.analysis.jobs import Failure, Job, Result, failure_of
from soundkin.analysis.vector import vectors_of
from soundkin.errors import DecodeError, FileChangedError
from soundkin.folders.content_hash import content_hash, is_same
from soundkin.model import Analysis, FileStamp, Unchanged

_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
TOGETHER_SAMPLES = 1 << 21
"""Files are measured together until they hold this many samples: 8 MiB of them."""
TOGETHER_FILES = 64
TOGETHER_S = 0.2
"""Seconds after which a batch is measured though it is not full: a slow disk holds no result back."""
_Given = TypeVar("_Given")
_Made = TypeVar("_Made")


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """A file that was read and is yet to be measured."""

    path: str
    stamp: FileStamp
    content_hash: bytes
    said: Said
    sound: Sound
    shape: Shape


def in_batches(
    jobs: Iterable[Job], reading: Callable[[int], None], clock: Callable[[], float] = time.monotonic
) -> Iterator[list[Result]]:
    """What came of each job, in their order, as many together as are measured together.

    `reading` is told which of the jobs not answered yet is read now: a file that hangs or crashes a decoder does so
    then.
    """
    waiting: list[Heard | Result] = []
    samples, since_s = 0, clock()
    for job in jobs:
        reading(len(waiting))
        heard = _attempt(_take_up, job)
        waiting.append(heard)
        samples += heard.sound.y.size if isinstance(heard, Heard) else 0
        is_late = clock() - since_s > TOGETHER_S
        if samples >= TOGETHER_SAMPLES or len(waiting) >= TOGETHER_FILES or is_late:
            yield _measured(waiting)
            waiting, samples, since_s = [], 0, clock()
    if waiting:
        yield _measured(waiting)


def analyse_file(
    path: str, stamp: FileStamp | None = None, start_s: float | None = None, end_s: float | None = None
) -> Analysis:
    """Vector and facts of a file, or of the part [start_s, end_s) of it. Raises as `hear`."""
    return measure([hear(path, stamp, start_s, end_s)])[0]


def hear(path: str, stamp: FileStamp | None = None, start_s: float | None = None, end_s: float | None = None) -> Heard:
    """Read a file, or the part [start_s, end_s) of it.

    Raises `AnalysisError` (also where the file changes while it is read) and `OSError`.
    """
    with _opened(path) as (fd, before):
        data = FileData(fd, whole=True)
        digest = content_hash(fd if data.all is None else data.all, before.st_size)
        try:
            said = read_said(data)
            sound = decode(fd, path, start_s, end_s, data)
        except (OSError, MemoryError):
            raise
        except Exception:
            _confirm(fd, before, digest)
            raise
        if sound.cut_off:
            _confirm(fd, before, digest)
        seen = _unchanged_since(fd, before)
    return Heard(path, stamp or seen, digest, said, sound, shape_of(sound.y, sound.sr))


def measure(files: Sequence[Heard]) -> list[Analysis]:
    """Vectors and facts of files, in their order; those of one sample rate are measured together."""
    by_rate: dict[int, list[int]] = {}
    for at, file in enumerate(files):
        by_rate.setdefault(file.sound.sr, []).append(at)
    found: dict[int, Analysis] = {}
    for places in by_rate.values():
        described = describe([files[at].shape for at in places])
        vectors = vectors_of(described)
        for row, at in enumerate(places):
            file = files[at]
            facts = facts_of(file.path, file.said, file.sound, file.shape, described.of(row))
            facts = replace(facts, cut_off=file.sound.cut_off) if file.sound.cut_off else facts
            found[at] = Analysis(file.path, file.stamp, file.content_hash, facts, vectors[row])
    return [found[at] for at in range(len(files))]


def recheck_file(path: str, stamp: FileStamp, known: bytes, *, briefly: bool) -> Unchanged | None:
    """The news that a file still has a known content; None where it has another. Raises as `hear`."""
    with _opened(path) as (fd, before):
        same = before.st_size == stamp.size and is_same(fd, before.st_size, known, briefly=briefly)
        _unchanged_since(fd, before)
    return Unchanged(path, stamp, known) if same else None


def warm_up() -> None:
    """Import and cache what the first file would otherwise wait for."""
    t = np.arange(22_050, dtype=np.float32) / 44_100
    y = np.sin(2764.6 * t) * np.exp(-9 * t)
    sound = Sound(y, 44_100, 1, 16, 0.5, 0.0, 1.0, 1.0)
    measure([Heard("", FileStamp(0, 0), b"", Said(), sound, shape_of(y, 44_100))])


def _take_up(job: Job) -> Heard | Unchanged:
    """What a job asks for: that the file is what it was, if it may be, else what is heard of it."""
    if job.known and job.stamp is not None:
        same = recheck_file(job.path, job.stamp, job.known, briefly=job.briefly)
        if same is not None:
            return same
    return hear(job.path, job.stamp, job.start_s, job.end_s)


def _measured(waiting: Sequence[Heard | Result]) -> list[Result]:
    """The results of a batch; where it cannot be measured as a whole, one file is to blame and the others are not."""
    files = [each for each in waiting if isinstance(each, Heard)]
    try:
        done: Iterator[Result] = iter(measure(files))
    except Exception:
        done = iter([_attempt(lambda file: measure([file])[0], file) for file in files])
    return [next(done) if isinstance(each, Heard) else each for each in waiting]


def _attempt(work: Callable[[_Given], _Made], given: _Given) -> _Made | Failure:
    try:
        return work(given)
    except Exception as error:
        return failure_of(error)


@contextmanager
def _opened(path: str) -> Iterator[tuple[int, os.stat_result]]:
    """Descriptor and state of a regular file. Raises `DecodeError` for anything else, `OSError`."""
    fd = os.open(path, _OPEN_FLAGS)  # non-blocking: a named pipe in a sample folder must not hang us
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise DecodeError("not a regular file")
        yield fd, status
    finally:
        os.close(fd)


def _unchanged_since(fd: int, before: os.stat_result) -> FileStamp:
    """The stamp of an open file, which has size and date of before. Raises `FileChangedError`."""
    after = os.fstat(fd)
    if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
        raise FileChangedError("the file changed while it was read")
    return FileStamp.of(after)


def _confirm(fd: int, before: os.stat_result, digest: bytes) -> None:
    """A verdict on a file needs a disk that answers: read it once more. Raises `OSError`, `FileChangedError`."""
    _unchanged_since(fd, before)
    if content_hash(fd, before.st_size) != digest:
        raise FileChangedError("the file gave other bytes when it was read again")
