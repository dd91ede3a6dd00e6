"""Lists of samples, page by page: what comes behind the first page is read ahead, so that a page costs what it holds.

Keeps ids only, and only for as long as a client reads on. Knows nothing of the wire; time is an argument.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from soundkin.errors import UnknownSampleError
from soundkin.model import SampleId
from soundkin_osc.handlers.keeping import Room, Source

if TYPE_CHECKING:
    from soundkin.model import Sample

AHEAD = 4_096
"""Least number of ids that are read ahead; as many as were read before, where those are more."""


class Listed(Protocol):
    """What holds the samples."""

    def search(self, text: str, limit: int, matching: str = "") -> list[Sample]:
        """Up to `limit` samples, by folder and name. Raises `BadArgumentError`."""
        ...

    def sample(self, sample_id: SampleId) -> Sample:
        """One of them. Raises `UnknownSampleError`."""
        ...


@dataclass(frozen=True, slots=True)
class _Ahead:
    start: int
    ids: array[int]
    known: int
    """How long the list is up to the last of them."""
    is_all: bool
    """Whether nothing comes behind them."""

    def holds(self, offset: int, count: int) -> bool:
        return self.start <= offset and (self.is_all or offset + count < self.known)


class Lists:
    """Pages of lists. `clock`: seconds, on any clock that does not go back."""

    def __init__(self, samples: Listed, clock: Callable[[], float]) -> None:
        self._samples = samples
        self._room: Room[_Ahead] = Room(clock)

    def page(self, source: Source, asked: tuple[str, str], offset: int, count: int) -> tuple[list[Sample], int]:
        """The samples `offset` to `offset + count` of a list, and how many it has up to the one behind them.

        `asked`: words and filter. What is read ahead is kept for `source`. A sample that left the library since its id
        was read is left out. Raises `BadArgumentError`.
        """
        words, matching = asked
        if offset == 0:
            self._room.drop((source, asked))
            found = self._samples.search(words, count + 1, matching)
            return found[:count], len(found)
        ahead = self._read_ahead(source, asked, offset, count)
        ids = ahead.ids[offset - ahead.start : offset - ahead.start + count]
        known = min(ahead.known, offset + count + 1)
        return [sample for sample in map(self._sample, ids) if sample is not None], known

    def _read_ahead(self, source: Source, asked: tuple[str, str], offset: int, count: int) -> _Ahead:
        kept = self._room.find((source, asked))
        if kept is not None and kept.holds(offset, count):
            return kept
        words, matching = asked
        limit = offset + count + max(AHEAD, offset)
        found = self._samples.search(words, limit, matching)
        ids = array("q", [sample.id for sample in found[offset:]])
        ahead = _Ahead(offset, ids, len(found), len(found) < limit)
        self._room.keep((source, asked), ahead, source, len(ids))
        return ahead

    def _sample(self, sample_id: int) -> Sample | None:
        try:
            return self._samples.sample(SampleId(sample_id))
        except UnknownSampleError:
            return None
