"""Rhythm: how long the sound goes on and how often something begins in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.analysis.features.shape import Shape

_RISE_DB = 6.0


def onset_count(shape: Shape) -> int:
    """Blocks of 20 ms that are 6 dB above the loudest of the two before, and within 30 dB of the peak."""
    count = shape.level.size // 4
    if count < 3:
        return 1
    level = 10 * np.log10(shape.level[: 4 * count].reshape(count, 4) @ np.full(4, 0.25, np.float32) + np.float32(1e-9))
    before = np.maximum(level[1:-1], level[:-2])
    return 1 + int(((level[2:] > before + _RISE_DB) & (level[2:] > level.max() - 30)).sum())


def measure(shape: Shape, count: int) -> NDArray[np.float32]:
    """Shape (3,): log10 sounding time (s), log2 number of onsets, log2 of onsets per second."""
    sounding = max(shape.sounding_s, 0.005)
    return np.array([np.log10(sounding), np.log2(count), np.log2(count / max(sounding, 0.5))], np.float32)
