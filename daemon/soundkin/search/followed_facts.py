"""`FollowedFacts`: columns that are kept in step with the index, by reading from the library what is new in it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from soundkin.model import KNOWN, PRESENT
from soundkin.questions import effort
from soundkin.search.columns import Columns
from soundkin.search.matching import mask_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from soundkin.interfaces import FactSource
    from soundkin.model import SampleId, State
    from soundkin.model.filters import Term
    from soundkin.vectors import View


_READING = "Reading the facts of all samples"


class FollowedFacts:
    """Answers which rows of a view satisfy filter terms, from any thread."""

    def __init__(self, library: FactSource) -> None:
        self._library = library
        self._columns = Columns()
        self._met = np.zeros(0, np.bool_)
        self._era = -1
        self._rows = 0
        self._lock = threading.Lock()

    def rows_matching(self, terms: Sequence[Term], view: View, live: View, now_s: float) -> NDArray[np.bool_]:
        """Which rows of the view satisfy all terms, shape (rows,); facts are read for what is new in it.

        `live`: the index's view, where `view` is another one.
        """
        with effort.locked(self._lock, _READING):
            self._meet_all(view, live)
            mask = mask_of(terms, self._columns, now_s)
        return mask[view.ids()]

    def folders(self, view: View, live: View) -> NDArray[np.int32]:
        """A number for the folder of each row of the view, shape (rows,); what is not met yet shares one."""
        with effort.locked(self._lock, _READING):
            self._meet_all(view, live)
            return np.asarray(self._columns.folders[view.ids()])

    def fitting(
        self, ids: NDArray[np.int64], terms: Sequence[Term], live: View, changed: Sequence[int] | None, now_s: float
    ) -> NDArray[np.int64]:
        """Those of `ids` that satisfy all terms, ascending, each once.

        `changed`: ids whose facts may be others than the index knows; None: any.
        """
        with effort.locked(self._lock, _READING):
            self._follow(live)
            self._room_for(int(ids.max(initial=0)))
            if changed is None:
                self._met[:] = False
            else:
                self._met[[each for each in changed if each < len(self._met)]] = False
            self._read(ids[~self._met[ids]].tolist(), KNOWN)
            wanted = np.zeros(self._columns.size, np.bool_)
            wanted[ids] = self._met[ids]
            return np.flatnonzero(wanted & mask_of(terms, self._columns, now_s)).astype(np.int64)

    def _meet_all(self, view: View, live: View) -> None:
        self._follow(live)
        if view.era != live.era:
            self._meet(view)

    def forget(self, ids: Sequence[int]) -> None:
        """Facts of these ids may have changed; absent samples, which get no new row, are met again."""
        with self._lock:
            self._met[[each for each in ids if each < len(self._met)]] = False

    def classified(self, ids: Sequence[int]) -> None:
        """Categories of these ids were worked out: those that are met already are read again."""
        with self._lock:
            met = [each for each in ids if each < len(self._met) and self._met[each]]
            if met:
                known, categories = self._library.categories(met)
                self._columns.categories[known] = categories

    def _follow(self, view: View) -> None:
        """Read the facts of rows that came since the last time; what changes gets a new row."""
        first = self._rows if view.era == self._era else 0
        if first >= view.rows and view.era == self._era:
            return
        ids, alive = view.ids()[first:], view.alive()[first:]
        self._room_for(int(view.ids().max(initial=0)))
        fresh = ids[alive].tolist()
        self._read(None if len(fresh) > view.count // 2 else fresh, PRESENT)
        self._era, self._rows = view.era, view.rows

    def _meet(self, view: View) -> None:
        """Read the facts of rows that were never met, or may have changed since."""
        ids = view.ids()[view.alive()]
        self._room_for(int(ids.max(initial=0)))
        self._read(ids[~self._met[ids]].tolist(), KNOWN)

    def _read(self, ids: Sequence[SampleId] | None, states: Collection[State]) -> None:
        """Facts of some samples in these states, or of all."""
        if ids is not None and not ids:
            return
        for block in self._library.fact_blocks(ids, states):
            effort.insist(_READING)
            self._room_for(int(block.ids.max(initial=0)))
            self._columns.put(block)
            self._met[block.ids] = True

    def _room_for(self, largest: int) -> None:
        self._columns.room_for(largest)
        if len(self._met) < self._columns.size:
            self._met = np.append(self._met, np.zeros(self._columns.size - len(self._met), np.bool_))
