"""The same measurements made by librosa, the reference: for tests, benchmarks and `self_check`, never for a scan.

Importing librosa costs seconds (docs/adr/0007), so it happens inside the functions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from soundkin.analysis.features import cepstrum, frames, pitch, spectrum
from soundkin.analysis.features.shape import Shapes, shape_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

SR = 44_100
MEL_BEND_HZ = 700.0


def sample_sound() -> NDArray[np.float32]:
    """Half a second that has everything: a falling tone with harmonics, noise and a decay, (22050,)."""
    t = np.arange(SR // 2) / SR
    tone = sum(np.sin(2 * np.pi * 220 * k * t) / k for k in range(1, 9))
    noise = np.random.default_rng(0).standard_normal(t.size)
    return np.asarray((tone + 0.2 * noise) * np.exp(-4 * t) / 4, np.float32)


def differences() -> dict[str, float]:
    """Largest relative difference between our arithmetic and librosa's on `sample_sound`, by measurement."""
    import librosa

    shape = shape_of(sample_sound(), SR)
    bank = frames.bank(SR)
    times = frames.grid()[:10]
    power = frames.power_spectra(Shapes([shape]), np.zeros(times.size, np.int64), times, bank).T
    starts = (times * SR).astype(int) + shape.onset - bank.n_fft // 2
    padded = np.concatenate([np.zeros(bank.n_fft, np.float32), shape.y, np.zeros(bank.n_fft, np.float32)])
    cut = [padded[bank.n_fft + start : 2 * bank.n_fft + start] for start in starts]
    theirs = np.concatenate(
        [np.abs(librosa.stft(y, n_fft=bank.n_fft, hop_length=bank.n_fft, center=False)) ** 2 for y in cut], axis=1
    )
    mel = librosa.filters.mel(
        sr=SR, n_fft=4096, n_mels=frames.N_BANDS, fmin=frames.FMIN_HZ, fmax=frames.FMAX_HZ, htk=True, dtype=np.float64
    )
    level = np.log10(theirs[:40] + 1e-6)
    magnitude, freqs = np.sqrt(theirs), librosa.fft_frequencies(sr=SR, n_fft=bank.n_fft)
    ours = magnitude.T.astype(np.float32)
    tone = sample_sound()[: pitch.FRAME * 8]
    return {
        "power spectrum": _apart(power, theirs[: len(power)]),
        "mel filters": _apart(frames.band_filters(SR, 4096, MEL_BEND_HZ)[8:], mel[8:]),
        "cepstrum": _apart(cepstrum.dct(40, 13) @ level, librosa.feature.mfcc(S=level, n_mfcc=13)),
        "centroid": _apart(spectrum.centroid(ours, freqs), librosa.feature.spectral_centroid(S=magnitude, sr=SR)[0]),
        "bandwidth": _apart(spectrum.bandwidth(ours, freqs), librosa.feature.spectral_bandwidth(S=magnitude, sr=SR)[0]),
        "roll-off": _apart(spectrum.roll_off(ours, freqs), librosa.feature.spectral_rolloff(S=magnitude, sr=SR)[0]),
        "flatness": _apart(spectrum.flatness(ours**2), librosa.feature.spectral_flatness(S=magnitude, amin=1e-10)[0]),
        "pitch": abs(pitch.pitches_of(Shapes([shape_of(tone, SR)])).hz[0] / float(np.median(_yin(tone))) - 1),
    }


def _yin(y: NDArray[np.float32]) -> NDArray[np.float64]:
    import librosa

    return np.asarray(librosa.yin(y, fmin=60, fmax=2_000, sr=SR, frame_length=4096))


def _apart(ours: NDArray[np.floating], theirs: NDArray[np.floating]) -> float:
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


TOLERANCE = 1e-3
"""Relative, of the largest value; float32 and different window arithmetic stay far below."""
PITCH_TOLERANCE = 0.005


def self_check() -> list[str]:
    """A sentence for each measurement on which this machine and librosa disagree; some BLAS builds miscalculate."""
    problems = []
    for name, apart in differences().items():
        allowed = PITCH_TOLERANCE if name == "pitch" else TOLERANCE
        if not apart <= allowed:
            problems.append(f"{name}: differs from librosa by {apart:.2g}, allowed {allowed:g}")
    return problems
