"""Spectrum: where the energy lies, how widely it spreads and how noisy it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.analysis.features.frames import Frames

ROLL_OFF = 0.85
SUB_HZ, AIR_HZ = 100.0, 6_000.0
_TINY = 1e-12


def centroid(power: NDArray[np.float32], freqs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Centre of mass of each magnitude spectrum, (n,) Hz; 0 for silence (Peeters 2004, section 6)."""
    magnitude = np.sqrt(power)
    return magnitude @ freqs / (magnitude.sum(axis=1) + _TINY)


def flatness(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """Geometric over arithmetic mean of each power spectrum, (n,) in 0..1 (Johnston 1988)."""
    floored = np.maximum(power, 1e-10)
    return np.exp(np.log(floored).mean(axis=1)) / floored.mean(axis=1)


def roll_off(power: NDArray[np.float32], freqs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Frequency below which 85 % of each magnitude spectrum lies, (n,) Hz."""
    total = np.sqrt(power).cumsum(axis=1)
    return freqs[(total >= ROLL_OFF * total[:, -1:]).argmax(axis=1)]


def spectrum(frames: Frames) -> NDArray[np.float32]:
    """Of the frames' mean spectrum and its course, shape (7,).

    log2 centroid (octaves), its change from the first 50 ms to the rest, log2 bandwidth, log2 roll-off,
    log10 flatness, and the shares of energy below 100 Hz and above 6 kHz in log10.
    """
    freqs = frames.bank.freqs
    rows = [
        frames.power.mean(axis=0),
        frames.power[:10].mean(axis=0),
        frames.power[-max(1, len(frames.power) - 10) :].mean(axis=0),
    ]
    power = np.stack(rows)
    power /= power[0].sum() + _TINY
    centroids = np.log2(centroid(power, freqs) + 20)
    mean = power[0]
    middle = float(mean @ freqs)
    width = np.sqrt(float(mean @ (freqs - middle) ** 2))
    return np.array(
        [
            centroids[0],
            centroids[2] - centroids[1],
            np.log2(width + 20),
            np.log2(float(roll_off(power[:1], freqs)[0]) + 20),
            np.log10(float(flatness(power[:1])[0]) + 1e-6),
            np.log10(float(mean[freqs < SUB_HZ].sum()) + 1e-4),
            np.log10(float(mean[freqs > AIR_HZ].sum()) + 1e-4),
        ],
        np.float32,
    )
