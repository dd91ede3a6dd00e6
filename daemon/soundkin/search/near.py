"""`Grid`: which rows lie within a small distance of which, without comparing all with all. Pure numpy.

A projection on a direction of unit length never stretches a distance. Rows are put into cells by their projections on
the three directions of largest spread, in each cell ordered by the fourth; a row is compared with what lies within the
distance on all of them, and measured against what two further directions leave.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from soundkin.questions import effort

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Places = NDArray[np.intp]
    Alive = NDArray[np.bool_]

_AXES = 6
_CELL_AXES = 3
_BY_STRENGTH = (4, 5, 0, 1, 2, 3)
"""Directions in the order in which they rule most out: the cells have used the others."""
_MOST_CELLS = 1000
"""Along one axis, so that the number of a cell and a place in it fit into 64 bits."""
_STEPS = 1 << 20
"""Places in a cell along the fourth axis."""
_MOST_PAIRS = 1 << 18
"""Pairs that are looked at in one piece of work: a few milliseconds, some megabytes."""


class Grid:
    """Rows of `vectors`, shape (n, d), to be asked for their neighbours within `radius`, each row's own included."""

    def __init__(self, vectors: NDArray[np.float32], radius: float) -> None:
        self._vectors = vectors
        self._radius = np.float32(radius)
        self._slack = np.float32(radius * (1 + 1e-5) + 1e-4)
        self._shadows = _projections(vectors)
        effort.insist("Looking for what sounds alike")
        cells = self._shadows[:, :_CELL_AXES]
        low = cells.min(axis=0, initial=0)
        widths = np.maximum(self._slack, (cells.max(axis=0, initial=0) - low) / _MOST_CELLS)
        self._cells = ((cells - low) / widths).astype(np.int64) + 1
        counts = self._cells.max(axis=0, initial=0) + 2
        self._strides = np.array([counts[1] * counts[2], counts[2], 1], np.int64)
        last = self._shadows[:, _CELL_AXES]
        self._low = last.min(initial=0)
        self._step = max(np.float32(self._slack), (last.max(initial=0) - self._low)) / np.float32(_STEPS - 4)
        keys = (self._cells @ self._strides) * _STEPS + self._steps(last)
        self._order = np.argsort(keys, kind="stable").astype(np.int32)
        self._keys = keys[self._order]
        self._in_order = [np.ascontiguousarray(self._shadows[self._order, axis]) for axis in _BY_STRENGTH]

    def near(self, asked: Places, alive: Alive) -> Iterator[tuple[Places, Places, Places]]:
        """For pieces of `asked`, in its order: rows, then of every pair a place among these rows and a row near it.

        Only those that are `alive`, shape (n,), ask or are named; the caller may thin that mask between two pieces.
        Pairs are ordered by their first number. Raises as `effort.insist`.
        """
        pace = 64
        while len(asked):
            effort.insist("Looking for what sounds alike")
            asked = asked[alive[asked]]
            ahead = asked[:pace]
            starts, stops = self._ranges(ahead)
            sizes = np.cumsum((stops - starts).sum(axis=1))
            count = max(1, int(np.searchsorted(sizes, _MOST_PAIRS, "right"))) if len(ahead) else 0
            rows, asked, pace = asked[:count], asked[count:], 2 * count
            yield rows, *self._pairs(rows, starts[:count], stops[:count], alive)

    def _steps(self, values: NDArray[np.float32]) -> NDArray[np.int64]:
        steps = np.floor((values - self._low) / self._step).astype(np.int64) + 1
        return np.asarray(np.clip(steps, 0, _STEPS - 1), np.int64)

    def _ranges(self, rows: Places) -> tuple[Places, Places]:
        """Where in the order the neighbours of each row may stand, shape (rows, 27): from, to."""
        offsets = np.array(list(product((-1, 0, 1), repeat=_CELL_AXES)), np.int64) @ self._strides
        bases = (self._cells[rows] @ self._strides)[:, None] + offsets
        last = self._shadows[rows, _CELL_AXES]
        low, high = self._steps(last - self._slack) - 1, self._steps(last + self._slack) + 1
        starts = np.searchsorted(self._keys, bases * _STEPS + np.maximum(low, 0)[:, None], "left")
        stops = np.searchsorted(self._keys, bases * _STEPS + np.minimum(high, _STEPS - 1)[:, None], "right")
        return starts, stops

    def _pairs(self, rows: Places, starts: Places, stops: Places, alive: Alive) -> tuple[Places, Places]:
        """All pairs of a place among `rows` and a row that lies within the radius of it."""
        sizes = (stops - starts).ravel()
        firsts = np.repeat((starts.ravel() - (np.cumsum(sizes) - sizes)).astype(np.int32), sizes)
        spots = firsts + np.arange(len(firsts), dtype=np.int32)
        places = np.repeat(np.arange(len(rows), dtype=np.int32), (stops - starts).sum(axis=1))
        squares = np.zeros(len(spots), np.float32)
        for axis, values in zip(_BY_STRENGTH, self._in_order, strict=True):
            squares += np.square(values[spots] - self._shadows[rows, axis][places])
            near = squares <= self._slack * self._slack
            places, spots, squares = places[near], spots[near], squares[near]
        others = self._order[spots]
        living = alive[others]
        return self._measured(rows, places[living].astype(np.intp), others[living].astype(np.intp))

    def _measured(self, rows: Places, places: Places, others: Places) -> tuple[Places, Places]:
        out = np.zeros(len(places), np.bool_)
        for start in range(0, len(places), _MOST_PAIRS // 16):  # pieces that take little memory
            here = slice(start, start + _MOST_PAIRS // 16)
            difference = self._vectors[rows[places[here]]].astype(np.float64) - self._vectors[others[here]]
            out[here] = np.sqrt(np.sum(difference * difference, axis=1)).astype(np.float32) <= self._radius
        return places[out], others[out]


def _projections(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Coordinates along the directions of largest spread, shape (n, 6), by the covariance of a part."""
    out = np.zeros((len(vectors), _AXES), np.float32)
    if len(vectors) < 2:
        return out
    part = vectors[:: max(1, len(vectors) // 20_000)].astype(np.float64)
    centre = part.mean(axis=0)
    _, directions = np.linalg.eigh(np.cov(part - centre, rowvar=False).reshape(vectors.shape[1], -1))
    axes = directions[:, ::-1][:, : min(_AXES, vectors.shape[1])]
    out[:, : axes.shape[1]] = (vectors - centre.astype(np.float32)) @ axes.astype(np.float32)
    return out
