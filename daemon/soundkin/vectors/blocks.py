"""Blocks of vectors under ids: rows that are written once, and which of them count. Pure numpy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.model import FeatureParams

BLOCK_ROWS = 65_536
_PIECE_ROWS = 2048


class Place(Protocol):
    """Where the vectors of one block lie."""

    vectors: NDArray[np.float32]
    """Shape (BLOCK_ROWS, d), to be read."""

    def put(self, rows: NDArray[np.intp], vectors: NDArray[np.float32]) -> None:
        """Write some rows, shape (n,) and (n, d), at least one."""
        ...


class InMemory:
    """`Place` in the memory of this process."""

    def __init__(self, num_dimensions: int) -> None:
        self.vectors: NDArray[np.float32] = np.zeros((BLOCK_ROWS, num_dimensions), np.float32)

    def put(self, rows: NDArray[np.intp], vectors: NDArray[np.float32]) -> None:
        """Write some rows."""
        self.vectors[rows] = vectors


Room: TypeAlias = Callable[[int, int], Place]
"""Makes the place of a block from its number and the number of dimensions."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Rows of the table; `used` of them are filled, `alive` says which of those count."""

    place: Place
    vectors: NDArray[np.float32]
    """Shape (BLOCK_ROWS, d), those of the place; rows below `used` never change."""
    ids: NDArray[np.int32]
    norms: NDArray[np.float32]
    """Squared length of each vector."""
    prints: NDArray[np.uint32]
    """A hash of each vector's bits."""
    alive: NDArray[np.bool_]
    """Shape (used,); replaced, never written."""
    used: int
    dead: int


def in_memory(number: int, num_dimensions: int) -> Place:
    """A `Room`: every block is in memory."""
    del number
    return InMemory(num_dimensions)


def new_block(place: Place) -> Block:
    """An empty block."""
    return Block(
        place=place,
        vectors=place.vectors,
        ids=np.zeros(BLOCK_ROWS, np.int32),
        norms=np.zeros(BLOCK_ROWS, np.float32),
        prints=np.zeros(BLOCK_ROWS, np.uint32),
        alive=np.zeros(0, np.bool_),
        used=0,
        dead=0,
    )


def append(
    blocks: list[Block],
    params: FeatureParams,
    ids: NDArray[Any],
    vectors: NDArray[np.float32],
    room: Room = in_memory,
) -> list[tuple[Block, slice]]:
    """Put rows behind those of the last block, in new blocks where it is full; which rows of which block that took.

    All but the fingerprints is filled in.
    """
    took: list[tuple[Block, slice]] = []
    start = 0
    while start < len(ids):
        if not blocks or blocks[-1].used == BLOCK_ROWS:
            blocks.append(new_block(room(len(blocks), params.num_dimensions)))
        last = blocks[-1]
        stop = min(len(ids), start + BLOCK_ROWS - last.used)
        here = slice(last.used, last.used + stop - start)
        fill(last, np.arange(here.start, here.stop), vectors[start:stop])
        last.ids[here] = ids[start:stop]
        blocks[-1] = replace(last, alive=np.append(last.alive, np.ones(stop - start, np.bool_)), used=here.stop)
        took.append((blocks[-1], here))
        start = stop
    return took


def fill(block: Block, rows: NDArray[np.intp], vectors: NDArray[np.float32]) -> None:
    """Write the vectors of some rows, shape (n,) and (n, d), and what follows from them."""
    if len(rows):
        block.place.put(rows, vectors)
        block.norms[rows] = squared_lengths(vectors)


def without(block: Block, places: NDArray[np.intp]) -> Block:
    """The block with some places dead."""
    alive = block.alive.copy()
    alive[places] = False
    return replace(block, alive=alive, dead=int(block.used - np.count_nonzero(alive)))


def squared_lengths(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Squared length of each row, shape (n,)."""
    return np.asarray(np.einsum("ij,ij->i", vectors, vectors))


def weighted_lengths(block: Block, per_dimension: NDArray[np.float64]) -> NDArray[np.float32]:
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
