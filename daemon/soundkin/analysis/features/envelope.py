"""Envelope: how the level rises, holds and falls, and how rough the attack is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.analysis.features.shape import Shapes

_AFTER_S = (0.025, 0.05, 0.1, 0.2)
_FINE_S = 0.0015
_ATTACK_S = 0.08
_FEWEST = 6


def loudest_at(energy: NDArray[np.float32]) -> NDArray[np.float32]:
    """Where each series (n, blocks) is loudest, in blocks: the mean place weighed by the fourth power of energy.

    Two blocks of nearly equal level share the honour, so that the place does not jump when a copy of the sound
    differs by a hair, as the plain maximum does.
    """
    weights = np.square(np.square(energy / (energy.max(axis=1, keepdims=True) + np.float32(1e-12))))
    return _centre(weights)


def _centre(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    # in double precision, so that the zeros behind a sound, which come of longer ones beside it, change no bit
    places = np.arange(weights.shape[1], dtype=np.float32)
    return (weights * places).sum(axis=1, dtype=np.float64) / (weights.sum(axis=1, dtype=np.float64) + 1e-12)


def contour(shapes: Shapes) -> NDArray[np.float32]:
    """Shape (n, 7).

    log10 attack time (s, from onset to the loudest 5 ms), log10 effective duration (s, above 40 % of the peak
    level), log10 temporal centroid (s), and the level 25, 50, 100 and 200 ms after the peak (dB below it,
    cut at -60). Attack, duration and centroid after Peeters (2004), section 3.
    """
    level, step = shapes.level, shapes.block_s
    top = loudest_at(level)
    peak = level.max(axis=1, keepdims=True) + np.float32(1e-12)
    effective = np.count_nonzero(level > 0.16 * peak, axis=1)
    times = np.log10((np.stack([top, effective, _centre(np.sqrt(level))], axis=1) + 1) * step)
    later = np.rint(top[:, None] + np.array(_AFTER_S) / step).astype(np.int64)
    after = np.take_along_axis(level, np.minimum(later, level.shape[1] - 1), axis=1)
    after[later >= level.shape[1]] = 0
    return np.concatenate([times, 10 * np.log10(np.maximum(after / peak, np.float32(1e-6)))], axis=1)


def attack(shapes: Shapes) -> NDArray[np.float32]:
    """Of the first 80 ms in blocks of 1.5 ms, shape (n, 8): four numbers of the sound, the same of its difference.

    Log of all re-rises (dB) after the first 3 ms, mean change from block to block (dB), log of the loudest block's
    place, log of the re-rises in blocks of 3 ms. A clap rises four times where a snare rises once; the
    difference signal hears what is above the fundamental.
    """
    size, span = max(1, int(_FINE_S * shapes.sr)), int(_ATTACK_S * shapes.sr)
    left = np.minimum(span, shapes.end - shapes.onset)
    y = shapes.part(np.zeros(len(shapes), np.int64), span)
    difference = np.diff(y, append=np.float32(0))
    difference[np.arange(span) >= left[:, None] - 1] = 0
    count = left // size
    numbers = np.concatenate([_roughness(signal, size, count) for signal in (y, difference)], axis=1)
    numbers[count < _FEWEST] = 0
    return numbers


def _roughness(signal: NDArray[np.float32], size: int, count: NDArray[np.int64]) -> NDArray[np.float32]:
    """The four numbers of each row, of which `count` (n,) blocks of `size` samples are the sound's, (n, 4)."""
    most = signal.shape[1] // size
    blocks = signal[:, : most * size].reshape(-1, most, size)
    energy = np.einsum("nij,nij->ni", blocks, blocks)
    energy[np.arange(most) >= count[:, None]] = 0
    energy /= energy.max(axis=1, keepdims=True) + np.float32(1e-18)
    fine = _rises(energy, count)
    coarse = _rises((energy[:, 0 : most - 1 : 2] + energy[:, 1:most:2]) / 2, count // 2)
    climbs = [np.log1p(np.maximum(rises[:, 2:], 0).sum(axis=1)) for rises in (fine, coarse)]
    change = np.abs(fine).sum(axis=1) / np.maximum(count - 1, 1)
    return np.stack([climbs[0], change, np.log1p(loudest_at(energy)), climbs[1]], axis=1)


def _rises(energy: NDArray[np.float32], count: NDArray[np.int64]) -> NDArray[np.float32]:
    """Change of level from block to block, dB, zero behind the last of `count` blocks."""
    level = 10 * np.log10(np.maximum(energy, np.float32(1e-4)))
    rises = level[:, 1:] - level[:, :-1]
    rises[np.arange(rises.shape[1]) >= count[:, None] - 1] = 0
    return rises


def measure(shapes: Shapes) -> NDArray[np.float32]:
    """`contour` and `attack`, shape (n, 15)."""
    return np.concatenate([contour(shapes), attack(shapes)], axis=1).astype(np.float32)
