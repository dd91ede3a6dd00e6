"""Motion: how the spectrum moves in the first seconds, on a logarithmic time axis that gives the attack its due."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from soundkin.analysis.features.cepstrum import pattern
from soundkin.analysis.features.frames import grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.analysis.features.frames import Frames

EDGES_S = (0.0, 0.00625, 0.0125, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""Bins of time after the onset; the first one also holds the frame just before it."""
FLOOR_DB = -50.0
COEFFICIENTS = (10, 5)
"""Along frequency, along time."""


@lru_cache(maxsize=1)
def _bounds() -> NDArray[np.int64]:
    bounds = np.searchsorted(grid(), EDGES_S)
    bounds[0] = 0
    return bounds


def patch_of(frames: Frames) -> NDArray[np.float32]:
    """Mean level in each time bin and band, (10, N_BANDS) in dB from -50 to 0; after the end it is -50."""
    bounds = _bounds()
    patch = np.full((bounds.size - 1, frames.level_db.shape[1]), FLOOR_DB, np.float32)
    stop = min(int(bounds[-1]), frames.times.size)
    filled = int(np.searchsorted(bounds, stop))
    sums = np.add.reduceat(np.maximum(frames.level_db[:stop], FLOOR_DB), bounds[:filled], axis=0)
    patch[:filled] = sums / np.diff(np.append(bounds[:filled], stop))[:, None]
    return patch


def measure(frames: Frames) -> NDArray[np.float32]:
    """Two-dimensional DCT of the patch without its mean, (49,), dB.

    A modulation spectrum in the manner of Pampalk (2006), on onset-aligned logarithmic time.
    """
    return pattern(patch_of(frames), *COEFFICIENTS)
