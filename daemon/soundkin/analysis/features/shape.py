"""What comes before all aspects: sounds without offset and at full scale, their level over time, where they begin.

Everything is measured of many sounds of one sample rate at once: a row each, zeros where a sound has ended. A call of
numpy costs as much as the arithmetic of a short sound, so one sound at a time would take three times as long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

BLOCK_S = 0.005
ONSET_DB = -20.0
"""A sound begins where a sample first comes so close to the peak."""
END_DB = -60.0
"""It ends with the last sample that comes so close."""
SILENT = 1e-6
_NEAR, _FAR = np.float32(10 ** (ONSET_DB / 20)), np.float32(10 ** (END_DB / 20))
MARGIN_S, MARGIN = 0.2, 1024
"""Zeros between sounds and behind the last, seconds and samples: no frame reaches farther."""


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """One sound made ready, for what is measured of few sounds only."""

    y: NDArray[np.float32]
    """(n,) without its mean, peak at 1 (or all zero)."""
    sr: int
    onset: int
    end: int
    """Sample positions between which it sounds."""
    level: NDArray[np.float32]
    """(m,) mean square of blocks of `BLOCK_S` from the onset to the end."""
    scale: float
    """What `y` was divided by."""
    silent: bool

    @property
    def sounding_s(self) -> float:
        """Seconds from onset to end."""
        return (self.end - self.onset) / self.sr


def shape_of(y: NDArray[np.float32], sr: int) -> Shape:
    """Normalise one sound, which has just been read and is still in the cache, and find onset, end and level."""
    y = y - np.add.reduce(y) / np.float32(y.size)
    magnitude = np.abs(y)
    peak = np.maximum.reduce(magnitude)
    silent = bool(peak < SILENT)
    if silent:
        y[:] = 0
        onset, end = 0, y.size
    else:
        y *= np.float32(1 / float(peak))
        onset = int((magnitude >= peak * _NEAR).argmax())
        end = (magnitude >= peak * _FAR).tobytes().rfind(1) + 1
    size = max(1, round(sr * BLOCK_S))
    count = max(1, (end - onset) // size)
    return Shape(y, sr, onset, end, mean_squares(y[onset:end], size, count), float(peak), silent)


def mean_squares(y: NDArray[np.float32], size: int, count: int) -> NDArray[np.float32]:
    """Mean square of `count` blocks of `size` samples, (count,); zeros are added where `y` is too short."""
    if y.size < count * size:
        y = np.concatenate([y, np.zeros(count * size - y.size, np.float32)])
    blocks = y[: count * size].reshape(count, size)
    return np.einsum("ij,ij->i", blocks, blocks) / np.float32(size)


def cut(y: NDArray[np.float32], starts: NDArray[np.int64], size: int) -> NDArray[np.float32]:
    """`size` samples of `y` from each place on, (len(starts), size), a copy."""
    every = (y.size - size + 1, size)
    rows: NDArray[np.float32] = np.lib.stride_tricks.as_strided(y, every, y.strides * 2)[starts]
    return rows


class Shapes:
    """Sounds of one sample rate side by side, for what is measured of all of them at once.

    sr : int
    onset, end : (n,) places in `y` between which each sounds
    blocks : (n,) how many blocks of the row of `level` are its own
    level : (n, m) as of each `Shape`, then zeros
    silent : (n,)
    """

    def __init__(self, shapes: Sequence[Shape]) -> None:
        self.sr = shapes[0].sr
        self.block_s = max(1, round(self.sr * BLOCK_S)) / self.sr
        margin = np.zeros(max(int(MARGIN_S * self.sr), MARGIN) + 1, np.float32)
        self.y = np.concatenate([part for shape in shapes for part in (margin, shape.y)] + [margin])
        sizes = np.array([shape.y.size + margin.size for shape in shapes], np.int64)
        begins = np.cumsum(sizes) - sizes + margin.size
        self.onset = begins + np.array([shape.onset for shape in shapes], np.int64)
        self.end = begins + np.array([shape.end for shape in shapes], np.int64)
        self.silent = np.array([shape.silent for shape in shapes])
        self.blocks = np.array([shape.level.size for shape in shapes])
        self.level = np.zeros((len(shapes), int(self.blocks.max())), np.float32)
        for row, shape in zip(self.level, shapes, strict=True):
            row[: shape.level.size] = shape.level

    def __len__(self) -> int:
        return self.onset.size

    @property
    def sounding_s(self) -> NDArray[np.float64]:
        """(n,) seconds from onset to end."""
        return (self.end - self.onset) / self.sr

    def cut(self, starts: NDArray[np.int64], size: int) -> NDArray[np.float32]:
        """`size` samples from each place on, (len(starts), size), a copy."""
        return cut(self.y, starts, size)

    def part(self, start: NDArray[np.int64], size: int, until: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        """`size` samples from `start` (n,) after each onset, (n, size), zeros from `until` (n,) or the end on."""
        first = np.minimum(self.onset + start, self.end)
        rows = self.cut(first, size)
        left = (self.end if until is None else np.minimum(until, self.end)) - first
        for at in np.flatnonzero(left < size):
            rows[at, max(0, left[at]) :] = 0
        return rows
