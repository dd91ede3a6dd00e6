"""What goes to a worker process and what comes back. Light, for both sides of the pipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from soundkin import errors

if TYPE_CHECKING:
    from soundkin.model import FileStamp


@dataclass(frozen=True, slots=True)
class Job:
    """One file to analyse, or the part [start_s, end_s) of it."""

    path: str
    stamp: FileStamp | None
    """As the scan saw it; None where nobody looked before."""
    start_s: float | None = None
    end_s: float | None = None

    @property
    def size(self) -> int:
        """Bytes, for sharing out the work."""
        return self.stamp.size if self.stamp else 0


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no analysis."""

    code: str
    message: str
    errno: int | None = None
    """Set where the operating system refused the file."""


_BY_CODE = {
    kind.code: kind
    for kind in (
        errors.DecodeError,
        errors.TooShortError,
        errors.AnalysisTimeoutError,
        errors.WorkerCrashedError,
    )
}


def failure_of(error: Exception) -> Failure:
    """The failure that an exception means; an unforeseen one names its type."""
    if isinstance(error, errors.AnalysisError):
        return Failure(error.code, str(error))
    if isinstance(error, OSError):
        return Failure(errors.AnalysisError.code, error.strerror or str(error), error.errno)
    return Failure(errors.AnalysisError.code, f"{type(error).__name__}: {error}")


def exception_of(failure: Failure, path: str) -> Exception:
    """The exception to raise for a failure, where the caller asked about one file."""
    if failure.errno is not None:
        return OSError(failure.errno, failure.message, path)
    return _BY_CODE.get(failure.code, errors.AnalysisError)(failure.message)
