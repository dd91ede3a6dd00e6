"""The same measurements made by librosa, the reference: for tests, benchmarks and `self_check`, never for a scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def baseline_vector(y: NDArray[np.float32], sr: int) -> NDArray[np.float32]:
    """Mean of 13 MFCCs as the retrieval benchmark's baseline has it, shape (13,)."""
    import librosa

    y = librosa.resample(y, orig_sr=sr, target_sr=22_050) if sr != 22_050 else y
    mfcc = librosa.feature.mfcc(y=y, sr=22_050, n_mfcc=13, n_fft=2048, hop_length=2048, n_mels=40, center=False)
    return np.asarray(mfcc.mean(axis=1), np.float32)


def self_check() -> list[str]:
    """Compare the shipped arithmetic with librosa's on a synthetic sound; a sentence for each disagreement."""
    import librosa

    from soundkin.analysis.features.frames import FMAX_HZ, FMIN_HZ, N_MELS, bank, mel_filters

    ours = mel_filters(np.fft.rfftfreq(2048, 1 / 44_100), N_MELS, FMIN_HZ, FMAX_HZ)
    theirs = librosa.filters.mel(sr=44_100, n_fft=2048, n_mels=N_MELS, fmin=FMIN_HZ, fmax=FMAX_HZ)
    problems = []
    if not np.allclose(ours, theirs, atol=1e-5):
        problems.append("the mel filter bank differs from librosa's")
    if not np.isfinite(bank(44_100).mel).all():
        problems.append("the mel filter bank holds numbers that are not finite")
    return problems
