"""Files that could not be read: looked at at once, for they may be gone, and tried again when their time has come."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from soundkin.interfaces import IngestLibrary
from soundkin.model import AnalysisFailure, Outcome

_EVERY_S = 5.0
_MOST = 500


class Retries:
    """One thread uses it. `wall` tells seconds since the epoch, in which the library keeps when a file is due."""

    def __init__(self, library: IngestLibrary, wall: Callable[[], float]) -> None:
        self._library = library
        self._wall = wall
        self._next = float("-inf")
        self._suspects: list[str] = []

    def note(self, outcomes: Iterable[Outcome]) -> None:
        """These outcomes are on their way into the library."""
        self._suspects += [each.path for each in outcomes if isinstance(each, AnalysisFailure) and not each.is_verdict]

    def due(self, now: float, *, busy: bool) -> list[str]:
        """Files to look at now; what only has to be tried again waits while there is other work."""
        suspects, self._suspects = self._suspects, []
        if busy or now < self._next:
            return suspects
        self._next = now + _EVERY_S
        return suspects + self._library.unread_due(self._wall(), _MOST)
