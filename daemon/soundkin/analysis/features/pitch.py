"""Pitch: the fundamental and how periodic the sound is, by YIN (de Cheveigne & Kawahara 2002)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.analysis.features.shape import Shape

RATE_HZ = 11_025.0
"""The sound is brought near this rate first: enough for fundamentals up to 2 kHz."""
FRAME = 1024
LOW_HZ, HIGH_HZ = 30.0, 2_000.0
THRESHOLD = 0.12
_FRAMES = 2
_SKIP_S = 0.03
_SPAN = 4 * FRAME
_FEW = 60
_FRACTION_DEPTH = 0.3
_MULTIPLES = 12
_AGREE = 0.03
"""Frames agree where their fundamentals are within half a semitone."""


@dataclass(frozen=True, slots=True)
class Pitch:
    """What is known of the fundamental."""

    hz: float
    confidence: float
    """0..1: one minus the depth of YIN's dip, less where the frames disagree."""


def yin_difference(x: NDArray[np.float32], longest: int) -> NDArray[np.float32]:
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
    # the head never reaches past the end of the frame at these lags, so a circular correlation is exact
    spectra = np.fft.rfft(x, axis=1)
    heads = np.fft.rfft(x[:, :half], size, axis=1)
    cross = np.fft.irfft(spectra * heads.conj(), axis=1)[:, : longest + 1]
    squares = np.zeros((n, size + 1))
    np.cumsum(np.square(x), axis=1, out=squares[:, 1:], dtype=np.float64)
    energy = squares[:, half : half + longest + 1] - squares[:, : longest + 1]
    difference = np.maximum(0.0, energy[:, :1] + energy - 2 * cross)
    normalised = np.ones((n, longest + 1), np.float32)
    sums = np.maximum(np.cumsum(difference[:, 1:], axis=1), 1e-12)
    normalised[:, 1:] = difference[:, 1:] * np.arange(1, longest + 1) / sums
    return normalised


def pitch_of(shape: Shape) -> Pitch:
    """The fundamental of the part after the attack; confidence 0 where there is none."""
    factor = max(1, int(shape.sr / RATE_HZ))
    rate = shape.sr / factor
    start = shape.onset + int(_SKIP_S * shape.sr)
    part = shape.y[start : min(shape.end, start + factor * _SPAN)]
    count = part.size // factor
    if shape.silent or count < FRAME // 2:
        return Pitch(0.0, 0.0)
    x = part[: count * factor].reshape(count, factor) @ np.full(factor, 1 / factor, np.float32)
    if count < FRAME:
        x = np.concatenate([x, np.zeros(FRAME - count, np.float32)])
    starts = [round(at * (x.size - FRAME) / max(1, _FRAMES - 1)) for at in range(_FRAMES if x.size > FRAME else 1)]
    rows = np.stack([x[s : s + FRAME] for s in starts])
    curves = yin_difference(rows, min(FRAME // 2, int(rate / LOW_HZ)))
    found = [_dip(curve, max(2, int(rate / HIGH_HZ))) for curve in curves]
    weights = np.sqrt(np.einsum("ij,ij->i", rows, rows))
    return _agreed(rate, found, weights.tolist())


def _agreed(rate: float, found: list[tuple[float, float]], weights: list[float]) -> Pitch:
    """The fundamental of the best frame, trusted by the share of energy in frames that agree with it."""
    best = max(range(len(found)), key=lambda at: weights[at] * (1 - found[at][1]))
    lag, depth = found[best]
    agreeing = sum(w for w, (other, _) in zip(weights, found, strict=True) if abs(other / lag - 1) < _AGREE)
    total = sum(weights)
    confidence = (1 - depth) * (0.5 + 0.5 * agreeing / total) if total > 0 else 0.0
    return Pitch(rate / lag, min(1.0, max(0.0, confidence)))


def _dip(curve: NDArray[np.float32], shortest: int) -> tuple[float, float]:
    """Lag (interpolated) and depth of the first dip under the threshold, else of the deepest."""
    below = curve[shortest:] < THRESHOLD
    first = int(below.argmax())
    lag = shortest + (first if below[first] else int(curve[shortest:].argmin()))
    while lag + 1 < curve.size and curve[lag + 1] < curve[lag]:
        lag += 1
    if not 0 < lag < curve.size - 1:
        return float(lag), 1.0
    place, depth = _bottom(curve, lag)
    return _sharpened(curve, place) if place < _FEW else place, depth


def _bottom(curve: NDArray[np.float32], lag: int) -> tuple[float, float]:
    """Place and depth of the parabola through three points."""
    a, b, c = curve[lag - 1 : lag + 2].tolist()
    bend = a - 2 * b + c
    shift = min(0.5, max(-0.5, 0.5 * (a - c) / bend)) if bend > 0 else 0.0
    return lag + shift, b - 0.25 * (a - c) * shift


def _sharpened(curve: NDArray[np.float32], place: float) -> float:
    """A lag of few samples, made exact.

    The dip of a very short period may fall between samples, so that twice or thrice the period is found: look at the
    fractions. Then follow the dips at growing multiples, each of which tells the period more finely.
    """
    for divisor in (3, 2):
        near = round(place / divisor)
        if (
            near >= 3
            and _bottom(curve, near)[1] < _FRACTION_DEPTH
            and curve[near] <= min(curve[near - 1], curve[near + 1])
        ):
            place = _bottom(curve, near)[0]
            break
    for times in range(2, _MULTIPLES):
        near = round(times * place)
        if near + 2 >= curve.size or near < 2:
            break
        dip = near - 1 + int(curve[near - 1 : near + 2].argmin())
        place = _bottom(curve, dip)[0] / times
    return place


def measure(found: Pitch) -> NDArray[np.float32]:
    """Shape (3,): confidence 0..1, octaves above 200 Hz weighed by its square, and its square."""
    octaves = math.log2(max(found.hz, 20.0) / 200) if found.hz else 0.0
    sure = found.confidence**2
    return np.array([found.confidence, sure * octaves, sure], np.float32)
