"""How often the nearest sounds are of the same kind: the figures of docs/features.md, on the Debian set or on yours.

    python benchmarks/retrieval.py                  the labelled set: hydrogen-drumkits, lmms-common, sonic-pi-samples
    python benchmarks/retrieval.py --folder DIR     any folder laid out as KIT/LABEL/file
    python benchmarks/retrieval.py --without-librosa    without the two baselines, which need seconds of librosa

Leave-one-kit-out: every file whose label occurs in enough kits is a query, the pool is every labelled file of another
kit. P@10 is the share of the ten nearest with the query's label, over queries (micro) and over labels (macro).
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from soundkin.analysis.decode import Sound, decode
from soundkin.analysis.features import describe
from soundkin.analysis.features.shape import shape_of
from soundkin.analysis.params import PARAMS
from soundkin.analysis.vector import vectors_of
from soundkin.errors import AnalysisError

LABELS = Path(__file__).with_name("debian_labels.csv")
SHARE = Path("/usr/share")
K = 10


@dataclass(frozen=True, slots=True)
class Labelled:
    """One file of a labelled set."""

    path: Path
    kit: str
    label: str


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """What a fingerprint reaches on a set."""

    micro: float
    macro: float
    mean_average_precision: float
    by_label: dict[str, float]
    queries: int


def debian_set() -> list[Labelled]:
    """The labelled files of the three Debian packages."""
    with LABELS.open(encoding="utf-8", newline="") as file:
        return [Labelled(SHARE / row["path_under_share"], row["kit"], row["label"]) for row in csv.DictReader(file)]


def folder_set(folder: Path) -> list[Labelled]:
    """Files laid out as KIT/LABEL/file."""
    return [
        Labelled(path, *path.relative_to(folder).parts[:2]) for path in sorted(folder.glob("*/*/*")) if path.is_file()
    ]


def read(items: list[Labelled]) -> list[tuple[Labelled, Sound]]:
    """Those that can be decoded, with their sound."""
    sounds = []
    for item in items:
        try:
            fd = os.open(item.path, os.O_RDONLY)
        except OSError as error:
            print(f"{item.path}: {error.strerror}", file=sys.stderr)
            continue
        try:
            sounds.append((item, decode(fd, str(item.path))))
        except AnalysisError as error:
            print(f"{item.path}: {error}", file=sys.stderr)
        finally:
            os.close(fd)
    return sounds


def distances(vectors: NDArray[np.float32], *, cosine: bool = False) -> NDArray[np.float64]:
    """All pairs, (n, n): Euclidean, or one minus the cosine."""
    x = vectors.astype(np.float64)
    if cosine:
        x = x / np.linalg.norm(x, axis=1, keepdims=True)
    squares = (x**2).sum(axis=1)
    apart: NDArray[np.float64] = np.sqrt(np.maximum(0.0, squares[:, None] + squares[None, :] - 2 * x @ x.T))
    return apart


def score(apart: NDArray[np.float64], items: list[Labelled], fewest_kits: int) -> Score:
    """Leave-one-kit-out scores of a distance matrix."""
    kits = np.array([item.kit for item in items])
    labels = np.array([item.label for item in items])
    homes = defaultdict(set)
    for item in items:
        homes[item.label].add(item.kit)
    precisions: dict[str, list[float]] = defaultdict(list)
    averages: list[float] = []
    for at in range(len(items)):
        if len(homes[items[at].label]) < fewest_kits:
            continue
        pool = np.flatnonzero(kits != kits[at])
        hits = (labels[pool] == labels[at])[np.argsort(apart[at, pool], kind="stable")]
        precisions[items[at].label].append(float(hits[:K].mean()))
        ranks = np.flatnonzero(hits)
        averages.append(float((np.arange(1, ranks.size + 1) / (ranks + 1)).mean()))
    by_label = {label: float(np.mean(values)) for label, values in sorted(precisions.items())}
    every = [value for values in precisions.values() for value in values]
    return Score(
        float(np.mean(every)), float(np.mean(list(by_label.values()))), float(np.mean(averages)), by_label, len(every)
    )


def baseline_vector(y: NDArray[np.float32], sr: int) -> NDArray[np.float32]:
    """Mean of librosa's 13 MFCCs over the whole of a sound, (13,)."""
    import librosa

    y = librosa.resample(y, orig_sr=sr, target_sr=22_050) if sr != 22_050 else y
    return np.asarray(librosa.feature.mfcc(y=y, sr=22_050, n_mfcc=13).mean(axis=1), np.float32)


def ancestor_vector(y: NDArray[np.float32], sr: int) -> NDArray[np.float32]:
    """The first Soundkin's features: mean of 13 MFCCs of blocks of 2,048 samples without overlap, 40 bands, (13,)."""
    import librosa

    y = librosa.resample(y, orig_sr=sr, target_sr=22_050) if sr != 22_050 else y
    y = np.pad(y, (0, -y.size % 2048 if y.size else 2048))
    mfcc = librosa.feature.mfcc(y=y, sr=22_050, n_mfcc=13, n_fft=2048, hop_length=2048, n_mels=40, center=False)
    return np.asarray(mfcc.mean(axis=1), np.float32)


def fingerprints(sounds: list[Sound], *, librosa: bool) -> dict[str, NDArray[np.float64]]:
    """Distance matrices by name: the baselines, each aspect alone, all but each, all."""
    table: dict[str, NDArray[np.float64]] = {}
    if librosa:
        table["audio-similarity-search: mean of 13 MFCCs, cosine"] = distances(
            np.stack([ancestor_vector(s.y, s.sr) for s in sounds]), cosine=True
        )
        table["librosa: mean of 13 MFCCs, cosine"] = distances(
            np.stack([baseline_vector(s.y, s.sr) for s in sounds]), cosine=True
        )
    vectors = np.concatenate([vectors_of(describe([shape_of(sound.y, sound.sr)])) for sound in sounds])
    for aspect in PARAMS.aspects:
        table[f"{aspect.name} alone"] = distances(vectors[:, aspect.start : aspect.stop])
    for aspect in PARAMS.aspects:
        table[f"all but {aspect.name}"] = distances(np.delete(vectors, np.s_[aspect.start : aspect.stop], axis=1))
    table["all"] = distances(vectors)
    return table


def main() -> int:
    """Score and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="a folder laid out as KIT/LABEL/file instead of the Debian set")
    parser.add_argument("--kits", type=int, default=3, help="a label is a query where so many kits have it")
    parser.add_argument("--without-librosa", action="store_true", help="leave out the baselines")
    arguments = parser.parse_args()
    pairs = read(folder_set(arguments.folder) if arguments.folder else debian_set())
    if not pairs:
        print(
            "no files: install hydrogen-drumkits, lmms-common and sonic-pi-samples, or give --folder", file=sys.stderr
        )
        return 1
    items = [item for item, _ in pairs]
    print(f"{len(items)} files, {len({i.kit for i in items})} kits, features version {PARAMS.version}\n")
    print("| fingerprint | micro P@10 | macro P@10 | mAP |\n| --- | ---: | ---: | ---: |")
    best: Score | None = None
    for name, apart in fingerprints([sound for _, sound in pairs], librosa=not arguments.without_librosa).items():
        best = score(apart, items, arguments.kits)
        print(f"| {name} | {best.micro:.3f} | {best.macro:.3f} | {best.mean_average_precision:.3f} |", flush=True)
    if best:
        print(f"\n{best.queries} queries. All aspects, by label:\n\n| label | P@10 |\n| --- | ---: |")
        for label, precision in best.by_label.items():
            print(f"| {label} | {precision:.3f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
