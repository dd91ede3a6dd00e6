"""Vectors under ids, and how far they are from a point: what index, candidates and ranking share. Pure numpy."""

from __future__ import annotations

from soundkin.vectors.assembly import assembled, joined
from soundkin.vectors.blocks import (
    BLOCK_ROWS,
    Block,
    InMemory,
    Place,
    Room,
    append,
    fill,
    fingerprints,
    in_memory,
    new_block,
    without,
)
from soundkin.vectors.distance import FEW_ROWS, exact_distances, spread
from soundkin.vectors.view import View

__all__ = [
    "BLOCK_ROWS",
    "FEW_ROWS",
    "Block",
    "InMemory",
    "Place",
    "Room",
    "View",
    "append",
    "assembled",
    "exact_distances",
    "fill",
    "fingerprints",
    "in_memory",
    "joined",
    "new_block",
    "spread",
    "without",
]
