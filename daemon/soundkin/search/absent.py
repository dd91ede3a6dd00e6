"""Vectors of samples whose files are away, which the index has dropped: read from the library once they are asked for.

They stay in memory from then on and follow the library's list of changes, so that a question beside a scan reads
only what the scan touched.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from soundkin.errors import VectorIndexError
from soundkin.model import ABSENT, State
from soundkin.questions import effort
from soundkin.vectors import BLOCK_ROWS, assembled, joined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.interfaces import CandidateLibrary
    from soundkin.model import Change, FeatureParams
    from soundkin.vectors import View

    Part = tuple[NDArray[np.int64], NDArray[np.float32]]

_MANY = BLOCK_ROWS
"""Number of changes from which everything is read again."""


class Absentees:
    """Views of the absent samples, one for each state. `touched` is told whose facts may have changed."""

    def __init__(self, library: CandidateLibrary, touched: Callable[[Sequence[int]], None]) -> None:
        self._library = library
        self._touched = touched
        self._views: dict[State, View] = {}
        self._generation = 0
        self._lock = threading.Lock()

    def beside(self, live: View, states: Collection[State]) -> View:
        """A view of the samples in these states, `live` being the index's. Raises `VectorIndexError`.

        An id that both have, as the index has not caught up yet, counts as absent.
        """
        with effort.locked(self._lock, "Reading the vectors of absent samples"):
            self._catch_up(live.params)
            views = [self._views[state] for state in self._views if state in states]
        views = [view for view in views if view.count]
        return joined([live, *views]) if State.PRESENT in states else joined(views or [assembled(live.params, ())])

    def _catch_up(self, params: FeatureParams) -> None:
        library = self._library
        generation = library.generation()
        if self._views and generation == self._generation:
            return
        if library.serving_params.version != params.version:
            raise VectorIndexError("the index does not hold the newest features yet; ask again in a moment")
        changes = library.changes_since(self._generation) if self._views else None
        if changes is None or len(changes) > _MANY:
            self._views = {
                state: assembled(params, _watched(library.all_vectors({state}))) for state in State if state in ABSENT
            }
            self._touched([each for view in self._views.values() for each in view.ids().tolist()])
        else:
            self._take(changes, params)
        self._generation = generation

    def _take(self, changes: Sequence[Change], params: FeatureParams) -> None:
        """Drop what changed, and add what is absent now."""
        ids = [change.id for change in changes]
        self._touched(ids)
        samples = self._library.samples([change.id for change in changes if change.removed], ABSENT)
        vectors = self._library.vectors(list(samples))
        for state, view in self._views.items():
            came = {int(each): vectors[each] for each in vectors if samples[each].state is state}
            stays = ~np.isin(view.ids(), ids)
            if came or not stays.all():
                kept, _, kept_vectors = view.gather(np.flatnonzero(stays))
                self._views[state] = assembled(params, [(kept, kept_vectors), _arrays(came, params)])


def _watched(blocks: Iterable[Part]) -> Iterator[Part]:
    """The blocks, as long as the question that reads them goes on."""
    for block in blocks:
        effort.insist("Reading the vectors of absent samples")
        yield block


def _arrays(
    vectors: dict[int, NDArray[np.float32]], params: FeatureParams
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    matrix = np.array(list(vectors.values()), np.float32).reshape(-1, params.num_dimensions)
    return np.array(list(vectors), np.int64), matrix
