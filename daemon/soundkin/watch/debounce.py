"""Collects hints until a path has been quiet for a while. Pure: time is an argument."""

from __future__ import annotations

import os
from collections.abc import Iterable

_PATIENCE_S = 10.0


class Debouncer:
    """Collects hints and gives each path out once it has been quiet for `settle_s`, after ten seconds at the latest."""

    def __init__(self, settle_s: float, most: int = 5_000, patience_s: float = _PATIENCE_S) -> None:
        self._settle_s = settle_s
        self._most = most
        self._patience_s = max(patience_s, settle_s)
        self._due: dict[str, float] = {}
        self._latest: dict[str, float] = {}
        self._folders: set[str] = set()
        self._earliest = float("inf")

    def hint(self, path: str, now: float) -> None:
        """Something happened at `path`; its quiet time starts again.

        With more paths pending than `most`, they are folded into their parent folders, so memory stays bounded.
        """
        parent = os.path.dirname(path)
        place = parent if parent in self._folders else path
        latest = self._latest.setdefault(place, now + self._patience_s)
        self._due[place] = min(now + self._settle_s, latest)
        self._earliest = min(self._earliest, self._due[place])
        while len(self._due) > self._most:
            self._fold()

    def _fold(self) -> None:
        """Put single paths into their folders; where only folders are left, those into theirs."""
        singles = self._due.keys() - self._folders or set(self._due)
        folded: dict[str, float] = {}
        latest: dict[str, float] = {}
        for path, due in self._due.items():
            place = os.path.dirname(path) if path in singles else path
            folded[place] = max(due, folded.get(place, 0.0))
            latest[place] = max(self._latest[path], latest.get(place, 0.0))
        self._due, self._latest = folded, latest
        self._folders = set(folded)

    def ready(self, now: float) -> list[str]:
        """Paths that have been quiet long enough; they leave the Debouncer. Paths inside another one are left out."""
        if now < self._earliest:
            return []
        due = sorted(path for path, when in self._due.items() if when <= now)
        for path in due:
            del self._due[path], self._latest[path]
            self._folders.discard(path)
        self._earliest = min(self._due.values(), default=float("inf"))
        return _outermost(due)

    def next_due(self) -> float | None:
        """When the next path may become ready, on the caller's clock."""
        return self._earliest if self._due else None

    @property
    def pending(self) -> frozenset[str]:
        """Paths that are not ready yet."""
        return frozenset(self._due)

    def __len__(self) -> int:
        return len(self._due)


def _outermost(ordered: Iterable[str]) -> list[str]:
    kept: list[str] = []
    folders: set[str] = set()
    for path in ordered:
        parent = os.path.dirname(path)
        while parent not in folders and parent != os.path.dirname(parent):
            parent = os.path.dirname(parent)
        if parent not in folders:
            kept.append(path)
            folders.add(path)
    return kept
