"""Spectrum: tone or noise in each register, and where the energy lies, from one long frame after the attack."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from soundkin.analysis.features.frames import FMAX_HZ, fast_length, hann, power_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.analysis.features.shape import Shapes

FRAME_S = 0.0929
START_S = 0.03
REGISTERS_HZ = (80.0, 320.0, 1_000.0, 3_000.0, 6_000.0, FMAX_HZ)
SUB_HZ, AIR_HZ = 100.0, 6_000.0
ROLL_OFF = 0.85
_TINY = 1e-9


@lru_cache(maxsize=16)
def _constants(sr: int) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    """Window, frequencies up to `FMAX_HZ` (at any rate), first bin of each register."""
    n_fft = fast_length(FRAME_S * sr)
    freqs = np.arange(int(FMAX_HZ * n_fft / sr) + 1) * (sr / n_fft)
    return hann(n_fft), freqs.astype(np.float32), np.searchsorted(freqs, REGISTERS_HZ[:-1])


def centroid(magnitude: NDArray[np.float32], freqs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Centre of mass of magnitude spectra (..., bins), (...) Hz; 0 for silence (Peeters 2004, section 6.1)."""
    return (magnitude * freqs).sum(axis=-1) / np.maximum(magnitude.sum(axis=-1), 1e-20)


def bandwidth(magnitude: NDArray[np.float32], freqs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Standard deviation of frequency about the centroid of magnitude spectra (..., bins), (...) Hz."""
    away = (freqs - centroid(magnitude, freqs)[..., None]) ** 2
    return np.sqrt((magnitude * away).sum(axis=-1) / np.maximum(magnitude.sum(axis=-1), 1e-20))


def roll_off(magnitude: NDArray[np.float32], freqs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Frequency below which 85 % of magnitude spectra (..., bins) lies, (...) Hz."""
    below = magnitude.cumsum(axis=-1)
    return freqs[(below >= ROLL_OFF * below[..., -1:]).argmax(axis=-1)]


def flatness(power: NDArray[np.float32]) -> NDArray[np.float32]:
    """Geometric over arithmetic mean of power spectra (..., bins), (...) in 0..1 (Johnston 1988)."""
    power = np.maximum(power, 1e-10)
    return np.exp(np.log(power).mean(axis=-1)) / power.mean(axis=-1)


def measure(shapes: Shapes) -> NDArray[np.float32]:
    """Shape (n, 15).

    0-4 log flatness of five registers (0 noise, negative tone), 5-9 their crest (dB of the strongest bin over
    the mean), then log2 of centroid, bandwidth and roll-off (octaves), log10 energy shares below 100 Hz and
    above 6 kHz.
    """
    window, freqs, bounds = _constants(shapes.sr)
    start = (np.minimum(START_S, shapes.sounding_s / 4) * shapes.sr).astype(np.int64)
    spectra = np.fft.rfft(shapes.part(start, window.size) * window, axis=1)[:, : freqs.size]
    power = np.zeros((len(shapes), freqs.size), np.float32)
    power[:, : spectra.shape[1]] = power_of(spectra)
    power *= 1 / (power.sum(axis=1, keepdims=True) + np.float32(1e-20))
    floored = power + np.float32(_TINY)
    counts = np.diff(bounds, append=freqs.size)
    means = np.add.reduceat(floored, bounds, axis=1) / counts
    flat = np.add.reduceat(np.log(floored), bounds, axis=1) / counts - np.log(means)
    crest = 10 * np.log10(np.maximum.reduceat(floored, bounds, axis=1) / means)
    magnitude = np.sqrt(power)
    hertz = np.stack([f(magnitude, freqs) for f in (centroid, bandwidth, roll_off)], axis=1)
    below, above = np.searchsorted(freqs, (SUB_HZ, AIR_HZ))
    shares = np.stack([power[:, :below].sum(axis=1), power[:, above:].sum(axis=1)], axis=1)
    numbers = np.concatenate([flat, crest, np.log2(hertz + 20), np.log10(shares + 1e-4)], axis=1)
    return numbers.astype(np.float32)
