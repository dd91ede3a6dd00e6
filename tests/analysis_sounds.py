"""Sounds for the tests of analysis: synthesised, and those of the Debian sample packages where they are installed."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from soundkin.model import DiskFile, FileStamp

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.analysis import ProcessAnalyser

SHARE = Path("/usr/share")
DEBIAN = (SHARE / "hydrogen/data/drumkits", SHARE / "lmms/samples", SHARE / "sonic-pi/samples")
SUFFIXES = {".wav", ".flac", ".ogg", ".aif", ".aiff"}

needs_samples = pytest.mark.skipif(
    not all(folder.is_dir() for folder in DEBIAN),
    reason="needs the Debian packages hydrogen-drumkits, lmms-common and sonic-pi-samples",
)


def pids_of(pool: ProcessAnalyser) -> tuple[int, ...]:
    """Process ids of the workers that run now."""
    return tuple(worker.pid for lane in [*pool._lanes] for worker in [*lane._workers])


@lru_cache(maxsize=1)
def debian_files() -> tuple[str, ...]:
    """Every audio file of the three packages, sorted."""
    return tuple(sorted(str(p) for d in DEBIAN for p in d.rglob("*") if p.suffix.lower() in SUFFIXES))


def disk_file(path: str | Path) -> DiskFile:
    """The file as a scan would report it."""
    status = os.stat(path)
    return DiskFile(str(path), FileStamp.of(status))


def tone(hz: float = 220.0, seconds: float = 0.5, sr: int = 44_100, decay: float = 4.0) -> NDArray[np.float32]:
    """A plucked-string-like tone: six harmonics that die away, peak 0.5."""
    t = np.arange(round(seconds * sr)) / sr
    y = sum(np.sin(2 * np.pi * hz * k * t) / k for k in range(1, 7) if hz * k < 0.45 * sr) * np.exp(-decay * t)
    loudest = np.abs(y).max()
    return np.asarray(0.5 * y / loudest, np.float32)


def kick(seconds: float = 0.4, sr: int = 44_100) -> NDArray[np.float32]:
    """A sine that falls from 160 to 50 Hz and dies away."""
    t = np.arange(round(seconds * sr)) / sr
    phase = 2 * np.pi * (50 * t + 110 * 0.03 * (1 - np.exp(-t / 0.03)))
    return (0.8 * np.sin(phase) * np.exp(-t * 9)).astype(np.float32)


def noise(seconds: float = 0.2, sr: int = 44_100, seed: int = 1) -> NDArray[np.float32]:
    """A burst of white noise that dies away, like a closed hi-hat."""
    t = np.arange(round(seconds * sr)) / sr
    return (0.3 * np.random.default_rng(seed).standard_normal(t.size) * np.exp(-t * 25)).astype(np.float32)


def write(
    path: Path, y: NDArray[np.floating], sr: int = 44_100, *, subtype: str | None = None, container: str | None = None
) -> Path:
    """Write a sound file and return its path."""
    soundfile.write(os.fsencode(path) if os.name != "nt" else str(path), y, sr, subtype=subtype, format=container)
    return path


def clicks(bpm: float, beats: int, sr: int = 44_100) -> NDArray[np.float64]:
    """A loop of hits at a tempo, shape (n,)."""
    y = np.zeros(round(beats * 60 / bpm * sr))
    hit = np.random.default_rng(0).standard_normal(2000) * np.exp(-np.arange(2000) / 400)
    for at in range(beats):
        start = round(at * 60 / bpm * sr)
        y[start : start + 2000] += hit[: max(0, y.size - start)]
    return np.asarray(0.5 * y / np.abs(y).max())
