"""Invariances on real samples: a copy at another level, rate, depth, channel count or in another container, or with
silence around it, finds its original before all other sounds of the set."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from numpy.typing import NDArray

from analysis_sounds import SHARE, needs_samples, write
from soundkin.analysis import analyse_in_process, similarity
from soundkin.errors import DecodeError

pytestmark = [needs_samples, pytest.mark.samples]

LABELS = Path(__file__).parents[2] / "benchmarks" / "debian_labels.csv"
SAME = 0.25
"""Vectors this near are one recording: a kit of the packages holds the same strokes scaled to other levels."""

Audio = NDArray[np.float32]


@lru_cache(maxsize=1)
def library() -> tuple[list[str], list[tuple[str, str]], NDArray[np.float32]]:
    """Paths, (kit, label) and vectors (n, d) of the labelled set."""
    paths, facts, vectors = [], [], []
    with LABELS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            try:
                vectors.append(analyse_in_process(str(SHARE / row["path_under_share"])).vector)
            except DecodeError:
                continue
            paths.append(str(SHARE / row["path_under_share"]))
            facts.append((row["kit"], row["label"]))
    return paths, facts, np.stack(vectors)


def resampled(y: Audio, sr: int, new: int) -> Audio:
    return np.asarray(soxr.resample(y, sr, new), np.float32)


def silent(y: Audio, seconds: float, sr: int) -> Audio:
    return np.zeros((round(seconds * sr), y.shape[1]), np.float32)


EXACT: dict[str, Callable[[Path, Audio, int], Path]] = {
    "20 dB softer": lambda at, y, sr: write(at / "x.wav", y / 10, sr, subtype="FLOAT"),
    "16 bits": lambda at, y, sr: write(at / "x.wav", y, sr, subtype="PCM_16"),
    "24 bits": lambda at, y, sr: write(at / "x.wav", y, sr, subtype="PCM_24"),
    "32 bits": lambda at, y, sr: write(at / "x.wav", y, sr, subtype="PCM_32"),
    "float": lambda at, y, sr: write(at / "x.wav", y, sr, subtype="FLOAT"),
    "AIFF": lambda at, y, sr: write(at / "x.aiff", y, sr, subtype="PCM_24"),
    "FLAC": lambda at, y, sr: write(at / "x.flac", y, sr, subtype="PCM_24"),
    "mono": lambda at, y, sr: write(at / "x.wav", y.mean(axis=1), sr, subtype="PCM_24"),
    "four channels": lambda at, y, sr: write(
        at / "x.wav", np.repeat(y.mean(axis=1)[:, None], 4, 1), sr, subtype="PCM_24"
    ),
}
NEARLY: dict[str, Callable[[Path, Audio, int], Path]] = {
    "22,050 Hz": lambda at, y, sr: write(at / "x.wav", resampled(y, sr, 22_050), 22_050, subtype="PCM_24"),
    "44,100 Hz": lambda at, y, sr: write(at / "x.wav", resampled(y, sr, 44_100), 44_100, subtype="PCM_24"),
    "48,000 Hz": lambda at, y, sr: write(at / "x.wav", resampled(y, sr, 48_000), 48_000, subtype="PCM_24"),
    "96,000 Hz": lambda at, y, sr: write(at / "x.wav", resampled(y, sr, 96_000), 96_000, subtype="PCM_24"),
    "Ogg": lambda at, y, sr: write(at / "x.ogg", y, sr),
    "MP3": lambda at, y, sr: write(at / "x.mp3", resampled(y, sr, 44_100), 44_100),
    "500 ms of silence before": lambda at, y, sr: write(at / "x.wav", np.vstack([silent(y, 0.5, sr), y]), sr),
    "a second of silence after": lambda at, y, sr: write(at / "x.wav", np.vstack([y, silent(y, 1, sr)]), sr),
    "20 dB softer in 16 bits": lambda at, y, sr: write(at / "x.wav", y / 10, sr, subtype="PCM_16"),
}  # fmt: skip


def chosen() -> list[str]:
    """Two files of each label, spread over the set."""
    by_label = defaultdict(list)
    paths, facts, _ = library()
    for path, (_, label) in zip(paths, facts, strict=True):
        by_label[label].append(path)
    return [path for members in by_label.values() for path in (members[0], members[-1])]


def distances(tmp_path: Path, make: Callable[[Path, Audio, int], Path]) -> list[tuple[str, float, float]]:
    """For each chosen file: its path, the copy's distance to it, and to the nearest other sound of the set."""
    paths, _, vectors = library()
    found = []
    for path in chosen():
        y, sr = soundfile.read(path, dtype="float32", always_2d=True)
        y = np.asarray(
            y / max(1.0, 1.001 * float(np.abs(y).max())), np.float32
        )  # lossy files decode to peaks that integers would clip
        copy = analyse_in_process(str(make(tmp_path, y, sr))).vector
        original = vectors[paths.index(path)]
        apart = np.linalg.norm(vectors - copy, axis=1)
        others = np.linalg.norm(vectors - original, axis=1) > SAME
        found.append((path, float(np.linalg.norm(copy - original)), float(apart[others].min())))
    return found


@pytest.mark.parametrize("name", EXACT)
def test_a_copy_without_loss_is_the_same_point(name: str, tmp_path: Path) -> None:
    for path, own, other in distances(tmp_path, EXACT[name]):
        assert own < 0.1, path
        assert own < other, path
        assert similarity(own) > 0.999


@pytest.mark.parametrize("name", NEARLY)
def test_a_copy_with_loss_or_silence_is_nearer_to_its_original_than_any_other_sound(name: str, tmp_path: Path) -> None:
    found = distances(tmp_path, NEARLY[name])
    for path, own, other in found:
        assert own < other, path
    assert np.median([own for _, own, _ in found]) < 0.6


def test_the_ten_nearest_of_another_kit_share_the_label_in_three_cases_of_five() -> None:
    """The floor under retrieval quality: benchmarks/retrieval.py measures it in full."""
    _, facts, vectors = library()
    kits = np.array([kit for kit, _ in facts])
    labels = np.array([label for _, label in facts])
    homes = defaultdict(set)
    for kit, label in facts:
        homes[label].add(kit)
    hits = []
    for at in range(len(facts)):
        if len(homes[labels[at]]) >= 3:
            pool = np.flatnonzero(kits != kits[at])
            nearest = pool[np.argsort(np.linalg.norm(vectors[pool] - vectors[at], axis=1))[:10]]
            hits.append((labels[nearest] == labels[at]).mean())
    assert len(hits) == 565
    assert np.mean(hits) >= 0.62
