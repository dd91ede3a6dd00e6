"""The voyager graph over the table's rows. The only module that imports voyager.

It holds every number in 8 bits, so it names more candidates than asked and others measure them. Labels are row numbers,
never used twice: HNSW repairs replaced points badly. Rows that it cannot reach ("strays") are found by asking for
them and are kept beside it.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import voyager

from soundkin.errors import StaleIndexError, VectorIndexError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from soundkin.config import IndexSettings

logger = logging.getLogger(__name__)

_SPACE = voyager.Space.Euclidean
_STORAGE = voyager.StorageDataType.E4M3
_LARGEST = 440.0
"""E4M3 ends at 448, and voyager refuses what is beyond."""
_WIDER, _MORE = 4, 32
"""Multiple of `k` to ask for, at which a true nearest is missing less than once in a thousand (docs/adr/0019)."""
_TOO_FEW = (voyager.RecallError, RuntimeError)
"""Fewer live rows within reach than asked for; the one is not a kind of the other."""
_SMALL_LOCK_S = 0.002
_AUDIT_EF = 24
_AUDIT_K = 4
_AUDIT_ROWS = 16
_GIVE_WAY_S = 0.0002
_USUAL = 0.99
"""Part of the rows whose distances from their nearest count as usual, ..."""
_WIDEST = 1.5
"""... up to this multiple of the middle one."""
_AUDIT_LEAST = 1000


class Graph:
    """HNSW over rows [0, rows) of the table."""

    def __init__(self, num_dimensions: int, settings: IndexSettings, era: int = 0) -> None:
        self._settings = settings
        self.era = era
        """The table's era whose row numbers it uses."""
        self._lock = threading.Lock()
        self._waiting = 0  # a hint: questions that want the lock; a lost count only costs a moment
        self._index = voyager.Index(
            _SPACE,
            num_dimensions,
            M=settings.M,
            ef_construction=settings.ef_construction,
            max_elements=1024,
            storage_data_type=_STORAGE,
        )
        self.rows = 0
        """Rows of the table that it covers."""
        self.live = 0
        self.strays = np.zeros(0, np.int32)
        """Rows that it covers and does not find."""
        self.reach: NDArray[np.float32] | None = None
        """By rank, from the first: within which distance of a row its nearest are, for all but the sparsest rows."""
        self._gauged = 0
        self._audited = 0
        self._audit_at = 0

    def add(self, rows: NDArray[np.intp], vectors: NDArray[np.float32], *, threads: int = 1, chunk: int = 2) -> None:
        """Add live rows. Questions get their turn after every `chunk`."""
        for start in range(0, len(rows), chunk):
            labels = [int(row) for row in rows[start : start + chunk]]
            with self._turn():
                self._grow_for(len(labels))
                self._index.add_items(_fitting(vectors[start : start + chunk]), labels, num_threads=threads)
                self.live += len(labels)

    def _grow_for(self, count: int) -> None:
        """voyager grows to the exact need by itself, which would copy everything at every addition."""
        if self._index.num_elements + count > self._index.max_elements:
            self._index.resize(self._index.num_elements + count + max(1024, self._index.num_elements // 16))

    def discard(self, rows: NDArray[np.int32]) -> None:
        """Drop rows that are in it; others are passed over."""
        with self._lock:
            for row in rows.tolist():
                if row in self._index:
                    self._index.mark_deleted(row)
                    self.live -= 1

    def search(self, vector: NDArray[np.float32], k: int, *, patient: bool = False) -> NDArray[np.int32] | None:
        """Rows, in no order, that hold the `k` nearest but for strays; None while something else uses the graph."""
        self._waiting += 1
        taken = self._lock.acquire(timeout=-1 if patient else _SMALL_LOCK_S)
        self._waiting -= 1
        if not taken:
            return None
        try:
            return self._search(vector, min(_WIDER * k + _MORE, self.live))
        except _TOO_FEW:
            return None
        except Exception:  # voyager has errors of its own, and a scan answers as well
            logger.exception("the graph did not answer; a scan does")
            return None
        finally:
            self._lock.release()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """The lock for a short piece of a long work; questions that wait go first, which a plain lock would not do."""
        if self._waiting:
            time.sleep(_GIVE_WAY_S)
        with self._lock:
            yield

    def _search(self, vector: NDArray[np.float32], k: int) -> NDArray[np.int32]:
        if k < 1:
            return np.zeros(0, np.int32)
        found, _ = self._index.query(_fitting(vector), k, num_threads=1, query_ef=max(k, self._settings.query_ef))
        return found.astype(np.int32)

    def gauge_is_due(self) -> bool:
        """How far rows are from their nearest is looked at again after every quarter more."""
        return self.live > 0 and self.rows > self._gauged * 5 // 4

    def gauge(self, distances: NDArray[np.float32]) -> None:
        """Note how far some rows are from their nearest, shape (rows, ranks), in order of rank."""
        in_order = np.sort(distances, axis=0)
        most, middle = in_order[math.ceil(_USUAL * len(in_order)) - 1], in_order[len(in_order) // 2]
        self.reach = np.minimum(most, np.float32(_WIDEST) * middle)
        self._gauged = self.rows

    def audit_is_due(self) -> bool:
        """Additions prune links of older points, so all are looked for again after every quarter more."""
        return self.rows > _AUDIT_LEAST and self.rows > self._audited * 5 // 4

    def next_to_audit(self, most: int) -> NDArray[np.intp]:
        """The next rows of the pass over all."""
        start = self._audit_at
        stop = min(self.rows, start + most)
        self._audit_at = stop
        if stop == self.rows:
            self._audited, self._audit_at = stop, 0
        return np.arange(start, stop)

    def audit(self, rows: NDArray[np.intp], vectors: NDArray[np.float32], *, threads: int = 1) -> None:
        """Look for live rows by their own vectors; those not found become strays, those found cease to be."""
        missed = [
            row
            for start in range(0, len(rows), _AUDIT_ROWS)
            for row in self._missed(rows[start : start + _AUDIT_ROWS], vectors[start : start + _AUDIT_ROWS], threads)
        ]
        others = self.strays[~np.isin(self.strays, rows)]
        self.strays = np.union1d(others, np.asarray(missed, np.int32)).astype(np.int32)

    def _missed(self, rows: NDArray[np.intp], vectors: NDArray[np.float32], threads: int) -> list[int]:
        k = min(_AUDIT_K, self.live)
        try:
            with self._turn():
                found, _ = self._index.query(_fitting(vectors), k, num_threads=threads, query_ef=max(k, _AUDIT_EF))
            doubtful = np.flatnonzero(~(found == rows[:, None]).any(axis=1))
        except _TOO_FEW:
            doubtful = np.arange(len(rows))
        return [int(rows[place]) for place in doubtful if not self._finds(int(rows[place]), vectors[place])]

    def _finds(self, row: int, vector: NDArray[np.float32]) -> bool:
        found = self.search(vector, 1, patient=True)
        return found is not None and row in found

    def save(self, path: Path) -> tuple[int, int]:
        """Write the graph to a new file; its `rows` and `live` at that moment."""
        with self._lock:
            try:
                _save(self._index, path)
            except RuntimeError as error:
                raise VectorIndexError(f"{path}: {error}") from error
            least = self._index.num_elements * (self._index.num_dimensions + 8 * self._settings.M + 12)
            rows, live = self.rows, self.live
        if path.stat().st_size < least:  # voyager does not look at what its writes return
            raise VectorIndexError(f"{path}: {path.stat().st_size} bytes written, expected at least {least}")
        return rows, live

    @classmethod
    def load(cls, path: Path, num_dimensions: int, settings: IndexSettings, rows: int, live: int) -> Graph:
        """A graph that `save` wrote, with what `save` returned. Raises `StaleIndexError` where it is unusable."""
        graph = cls(num_dimensions, settings)
        try:
            graph._index = _load(path, num_dimensions)
        except Exception as error:
            raise StaleIndexError(f"{path}: {error}") from error
        graph.rows, graph.live, graph._audited = rows, live, rows
        return graph


def _fitting(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.clip(vectors, -_LARGEST, _LARGEST)


def _save(index: voyager.Index, path: Path) -> None:
    if _opens_by_name(path):
        index.save(str(path))
    else:
        with path.open("wb") as file:
            index.save(file)


def _load(path: Path, num_dimensions: int) -> voyager.Index:
    if _opens_by_name(path):
        return voyager.Index.load(str(path), _SPACE, num_dimensions, _STORAGE)
    with path.open("rb") as file:
        return voyager.Index.load(file, _SPACE, num_dimensions, _STORAGE)


def _opens_by_name(path: Path) -> bool:
    """Windows takes names from C++ in the local code page only; a Python file costs memory and time instead."""
    return os.name != "nt" or str(path).isascii()
