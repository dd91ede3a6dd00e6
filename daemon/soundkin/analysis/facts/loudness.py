"""Loudness as broadcasters measure it (ITU-R BS.1770-4), or plain RMS for what is too short for that."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from soundkin.analysis.features.frames import power_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHORTEST_S = 1.0
"""Integrated loudness of less is a matter of where the gating blocks happen to lie."""
_STEP_S = 0.1
_TOGETHER = 16
"""Steps transformed at a time: few enough to stay in the cache."""
_ABSOLUTE, _RELATIVE = -70.0, -10.0
# the two filters of BS.1770 at 48 kHz, annex 1, tables 1 and 2
_SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
_HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))


@lru_cache(maxsize=16)
def k_weights(sr: int, size: int) -> NDArray[np.float32]:
    """Squared gain of the K filter at the bins of a transform of `size` samples, (size // 2 + 1,).

    The 48 kHz filters' gain at each frequency in Hz; above 24 kHz, that at 24 kHz.
    """
    z = np.exp(-2j * np.pi * np.minimum(np.fft.rfftfreq(size, 1 / sr), 24_000) / 48_000)
    gain = np.ones_like(z)
    for over, under in (_SHELF, _HIGH_PASS):
        gain *= np.polyval(over[::-1], z) / np.polyval(under[::-1], z)
    weights = np.abs(gain) ** 2 * 2 / size**2
    weights[0] /= 2
    if size % 2 == 0:
        weights[-1] /= 2
    return weights.astype(np.float32)


def rms_db(mean_square: float) -> float:
    """Decibels of a mean square."""
    return 10 * math.log10(max(mean_square, 1e-30))


def integrated_lufs(y: NDArray[np.float32], sr: int) -> float | None:
    """Gated loudness of one channel in LUFS; None where it is too short or all of it is below the gate.

    The K filter is applied to the spectra of steps of 100 ms, whose edges it is short enough not to mind.
    """
    size = round(_STEP_S * sr)
    count = y.size // size
    if count < round(SHORTEST_S / _STEP_S):
        return None
    rows, weights = y[: count * size].reshape(count, size), k_weights(sr, size)
    together = range(0, count, _TOGETHER)
    steps = np.concatenate([power_of(np.fft.rfft(rows[at : at + _TOGETHER], axis=1)) @ weights for at in together])
    sums = np.cumsum(np.concatenate([[0.0], steps.astype(np.float64)]))
    blocks = (sums[4:] - sums[:-4]) / 4
    loud = blocks[blocks > 10 ** ((_ABSOLUTE + 0.691) / 10)]
    if not loud.size:
        return None
    loud = loud[loud > loud.mean() * 10 ** (_RELATIVE / 10)]
    return -0.691 + 10 * math.log10(float(loud.mean()))
