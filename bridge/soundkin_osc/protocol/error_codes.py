"""The one table of error codes: number, meaning, and the errors of ours that a number stands for on either side. Pure.

A daemon turns what is raised into a number (`code_of`), a client turns the number into the first error of its row
(`error_of`); docs/osc.md lists numbers and meanings from here.
"""

from __future__ import annotations

import enum
from typing import Self

from soundkin.errors import (
    AnalysisError,
    BadArgumentError,
    QueryError,
    SoundkinError,
    TooLongError,
    UnknownPathError,
    UnknownSampleError,
    VectorIndexError,
)


class UnknownAddressError(QueryError):
    """The daemon has no such address."""

    code = "unknown-address"


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


class Code(enum.IntEnum):
    """The number that /soundkin/error carries, with its meaning and its errors."""

    meaning: str
    errors: tuple[type[SoundkinError], ...]

    BAD_ARGUMENTS = 1, "bad arguments", BadArgumentError, QueryError
    UNKNOWN_ADDRESS = 2, "unknown address", UnknownAddressError
    NO_PATH = 3, "path not in the library and not readable from here", UnknownPathError, AnalysisError
    NO_ID = 4, "no such id", UnknownSampleError
    BUSY = 5, "busy: too many questions of this endpoint are pending", BusyError
    NOT_READY = 6, "index not ready", VectorIndexError, NoMapError
    TOO_LARGE = 7, "too large, or would take too long", TooLargeError, TooLongError
    DENIED = 8, "denied", DeniedError
    INTERNAL = 9, "internal error, see the log", SoundkinError
    CANCELLED = 10, "cancelled", CancelledError

    def __new__(cls, number: int, meaning: str, *errors: type[SoundkinError]) -> Self:
        """A member: an int that knows its row."""
        member = int.__new__(cls, number)
        member._value_ = number
        member.meaning = meaning
        member.errors = errors
        return member


_BY_ERROR = {error: code for code in Code for error in code.errors}
_BY_NUMBER = {code.value: code.errors[0] for code in Code}


def code_of(error: SoundkinError) -> Code:
    """The number for an error: that of its class, or of the nearest class above."""
    return next(_BY_ERROR[kind] for kind in type(error).__mro__ if kind in _BY_ERROR)


def error_of(number: int, text: str) -> SoundkinError:
    """The error that a client raises for a number; one that this version does not know is a plain `SoundkinError`."""
    return _BY_NUMBER.get(number, SoundkinError)(text)
