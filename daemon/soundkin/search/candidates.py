"""`InMemoryCandidates`: the `CandidateSource` of one machine. Index, absent samples and columns of facts in one.

All vectors are at hand, so that nothing is left out but where the index's graph names the nearest sooner.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from soundkin.interfaces import Candidates
from soundkin.model import PRESENT
from soundkin.search.absent import Absentees
from soundkin.search.followed_facts import FollowedFacts
from soundkin.search.planner import graph_count
from soundkin.vectors import exact_distances

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from soundkin.interfaces import CandidateIndex, CandidateLibrary, QueryPoint, SampleFilter
    from soundkin.model import FeatureParams, State, Vector
    from soundkin.model.filters import Term
    from soundkin.vectors import View


class InMemoryCandidates:
    """Vectors and facts of a whole library in memory, in step with it. Safe to ask from any thread."""

    def __init__(self, library: CandidateLibrary, index: CandidateIndex) -> None:
        self._library = library
        self._index = index
        self._facts = FollowedFacts(library)
        self._absent = Absentees(library, self._facts.forget)

    @property
    def params(self) -> FeatureParams:
        """Features of the index's vectors."""
        return self._index.view().params

    def generation(self) -> int:
        """The library generation that the index holds."""
        return self._index.view().generation

    def nearest(self, point: QueryPoint, wanted: SampleFilter, count: int, *, exact: bool) -> Candidates:
        """All wanted samples; where that will do, those that the graph names."""
        view = self._view_of(wanted.states)
        quick = None if exact else self._by_graph(view, point, wanted, count)
        if quick is None or quick.why:
            return replace(self._all(view, wanted), why=quick.why if quick else "")
        return quick

    def matching(self, wanted: SampleFilter) -> Candidates:
        """All wanted samples."""
        return self._all(self._view_of(wanted.states), wanted)

    def folders(self, view: View) -> NDArray[np.int32]:
        """A number for the folder of every row of a view, equal for those in one folder."""
        return self._facts.folders(view, self._index.view())

    def fitting(self, terms: Sequence[Term], states: Collection[State], now_s: float) -> NDArray[np.int64]:
        """Ids of samples that satisfy all terms; what the library says that the index has not heard yet counts."""
        live = self._index.view()
        changes = self._library.changes_since(live.generation)
        changed = None if changes is None else [change.id for change in changes]
        if changed is None or states != PRESENT:
            among = self._library.ids_in(states)
        else:
            among = np.append(live.ids()[live.alive()], np.array(changed, np.int32)).astype(np.int64)
        return self._facts.fitting(among, terms, live, changed, now_s)

    def vectors(self, ids: Collection[int], states: Collection[State]) -> dict[int, Vector]:
        """Vectors of those ids that are in one of the states."""
        view = self._view_of(states)
        return {each: vector for each in ids if (vector := view.vector(each)) is not None}

    def classified(self, ids: Sequence[int]) -> None:
        """Categories of these samples were worked out; filters go by them from now on."""
        self._facts.classified(ids)

    def warm(self) -> None:
        """Read the facts that filters need, so that the first filtered question finds them ready."""
        live = self._index.view()
        self._facts.rows_matching((), live, live, now_s=0.0)

    def _view_of(self, states: Collection[State]) -> View:
        """The vectors of all samples in these states; of what can be found those of the index."""
        live = self._index.view()
        return live if states == PRESENT else self._absent.beside(live, states)

    def _by_graph(self, view: View, point: QueryPoint, wanted: SampleFilter, count: int) -> Candidates | None:
        """What the graph names for a plain question; None where there is none yet, or where a scan is as quick.

        Where few samples are near, a graph misses some of them: that is noted in `why`, and they are not to be used.
        """
        asked_for = graph_count(point, wanted, count, view.count)
        found = self._index.candidates(view, point.vector, asked_for) if asked_for else None
        if found is None:
            return None
        why = self._doubt(view, found, point.vector, asked_for)
        asked, struck_out = _rows_of(view, point.asked), _rows_of(view, wanted.excluded)
        rows = np.unique(np.append(found, asked).astype(np.intp))
        _, keep = view.labels(rows)
        for row in struck_out:
            keep &= rows != row
        return Candidates(view, rows[keep], view.count, 0.0, view.count - len(struck_out), "voyager", why)

    def _doubt(self, view: View, found: NDArray[np.intp], vector: Vector, count: int) -> str:
        """Why the `count` nearest of what the graph found may not be the nearest of all; "" where they surely are."""
        _, alive, vectors = view.gather(np.unique(found))
        distances = np.sort(exact_distances(view.params, vectors[alive], vector, None))[:count]
        if not len(distances) or distances[0] > 0:
            return "no sample is there"
        return "" if float(distances[-1]) <= self._index.reach(len(distances)) else "few samples are near"

    def _all(self, view: View, wanted: SampleFilter) -> Candidates:
        keep = view.alive()
        if wanted.terms:
            keep &= self._facts.rows_matching(wanted.terms, view, self._index.view(), wanted.now_s)
        keep[_rows_of(view, wanted.excluded)] = False
        return Candidates(view, np.flatnonzero(keep), view.count, math.inf, None, "")


def _rows_of(view: View, ids: Collection[int]) -> NDArray[np.intp]:
    """Rows of those ids that are live."""
    return np.array([row for each in ids if (row := view.row(each)) >= 0], np.intp)
