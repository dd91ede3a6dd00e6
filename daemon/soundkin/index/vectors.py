"""`VoyagerIndex`: the `VectorIndex` of the daemon. Table, graph and cache file in step, the graph built behind.

Questions are right at any moment: rows that the graph does not cover yet are scanned exactly.
"""

from __future__ import annotations

import logging
import os
import threading
from typing import TYPE_CHECKING

import numpy as np

from soundkin.config import IndexSettings
from soundkin.errors import StaleIndexError, VectorIndexError
from soundkin.index import cache
from soundkin.index.graph import Graph
from soundkin.index.graph_file import SavedGraph, pack, unpack
from soundkin.index.table import VectorTable
from soundkin.index.view import living, ranked
from soundkin.model import IndexStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from soundkin.index.view import View
    from soundkin.model import FeatureParams, SampleId, Vector

logger = logging.getLogger(__name__)

_INLINE_ROWS = 512
"""So many new rows go into the graph at once; more are left to a thread."""
_TAIL_ROWS = 4096
"""So many rows beside the graph are cheaper to measure than the whole table is to scan."""
_STEP_ROWS = 1024


class VoyagerIndex:
    """Approximate and exact nearest neighbours among live vectors. One thread at a time changes it, any may ask.

    Without the graph, for whoever asks once and ends, every question is a scan.
    """

    def __init__(
        self, params: FeatureParams, uid: str, settings: IndexSettings | None = None, *, with_graph: bool = True
    ) -> None:
        self._params = params
        self._uid = uid
        self._settings = settings or IndexSettings()
        self._table = VectorTable(params)
        self._graph = Graph(params.num_dimensions, self._settings)
        self._with_graph = with_graph
        self._saved: SavedGraph | None = None
        self._changing = threading.RLock()
        self._builder: threading.Thread | None = None
        self._closing = threading.Event()
        self._taken_up = threading.Event()
        self._taken_up.set()

    @property
    def params(self) -> FeatureParams:
        """The feature space of its vectors."""
        return self._params

    @property
    def generation(self) -> int:
        """The library generation that it holds."""
        return self._table.view.generation

    def __len__(self) -> int:
        return self._table.view.count

    def view(self) -> View:
        """The live vectors at this moment."""
        return self._table.view

    def status(self) -> IndexStatus:
        """Size, and whether the graph covers all of it."""
        view = self._table.view
        if not view.count:
            return IndexStatus(0, "empty")
        if self._saved is not None:
            return IndexStatus(view.count, "loading")
        return IndexStatus(view.count, "ready" if self._graph.rows >= view.rows else "building")

    # ---- changing ----------------------------------------------------------------------------------------------

    def update(
        self, ids: NDArray[np.int64], vectors: NDArray[np.float32], removed: Sequence[SampleId], generation: int
    ) -> None:
        """Add or replace vectors (n, d) under ids (n,), drop `removed` (unknown ids are fine), note the generation."""
        with self._changing:
            self._graph.discard(self._table.update(ids, vectors, removed, generation))
            if self._table.is_wasteful():
                self._start_over(self._table.compact)
            self._keep_up()

    def rebuild(
        self,
        blocks: Iterable[tuple[NDArray[np.int64], NDArray[np.float32]]],
        generation: int,
        params: FeatureParams | None = None,
    ) -> None:
        """Replace everything, features included; exact answers serve while the graph grows."""
        with self._changing:
            self._params = params or self._params
            self._start_over(lambda: self._table.refill(blocks, generation, self._params))
            self._keep_up()

    def _start_over(self, change: Callable[[], None]) -> None:
        """Row numbers change: the old graph is let go first, so that two never share the memory."""
        self._graph = Graph(self._params.num_dimensions, self._settings, self._table.view.era + 1)
        change()

    def _keep_up(self) -> None:
        """Bring the graph up to the table: a little at once, more in a thread."""
        if not self._with_graph or (self._builder is not None and self._builder.is_alive()):
            return
        lag = self._table.view.rows - self._graph.rows
        if self._saved is None and lag <= _INLINE_ROWS and not self._graph.audit_is_due():
            self._cover_some(_INLINE_ROWS)
        else:
            # no daemon thread: one that is inside voyager when the interpreter ends takes the process down
            self._builder = threading.Thread(target=self._build, name="soundkin-graph")
            self._builder.start()

    def _build(self) -> None:
        threads = max(1, (os.cpu_count() or 2) - 1)
        self._take_up_saved()
        while threading.main_thread().is_alive() and not self._closing.wait(0.0005):  # and `update` gets its turn
            with self._changing:
                if self._cover_some(_STEP_ROWS, threads=threads) and self._audit_some(_STEP_ROWS, threads):
                    self._builder = None
                    return

    def _take_up_saved(self) -> None:
        """Read the saved graph, if one waits, and drop from it what died meanwhile."""
        saved = self._saved
        if saved is None:
            return
        try:
            graph = unpack(saved.part, saved.path, self._params.num_dimensions, self._settings)
            with self._changing:
                view = self._table.view
                if view.era == saved.era:
                    died = saved.alive & ~view.alive()[: len(saved.alive)]
                    graph.discard(np.flatnonzero(died).astype(np.int32))
                    graph.era, graph.strays = saved.era, saved.strays
                    self._graph = graph
        except StaleIndexError as error:
            logger.warning("building the graph again: %s", error)
        finally:
            self._saved = None
            self._taken_up.set()

    def _cover_some(self, most: int, *, threads: int = 1) -> bool:
        """Put up to `most` further rows into the graph; whether it covers all of them."""
        view, graph = self._table.view, self._graph
        lag = view.rows - graph.rows
        if lag > 0:
            upto = graph.rows + min(lag, most)
            rows, vectors = living(view, np.arange(graph.rows, upto))
            # the graph answers no question while it is far behind, so nobody waits for large chunks
            graph.add(rows, vectors, threads=threads, chunk=2 if lag <= _TAIL_ROWS else 256)
            graph.audit(rows, vectors)
            graph.rows = upto  # only now: until here every question measures them itself
        return lag <= most

    def _audit_some(self, most: int, threads: int) -> bool:
        """Look for up to `most` rows of a pass over all; whether no pass is due."""
        graph = self._graph
        if not graph.audit_is_due():
            return True
        rows, vectors = living(self._table.view, graph.next_to_audit(most))
        graph.audit(rows, vectors, threads=threads)
        return False

    def settle(self, timeout_s: float | None = None) -> bool:
        """Wait until the graph covers the table; False where it took longer."""
        builder = self._builder
        if builder is not None:
            builder.join(timeout_s)
        return self._graph.rows >= self._table.view.rows

    def close(self) -> None:
        """End the building thread."""
        self._closing.set()
        self.settle()

    # ---- asking ------------------------------------------------------------------------------------------------

    def candidates(self, view: View, vector: Vector, k: int) -> NDArray[np.intp] | None:
        """Rows of `view` that hold, with high probability, its `k` nearest, and surely those equal to `vector`.

        A row may come twice. None: there is no graph to ask, scan instead.
        """
        graph = self._graph
        if graph.era != view.era or not graph.live or view.rows - graph.rows > _TAIL_ROWS:
            return None
        tail = np.arange(min(graph.rows, view.rows), view.rows)  # before the graph is asked, which may grow meanwhile
        found = graph.search(vector, k)
        if found is None:
            return None
        rows = np.concatenate([found, graph.strays, tail, view.rows_equal(vector)]).astype(np.intp)
        return rows[rows < view.rows]

    def query(self, vector: Vector, k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Up to `k` ids and Euclidean distances, nearest first."""
        view = self._table.view
        k = min(k, view.count)
        vector = np.asarray(vector, np.float32)
        if vector.shape != (self._params.num_dimensions,):
            raise VectorIndexError(f"got a vector of shape {vector.shape}, expected ({self._params.num_dimensions},)")
        if k < 1:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        rows = self.candidates(view, vector, k)
        if rows is not None:
            ids, distances = ranked(view, rows, vector)
            if len(ids) >= k:
                return ids[:k], distances[:k]
        squares, slack = view.squared_distances(vector)
        worst = np.partition(squares, k - 1)[k - 1]
        ids, distances = ranked(view, np.flatnonzero(squares <= worst + 2 * slack), vector)
        return ids[:k], distances[:k]

    # ---- the cache file ----------------------------------------------------------------------------------------

    def save(self, path: Path) -> int:
        """Write to a temporary file, flush it to disk, rename; the generation saved.

        Raises `VectorIndexError` where it cannot be written; what was saved before stays.
        """
        self._taken_up.wait()  # else the graph that is being read would be dropped
        with self._changing:
            view, graph = self._table.view, self._graph
            try:
                part = pack(graph, path, self._settings) if graph.live else None
                strays = graph.strays if part else np.zeros(0, np.int32)
                header = cache.Header(
                    uid=self._uid,
                    generation=view.generation,
                    feature_version=self._params.version,
                    num_dimensions=self._params.num_dimensions,
                    space=cache.SPACE,
                    rows=view.rows,
                    strays=len(strays),
                    crc=0,
                    graph=part,
                )
                cache.write(path, header, view, strays)
            except OSError as error:
                raise VectorIndexError(f"{path}: {error}") from error
            finally:
                cache.drop_orphans(path)
            return view.generation

    @classmethod
    def load(
        cls,
        path: Path,
        params: FeatureParams,
        uid: str,
        vectors: Iterable[tuple[NDArray[np.int64], NDArray[np.float32]]],
        settings: IndexSettings | None = None,
        *,
        with_graph: bool = True,
    ) -> VoyagerIndex:
        """The saved index of library `uid`, with `vectors` (n,), (n, d) that it holds now; the graph comes behind.

        Raises `StaleIndexError` where there is none that fits.
        """
        try:
            with path.open("rb") as file:
                header = cache.checked(cache.read_header(file, path), uid, params, path)
                ids, strays = cache.read_body(file, header, path)
        except OSError as error:
            raise StaleIndexError(f"{path}: {error}") from error
        index = cls(params, uid, settings, with_graph=with_graph)
        index._table.restore(ids, vectors, header.generation)
        if with_graph and header.graph is not None:
            index._saved = SavedGraph(path, header.graph, strays, ids > 0, index._table.view.era)
            index._taken_up.clear()
        with index._changing:
            index._keep_up()
        return index
