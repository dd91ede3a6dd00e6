"""Power spectra of the frames that the spectral aspects share, and the filter banks for every sample rate.

Frames lie densely where a sound begins and sparsely later: hearing, too, resolves an attack finely and a tail
coarsely, and a short-time transform on a regular fine grid would cost twenty times as much for the same answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.analysis.features.shape import Shapes

WINDOW_S = 0.032
N_BANDS = 40
FMIN_HZ = 30.0
FMAX_HZ = 10_500.0
"""Nothing above is looked at, so that a sound keeps its vector at every sample rate from 22.05 kHz up."""
BEND_HZ = 300.0
"""Bands are spaced evenly in log(f + BEND_HZ): narrower than mel bands below 1 kHz, where drums differ."""
GRID_S = (
    (0.0125, 0.00625),
    (0.025, 0.0125),
    (0.05, 0.025),
    (0.1, 0.05),
    (0.2, 0.05),
    (0.4, 0.1),
    (0.8, 0.2),
    (3.2, 0.4),
    (10.0, 0.8),
)
"""Up to each time after the onset, the distance between frame centres."""
PRE_S = 0.002
"""Seconds before the onset at which the first frame is centred."""
FLOOR = 1e-10
_TOGETHER = 64
"""Frames transformed at a time: few enough to stay in the cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """Band powers of n sounds, each from its onset on, at the times of `grid`."""

    count: NDArray[np.int64]
    """(n,) frames up to the end of each sound; what lies behind them is at the floor."""
    level_db: NDArray[np.float32]
    """(n, times, N_BANDS) dB below the loudest cell of each sound, cut at -100."""
    energy: NDArray[np.float32]
    """(n, times) power of all bands, the loudest cell being 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """What depends on the sample rate alone."""

    n_fft: int
    window: NDArray[np.float32]
    """(n_fft,) Hann."""
    bands: NDArray[np.float32]
    """(bins, N_BANDS); `bins` are those up to the highest band."""


@lru_cache(maxsize=16)
def bank(sr: int) -> Bank:
    """Window and filter bank for a sample rate."""
    n_fft = fast_length(WINDOW_S * sr)
    filters = band_filters(sr, n_fft)
    bins = int(np.flatnonzero(filters.sum(axis=0)).max(initial=0)) + 1
    return Bank(n_fft, hann(n_fft), np.ascontiguousarray(filters[:, :bins].T, np.float32))


def hann(size: int) -> NDArray[np.float32]:
    """Periodic Hann window, (size,)."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)


def fast_length(wanted: float) -> int:
    """The even number next to `wanted` whose prime factors are 2, 3 and 5 (at least 32)."""
    near = max(16, round(wanted / 2))
    candidates = [2**a * 3**b * 5**c for a in range(20) for b in range(4) for c in range(3)]
    best = min(candidates, key=lambda n: (abs(n - near), n))
    return 2 * best


def band_filters(sr: int, n_fft: int, bend_hz: float = BEND_HZ) -> NDArray[np.float64]:
    """Triangular filters of equal area, evenly spaced in log(f + bend_hz), (N_BANDS, n_fft // 2 + 1).

    No filter is narrower than the transform's own resolution. A bend of 700 Hz gives O'Shaughnessy's mel scale.
    """
    freqs = np.fft.rfftfreq(n_fft, 1 / sr)
    edges = np.exp(np.linspace(np.log(FMIN_HZ + bend_hz), np.log(FMAX_HZ + bend_hz), N_BANDS + 2)) - bend_hz
    centres = edges[1:-1, None]
    low = np.minimum(edges[:-2, None], centres - sr / n_fft)
    high = np.maximum(edges[2:, None], centres + sr / n_fft)
    triangles = np.minimum((freqs - low) / (centres - low), (high - freqs) / (high - centres))
    return np.maximum(0.0, triangles) * (2.0 / (high - low))


@lru_cache(maxsize=1)
def grid() -> NDArray[np.float64]:
    """Frame centres in seconds from the onset, for the longest sound."""
    times, at = [-PRE_S], 0.0
    for until, step in GRID_S:
        times.extend(at + step * (np.arange(round((until - at) / step)) + 0.5))
        at = until
    return np.array(times)


def frames_of(shapes: Shapes) -> Frames:
    """Band powers on the grid, of each sound from its onset to its end."""
    constants, times = bank(shapes.sr), grid()
    count = np.maximum(1, np.searchsorted(times, shapes.sounding_s))
    there = np.arange(times.size) < count[:, None]
    owner, at = np.nonzero(there)
    power = np.zeros((*there.shape, constants.bands.shape[0]), np.float32)
    power[there] = power_spectra(shapes, owner, times[at], constants)
    bands = power @ constants.bands  # sound by sound: a product's last bits depend on how many rows it has
    bands *= 1 / np.maximum(bands.max(axis=(1, 2), keepdims=True), np.float32(1e-30))
    level = np.log(np.maximum(bands, np.float32(FLOOR)))
    level *= np.float32(10 / np.log(10))
    return Frames(count, level, bands.sum(axis=2))


def power_spectra(
    shapes: Shapes, owner: NDArray[np.int64], times: NDArray[np.float64], constants: Bank
) -> NDArray[np.float32]:
    """Power spectra of frames centred at `times` (f,) after the onsets of the sounds `owner` (f,), (f, bins)."""
    n_fft, bins = constants.n_fft, constants.bands.shape[0]
    starts = (times * shapes.sr).astype(np.int64) + (shapes.onset - n_fft // 2)[owner]
    power = np.empty((starts.size, bins), np.float32)
    for first in range(0, starts.size, _TOGETHER):
        some = slice(first, first + _TOGETHER)
        frames = shapes.cut(starts[some], n_fft)
        frames *= constants.window
        power[some] = power_of(np.fft.rfft(frames, axis=1)[:, :bins])
    return power


def power_of(spectra: NDArray[np.complexfloating]) -> NDArray[np.float32]:
    """Squared magnitudes."""
    power: NDArray[np.float32] = np.square(spectra.real)
    power += np.square(spectra.imag)
    return power
