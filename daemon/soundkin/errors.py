"""The one error tree: every class carries the stable code that users see in `problems`, logs and OSC replies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, TypeVar

Kind = TypeVar("Kind", bound="SoundkinError")


class SoundkinError(Exception):
    """Root of all errors that Soundkin raises on purpose; its text is one sentence for a person."""

    code: ClassVar[str] = "internal"
    in_lines: ClassVar[bool] = False
    """Whether line breaks in the text are ours, and not those of a name in it."""


class ConfigError(SoundkinError):
    """The settings cannot be used; the text lists every problem found, one a line."""

    code = "config"


class DaemonRunningError(SoundkinError):
    """Another daemon owns this data directory."""

    code = "running"


class DaemonNotRunningError(SoundkinError):
    """No daemon answers for this data directory."""

    code = "not-running"


class LibraryError(SoundkinError):
    """The SQLite library cannot be read or written."""

    code = "library"


class SchemaVersionError(LibraryError):
    """The library file was written by a newer Soundkin."""

    code = "schema"


class CorruptLibraryError(LibraryError):
    """The library file is damaged; it is set aside, never overwritten, and a backup or a new one takes its place."""

    code = "corrupt"


class LibraryFullError(LibraryError):
    """There is no room to write: analysis pauses, answers go on."""

    code = "disk-full"


class AnalysisError(SoundkinError):
    """One file could not be analysed; workers turn this into an `AnalysisFailure`.

    Of two kinds: a verdict on the file, which stands until the file changes, or a report that it
    could not be read for a reason outside it, which changes nothing that is known of it and is tried again.
    """

    code = "analysis"
    is_verdict: ClassVar[bool] = False
    """Whether the file itself is at fault."""


class DecodeError(AnalysisError):
    """The file is not audio that can be read."""

    code = "decode"
    is_verdict = True


class NoDecoderError(DecodeError):
    """The file is sound, in a codec that needs an extra which is not installed; it is tried again once that is."""

    code = "no-decoder"


class TooShortError(AnalysisError):
    """The file holds no frames at all."""

    code = "too-short"
    is_verdict = True


class NotFiniteError(AnalysisError):
    """The features of the file are not finite numbers."""

    code = "not-finite"
    is_verdict = True


class UnreadableFileError(AnalysisError):
    """The system would not give the file: vanished, disk away, I/O error, no permission, too many open files."""

    code = "unreadable"


class FileChangedError(AnalysisError):
    """The file changed while it was read."""

    code = "changed"


class OutOfMemoryError(AnalysisError):
    """There was not enough memory."""

    code = "memory"


class AnalysisTimeoutError(AnalysisError):
    """The file took longer than the per-file limit."""

    code = "timeout"


class WorkerCrashedError(AnalysisError):
    """The worker process died on this file."""

    code = "crash"


class VectorIndexError(SoundkinError):
    """The voyager index cannot do what was asked."""

    code = "index"


class StaleIndexError(VectorIndexError):
    """A saved index does not belong to this library; it is rebuilt from the stored vectors."""

    code = "stale-index"


class QueryError(SoundkinError):
    """A question that cannot be answered as asked; the text names the value and what was expected."""

    code = "query"


class UnknownSampleError(QueryError):
    """No such id or path in the library."""

    code = "unknown-sample"


class UnknownPathError(UnknownSampleError):
    """A path that is not in the library and may not, or cannot, be read."""

    code = "unknown-path"


class NoAnswerError(UnknownPathError):
    """The disk of a file does not answer."""

    code = "no-answer"


class BadArgumentError(QueryError):
    """An argument is of the wrong kind or out of range."""

    code = "bad-argument"


class TooLongError(QueryError):
    """A question that takes longer than one may, where a part of its answer would be wrong."""

    code = "too-long"


class GivenUpError(SoundkinError):
    """The answer is not wanted any more; what works on it stops."""

    code = "given-up"


def kinds_of(root: type[Kind]) -> Iterator[type[Kind]]:
    """A class of errors and every class below it that has been imported."""
    yield root
    for kind in root.__subclasses__():
        yield from kinds_of(kind)


def is_verdict(code: str) -> bool:
    """Whether a failure of this code is a verdict on the file; an unknown code is none."""
    return any(kind.code == code and kind.is_verdict for kind in kinds_of(AnalysisError))
