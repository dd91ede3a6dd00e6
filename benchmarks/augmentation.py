"""Other sounds of the same category from a sound: faster or slower, cut, equalised, in a room, driven, with noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float32]
RATES = (0.75, 0.84, 0.92, 1.0, 1.0, 1.09, 1.19, 1.33)
"""How much faster: a sound is declared to have another sample rate."""
LONGEST_S = 10.0


def varied(y: Signal, sr: int, rng: np.random.Generator, *, pitched: bool) -> tuple[Signal, int]:
    """A variation; `pitched` sounds may be played by any rate, others only by a little."""
    y = y[: int(LONGEST_S * sr)].astype(np.float32)
    rates = RATES if pitched else RATES[2:6]
    sr = round(sr * rates[rng.integers(len(rates))])
    for chance, change in ((0.7, _equalised), (0.35, _in_a_room), (0.25, _driven), (0.4, _cut), (0.3, _with_noise)):
        if rng.random() < chance:
            y = change(y, sr, rng)
    return y.astype(np.float32), sr


def _equalised(y: Signal, sr: int, rng: np.random.Generator) -> Signal:
    """Gains of up to about 8 dB in five registers, sometimes without what is below or above a frequency."""
    size = y.size + int(0.02 * sr)
    hz = np.fft.rfftfreq(size, 1 / sr) + 1
    gains = np.interp(np.log2(hz), np.log2([60, 240, 960, 3_000, 9_000]), rng.normal(0, 4, 5))
    spectrum = np.fft.rfft(y, size) * 10 ** (gains / 20)
    if rng.random() < 0.25:
        spectrum /= np.sqrt(1 + (hz / rng.uniform(2_500, 9_000)) ** 4)
    if rng.random() < 0.25:
        spectrum /= np.sqrt(1 + (rng.uniform(40, 350) / hz) ** 4)
    return np.asarray(np.fft.irfft(spectrum, size)[: y.size], np.float32)


def _in_a_room(y: Signal, sr: int, rng: np.random.Generator) -> Signal:
    """With decaying noise as a room's answer, 6 to 24 dB below the sound."""
    t = np.arange(int(rng.uniform(0.15, 1.0) * sr)) / sr
    tail = rng.standard_normal(t.size) * np.exp(-6.9 * t / t[-1])
    tail *= 10 ** (rng.uniform(-24, -6) / 20) / np.sqrt((tail**2).sum())
    tail[0] += 1
    size = y.size + tail.size - 1
    return np.asarray(np.fft.irfft(np.fft.rfft(y, size) * np.fft.rfft(tail, size), size), np.float32)


def _driven(y: Signal, _: int, rng: np.random.Generator) -> Signal:
    peak = np.abs(y).max() + 1e-9
    return np.asarray(np.tanh(y / peak * np.float32(10 ** (rng.uniform(0, 18) / 20))), np.float32)


def _cut(y: Signal, sr: int, rng: np.random.Generator) -> Signal:
    """Faded out before its end, but not within 60 ms."""
    size = int(max(0.06 * sr, y.size * rng.uniform(0.3, 0.95)))
    y = y[:size].copy()
    fade = min(y.size, int(rng.uniform(0.005, 0.1) * sr))
    y[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return y


def _with_noise(y: Signal, _: int, rng: np.random.Generator) -> Signal:
    level = (np.abs(y).max() + 1e-9) * 10 ** (rng.uniform(-75, -45) / 20)
    return y + np.float32(level) * rng.standard_normal(y.size).astype(np.float32)
