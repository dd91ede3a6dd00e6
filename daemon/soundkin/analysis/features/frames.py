"""Power spectra of the frames that all spectral aspects share, and the filter banks for every sample rate.

Frames lie densely where a sound begins and sparsely later: hearing, too, resolves an attack finely and a tail
coarsely, and a short-time transform on a regular fine grid would cost five times as much.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW_S = 0.0464
"""Length of a frame: 2,048 samples at 44.1 kHz."""
N_MELS = 40
FMIN_HZ = 30.0
FMAX_HZ = 10_500.0
"""Nothing above is looked at, so that a sound keeps its vector at every sample rate from 22.05 kHz up."""
GRID_S = ((0.05, 0.00625), (0.2, 0.0125), (0.8, 0.025), (3.2, 0.05), (10.0, 0.1))
"""Up to each time after the onset, the distance between frame centres."""
PRE_S = 0.002
"""The first frame is centred so long before the onset."""


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """Spectra of a sound from its onset on, at the times of `GRID_S`."""

    times: NDArray[np.float32]
    """(n,) seconds from the onset; the first is `-PRE_S`."""
    power: NDArray[np.float32]
    """(n, bins) power spectrum up to `FMAX_HZ`."""
    mel: NDArray[np.float32]
    """(n, N_MELS) power in mel bands, the loudest cell of the sound at 1."""
    bank: Bank


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """What depends on the sample rate alone."""

    sr: int
    n_fft: int
    window: NDArray[np.float32]
    """(n_fft,) Hann, scaled so that a full-scale sine has power 1 at its peak."""
    freqs: NDArray[np.float32]
    """(bins,) Hz."""
    mel: NDArray[np.float32]
    """(bins, N_MELS)"""


@lru_cache(maxsize=16)
def bank(sr: int) -> Bank:
    """Window and filter bank for a sample rate."""
    n_fft = fast_length(WINDOW_S * sr)
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)).astype(np.float32)
    freqs = np.fft.rfftfreq(n_fft, 1 / sr)
    keep = freqs <= FMAX_HZ * 1.1
    weights = mel_filters(freqs[keep], N_MELS, FMIN_HZ, FMAX_HZ)
    return Bank(
        sr, n_fft, window * (2 / window.sum()), freqs[keep].astype(np.float32), weights.T.astype(np.float32).copy()
    )


def fast_length(wanted: float) -> int:
    """The even number next to `wanted` whose prime factors are 2, 3 and 5 (at least 32)."""
    near = max(16, round(wanted / 2))
    candidates = [2**a * 3**b * 5**c for a in range(20) for b in range(4) for c in range(3)]
    best = min(candidates, key=lambda n: (abs(n - near), n))
    return 2 * best


def hz_to_mel(hz: NDArray[np.float64] | float) -> NDArray[np.float64]:
    """Slaney's scale (Auditory Toolbox, 1998), librosa's default: linear below 1 kHz, logarithmic above."""
    hz = np.asarray(hz, np.float64)
    return np.where(hz < 1000, hz * 3 / 200, 15 + 27 * np.log(np.maximum(hz, 1e-9) / 1000) / np.log(6.4))


def mel_to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    """Inverse of `hz_to_mel`."""
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp(np.log(6.4) * (mel - 15) / 27))


def mel_filters(freqs: NDArray[np.floating], n_mels: int, fmin: float, fmax: float) -> NDArray[np.float64]:
    """Triangular filters of equal area (Slaney), shape (n_mels, bins), as `librosa.filters.mel` makes them."""
    edges = mel_to_hz(np.linspace(float(hz_to_mel(fmin)), float(hz_to_mel(fmax)), n_mels + 2))
    rise = (freqs[None, :] - edges[:-2, None]) / np.diff(edges)[:-1, None]
    fall = (edges[2:, None] - freqs[None, :]) / np.diff(edges)[1:, None]
    triangles = np.maximum(0.0, np.minimum(rise, fall))
    return triangles * (2.0 / (edges[2:] - edges[:-2]))[:, None]


@lru_cache(maxsize=1)
def grid() -> NDArray[np.float64]:
    """Frame centres in seconds from the onset, for the longest sound."""
    times, at = [-PRE_S], 0.0
    for until, step in GRID_S:
        count = round((until - at) / step)
        times.extend(at + step * (np.arange(count) + 0.5))
        at = until
    return np.array(times)


def frames_of(y: NDArray[np.float32], sr: int, onset: int, end: int) -> Frames:
    """Frames of the sound between two sample positions.

    Parameters
    ----------
    y : (n,) samples; silence is assumed on both sides.
    onset, end : where the sound begins and ends.
    """
    constants = bank(sr)
    n_fft = constants.n_fft
    times = grid()
    times = times[: max(1, int(np.searchsorted(times, (end - onset) / sr)))]
    starts = (times * sr).astype(np.int64) + (onset - n_fft // 2)
    first, last = int(starts[0]), int(starts[-1]) + n_fft
    padded = np.zeros(last - first, np.float32)
    padded[max(0, -first) : y.size - first] = y[max(0, first) : last]
    windows = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[starts - first]
    spectra = np.fft.rfft(windows * constants.window, axis=1)[:, : constants.freqs.size]
    power = (spectra.real**2 + spectra.imag**2).astype(np.float32, copy=False)
    mel: NDArray[np.float32] = power @ constants.mel
    loudest = np.float32(mel.max())
    return Frames(times.astype(np.float32), power, mel / loudest if loudest > 0 else mel, constants)
