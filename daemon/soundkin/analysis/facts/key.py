"""Musical key of sounds long enough to have one, by the profiles of Krumhansl (1990)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from soundkin.analysis.facts.names import key_name, pitch_class
from soundkin.analysis.features.decimate import decimated
from soundkin.analysis.features.frames import fast_length, hann, power_of
from soundkin.analysis.features.shape import cut

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.analysis.features.shape import Shape

SHORTEST_S = 1.5
_FRAME_S = 0.186
_FRAMES = 24
_LOW_HZ, _HIGH_HZ = 80.0, 2_000.0
_RATE = 5_500
"""Sample rate at which frequencies up to _HIGH_HZ can still be heard."""
_SURE, _MARGIN = 0.8, 0.08
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)


@lru_cache(maxsize=1)
def _profiles() -> NDArray[np.float64]:
    """(24, 12): major keys from C up, then minor keys; zero mean, unit length."""
    rows = np.array([np.roll(p, shift) for p in (_MAJOR, _MINOR) for shift in range(12)])
    rows -= rows.mean(axis=1, keepdims=True)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@lru_cache(maxsize=16)
def _constants(sr: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Window (n_fft,), and each bin's share in each pitch class (bins, 12), up to the highest bin that has any."""
    n_fft = fast_length(_FRAME_S * sr)
    freqs = np.fft.rfftfreq(n_fft, 1 / sr)
    heard = np.flatnonzero((freqs >= _LOW_HZ) & (freqs <= _HIGH_HZ))
    fold = np.zeros((int(heard[-1]) + 1, 12), np.float32)
    for at in heard:
        note = 69 + 12 * np.log2(freqs[at] / 440)
        fold[at, round(note) % 12] = max(0.0, 1 - 2 * abs(note - round(note)))
    return hann(n_fft), fold


def chroma_of(shape: Shape) -> NDArray[np.float64]:
    """Strength of the twelve pitch classes from C up, (12,), counting spectral peaks only."""
    factor = max(1, shape.sr // _RATE)
    window, fold = _constants(shape.sr / factor)
    sounding = decimated(shape.y[shape.onset : shape.end], factor)
    if sounding.size < window.size:
        sounding = np.concatenate([sounding, np.zeros(window.size - sounding.size, np.float32)])
    starts = np.arange(_FRAMES) * (sounding.size - window.size) // (_FRAMES - 1)
    frames = cut(sounding, starts, window.size)
    frames *= window
    magnitude = np.sqrt(power_of(np.fft.rfft(frames, axis=1)[:, : len(fold) + 1]))
    middle = magnitude[:, 1:-1]
    peaks = np.where((middle > magnitude[:, :-2]) & (middle > magnitude[:, 2:]), middle, 0)
    chroma: NDArray[np.float64] = (peaks @ fold[1:]).sum(axis=0, dtype=np.float64)
    return chroma


def key_of(shape: Shape) -> str | None:
    """The key, where one profile fits clearly better than all others."""
    if shape.silent or shape.sounding_s < SHORTEST_S:
        return None
    chroma = chroma_of(shape)
    chroma -= chroma.mean()
    length = float(np.linalg.norm(chroma))
    if length <= 0:
        return None
    fits = _profiles() @ chroma / length
    order = np.argsort(fits)[::-1]
    if fits[order[0]] < _SURE or fits[order[0]] - fits[order[1]] < _MARGIN:
        return None
    best = int(order[0])
    return key_name(best % 12, minor=best >= 12)


def is_near(one: str, other: str) -> bool:
    """Whether two keys share at least six of their seven notes: relatives and neighbours on the circle of fifths."""
    apart = (_fifths(one) - _fifths(other)) % 12
    return min(apart, 12 - apart) <= 1


def _fifths(key: str) -> int:
    """Place of a key on the circle of fifths, 0 for C and Am, 0..11."""
    is_minor = key.endswith("m")
    note = key.removesuffix("m")
    return 7 * (pitch_class(note[0], note[1:] or None) + (3 if is_minor else 0)) % 12
