"""From raw measurements to the vector: standardised, clipped, turned and weighed by constants that ship with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from soundkin.analysis.params import PARAMS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.analysis.features import Descriptions

CONSTANTS = Path(__file__).with_name("constants.npz")
CLIP = 3.0
"""Standard scores are cut here: one odd number must not decide."""


@dataclass(frozen=True, slots=True, eq=False)
class Constants:
    """The shipped table for all raw numbers r of all aspects, one after the other."""

    mean: NDArray[np.float32]
    """(r,)"""
    scale: NDArray[np.float32]
    """(r,) one over the standard deviation."""
    turn: NDArray[np.float32]
    """(r, d): for each aspect its principal axes, weighed; zero between aspects."""


@lru_cache(maxsize=1)
def constants() -> Constants:
    """Read `NAME.mean`, `NAME.scale` (raw,) and `NAME.turn` (raw, size) of each aspect."""
    with np.load(CONSTANTS) as file:
        table = {name: file[name] for name in file.files}
    names = [aspect.name for aspect in PARAMS.aspects]
    mean = np.concatenate([table[f"{name}.mean"] for name in names])
    turn = np.zeros((mean.size, PARAMS.num_dimensions), np.float32)
    at = 0
    for aspect in PARAMS.aspects:
        rows = table[f"{aspect.name}.turn"]
        turn[at : at + rows.shape[0], aspect.start : aspect.stop] = rows
        at += rows.shape[0]
    return Constants(mean, np.concatenate([table[f"{name}.scale"] for name in names]), turn)


def vectors_of(described: Descriptions) -> NDArray[np.float32]:
    """Shape (n, PARAMS.num_dimensions), float32, finite; Euclidean distance is the default distance."""
    table = constants()
    raw = np.concatenate([described.raw[aspect.name] for aspect in PARAMS.aspects], axis=1)
    scores = (raw - table.mean) * table.scale
    # sound by sound: a product's last bits depend on how many rows it has, and copies must have one vector
    vectors = np.clip(scores, -CLIP, CLIP)[:, None, :] @ table.turn
    return vectors[:, 0, :].astype(np.float32, copy=False)
