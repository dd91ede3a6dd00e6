"""Pitch: the fundamental and how periodic a sound is, by YIN (de Cheveigne & Kawahara 2002)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.analysis.features.shape import Shapes

    Places = NDArray[np.float64]

RATE_HZ = 11_025.0
"""The sound is brought near this rate first: enough for fundamentals up to 2 kHz."""
FRAME = 1024
LOW_HZ, HIGH_HZ = 30.0, 2_000.0
THRESHOLD = 0.12
_SKIP_S = 0.03
_SPAN = 4 * FRAME
_FEW = 60
_FRACTION_DEPTH = 0.3
_MULTIPLES = 12
_AGREE = 0.03
"""Frames agree where their fundamentals are within half a semitone."""


@dataclass(frozen=True, slots=True, eq=False)
class Pitches:
    """What is known of the fundamentals of n sounds."""

    hz: NDArray[np.float64]
    """(n,), 0 where there is none."""
    confidence: NDArray[np.float64]
    """(n,) 0..1: one minus the depth of YIN's dip, less where the frames disagree."""


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
    cross = np.fft.irfft(_product(spectra, heads), axis=1)[:, : longest + 1]
    squares = np.zeros((n, half + longest + 1))
    np.cumsum(np.square(x[:, : half + longest]), axis=1, out=squares[:, 1:], dtype=np.float64)
    energy = squares[:, half : half + longest + 1] - squares[:, : longest + 1]
    difference = np.maximum(0.0, energy[:, :1] + energy - 2 * cross)
    normalised = np.ones((n, longest + 1), np.float32)
    sums = np.maximum(np.cumsum(difference[:, 1:], axis=1), 1e-12)
    normalised[:, 1:] = difference[:, 1:] * np.arange(1, longest + 1) / sums
    return normalised


def _product(a: NDArray[np.complexfloating], b: NDArray[np.complexfloating]) -> NDArray[np.complexfloating]:
    """`a * b.conj()` in real numbers: where a row lies changes the last bits of numpy's complex product."""
    product = np.empty_like(a)
    product.real = a.real * b.real + a.imag * b.imag
    product.imag = a.imag * b.real - a.real * b.imag
    return product


def pitches_of(shapes: Shapes) -> Pitches:
    """The fundamental of the part after the attack of each sound; confidence 0 where there is none."""
    factor = max(1, int(shapes.sr / RATE_HZ))
    rate = shapes.sr / factor
    skip = np.full(len(shapes), int(_SKIP_S * shapes.sr))
    count = np.minimum(shapes.end - shapes.onset - skip, factor * _SPAN) // factor
    early = shapes.part(skip, factor * FRAME, until=shapes.onset + skip + factor * np.maximum(count, 0))
    longer = np.flatnonzero(count > FRAME)
    late = shapes.cut((shapes.onset + skip + factor * (count - FRAME))[longer], factor * FRAME)
    rows = np.concatenate([early, late]).reshape(-1, FRAME, factor) @ np.full(factor, 1 / factor, np.float32)
    curves = yin_difference(rows, min(FRAME // 2, int(rate / LOW_HZ)))
    lags, depths = _dips(curves, max(2, int(rate / HIGH_HZ)))
    lag, confidence = _agreed(len(shapes), longer, lags, depths, np.sqrt(np.einsum("ij,ij->i", rows, rows)))
    heard = ~shapes.silent & (count >= FRAME // 2)
    return Pitches(np.where(heard, rate / lag, 0.0), np.where(heard, confidence, 0.0))


def _agreed(n: int, longer: NDArray[np.int64], *of_frames: NDArray[np.floating]) -> tuple[Places, Places]:
    """Lag of the best frame of each sound, trusted by the share of energy in frames that agree with it.

    The frames, their lags, depths and amplitudes, are the early ones of n sounds and the late ones of the `longer`.
    """
    lags, depths, weights = np.ones((2, n)), np.ones((2, n)), np.zeros((2, n))
    for table, values in zip((lags, depths, weights), of_frames, strict=True):
        table[0], table[1, longer] = values[:n], values[n:]
    best = (weights * (1 - depths)).argmax(axis=0), np.arange(n)
    agreeing = np.where(np.abs(lags / lags[best] - 1) < _AGREE, weights, 0).sum(axis=0)
    share = agreeing / np.maximum(weights.sum(axis=0), 1e-30)
    return lags[best], np.clip((1 - depths[best]) * (0.5 + 0.5 * share), 0, 1)


def _dips(curves: NDArray[np.float32], shortest: int) -> tuple[Places, Places]:
    """Lag (interpolated) and depth of each curve's first dip under the threshold, else of the deepest."""
    rows, last = np.arange(len(curves)), curves.shape[1] - 1
    below = curves[:, shortest:] < THRESHOLD
    first = np.where(below.any(axis=1), below.argmax(axis=1), curves[:, shortest:].argmin(axis=1)) + shortest
    rising = np.ones(curves.shape, np.bool_)
    np.greater_equal(curves[:, 1:], curves[:, :-1], out=rising[:, :-1])
    lag = (rising & (np.arange(last + 1) >= first[:, None])).argmax(axis=1)
    inside = (lag > 0) & (lag < last)
    place, depth = _bottoms(curves, rows, np.clip(lag, 1, last - 1))
    place, depth = np.where(inside, place, lag), np.where(inside, depth, 1.0)
    few = np.flatnonzero(inside & (place < _FEW))
    place[few] = _sharpened(curves[few], place[few])
    return place, depth


def _bottoms(curves: NDArray[np.float32], rows: NDArray[np.int64], lag: NDArray[np.int64]) -> tuple[Places, Places]:
    """Place and depth of the parabola through three points of each row."""
    a, b, c = (curves[rows, lag + by].astype(np.float64) for by in (-1, 0, 1))
    bend = a - 2 * b + c
    shift = np.clip(0.5 * (a - c) / np.where(bend > 0, bend, np.inf), -0.5, 0.5)
    return lag + shift, b - 0.25 * (a - c) * shift


def _sharpened(curves: NDArray[np.float32], place: Places) -> Places:
    """Lags of few samples, made exact.

    The dip of a very short period may fall between samples, so that twice or thrice the period is found: look at the
    fractions. Then follow the dips at growing multiples, each of which tells the period more finely.
    """
    rows, last = np.arange(len(curves)), curves.shape[1] - 1
    whole = place
    for divisor in (2, 3):  # a third goes before a half
        near = np.maximum(np.rint(whole / divisor).astype(np.int64), 1)
        at, depth = _bottoms(curves, rows, near)
        lowest = curves[rows, near] <= np.minimum(curves[rows, near - 1], curves[rows, near + 1])
        place = np.where((near >= 3) & (depth < _FRACTION_DEPTH) & lowest, at, place)
    for times in range(2, _MULTIPLES):
        near = np.rint(times * place).astype(np.int64)
        rows = rows[(near[rows] + 2 <= last) & (near[rows] >= 2)]
        if not rows.size:
            break
        around = near[rows, None] + np.arange(-1, 2)
        dip = near[rows] - 1 + curves[rows[:, None], around].argmin(axis=1)
        place[rows] = _bottoms(curves, rows, dip)[0] / times
    return place


def measure(found: Pitches) -> NDArray[np.float32]:
    """Shape (n, 3): confidence 0..1, octaves above 200 Hz weighed by its square, and its square."""
    octaves = np.where(found.hz > 0, np.log2(np.maximum(found.hz, 20.0) / 200), 0.0)
    sure = found.confidence**2
    return np.stack([found.confidence, sure * octaves, sure], axis=1).astype(np.float32)
