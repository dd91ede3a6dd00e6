"""Libraries of any size without audio, for `search.py`: vectors resampled from real ones, or made up, and facts."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from soundkin.analysis import PARAMS
from soundkin.index import VoyagerIndex
from soundkin.ingest.index_sync import catch_up
from soundkin.library import open_library
from soundkin.model import Analysis, Facts, FileStamp, Kind
from soundkin_daemon.engine import make_classifier

ROOT = "/samples"
FOLDERS = ("Drums/Kicks", "Drums/Snares", "Drums/Hats", "Vocals", "Synths/Bass", "FX", "Loops/120", "Loops/174")
NAMES = ("kick", "snare", "rim", "hat", "vox", "bass", "sweep", "loop")


def real_vectors(like: Path | None) -> NDArray[np.float32]:
    """Vectors to resample."""
    if like is None:
        rng = np.random.default_rng(0)
        inner = rng.normal(size=(150, 14))[rng.integers(0, 150, 4000)] + rng.normal(size=(4000, 14)) * 0.5
        spread = rng.normal(size=(14, PARAMS.num_dimensions)) / np.sqrt(14)
        return np.asarray(inner @ spread + rng.normal(size=(4000, PARAMS.num_dimensions)) * 0.2, np.float32)
    if like.suffix == ".npz":
        return np.asarray(np.load(like)["vectors"], np.float32)
    library = open_library(like, PARAMS)
    try:
        return np.concatenate([vectors for _, vectors in library.all_vectors()])
    finally:
        library.close()


def resampled(real: NDArray[np.float32], count: int, seed: int) -> NDArray[np.float32]:
    """Between a real vector and one of its neighbours, with a little noise."""
    rng = np.random.default_rng(seed)
    here = rng.integers(0, len(real), count)
    squares = (real * real).sum(axis=1)
    neighbours = np.empty((len(real), 8), np.int64)
    for start in range(0, len(real), 512):
        far = squares - 2 * real[start : start + 512] @ real.T
        neighbours[start : start + 512] = np.argpartition(far, 8, axis=1)[:, :8]
    there = neighbours[here, rng.integers(0, 8, count)]
    share = rng.uniform(0, 0.5, (count, 1)).astype(np.float32)
    noise = rng.normal(size=(count, real.shape[1])).astype(np.float32) * real.std(axis=0) * 0.15
    return np.asarray(real[here] * (1 - share) + real[there] * share + noise, np.float32)


def analyses(vectors: NDArray[np.float32], first: int) -> list[Analysis]:
    """Made-up files with facts for the vectors."""
    rng = np.random.default_rng(first)
    out = []
    for number, vector in enumerate(vectors, start=first):
        folder = f"{ROOT}/Pack {number // 400}/{FOLDERS[number % 8]}"
        path = f"{folder}/{NAMES[number * 7 % 8]} {number}.{'wav' if number % 4 else 'flac'}"
        loop = number % 3 == 0
        facts = Facts(
            duration_s=float(rng.gamma(1.2, 0.8)),
            sample_rate=44100 if number % 5 else 48000,
            channels=1,
            loudness_db=float(rng.normal(-16, 6)),
            root_hz=float(rng.uniform(30, 2000)) if number % 2 else None,
            tempo_bpm=float(rng.uniform(60, 180)) if loop else None,
            key="Am" if number % 6 == 0 else None,
            kind=Kind.LOOP if loop else Kind.ONESHOT,
        )
        out.append(Analysis(path, FileStamp(1000, number), number.to_bytes(16, "big"), facts, vector))
    return out


def build(folder: Path, rows: int, like: Path | None) -> None:
    """A library of so many rows, and its saved index."""
    library = open_library(folder / "library.sqlite3", PARAMS, classifier=make_classifier())
    library.add_root(ROOT)
    real = real_vectors(like)
    started = time.perf_counter()
    for first in range(0, rows, 5000):
        library.put(analyses(resampled(real, min(5000, rows - first), first), first))
    stored = time.perf_counter()
    index = VoyagerIndex(PARAMS, library.uid)
    catch_up(library, index)
    tabled = time.perf_counter()
    index.settle()
    settled = time.perf_counter()
    library.note_index_saved(index.save(folder / "index.soundkin"))
    saved = time.perf_counter()
    print(
        f"{rows} rows: stored in {stored - started:.1f} s, exact answers after {tabled - stored:.1f} s, graph after "
        f"{settled - tabled:.1f} s, saved in {saved - settled:.1f} s, {len(index._graph.strays)} strays",
        flush=True,
    )
    library.close()
