"""Timbre: cepstral coefficients averaged over time, louder frames counting more."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.analysis.features.frames import Frames

N_MFCC = 13
FLOOR_DB = -70.0


@lru_cache(maxsize=4)
def dct(size: int, count: int) -> NDArray[np.float32]:
    """Orthonormal DCT-II, shape (count, size): the one that librosa's MFCC uses."""
    n = np.arange(size)
    rows = np.cos(np.pi * np.arange(count)[:, None] * (n + 0.5) / size) * np.sqrt(2 / size)
    rows[0] /= np.sqrt(2)
    return rows.astype(np.float32)


def decibels(mel: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mel power in dB below the loudest cell, cut at `FLOOR_DB`."""
    return 10 * np.log10(np.maximum(mel, np.float32(10 ** (FLOOR_DB / 10))))


def timbre(frames: Frames, mel_db: NDArray[np.float32]) -> NDArray[np.float32]:
    """MFCC 1 to 12 averaged with the square root of frame energy as weight, shape (12,), in dB.

    Davis & Mermelstein (1980) on Slaney's mel bands; MFCC 0 is level and left out.
    """
    weights = np.sqrt(frames.mel.sum(axis=1)) + 1e-9
    mean = weights @ mel_db / weights.sum()
    return dct(mel_db.shape[1], N_MFCC)[1:] @ mean
