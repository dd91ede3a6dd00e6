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


def patches_of(frames: Frames) -> NDArray[np.float32]:
    """Mean level in each time bin and band, (n, 10, N_BANDS) in dB from -50 to 0; after the end it is -50."""
    bounds = _bounds()
    filled = np.clip(frames.count[:, None], bounds[:-1], bounds[1:]) - bounds[:-1]
    used = int(np.searchsorted(bounds[:-1], frames.level_db.shape[1]))
    above = np.maximum(frames.level_db[:, : bounds[-1]] - np.float32(FLOOR_DB), 0)
    patches = np.full((len(filled), bounds.size - 1, above.shape[2]), FLOOR_DB, np.float32)
    patches[:, :used] += np.add.reduceat(above, bounds[:used], axis=1) / np.maximum(filled[:, :used, None], 1)
    return patches


def measure(frames: Frames) -> NDArray[np.float32]:
    """Two-dimensional DCT of the patches without their mean, (n, 49), dB.

    A modulation spectrum in the manner of Pampalk (2006), on onset-aligned logarithmic time.
    """
    return pattern(patches_of(frames), *COEFFICIENTS)
