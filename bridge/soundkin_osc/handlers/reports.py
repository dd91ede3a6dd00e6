"""Answers that are made once and read page by page. Knows neither questions nor the wire; time is an argument."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from soundkin_osc.handlers.keeping import Room, Source

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Report(Generic[Row]):
    """A whole answer, in rows."""

    snapshot: str
    """Its name: pages that carry the same one fit together."""
    key: tuple[object, ...]
    """What was asked."""
    rows: Sequence[Row]


class Reports(Generic[Row]):
    """Keeps the newest answers of each source that are longer than a page."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._room: Room[Report[Row]] = Room(clock)

    def find(self, snapshot: str, key: tuple[object, ...]) -> Report[Row] | None:
        """The answer of that name to the same question, where it is still kept."""
        report = self._room.find(snapshot)
        return report if report is not None and report.key == key else None

    def made(self, key: tuple[object, ...], rows: Sequence[Row], page: int, source: Source) -> Report[Row]:
        """A new answer under a name of its own; kept for this source where it is longer than a page of `page` rows."""
        report = Report(secrets.token_hex(4), key, rows)
        if len(rows) > page:
            self._room.keep(report.snapshot, report, source, len(rows))
        return report


class Rows(Generic[Row]):
    """The rows of one list that has no name: read again for a source's first page, kept for its pages behind it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._room: Room[Sequence[Row]] = Room(clock, most_each=1)

    def of(self, source: Source, offset: int, read: Callable[[], Sequence[Row]]) -> Sequence[Row]:
        """All rows, for a page of this source that begins at `offset`."""
        kept = self._room.find(source) if offset else None
        if kept is not None:
            return kept
        rows = read()
        self._room.keep(source, rows, source, len(rows))
        return rows
