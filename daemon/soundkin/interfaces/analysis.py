"""What ingest and questions ask of analysis. Types only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from soundkin.model import Analysis, DiskFile, Outcome


class BatchAnalyser(Protocol):
    """Turns any number of files into vectors and facts, for scans."""

    def analyse(self, files: Iterable[DiskFile]) -> Iterator[list[Outcome]]:
        """Outcomes as they come, in any order, one for each file that is not taken back.

        Yields at least four times a second, an empty list where nothing is ready, so that the caller can commit,
        pause (by not asking for more) or stop (by closing the iterator, which drops what was not begun). `files`
        is consumed lazily. Never raises for a bad file, a dead worker or a file that takes too long.
        """
        ...

    def stalled(self) -> Sequence[tuple[str, float]]:
        """Files whose disk it waits for now, and for how many seconds: others of that disk had better wait."""
        ...

    def take_back(self) -> Sequence[str]:
        """Files that would have to wait for those: they are the caller's again, and get no outcome."""
        ...


class FileAnalyser(Protocol):
    """Turns one file into a vector and facts, for questions."""

    def analyse_now(self, path: str, start_s: float | None = None, end_s: float | None = None) -> Analysis:
        """One file, or the part [start_s, end_s) of it, ahead of any scan. Raises `AnalysisError`, `OSError`."""
        ...
