"""Cosine transforms of level patterns: what timbre and motion share."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@lru_cache(maxsize=8)
def dct(size: int, count: int) -> NDArray[np.float32]:
    """First `count` rows of the orthonormal DCT-II of `size` numbers, (count, size), as in librosa's MFCC."""
    n = np.arange(size)
    rows = np.cos(np.pi * np.arange(count)[:, None] * (n + 0.5) / size) * np.sqrt(2 / size)
    rows[0] /= np.sqrt(2)
    return rows.astype(np.float32)


def pattern(patches: NDArray[np.float32], bands: int, spans: int) -> NDArray[np.float32]:
    """Two-dimensional DCT of patches (n, time, band): `bands` x `spans` coefficients but for the mean, (n, flat)."""
    _, times, width = patches.shape
    coefficients = dct(width, bands) @ patches.transpose(0, 2, 1) @ dct(times, spans).T
    return coefficients.reshape(-1, bands * spans)[:, 1:].astype(np.float32, copy=False)
