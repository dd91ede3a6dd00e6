"""The table of live vectors: appended to and thinned by one writer at a time, seen by readers as immutable views."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from soundkin.errors import VectorIndexError
from soundkin.vectors import BLOCK_ROWS, Block, View, append, fill, fingerprints, in_memory, new_block, without

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from soundkin.model import FeatureParams
    from soundkin.vectors import Room

_MIN_DEAD = 4096


class VectorTable:
    """Vectors under ids. A replaced or removed row dies in place; `compact` drops it. `room`: where vectors lie."""

    def __init__(self, params: FeatureParams, room: Room = in_memory) -> None:
        self.params = params
        self._room = room
        self._row_of = np.full(1024, -1, np.int32)
        self._newest = np.zeros(1, np.int64)
        self.view = View(params, (), 0, 0, 0, self._row_of, 0, self._newest)

    def update(
        self,
        ids: NDArray[np.int64],
        vectors: NDArray[np.float32],
        removed: Sequence[int],
        generation: int,
    ) -> NDArray[np.int32]:
        """One change, seen by readers as a whole; the rows that died by it."""
        ids, vectors = self._checked(ids, vectors)
        self._room_for(int(ids.max(initial=0)))
        gone = np.union1d(ids, np.asarray(removed, np.int64))
        gone = gone[(gone >= 0) & (gone < len(self._row_of))]
        dead = self._row_of[gone]
        dead = dead[dead >= 0]
        blocks = list(self.view.blocks)
        for number in np.unique(dead // BLOCK_ROWS):
            places = (dead[dead // BLOCK_ROWS == number] % BLOCK_ROWS).astype(np.intp)
            blocks[number] = without(blocks[number], places)
        first = self.view.rows
        for block, here in append(blocks, self.params, ids, vectors, self._room):
            block.prints[here] = fingerprints(block.vectors[here])
        count = self.view.count - len(dead) + len(ids)
        self._newest += 1  # before any row changes: older views stop trusting `row_of`
        view = replace(
            self.view,
            blocks=tuple(blocks),
            generation=generation,
            count=count,
            row_of=self._row_of,
            serial=int(self._newest[0]),
        )
        self._row_of[gone] = -1
        self._row_of[ids] = np.arange(first, first + len(ids), dtype=np.int32)
        self.view = view
        return dead

    def _checked(
        self, ids: NDArray[np.int64], vectors: NDArray[np.float32]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The arrays with the last of doubled ids kept."""
        dimensions = self.params.num_dimensions
        ids = np.asarray(ids, np.int64)
        vectors = (
            np.asarray(vectors, np.float32).reshape(-1, dimensions)
            if len(ids)
            else np.zeros((0, dimensions), np.float32)
        )
        if len(vectors) != len(ids):
            raise VectorIndexError(f"got {len(vectors)} vectors for {len(ids)} ids")
        if len(ids) and not (int(ids.min()) > 0 and int(ids.max()) < 2**24):
            raise VectorIndexError(f"ids from {ids.min()} to {ids.max()}, expected 1 to {2**24 - 1}")
        if not np.isfinite(vectors).all():
            raise VectorIndexError("a vector holds NaN or infinity, expected finite numbers")
        _, last = np.unique(ids[::-1], return_index=True)
        if len(last) != len(ids):
            keep = np.sort(len(ids) - 1 - last)
            ids, vectors = ids[keep], vectors[keep]
        return ids, vectors

    def _room_for(self, largest: int) -> None:
        if largest >= len(self._row_of):
            grown = np.full(max(largest + 1, len(self._row_of) * 5 // 4), -1, np.int32)
            grown[: len(self._row_of)] = self._row_of
            self._row_of = grown

    def refill(
        self,
        blocks: Iterable[tuple[NDArray[np.int64], NDArray[np.float32]]],
        generation: int,
        params: FeatureParams,
    ) -> None:
        """Start over with other contents under new row numbers; readers see the old ones until the end."""
        fresh = VectorTable(params, self._room)
        for ids, vectors in blocks:
            fresh.update(ids, vectors, (), generation)
        self.params = params
        self._row_of, self._newest = fresh._row_of, fresh._newest
        self.view = replace(fresh.view, generation=generation, era=self.view.era + 1)

    def restore(
        self,
        ids: NDArray[np.int32],
        vectors: Iterable[tuple[NDArray[np.int64], NDArray[np.float32]]],
        generation: int,
    ) -> None:
        """Rows as they were saved: their ids (0 for dead rows), shape (rows,), and vectors by id in any order.

        A row whose vector does not come is dead; vectors that no row asks for are passed over.
        """
        self._room_for(int(ids.max(initial=0)))
        living = np.flatnonzero(ids > 0)
        self._row_of[ids[living]] = living
        last = -(-len(ids) // BLOCK_ROWS) - 1
        places = [self._room(max(number, last), self.params.num_dimensions) for number in range(last + 1)]
        blocks = [new_block(place) for place in places]
        come = np.zeros(len(ids), np.bool_)
        for some_ids, some in vectors:
            rows = self._row_of[np.minimum(some_ids, len(self._row_of) - 1)]
            wanted = (some_ids < len(self._row_of)) & (rows >= 0)
            rows = rows[wanted]
            come[rows] = True
            for number in np.unique(rows // BLOCK_ROWS).tolist():
                here = rows // BLOCK_ROWS == number
                inside, there = (rows[here] - number * BLOCK_ROWS).astype(np.intp), some[wanted][here]
                fill(blocks[number], inside, there)
                blocks[number].prints[inside] = fingerprints(there)
        self._row_of[ids[living[~come[living]]]] = -1
        whole = tuple(
            _restored(block, ids[start : start + BLOCK_ROWS], come[start : start + BLOCK_ROWS])
            for block, start in zip(blocks, range(0, len(ids), BLOCK_ROWS), strict=True)
        )
        count = int(np.count_nonzero(come))
        self.view = replace(self.view, blocks=whole, generation=generation, count=count, row_of=self._row_of)

    def is_wasteful(self) -> bool:
        """Whether a quarter of the rows, and thousands, are dead."""
        dead = self.view.rows - self.view.count
        return dead > max(_MIN_DEAD, self.view.rows // 4)

    def compact(self) -> None:
        """Drop dead rows, under new row numbers."""
        blocks = self.view.blocks
        self.refill(
            (
                (block.ids[: block.used][block.alive].astype(np.int64), block.vectors[: block.used][block.alive])
                for block in blocks
            ),
            self.view.generation,
            self.params,
        )


def _restored(block: Block, ids: NDArray[np.int32], come: NDArray[np.bool_]) -> Block:
    """A block whose vectors are in place."""
    used = len(ids)
    block.ids[:used] = ids
    return replace(block, alive=come, used=used, dead=used - int(np.count_nonzero(come)))
