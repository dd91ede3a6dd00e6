"""Views put together from vectors of any origin: rows of a library, answers of a server, other views. Pure numpy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from soundkin.vectors.blocks import BLOCK_ROWS, Block, append, without
from soundkin.vectors.view import View

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from soundkin.model import FeatureParams

    Part = tuple[NDArray[Any], NDArray[np.float32]]

_NO_ERA = -1


def joined(views: Sequence[View]) -> View:
    """One view of all; an id that is live in several counts once. Full blocks are shared, the others copied."""
    first = views[0]
    if len(views) == 1:
        return first
    blocks = [block for view in views for block in view.blocks]
    parts = [
        (block.ids[: block.used][block.alive], block.vectors[: block.used][block.alive])
        for block in blocks
        if block.used < BLOCK_ROWS
    ]
    full = [block for block in blocks if block.used == BLOCK_ROWS]
    return replace(assembled(first.params, parts, full), generation=first.generation)


def assembled(params: FeatureParams, parts: Iterable[Part], full: Sequence[Block] = ()) -> View:
    """A view of ids (n,) and vectors (n, d), behind blocks that are full.

    Its rows have numbers of their own, and no fingerprints: no graph is asked about them.
    """
    blocks = list(full)
    for ids, vectors in parts:
        append(blocks, params, ids, vectors)
    view = View(params, tuple(blocks), 0, 0, _NO_ERA, np.zeros(0, np.int32), 0, np.zeros(1, np.int64))
    rows = np.flatnonzero(view.alive())
    live = view.ids()[rows]
    row_of = np.full(int(live.max(initial=0)) + 1, -1, np.int32)
    row_of[live] = rows
    doubles = rows[row_of[live] != rows]
    for number in np.unique(doubles // BLOCK_ROWS).tolist():
        blocks[number] = without(blocks[number], doubles[doubles // BLOCK_ROWS == number] % BLOCK_ROWS)
    return replace(view, blocks=tuple(blocks), count=len(rows) - len(doubles), row_of=row_of)
