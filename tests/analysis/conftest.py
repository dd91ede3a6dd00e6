"""Files that hurt: workers of tests that ask for `evil` obey certain file names in its folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

_EVIL_BOOT = """
import sys, pickle; sys.path[:], background = pickle.load(sys.stdin.buffer)
import os, time
from soundkin.analysis import pipeline
real = pipeline.hear
def hear(path, *rest):
    name = os.path.basename(path)
    if name == "crash.wav":
        os.abort()
    if name == "hang.wav":
        time.sleep(600)
    if name == "swell.wav":
        hoard = bytearray(600 << 20)
        hoard[::4096] = b"x" * len(hoard[::4096])
        time.sleep(600)
    return real(path, *rest)
pipeline.hear = hear
from soundkin.analysis.worker import main; main(background=background)
"""


@pytest.fixture
def evil(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which crash.wav kills, hang.wav hangs and swell.wav swells the worker that opens it."""
    monkeypatch.setattr("soundkin.analysis.process.BOOT", _EVIL_BOOT)
    return tmp_path
