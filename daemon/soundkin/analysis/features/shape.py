"""What comes before all aspects: the sound without offset and at full scale, its level over time, where it begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK_S = 0.005
ONSET_DB = -30.0
"""The sound begins where a sample first comes so close to the peak."""
END_DB = -60.0
"""It ends with the last sample that comes so close."""
SILENT = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A sound made ready for the aspects."""

    y: NDArray[np.float32]
    """(n,) without its mean, peak at 1 (or all zero)."""
    sr: int
    onset: int
    end: int
    """Sample positions between which it sounds."""
    level: NDArray[np.float32]
    """(m,) mean square of blocks of `BLOCK_S` from the onset to the end."""
    block_s: float
    silent: bool

    @property
    def sounding_s(self) -> float:
        """Seconds from onset to end."""
        return (self.end - self.onset) / self.sr


def shape_of(y: NDArray[np.float32], sr: int) -> Shape:
    """Normalise and find onset, end and level."""
    y = y - y.mean()
    magnitude = np.abs(y)
    peak = float(magnitude.max())
    silent = peak < SILENT
    if silent:
        y, onset, end = np.zeros_like(y), 0, y.size
    else:
        y *= 1 / peak
        onset = int((magnitude > peak * 10 ** (ONSET_DB / 20)).argmax())
        end = y.size - int((magnitude[::-1] > peak * 10 ** (END_DB / 20)).argmax())
    size = max(1, round(sr * BLOCK_S))
    count = max(1, (end - onset) // size)
    body = y[onset : onset + count * size]
    if body.size < count * size:
        body = np.concatenate([body, np.zeros(count * size - body.size, np.float32)])
    blocks = body.reshape(count, size)
    return Shape(y, sr, onset, end, np.einsum("ij,ij->i", blocks, blocks) / size, size / sr, silent)
