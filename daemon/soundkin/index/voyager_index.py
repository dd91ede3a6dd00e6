"""`VoyagerIndex`: the index of the daemon. Table, graph and cache file in step, the graph built behind.

Questions are right at any moment: rows that the graph does not cover yet are scanned exactly. So the graph is left
behind while files wait to be analysed, and brought up once nothing else is to do.
"""

from __future__ import annotations

import logging
import os
import threading
from typing import TYPE_CHECKING

import numpy as np

from soundkin.config import IndexSettings
from soundkin.errors import StaleIndexError, VectorIndexError
from soundkin.index import cache, upkeep
from soundkin.index.graph import Graph
from soundkin.index.graph_file import SavedGraph, pack, unpack
from soundkin.index.room import MappedRoom
from soundkin.index.table import VectorTable
from soundkin.model import IndexStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from soundkin.model import FeatureParams, SampleId, Vector
    from soundkin.vectors import View

logger = logging.getLogger(__name__)

_INLINE_ROWS = 512
"""Number of new rows that go into the graph at once; more are left to a thread."""
_STEP_ROWS = 1024


class VoyagerIndex:
    """`VectorIndex` and `CandidateIndex`: live vectors and a graph. One thread at a time changes it, any may ask.

    Without the graph, for a process that asks once and ends, every question is a scan. `folder`: where the vectors of
    a large library may lie on disk, so that they need not be in memory; None: nowhere.
    """

    def __init__(
        self,
        params: FeatureParams,
        uid: str,
        settings: IndexSettings | None = None,
        *,
        with_graph: bool = True,
        folder: Path | None = None,
    ) -> None:
        self._params = params
        self._uid = uid
        self._settings = settings or IndexSettings()
        self._room = MappedRoom(folder)
        self._table = VectorTable(params, self._room)
        self._graph = Graph(params.num_dimensions, self._settings)
        self._with_graph = with_graph
        self._saved: SavedGraph | None = None
        self._changing = threading.RLock()
        self._builder: threading.Thread | None = None
        self._held = True  # until `keep_up` says that there is time for the graph
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
        return IndexStatus(view.count, "ready" if upkeep.is_up_to_date(self._graph, view) else "building")

    def is_complete(self) -> bool:
        """Whether nothing is left to build behind the answers: the graph covers all rows, or has not been asked for."""
        return self.status().state != "building"

    # ---- changing ----------------------------------------------------------------------------------------------

    def update(
        self, ids: NDArray[np.int64], vectors: NDArray[np.float32], removed: Sequence[SampleId], generation: int
    ) -> None:
        """Add or replace vectors (n, d) under ids (n,), drop `removed` (unknown ids are fine), note the generation."""
        self._held = True
        with self._changing:
            self._graph.discard(self._table.update(ids, vectors, removed, generation))
            if self._table.is_wasteful():
                self._start_over(self._table.compact)

    def rebuild(
        self,
        blocks: Iterable[tuple[NDArray[np.int64], NDArray[np.float32]]],
        generation: int,
        params: FeatureParams,
    ) -> None:
        """Replace everything, features included; exact answers serve until the graph has grown."""
        self._held = True
        with self._changing:
            self._params = params
            self._start_over(lambda: self._table.refill(blocks, generation, self._params))

    def _start_over(self, change: Callable[[], None]) -> None:
        """Row numbers change: the old graph is let go first, so that two never share the memory."""
        self._graph = Graph(self._params.num_dimensions, self._settings, self._table.view.era + 1)
        change()

    def keep_up(self) -> None:
        """There is time: bring the graph up to the table, a little at once, more in a thread, until the next change."""
        if not self._held or not self._with_graph:
            return
        with self._changing:
            self._held = False
            if self._builder is not None and self._builder.is_alive():
                return
            if self._saved is None and not self._graph.rows and upkeep.is_up_to_date(self._graph, self._table.view):
                return
            lag = self._table.view.rows - self._graph.rows
            if self._saved is None and lag <= _INLINE_ROWS and not self._graph.audit_is_due():
                upkeep.cover(self._graph, self._table.view, _INLINE_ROWS)
                upkeep.gauge(self._graph, self._table.view, self._params)
            else:
                self._begin()

    def _begin(self) -> None:
        # no daemon thread: one that is inside voyager when the interpreter ends takes the process down
        self._builder = threading.Thread(target=self._build, name="soundkin-graph")
        self._builder.start()

    def _build(self) -> None:
        self._take_up_saved()
        while threading.main_thread().is_alive() and not self._closing.wait(0.0005):  # and `update` gets its turn
            with self._changing:
                if self._held or self._step():
                    self._builder = None
                    return

    def _step(self) -> bool:
        """Build a little; whether nothing is left."""
        graph, view, threads = self._graph, self._table.view, max(1, (os.cpu_count() or 2) - 1)
        if not (upkeep.cover(graph, view, _STEP_ROWS, threads) and upkeep.audit(graph, view, _STEP_ROWS, threads)):
            return False
        upkeep.gauge(graph, view, self._params)
        return True

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

    def settle(self, timeout_s: float | None = None) -> bool:
        """Bring the graph up to the table and wait until it covers it; False where it took longer."""
        self.keep_up()
        builder = self._builder
        if builder is not None:
            builder.join(timeout_s)
        return upkeep.is_up_to_date(self._graph, self._table.view)

    def rest(self) -> None:
        """No question is asked at the moment: let go of memory that comes back without reading the library."""
        self._room.rest()

    def close(self) -> None:
        """End the building thread."""
        self._closing.set()
        if (builder := self._builder) is not None:
            builder.join()

    # ---- asking ------------------------------------------------------------------------------------------------

    def candidates(self, view: View, vector: Vector, k: int) -> NDArray[np.intp] | None:
        """Rows of `view` that hold, with high probability, its `k` nearest, and surely those equal to `vector`.

        A row may come twice. None: there is no graph to ask, scan instead.
        """
        graph = self._graph
        if graph.era != view.era or not graph.live or view.rows - graph.rows > upkeep.TAIL_ROWS:
            return None
        tail = np.arange(min(graph.rows, view.rows), view.rows)  # before the graph is asked, which may grow meanwhile
        found = graph.search(vector, k)
        if found is None:
            return None
        rows = np.concatenate([found, graph.strays, tail, view.rows_equal(vector)]).astype(np.intp)
        return rows[rows < view.rows]

    def reach(self, rank: int) -> float:
        """Within which distance the sample of this rank, from 1, is of all but the sparsest samples; 0: not known yet.

        Where it is farther, the graph may miss some that are nearer: few of its links lead there.
        """
        known = self._graph.reach
        return 0.0 if known is None or not 1 <= rank <= len(known) else float(known[rank - 1])

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
        folder: Path | None = None,
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
        index = cls(params, uid, settings, with_graph=with_graph, folder=folder)
        index._table.restore(ids, vectors, header.generation)
        if with_graph and header.graph is not None:
            index._saved = SavedGraph(path, header.graph, strays, ids > 0, index._table.view.era)
            index._taken_up.clear()
            index._begin()
        return index
