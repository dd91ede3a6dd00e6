"""Room for what is kept while it is read page by page: a share for each source, and a bound for all (ADR 44).

Knows neither questions nor the wire; time is an argument.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from soundkin_osc.peers.budget import Budget

KEPT_S = 120.0
"""How long something is kept from the last time that it was read."""
MOST_EACH = 4
"""What is kept for one source."""
MOST_ALL = 32
"""What is kept for all."""
MOST_ROWS = 1_000_000
"""Rows of all that is kept; four answers may be longer than that."""

Kept = TypeVar("Kept")
Source = tuple[object, ...]


@dataclass(slots=True)
class _Place(Generic[Kept]):
    kept: Kept
    rows: int
    used_s: float


class Room(Generic[Kept]):
    """What is kept, by name. `clock`: seconds, on any clock that does not go back.

    A source that keeps more than its share loses what it has read longest ago, and so does the source that keeps most
    where all keep too much.
    """

    def __init__(self, clock: Callable[[], float], most_each: int = MOST_EACH) -> None:
        self._clock = clock
        self._most_each = most_each
        self._places: dict[Hashable, _Place[Kept]] = {}
        self._rows = 0
        self._budget: Budget[Hashable] = Budget(MOST_ALL)
        self._lock = threading.Lock()

    def find(self, name: Hashable) -> Kept | None:
        """What is kept under that name; it counts as read now."""
        with self._lock:
            self._expire()
            place = self._places.get(name)
            if place is None:
                return None
            place.used_s = self._clock()
            self._budget.used(name)
            return place.kept

    def keep(self, name: Hashable, kept: Kept, source: Source, rows: int) -> None:
        """Keep something at this source's charge, in place of what has the same name. `rows`: how long it is."""
        with self._lock:
            self._expire()
            self._drop(name)
            self._places[name] = _Place(kept, rows, self._clock())
            self._rows += rows
            self._budget.take(name, source)
            while (idle := self._too_much(source)) is not None:
                self._drop(idle)

    def drop(self, name: Hashable) -> None:
        """Keep it no longer."""
        with self._lock:
            self._drop(name)

    def _too_much(self, source: Source) -> Hashable | None:
        """What has to go, if anything. As many as are one source's share stay, however long they are."""
        if self._budget.held_by(source) > self._most_each:
            return self._budget.idle_of(source)
        too_long = self._rows > MOST_ROWS and len(self._places) > self._most_each
        return self._budget.first_out() if too_long or self._budget.exceeded else None

    def _expire(self) -> None:
        now = self._clock()
        for name in [name for name, place in self._places.items() if now - place.used_s > KEPT_S]:
            self._drop(name)

    def _drop(self, name: Hashable) -> None:
        place = self._places.pop(name, None)
        if place is not None:
            self._rows -= place.rows
            self._budget.release(name)
