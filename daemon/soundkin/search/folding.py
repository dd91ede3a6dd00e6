"""`Folding`: near-identical samples become one row. Goes through an order once, however long it is. Pure numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from soundkin.search.near import Grid

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from soundkin.search.ranking import Ranking

    Rows = NDArray[np.intp]

_ONE_BY_ONE = 32
"""Rows whose neighbours are looked for one by one: for more, a grid of all rows is quicker."""


class Folding:
    """Which rows of a ranking stand for others within `radius`, and which of them are claimed already."""

    def __init__(self, ranking: Ranking, radius: float, claimed: NDArray[np.int32]) -> None:
        self._ranking = ranking
        self._radius = radius
        self._free = np.ones(len(ranking.rows), np.bool_)
        self._free[self._places(ranking.rows_of(claimed))] = False
        self._asked = 0
        self._grid: Grid | None = None

    def claimed(self, rows: Rows) -> NDArray[np.bool_]:
        """Which of some rows another one stands for, or that were passed already."""
        return ~self._free[np.searchsorted(self._ranking.rows, rows)]

    def ids(self) -> NDArray[np.int32]:
        """Ids of all that are claimed."""
        return self._ranking.ids_of(self._ranking.rows[~self._free])

    def claim_again(self, rows: Rows) -> None:
        """Have some rows, in any order, claim what they stand for by now."""
        places = self._places(np.sort(rows))
        self._free[places] = True
        for _ in self.claim(self._ranking.rows[places]):
            pass

    def claim(self, rows: Rows) -> Iterator[tuple[int, int]]:
        """Go through rows in order: place among them, and how many free rows it stands for, of those that are free.

        A row claims what it stands for when it is named, and not before. Raises as `effort.insist`.
        """
        at = 0
        while at < len(rows) and self._asked < _ONE_BY_ONE:
            if not self.claimed(rows[at : at + 1])[0]:
                self._asked += 1
                near = self._ranking.alike(int(self._ranking.ids_of(rows[at : at + 1])[0]), self._radius)
                yield at, self._take(self._places(near))
            at += 1
        if at < len(rows):
            yield from ((at + place, count) for place, count in self._claim_many(rows[at:]))

    def _claim_many(self, rows: Rows) -> Iterator[tuple[int, int]]:
        if self._grid is None:
            self._grid = Grid(self._ranking.vectors(), self._radius)
        places = np.searchsorted(self._ranking.rows, rows)
        order = np.full(len(self._free), -1, np.int32)
        order[places] = np.arange(len(places), dtype=np.int32)
        for asked, left, near in self._grid.near(places, self._free):
            borders = np.searchsorted(left, np.arange(len(asked) + 1)).tolist()
            for number, place in enumerate(asked.tolist()):
                if self._free[place]:
                    yield int(order[place]), self._take(near[borders[number] : borders[number + 1]])

    def _take(self, places: Rows) -> int:
        fresh = places[self._free[places]]
        self._free[fresh] = False
        return len(fresh)

    def _places(self, rows: Rows) -> Rows:
        """Places among the eligible rows, of those that are eligible."""
        places = np.searchsorted(self._ranking.rows, rows)
        inside = places < len(self._ranking.rows)
        places = places[inside]
        return np.asarray(places[self._ranking.rows[places] == rows[inside]])
