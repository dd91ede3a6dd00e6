"""`View`: vectors under ids at one moment, immutable, in blocks; what a question measures. Pure numpy.

A row keeps its number through all views of one era; the voyager graph uses it as label.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from soundkin.vectors.blocks import BLOCK_ROWS, Block, fingerprints, weighted_lengths
from soundkin.vectors.distance import spread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from soundkin.model import FeatureParams

_EPS32 = float(np.finfo(np.float32).eps)
_TINY = 1e-30
"""What is lost below the smallest float32 numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """The live vectors at one moment. All methods are safe from any thread."""

    params: FeatureParams
    blocks: tuple[Block, ...]
    generation: int
    count: int
    """Live vectors."""
    era: int
    """Row numbers mean the same in all views of one era."""
    row_of: NDArray[np.int32]
    """By id, the newest row (-1 for none); shared with the writer, so good only while `serial` is the newest."""
    serial: int
    newest: NDArray[np.int64]
    """One number: the serial of the change that the writer is at."""

    @property
    def rows(self) -> int:
        """Rows, dead ones included."""
        return (len(self.blocks) - 1) * BLOCK_ROWS + self.blocks[-1].used if self.blocks else 0

    def ids(self) -> NDArray[np.int32]:
        """Id of every row, dead ones included, shape (rows,)."""
        return np.concatenate([np.zeros(0, np.int32), *(block.ids[: block.used] for block in self.blocks)])

    def alive(self) -> NDArray[np.bool_]:
        """Which rows count, shape (rows,)."""
        return np.concatenate([np.zeros(0, np.bool_), *(block.alive for block in self.blocks)])

    def live_blocks(self) -> Iterator[tuple[int, Block]]:
        """First row number and block, for each block."""
        for number, block in enumerate(self.blocks):
            yield number * BLOCK_ROWS, block

    def row(self, sample_id: int) -> int:
        """Row of a live id, -1 where it has none."""
        if not 0 <= sample_id < len(self.row_of):
            return -1
        row = int(self.row_of[sample_id])
        if self.newest[0] == self.serial:  # looked at after the row: the writer has not moved on before
            return row
        if 0 <= row < self.rows and self._is(row, sample_id):
            return row
        found = np.flatnonzero((self.ids() == sample_id) & self.alive())
        return int(found[0]) if len(found) else -1

    def rows_of(self, ids: NDArray[np.int32]) -> NDArray[np.intp]:
        """Rows of those ids that are live, in no order."""
        known = self.row_of[ids[(ids >= 0) & (ids < len(self.row_of))]]
        if self.newest[0] == self.serial:
            return known[known >= 0].astype(np.intp)
        return np.flatnonzero(np.isin(self.ids(), ids) & self.alive())

    def _is(self, row: int, sample_id: int) -> bool:
        block, place = self.blocks[row // BLOCK_ROWS], row % BLOCK_ROWS
        return bool(block.alive[place]) and int(block.ids[place]) == sample_id

    def vector(self, sample_id: int) -> NDArray[np.float32] | None:
        """Vector of a live id."""
        row = self.row(sample_id)
        return None if row < 0 else self.blocks[row // BLOCK_ROWS].vectors[row % BLOCK_ROWS].copy()

    def gather(self, rows: NDArray[np.intp]) -> tuple[NDArray[np.int32], NDArray[np.bool_], NDArray[np.float32]]:
        """Ids, liveness and vectors of some rows, in their order."""
        ids, alive = np.empty(len(rows), np.int32), np.empty(len(rows), np.bool_)
        vectors = np.empty((len(rows), self.params.num_dimensions), np.float32)
        for block, here, places in self._by_block(rows):
            ids[here], alive[here], vectors[here] = block.ids[places], block.alive[places], block.vectors[places]
        return ids, alive, vectors

    def living(self, rows: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """Those of some rows that count, and their vectors."""
        _, alive, vectors = self.gather(rows)
        return rows[alive], vectors[alive]

    def labels(self, rows: NDArray[np.intp]) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        """Ids and liveness of some rows, in their order."""
        ids, alive = np.empty(len(rows), np.int32), np.empty(len(rows), np.bool_)
        for block, here, places in self._by_block(rows):
            ids[here], alive[here] = block.ids[places], block.alive[places]
        return ids, alive

    def _by_block(self, rows: NDArray[np.intp]) -> Iterator[tuple[Block, NDArray[np.intp] | slice, NDArray[np.intp]]]:
        """Blocks that hold some rows, where these stand among `rows`, and their places in the block."""
        if len(self.blocks) == 1:
            yield self.blocks[0], slice(None), rows
            return
        if (rows[1:] < rows[:-1]).any():
            numbers = rows // BLOCK_ROWS
            for number in np.unique(numbers).tolist():
                here = np.flatnonzero(numbers == number)
                yield self.blocks[number], here, rows[here] - number * BLOCK_ROWS
            return
        borders = np.searchsorted(rows, np.arange(len(self.blocks) + 1) * BLOCK_ROWS).tolist()
        for number, (start, stop) in enumerate(pairwise(borders)):
            if stop > start:
                yield self.blocks[number], slice(start, stop), rows[start:stop] - number * BLOCK_ROWS

    def rows_equal(self, vector: NDArray[np.float32]) -> NDArray[np.intp]:
        """Live rows that hold exactly this vector."""
        wanted = fingerprints(vector[None, :])[0]
        likely = [first + np.flatnonzero(block.prints[: block.used] == wanted) for first, block in self.live_blocks()]
        rows = np.concatenate([np.zeros(0, np.intp), *likely])
        if not len(rows):
            return rows
        _, alive, vectors = self.gather(rows)
        return np.asarray(rows[alive & (vectors == vector).all(axis=1)])

    def squared_distances(
        self, vector: NDArray[np.float32], scale: NDArray[np.float64] | None = None
    ) -> tuple[NDArray[np.float32], float]:
        """Squared distances from `vector` to every row by matrix-vector products, and a bound of their error.

        Parameters
        ----------
        vector : shape (d,).
        scale : shape (aspects,), factor of each aspect's squared distance; None: all 1.

        Returns
        -------
        Shape (rows,), inf for dead rows. |x - q|^2 = |x|^2 - 2 x.q + |q|^2 is fast but loses digits where x and q are
        near, so the second value bounds |computed - true| and callers recompute what the bound leaves open. The bound
        is that of a dot product of n terms in any order, (n + 2) eps |x||q| (Higham, Accuracy and Stability of
        Numerical Algorithms, 2002, section 3.1), for the three terms together.
        """
        per_dimension = np.ones(self.params.num_dimensions) if scale is None else spread(self.params, scale)
        q = vector.astype(np.float64)
        q_norm = float(np.sum(per_dimension * q * q))
        slope = (-2.0 * per_dimension * q).astype(np.float32)
        out = np.empty(self.rows, np.float32)
        longest = 0.0
        for first, block in self.live_blocks():
            if not block.used:
                continue
            part = out[first : first + block.used]
            weighted = block.norms[: block.used] if scale is None else weighted_lengths(block, per_dimension)
            longest = max(longest, float(weighted.max()))
            np.matmul(block.vectors[: block.used], slope, out=part)
            part += weighted
            if block.dead:
                part[~block.alive] = np.inf
        out += np.float32(q_norm)
        reach = (longest**0.5 + q_norm**0.5) ** 2
        return out, (self.params.num_dimensions + 8) * _EPS32 * reach + _TINY
