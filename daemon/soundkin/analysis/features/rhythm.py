"""Rhythm: how long the sound goes on and how often something begins in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.analysis.features.shape import Shapes

_RISE_DB = 6.0


def onset_counts(shapes: Shapes) -> NDArray[np.int64]:
    """Blocks of 20 ms that are 6 dB above the loudest of the two before, and within 30 dB of the peak; and 1, (n,)."""
    count = shapes.level.shape[1] // 4
    if count < 3:
        return np.ones(len(shapes), np.int64)
    energy = shapes.level[:, : 4 * count].reshape(-1, count, 4).sum(axis=2) * np.float32(0.25)
    energy[np.arange(count) >= shapes.blocks[:, None] // 4] = 0
    level = 10 * np.log10(energy + np.float32(1e-9))
    before, after = np.maximum(level[:, 1:-1], level[:, :-2]), level[:, 2:]
    return 1 + ((after > before + _RISE_DB) & (after > level.max(axis=1, keepdims=True) - 30)).sum(axis=1)


def measure(shapes: Shapes, onsets: NDArray[np.int64]) -> NDArray[np.float32]:
    """Shape (n, 3): log10 sounding time (s), log2 number of onsets, log2 of onsets per second."""
    sounding = np.maximum(shapes.sounding_s, 0.005)
    numbers = np.stack([np.log10(sounding), np.log2(onsets), np.log2(onsets / np.maximum(sounding, 0.5))], axis=1)
    return numbers.astype(np.float32)
