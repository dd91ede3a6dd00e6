"""Immutable pictures of the live vectors: what a question scans while another thread adds and removes.

Vectors lie in blocks of rows that are written once. A row keeps its number until the table is compacted; the
voyager graph uses it as label. Pure numpy.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from soundkin.model import FeatureParams

BLOCK_ROWS = 65_536
_PIECE_ROWS = 2048
_EPS32 = float(np.finfo(np.float32).eps)
_TINY = 1e-30
"""What is lost below the smallest float32 numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Rows of the table; `used` of them are filled, `alive` says which of those count."""

    vectors: NDArray[np.float32]
    """Shape (BLOCK_ROWS, d); rows below `used` never change."""
    ids: NDArray[np.int32]
    norms: NDArray[np.float32]
    """Squared length of each vector."""
    prints: NDArray[np.uint32]
    """A hash of each vector's bits."""
    alive: NDArray[np.bool_]
    """Shape (used,); replaced, never written."""
    used: int
    dead: int


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
            weighted = block.norms[: block.used] if scale is None else _weighted_norms(block, per_dimension)
            longest = max(longest, float(weighted.max()))
            np.matmul(block.vectors[: block.used], slope, out=part)
            part += weighted
            if block.dead:
                part[~block.alive] = np.inf
        out += np.float32(q_norm)
        reach = (longest**0.5 + q_norm**0.5) ** 2
        return out, (self.params.num_dimensions + 8) * _EPS32 * reach + _TINY


def spread(params: FeatureParams, per_aspect: NDArray[np.float64]) -> NDArray[np.float64]:
    """Factor of every dimension from the factor of every aspect; dimensions of no aspect keep 1."""
    out = np.ones(params.num_dimensions)
    for aspect, factor in zip(params.aspects, per_aspect, strict=True):
        out[aspect.start : aspect.stop] = factor
    return out


def squared_lengths(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Squared length of each row, shape (n,)."""
    return np.asarray(np.einsum("ij,ij->i", vectors, vectors))


def _weighted_norms(block: Block, per_dimension: NDArray[np.float64]) -> NDArray[np.float32]:
    """Squared lengths with a factor for every dimension, in pieces that fit the cache."""
    factors = per_dimension.astype(np.float32)
    out = np.empty(block.used, np.float32)
    squares = np.empty((_PIECE_ROWS, len(factors)), np.float32)
    for start in range(0, block.used, _PIECE_ROWS):
        piece = block.vectors[start : min(start + _PIECE_ROWS, block.used)]
        np.multiply(piece, piece, out=squares[: len(piece)])
        np.matmul(squares[: len(piece)], factors, out=out[start : start + len(piece)])
    return out


def fingerprints(vectors: NDArray[np.float32]) -> NDArray[np.uint32]:
    """A hash of each row's bits, shape (n,); equal rows have equal ones, zeros of either sign included."""
    odd = (np.arange(vectors.shape[1], dtype=np.uint64) * 0x9E3779B1 % 2**32 | 1).astype(np.uint32)
    out = np.empty(len(vectors), np.uint32)
    for start in range(0, len(vectors), _PIECE_ROWS):  # the copies fit the cache, and leave no hole in the memory
        bits = (vectors[start : start + _PIECE_ROWS] + np.float32(0)).view(np.uint32)
        np.multiply(bits, odd, out=bits)
        bits.sum(axis=1, dtype=np.uint32, out=out[start : start + _PIECE_ROWS])
    return out


def new_block(params: FeatureParams) -> Block:
    """An empty block."""
    return Block(
        vectors=np.zeros((BLOCK_ROWS, params.num_dimensions), np.float32),
        ids=np.zeros(BLOCK_ROWS, np.int32),
        norms=np.zeros(BLOCK_ROWS, np.float32),
        prints=np.zeros(BLOCK_ROWS, np.uint32),
        alive=np.zeros(0, np.bool_),
        used=0,
        dead=0,
    )


def append(
    blocks: list[Block], params: FeatureParams, ids: NDArray[Any], vectors: NDArray[np.float32]
) -> list[tuple[Block, slice]]:
    """Put rows behind those of the last block, in new blocks where it is full; which rows of which block that took.

    All but the fingerprints is filled in.
    """
    took: list[tuple[Block, slice]] = []
    start = 0
    while start < len(ids):
        if not blocks or blocks[-1].used == BLOCK_ROWS:
            blocks.append(new_block(params))
        last = blocks[-1]
        stop = min(len(ids), start + BLOCK_ROWS - last.used)
        here = slice(last.used, last.used + stop - start)
        last.vectors[here], last.ids[here] = vectors[start:stop], ids[start:stop]
        last.norms[here] = squared_lengths(vectors[start:stop])
        blocks[-1] = replace(last, alive=np.append(last.alive, np.ones(stop - start, np.bool_)), used=here.stop)
        took.append((blocks[-1], here))
        start = stop
    return took


def without(block: Block, places: NDArray[np.intp]) -> Block:
    """The block with some places dead."""
    alive = block.alive.copy()
    alive[places] = False
    return replace(block, alive=alive, dead=int(block.used - np.count_nonzero(alive)))


def living(view: View, rows: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """Those of some rows that count, and their vectors."""
    _, alive, vectors = view.gather(rows)
    return rows[alive], vectors[alive]


def ranked(
    view: View, rows: NDArray[np.intp], vector: NDArray[np.float32]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Live ids among `rows` and their exact distances, nearest first, equals by id."""
    ids, alive, vectors = view.gather(np.unique(rows))
    difference = vectors[alive].astype(np.float64) - vector
    distances = np.sqrt(np.sum(difference * difference, axis=1)).astype(np.float32)
    order = np.lexsort((ids[alive], distances))
    return ids[alive][order].astype(np.int64), distances[order]
