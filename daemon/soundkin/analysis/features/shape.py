"""What comes before all aspects: the sound without offset and at full scale, its level over time, where it begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK_S = 0.005
ONSET_DB = -20.0
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
    scale: float
    """What `y` was divided by."""
    silent: bool

    @property
    def sounding_s(self) -> float:
        """Seconds from onset to end."""
        return (self.end - self.onset) / self.sr

    def part(self, start_s: float, samples: int) -> NDArray[np.float32]:
        """So many samples from `start_s` after the onset, zeros after the end."""
        first = self.onset + int(start_s * self.sr)
        piece = self.y[first : min(first + samples, self.end)]
        if piece.size == samples:
            return piece
        padded = np.zeros(samples, np.float32)
        padded[: piece.size] = piece
        return padded


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
        onset = int((magnitude >= peak * 10 ** (ONSET_DB / 20)).argmax())
        end = y.size - int((magnitude[::-1] >= peak * 10 ** (END_DB / 20)).argmax())
    size = max(1, round(sr * BLOCK_S))
    count = max(1, (end - onset) // size)
    return Shape(y, sr, onset, end, mean_squares(y[onset:end], size, count), size / sr, peak, silent)


def mean_squares(y: NDArray[np.float32], size: int, count: int) -> NDArray[np.float32]:
    """Mean square of `count` blocks of `size` samples, (count,); zeros are added where `y` is too short."""
    if y.size < count * size:
        y = np.concatenate([y, np.zeros(count * size - y.size, np.float32)])
    blocks = y[: count * size].reshape(count, size)
    return np.einsum("ij,ij->i", blocks, blocks) / np.float32(size)
