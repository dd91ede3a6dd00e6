"""What the decoder hears, and how like it is to what was written."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from soundkin.analysis.decode import Sound, decode

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

MOST_LAG = 3000
"""Frames that an encoder may put before the sound."""


def hear(path: str | Path, start_s: float | None = None, end_s: float | None = None) -> Sound:
    """Decode a file."""
    fd = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        return decode(fd, str(path), start_s, end_s)
    finally:
        os.close(fd)


def likeness(heard: NDArray[np.floating], wanted: NDArray[np.floating], most_lag: int = MOST_LAG) -> float:
    """Correlation of two sounds at the lag where it is largest; what one has more of counts against it."""
    a, b = np.asarray(heard, np.float64), np.asarray(wanted, np.float64)
    size = 1 << (a.size + b.size).bit_length()
    products = np.fft.irfft(np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size)), size)
    return float(max(products[:most_lag].max(), products[-most_lag:].max()) / np.sqrt((a @ a) * (b @ b) + 1e-30))


def mono(y: NDArray[np.floating]) -> NDArray[np.floating]:
    """The mean of the channels."""
    return y if y.ndim == 1 else y.mean(axis=1)
