"""Pitch: the fundamental and how periodic the sound is, by YIN (de Cheveigne & Kawahara 2002)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.analysis.features.shape import Shape

RATE_HZ = 11_025.0
"""The sound is brought near this rate first: enough for fundamentals up to 2 kHz."""
FRAME = 1024
LOW_HZ, HIGH_HZ = 40.0, 2_000.0
THRESHOLD = 0.15
_FRAMES = 4
_SKIP_S = 0.03


@dataclass(frozen=True, slots=True)
class Pitch:
    """What is known of the fundamental."""

    hz: float
    confidence: float
    """0..1: one minus the depth of YIN's dip."""


def yin_difference(x: NDArray[np.float32], longest: int) -> NDArray[np.float64]:
    """Cumulative-mean-normalised difference function of each row.

    Parameters
    ----------
    x : (n, 2 * w) frames
    longest : lags 0 to `longest` are returned, at most w.

    Returns
    -------
    (n, longest + 1), 1 at lag 0.
    """
    n, size = x.shape
    half = size // 2
    head = np.zeros_like(x)
    head[:, :half] = x[:, :half]
    n_fft = 2 * size
    cross = np.fft.irfft(np.fft.rfft(x, n_fft, axis=1) * np.fft.rfft(head, n_fft, axis=1).conj(), axis=1)
    squares = np.concatenate([np.zeros((n, 1)), np.cumsum(x.astype(np.float64) ** 2, axis=1)], axis=1)
    lags = np.arange(longest + 1)
    energy = squares[:, lags + half] - squares[:, lags]
    difference = np.maximum(0.0, energy[:, :1] + energy - 2 * cross[:, : longest + 1])
    mean = np.cumsum(difference[:, 1:], axis=1) / lags[1:]
    normalised = np.ones_like(difference)
    normalised[:, 1:] = difference[:, 1:] / np.maximum(mean, 1e-12)
    return normalised


def pitch_of(shape: Shape) -> Pitch:
    """The fundamental of the part after the attack; confidence 0 where there is none."""
    factor = max(1, int(shape.sr / RATE_HZ))
    rate = shape.sr / factor
    start = shape.onset + int(_SKIP_S * shape.sr)
    part = shape.y[start : min(shape.end, start + factor * FRAME * 4)]
    count = part.size // factor
    if shape.silent or count < FRAME // 2:
        return Pitch(0.0, 0.0)
    x = part[: count * factor].reshape(count, factor).mean(axis=1)
    if count < FRAME:
        x = np.concatenate([x, np.zeros(FRAME - count, np.float32)])
    starts = np.linspace(0, max(0, x.size - FRAME), _FRAMES if x.size > FRAME else 1).astype(int)
    rows = np.stack([x[s : s + FRAME] for s in starts])
    longest = min(FRAME // 2, int(rate / LOW_HZ))
    shortest = max(2, int(rate / HIGH_HZ))
    curves = yin_difference(rows, longest)
    found = [_dip(curve, shortest) for curve in curves]
    weights = np.sqrt((rows**2).sum(axis=1))
    best = int(np.argmax([weight * (1 - depth) for weight, (_, depth) in zip(weights, found, strict=True)]))
    lag, depth = found[best]
    return Pitch(rate / lag, float(np.clip(1 - depth, 0, 1)))


def _dip(curve: NDArray[np.float64], shortest: int) -> tuple[float, float]:
    """Lag (interpolated) and depth of the first dip under the threshold, else of the deepest."""
    below = np.flatnonzero(curve[shortest:] < THRESHOLD)
    lag = shortest + (int(below[0]) if below.size else int(curve[shortest:].argmin()))
    while lag + 1 < curve.size and curve[lag + 1] < curve[lag]:
        lag += 1
    if not 0 < lag < curve.size - 1:
        return float(lag), 1.0
    a, b, c = curve[lag - 1 : lag + 2]
    bend = a - 2 * b + c
    shift = 0.5 * (a - c) / bend if bend > 0 else 0.0
    return lag + float(shift), float(b)


def measure(found: Pitch) -> NDArray[np.float32]:
    """Shape (3,): confidence 0..1, octaves above 200 Hz weighed by it, and its square."""
    octaves = np.log2(max(found.hz, 20.0) / 200) if found.hz else 0.0
    return np.array([found.confidence, found.confidence * octaves, found.confidence**2], np.float32)
