"""Messages that answer: one maker per reply address, types never varying. Pure; i, f and s only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soundkin.errors import (
    AnalysisError,
    BadArgumentError,
    QueryError,
    SoundkinError,
    UnknownSampleError,
    VectorIndexError,
    WatchError,
)
from soundkin_osc.codec import Message

if TYPE_CHECKING:
    from soundkin.model import Root, Sample, Status

BAD_ARGUMENTS, UNKNOWN_ADDRESS, NO_PATH, NO_ID, BUSY, NOT_READY, TOO_LARGE, DENIED, INTERNAL, CANCELLED = range(1, 11)
_TEXT_LIMIT = 400


class DeniedError(SoundkinError):
    """This caller may not do that."""

    code = "denied"


class BusyError(SoundkinError):
    """The endpoint has too many questions pending, or the daemon is stopping."""

    code = "busy"


class TooLargeError(SoundkinError):
    """More was asked for in one packet than is answered."""

    code = "too-large"


class NoMapError(SoundkinError):
    """There is no map of the library."""

    code = "no-map"


class CancelledError(SoundkinError):
    """The client gave the question up."""

    code = "cancelled"


class UnknownPathError(UnknownSampleError):
    """A path that is not in the library and may not, or cannot, be read."""


_CODES: tuple[tuple[type[Exception], int], ...] = (
    (UnknownPathError, NO_PATH),
    (AnalysisError, NO_PATH),
    (UnknownSampleError, NO_ID),
    (BadArgumentError, BAD_ARGUMENTS),
    (QueryError, BAD_ARGUMENTS),
    (WatchError, BAD_ARGUMENTS),
    (VectorIndexError, NOT_READY),
    (NoMapError, NOT_READY),
    (DeniedError, DENIED),
    (BusyError, BUSY),
    (TooLargeError, TOO_LARGE),
    (CancelledError, CANCELLED),
)


def code_of(error: SoundkinError) -> int:
    """The number that /soundkin/error carries for an error of ours."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), INTERNAL)


def done(rid: int, sent: int = 0, total: int | None = None, snapshot: str = "") -> Message:
    """End of an answer."""
    return Message("/soundkin/done", (rid, sent, sent if total is None else total, snapshot))


def error(rid: int, code: int, what: str, text: str) -> Message:
    """End of an answer that failed."""
    short = text if len(text) <= _TEXT_LIMIT else text[: _TEXT_LIMIT - 3] + "..."
    return Message("/soundkin/error", (rid, code, what[:100].replace("\0", ""), short.replace("\0", "")))


def result(rid: int, rank: int, sample: Sample, score: float, shown_path: str) -> Message:
    """One hit."""
    args = (rid, rank, sample.id, float(score), float(sample.facts.duration_s), shown_path)
    return Message("/soundkin/result", args)


def detail(rid: int, sample: Sample) -> Message:
    """The facts that most clients show; 0 and "" for unknown."""
    facts = sample.facts
    numbers = (facts.loudness_db or 0.0, facts.tempo_bpm or 0.0, facts.root_hz or 0.0)
    kind = facts.kind.value if facts.kind else ""
    return Message("/soundkin/detail", (rid, sample.id, *map(float, numbers), facts.key or "", kind))


def field(rid: int, id: int, name: str, value: object) -> Message:  # noqa: A002
    """One fact as text."""
    return Message("/soundkin/field", (rid, id, name, "" if value is None else str(value)))


def folder(rid: int, rank: int, root: Root) -> Message:
    """One followed folder."""
    return Message("/soundkin/folder", (rid, rank, root.id, int(root.online), root.samples, root.path))


def status(state: Status) -> Message:
    """The daemon's state in one message."""
    progress = state.progress
    part = progress.done / progress.found if progress.found else 1.0
    args = (progress.state, state.samples, min(1.0, part), progress.queued, state.version)
    return Message("/soundkin/status.reply", args)
