"""The one error tree: every class carries the stable code that users see in `problems`, logs and OSC replies."""

from __future__ import annotations

from typing import ClassVar


class SoundkinError(Exception):
    """Root of all errors that Soundkin raises on purpose; its text is one sentence for a person."""

    code: ClassVar[str] = "internal"


class ConfigError(SoundkinError):
    """The settings cannot be used; the text lists every problem found, one a line."""

    code = "config"


class WatchError(SoundkinError):
    """A folder cannot be watched or followed."""

    code = "watch"


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
    """One file could not be analysed; workers turn this into an `AnalysisFailure`."""

    code = "analysis"


class DecodeError(AnalysisError):
    """The file is not audio that can be read."""

    code = "decode"


class TooShortError(AnalysisError):
    """The file holds no frames at all."""

    code = "too-short"


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


class BadArgumentError(QueryError):
    """An argument is of the wrong kind or out of range."""

    code = "bad-argument"
