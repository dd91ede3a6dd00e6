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


def pattern(patch: NDArray[np.floating], bands: int, spans: int) -> NDArray[np.float32]:
    """Two-dimensional DCT of a patch (time, band): `bands` x `spans` coefficients but for the mean, flat."""
    coefficients = dct(patch.shape[1], bands) @ patch.T @ dct(patch.shape[0], spans).T
    return coefficients.ravel()[1:].astype(np.float32, copy=False)
