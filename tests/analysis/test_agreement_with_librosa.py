"""librosa is the reference: spectra, filters, cepstra, spectral shape and pitch agree with it within stated bounds."""

from __future__ import annotations

import subprocess
import sys
import warnings

import numpy as np
import pytest

from soundkin.analysis import self_check
from soundkin.analysis.features import spectrum


@pytest.fixture(scope="module")
def apart() -> dict[str, float]:
    from soundkin.analysis.reference import differences

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # librosa's own dependencies warn on import in some versions
        return differences()


@pytest.mark.parametrize(
    ("measurement", "tolerance"),
    [("power spectrum", 1e-5), ("mel filters", 1e-6), ("cepstrum", 1e-5), ("centroid", 1e-4), ("bandwidth", 1e-4),
     ("roll-off", 1e-6), ("flatness", 1e-4), ("pitch", 0.005)],
)  # fmt: skip
def test_a_measurement_agrees_with_librosa(apart: dict[str, float], measurement: str, tolerance: float) -> None:
    assert apart[measurement] <= tolerance


def test_the_self_check_finds_nothing_wrong_here_and_names_what_a_broken_machine_gets_wrong(
    monkeypatch: pytest.MonkeyPatch, apart: dict[str, float]
) -> None:
    assert self_check() == []
    monkeypatch.setattr(spectrum, "ROLL_OFF", 0.5)
    (problem,) = self_check()
    assert problem.startswith("roll-off: differs from librosa by")


def test_analysis_never_imports_librosa_or_numba() -> None:
    code = (
        "import sys; from soundkin.analysis.pipeline import warm_up; warm_up(); "
        "print([m for m in ('librosa', 'numba', 'scipy', 'sklearn') if m in sys.modules])"
    )
    path = repr(sys.path)
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:] = {path}; {code}"], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"


def test_importing_the_package_is_light() -> None:
    code = "import soundkin.analysis; print([m for m in ('numpy', 'soundfile', 'psutil') if m in sys.modules])"
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "[]"


def test_flatness_is_one_for_white_and_near_zero_for_a_line() -> None:
    assert spectrum.flatness(np.ones((1, 100), np.float32))[0] == pytest.approx(1)
    assert spectrum.flatness(np.eye(1, 100, 5, dtype=np.float32))[0] < 1e-3
