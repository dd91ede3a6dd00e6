"""Envelope: how the level rises, holds and falls, and how rough the attack is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from soundkin.analysis.features.shape import mean_squares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.analysis.features.shape import Shape

_AFTER_S = (0.025, 0.05, 0.1, 0.2)
_FINE_S = 0.0015
_ATTACK_S = 0.08
_FEWEST = 6


def loudest_at(energy: NDArray[np.float32]) -> float:
    """Where a series is loudest, in steps: the mean position weighed by the fourth power of energy.

    Two blocks of nearly equal level share the honour, so that the place does not jump when a copy of the sound
    differs by a hair, as the plain maximum does.
    """
    weights = np.square(np.square(energy / (float(energy.max()) + 1e-12)))
    return float(weights @ np.arange(energy.size, dtype=np.float32)) / (float(weights.sum()) + 1e-12)


def contour(shape: Shape) -> NDArray[np.float32]:
    """Shape (7,).

    log10 attack time (s, from onset to the loudest 5 ms), log10 effective duration (s, above 40 % of the peak
    level), log10 temporal centroid (s), and the level 25, 50, 100 and 200 ms after the peak (dB below it,
    cut at -60). Attack, duration and centroid after Peeters (2004), section 3.
    """
    level, step = shape.level, shape.block_s
    top = loudest_at(level)
    peak = float(level.max()) + 1e-12
    amplitude = np.sqrt(level)
    centre = float(amplitude @ np.arange(level.size, dtype=np.float32)) / (float(amplitude.sum()) + 1e-12)
    later = [round(top + after / step) for after in _AFTER_S]
    after = np.array([level[at] if at < level.size else 0.0 for at in later], np.float32) / np.float32(peak)
    effective = np.count_nonzero(level > 0.16 * peak)
    times = np.log10(np.array([top + 1, effective + 1, centre + 1]) * step)
    return np.concatenate([times, 10 * np.log10(np.maximum(after, 1e-6))]).astype(np.float32)


def attack(shape: Shape) -> NDArray[np.float32]:
    """Of the first 80 ms in blocks of 1.5 ms, shape (8,): four numbers of the sound, the same of its difference.

    Log of all re-rises (dB) after the first 3 ms, mean change from block to block (dB), log of the loudest block's
    place, log of the re-rises in blocks of 3 ms. A clap rises four times where a snare rises once; the
    difference signal hears what is above the fundamental.
    """
    size = max(1, int(_FINE_S * shape.sr))
    y = shape.y[shape.onset : min(shape.end, shape.onset + int(_ATTACK_S * shape.sr))]
    count = y.size // size
    if count < _FEWEST:
        return np.zeros(8, np.float32)
    numbers: list[float] = []
    for signal in (y, y[1:] - y[:-1]):
        energy = mean_squares(signal, size, count)
        energy = energy / np.float32(float(energy.max()) + 1e-18)
        level = _decibels(energy)
        change = level[1:] - level[:-1]
        level = _decibels((energy[0 : count - 1 : 2] + energy[1:count:2]) / 2)
        coarse = level[3:] - level[2:-1]
        numbers += [
            math.log1p(float(np.maximum(change[2:], 0).sum())),
            float(np.abs(change).sum()) / change.size,
            math.log1p(loudest_at(energy)),
            math.log1p(float(np.maximum(coarse, 0).sum())),
        ]
    return np.array(numbers, np.float32)


def _decibels(energy: NDArray[np.floating]) -> NDArray[np.floating]:
    return 10 * np.log10(np.maximum(energy, np.float32(1e-4)))


def measure(shape: Shape) -> NDArray[np.float32]:
    """`contour` and `attack`, shape (15,)."""
    return np.concatenate([contour(shape), attack(shape)])
