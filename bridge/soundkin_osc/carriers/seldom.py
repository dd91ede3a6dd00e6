"""Log lines that strangers can cause: one a minute of each kind. No I/O; time is an argument."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_EVERY_S = 60.0


class Seldom:
    """Says whether an event of a kind may be logged. Kinds are words of ours, so there are few."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._logged_s: dict[str, float] = {}

    def __call__(self, kind: str) -> bool:
        """Whether the kind was not logged within the last minute; if so it counts as logged now."""
        now = self._clock()
        if now - self._logged_s.get(kind, float("-inf")) < _EVERY_S:
            return False
        self._logged_s[kind] = now
        return True
