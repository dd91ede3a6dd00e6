"""Motion: how the spectrum moves through attack, body and tail, as the shape of a patch of time and frequency."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from soundkin.analysis.features.timbre import FLOOR_DB, dct

if TYPE_CHECKING:
    from numpy.typing import NDArray

EDGES_S = (0.0, 0.00625, 0.0125, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""Logarithmic time after the onset; the first bin also holds the frame just before it."""
SIZE = (10, 5)


def patch_of(times: NDArray[np.float32], mel_db: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean level in each mel band and time bin, shape (10, bands), dB; bins after the end are at the floor."""
    bounds = np.searchsorted(times, EDGES_S)
    bounds[0] = 0
    patch = np.full((len(EDGES_S) - 1, mel_db.shape[1]), FLOOR_DB, np.float32)
    filled = int((bounds[:-1] < bounds[1:]).sum())
    stop = min(int(bounds[-1]), times.size)
    if filled:
        sums = np.add.reduceat(mel_db[:stop], bounds[:filled], axis=0)
        patch[:filled] = sums / np.diff(np.append(bounds[:filled], stop))[:, None]
    return patch


def motion(patch: NDArray[np.float32]) -> NDArray[np.float32]:
    """Two-dimensional DCT of the patch: 10 coefficients along frequency by 5 along time, without the mean, (49,)."""
    bands, spans = SIZE
    coefficients = dct(patch.shape[1], bands) @ patch.T @ dct(patch.shape[0], spans).T
    return coefficients.ravel()[1:].astype(np.float32, copy=False)
