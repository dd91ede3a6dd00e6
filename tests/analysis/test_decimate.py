"""Signals at a fraction of their rate: the filter is the one it says, and what lies too high does not come back."""

from __future__ import annotations

import numpy as np
import pytest

from soundkin.analysis.features.decimate import decimated


def reference(y: np.ndarray, factor: int) -> np.ndarray:
    """The same by a plain convolution in double precision."""
    size = 13 * factor
    taps = np.sinc((np.arange(size) - size // 2) / factor) * np.kaiser(size + 1, 5.65)[:size]
    padded = np.pad(y.astype(float), (size // 2, size))
    return np.convolve(padded, taps[::-1] / taps.sum(), "valid")[::factor][: -(-y.size // factor)]


@pytest.mark.parametrize("factor", [2, 3, 8, 17])
@pytest.mark.parametrize("size", [1, 7, 64, 500, 8 * 17 * 3, 8 * 17 * 3 + 1, 10_000])
def test_it_is_a_convolution_of_which_every_nth_sample_is_kept(factor: int, size: int) -> None:
    y = np.random.default_rng(size).standard_normal(size).astype(np.float32)
    np.testing.assert_allclose(decimated(y, factor), reference(y, factor), atol=1e-5)


def test_at_a_factor_of_one_nothing_is_done() -> None:
    y = np.ones(5, np.float32)
    assert decimated(y, 1) is y


@pytest.mark.parametrize("factor", [2, 8])
def test_low_tones_keep_level_and_place_and_those_that_would_fold_onto_them_go(factor: int) -> None:
    at = np.arange(20_000)
    for share in (0.01, 0.1, 0.36):  # of the slower rate
        tone = np.sin(2 * np.pi * share * at / factor).astype(np.float32)
        middle = slice(20, -20)
        np.testing.assert_allclose(decimated(tone, factor)[middle], tone[::factor][middle], atol=2e-3)
    for share in (0.65, 0.8, 1.0):
        if share / factor < 0.5:
            tone = np.sin(2 * np.pi * share * at / factor + 1).astype(np.float32)
            assert np.abs(decimated(tone, factor)[20:-20]).max() < 10 ** (-55 / 20)
