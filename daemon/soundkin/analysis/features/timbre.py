"""Timbre: cepstral coefficients through the life of the sound, on a time axis relative to its length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from soundkin.analysis.features.cepstrum import pattern
from soundkin.analysis.features.frames import grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.analysis.features.frames import Frames

FLOOR_DB = -55.0
ENERGY = 0.9999
"""The life of a sound ends when it has given off this share of its energy."""
POINTS = 16
COEFFICIENTS = (10, 4)
"""Along frequency, along time. Those of the first time column are the MFCCs of the whole."""


def life_s(frames: Frames) -> NDArray[np.float64]:
    """Seconds from the onset until `ENERGY` of the energy has passed, (n,)."""
    last = frames.count - 1
    times = grid()[: frames.energy.shape[1]].astype(np.float32)
    rows = np.arange(last.size)
    spans = np.repeat(np.diff(times, append=times[-1:])[None], rows.size, axis=0)
    spans[rows, last] = spans[rows, last - 1]
    passed = np.cumsum(frames.energy * spans, axis=1)
    reached = (passed < ENERGY * passed[:, -1:]).sum(axis=1)
    return np.where(last > 0, times[np.minimum(last, reached)], 0.0)


def patches_of(frames: Frames) -> NDArray[np.float32]:
    """Levels at 16 instants, spaced quadratically over each life and averaged by twos, (n, 8, N_BANDS), dB.

    Quadratic spacing lets the louder beginning count more than the tail.
    """
    times, last = grid()[: frames.energy.shape[1]], frames.count[:, None] - 1
    instants = life_s(frames)[:, None] * ((np.arange(POINTS) + 0.5) / POINTS) ** 2
    places = np.minimum(np.interp(instants, times, np.arange(times.size)), last)
    before = places.astype(np.int64)
    share = (places - before).astype(np.float32)[:, :, None]
    rows = np.arange(last.size)[:, None]
    floored = np.maximum(frames.level_db, np.float32(FLOOR_DB))
    levels = floored[rows, before]
    levels += share * (floored[rows, np.minimum(before + 1, last)] - levels)
    return (levels[:, ::2] + levels[:, 1::2]) * np.float32(0.5)


def measure(frames: Frames) -> NDArray[np.float32]:
    """Two-dimensional DCT of the patches without their mean, (n, 39), dB: MFCCs (Davis & Mermelstein 1980) moving."""
    return pattern(patches_of(frames), *COEFFICIENTS)
