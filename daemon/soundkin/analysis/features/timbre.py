"""Timbre: cepstral coefficients through the life of the sound, on a time axis relative to its length."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from soundkin.analysis.features.cepstrum import pattern

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.analysis.features.frames import Frames

FLOOR_DB = -55.0
ENERGY = 0.9999
"""The life of a sound ends when it has given off this share of its energy."""
POINTS = 16
COEFFICIENTS = (10, 4)
"""Along frequency, along time. Those of the first time column are the MFCCs of the whole."""


def life_s(frames: Frames) -> float:
    """Seconds from the onset until `ENERGY` of the energy has passed."""
    times = frames.times
    if times.size < 2:
        return 0.0
    spans = np.empty_like(times)
    spans[:-1] = times[1:] - times[:-1]
    spans[-1] = spans[-2]
    passed = np.cumsum(frames.energy * spans)
    return float(times[min(times.size - 1, int(np.searchsorted(passed, ENERGY * passed[-1])))])


def patch_of(frames: Frames) -> NDArray[np.floating]:
    """Levels at 16 instants, spaced quadratically over the life of the sound and averaged by twos, (8, N_BANDS), dB.

    Quadratic spacing lets the louder beginning count more than the tail.
    """
    instants = ((np.arange(POINTS) + 0.5) / POINTS) ** 2 * life_s(frames)
    times, level = frames.times, np.maximum(frames.level_db, FLOOR_DB)
    places = np.interp(instants, times, np.arange(times.size))
    before = places.astype(np.int64)
    after = np.minimum(before + 1, times.size - 1)
    share = (places - before).astype(np.float32)[:, None]
    levels = level[before]
    levels += share * (level[after] - levels)
    return (levels[::2] + levels[1::2]) * np.float32(0.5)


def measure(frames: Frames) -> NDArray[np.float32]:
    """Two-dimensional DCT of the patch without its mean, (39,), dB: MFCCs (Davis & Mermelstein 1980) in motion."""
    return pattern(patch_of(frames), *COEFFICIENTS)
