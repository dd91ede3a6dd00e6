"""From raw measurements to the vector: standardised, clipped, turned and weighed by constants that ship with it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from soundkin.analysis.params import PARAMS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.analysis.features import Description

CONSTANTS = Path(__file__).with_name("constants.npz")
CLIP = 3.0
"""Standard scores are cut here: one odd number must not decide."""


@lru_cache(maxsize=1)
def constants() -> dict[str, NDArray[np.float32]]:
    """`NAME.mean` and `NAME.scale` (raw,), `NAME.turn` (raw, size) of each aspect, from benchmarks/fit_constants.py."""
    with np.load(CONSTANTS) as table:
        return {name: table[name] for name in table.files}


def vector_of(description: Description) -> NDArray[np.float32]:
    """Shape (PARAMS.num_dimensions,), float32, finite; Euclidean distance is the default distance."""
    table = constants()
    vector = np.empty(PARAMS.num_dimensions, np.float32)
    for aspect in PARAMS.aspects:
        scores = (description.raw[aspect.name] - table[f"{aspect.name}.mean"]) * table[f"{aspect.name}.scale"]
        vector[aspect.start : aspect.stop] = np.clip(scores, -CLIP, CLIP) @ table[f"{aspect.name}.turn"]
    return vector
