"""Tempo: what the onsets repeat at, in the files that are long enough to have one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from soundkin.analysis.features.shape import mean_squares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.analysis.features.shape import Shape

SHORTEST_S = 1.2
SLOWEST, FASTEST = 60.0, 200.0
_STEP_S = 0.005
_RANGE_DB = 40.0
_CENTRE, _OCTAVES = 120.0, 0.9
_TEMPI = SLOWEST * 2 ** np.arange(0, np.log2(FASTEST / SLOWEST), 1 / 240)
_PREFERENCE = np.exp(-0.5 * (np.log2(_TEMPI / _CENTRE) / _OCTAVES) ** 2)
_AS_GOOD = 0.9
_SNAP = 0.02
"""Tolerance within which a loop's length is a whole number of beats and so decides the tempo."""


@dataclass(frozen=True, slots=True)
class Tempo:
    """A measured tempo."""

    bpm: float
    confidence: float
    """0..1: how well the onsets repeat at it."""
    whole_beats: bool
    """Whether the length of the sound is a whole number of its beats."""


def onset_strength(y: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Rise of level from one block of `size` samples to the next, of the sound and of its difference, (n,).

    In dB times the amplitude reached: an accented beat counts more than the notes between.
    """
    count = y.size // size
    rises = np.zeros(count, np.float32)
    for signal in (y, y[1:] - y[:-1]):
        energy = mean_squares(signal, size, count) + np.float32(1e-12)
        energy /= energy.max()
        level = np.maximum(10 * np.log10(energy), -_RANGE_DB)
        rises[1:] += np.maximum(0, level[1:] - level[:-1]) * np.sqrt(energy[1:])
    return rises


def tempo_of(shape: Shape, duration_s: float, read_s: float) -> Tempo | None:
    """The tempo of the sound; None where its onsets do not repeat.

    Parameters
    ----------
    duration_s : of the whole sound; a loop's is a whole number of beats.
    read_s : length of what was read of it.
    """
    size = max(1, round(_STEP_S * shape.sr))
    step = size / shape.sr
    if read_s < SHORTEST_S or shape.silent:
        return None
    rises = onset_strength(shape.y, size)
    strength = np.convolve(rises, np.hanning(7)[1:-1], "same")
    strength -= strength.mean()
    n_fft = 1 << (2 * strength.size - 1).bit_length()
    spectrum = np.fft.rfft(strength, n_fft)
    repeats = np.fft.irfft(spectrum.real**2 + spectrum.imag**2)[: strength.size]
    if repeats[0] <= 0:
        return None
    repeats = repeats / repeats[0] * (strength.size / (strength.size - np.arange(strength.size) * 0.9))
    period, score = _best_period(repeats, step)
    if score <= 0:
        return None
    bpm = 60 / period
    beats = duration_s / period
    whole = round(beats) >= 2 and abs(beats - round(beats)) <= _SNAP * max(1.0, beats / 2) and beats < 128
    if whole and abs(round(beats) / beats - 1) <= _SNAP:
        bpm = 60 * round(beats) / duration_s
    return Tempo(float(bpm), float(np.clip(score, 0, 1)), whole)


def _best_period(repeats: NDArray[np.float64], step: float) -> tuple[float, float]:
    """Seconds of the beat, and the mean repetition at its multiples."""
    tempi = _TEMPI
    scores = _support(repeats, 60 / tempi / step)
    preferred = scores * _PREFERENCE
    best = int(preferred.argmax())
    # of tempi that fit equally well the fastest: its beats are all there, in the slower ones some fall between
    for times in (3, 2):
        faster = np.flatnonzero(np.abs(tempi / (tempi[best] * times) - 1) < _SNAP / 2)
        if faster.size and scores[faster].max() >= _AS_GOOD * scores[best]:
            best = int(faster[scores[faster].argmax()])
            break
    return 60 / float(tempi[best]), float(scores[best])


def _support(repeats: NDArray[np.float64], periods: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean repetition at the multiples of each period (in steps) that the sound is long enough for, at most eight."""
    count = np.clip((repeats.size * 0.75 / periods).astype(np.int64), 1, 8)
    multiples = np.outer(periods, np.arange(1, 9))
    values = np.interp(multiples, np.arange(repeats.size), repeats)
    values[np.arange(8) >= count[:, None]] = 0
    return np.where(count * periods < repeats.size - 2, values.sum(axis=1) / count, 0.0)
