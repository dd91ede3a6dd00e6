"""Vectors of labelled sounds and of variations of them, kept in a file so that fitting and scoring need not read audio.

python benchmarks/labelled_vectors.py OUT.npz [--share FOLDER...]    FOLDER: like /usr/share, which is looked at too
"""

from __future__ import annotations

import argparse
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from augmentation import varied
from labelled_sounds import DRUMS, Example, all_examples
from retrieval import SHARE
from soundkin.analysis.features import describe
from soundkin.analysis.features.shape import shape_of
from soundkin.analysis.vector import vectors_of

VARIATIONS = 6


@dataclass(frozen=True, slots=True, eq=False)
class LabelledVectors:
    """A row for each sound."""

    plain: NDArray[np.float32]
    """(n, d)"""
    varied: NDArray[np.float32]
    """(n, VARIATIONS, d)"""
    category: NDArray[np.str_]
    kit: NDArray[np.str_]
    group: NDArray[np.str_]
    name: NDArray[np.str_]


def vectors_for(example: Example) -> NDArray[np.float32] | None:
    """(1 + VARIATIONS, d), the sound itself first; None where it cannot be read or is silent."""
    loaded = example.load()
    if loaded is None or not np.abs(loaded[0]).max(initial=0) > 1e-4:
        return None
    rng = np.random.default_rng(zlib.crc32(f"{example.kit}/{example.name}/{loaded[0].size}".encode()))
    pitched = example.category not in DRUMS
    sounds = [loaded, *(varied(*loaded, rng, pitched=pitched) for _ in range(VARIATIONS))]
    return np.concatenate([vectors_of(describe([shape_of(y.astype(np.float32), sr)])) for y, sr in sounds])


def made(shares: list[Path]) -> LabelledVectors:
    """Of everything that is found."""
    rows, labels = [], []
    for example in all_examples(shares):
        vectors = vectors_for(example)
        if vectors is not None:
            rows.append(vectors)
            labels.append((example.category, example.kit, example.group, example.name))
    stacked = np.stack(rows)
    return LabelledVectors(stacked[:, 0], stacked[:, 1:], *(np.array(column) for column in zip(*labels, strict=True)))


def read(path: Path) -> LabelledVectors:
    """What `main` wrote."""
    with np.load(path) as file:
        return LabelledVectors(*(file[name] for name in ("plain", "varied", "category", "kit", "group", "name")))


def main() -> None:
    """Read, vary, analyse, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--share", type=Path, nargs="*", default=[], help="folders laid out as /usr/share")
    arguments = parser.parse_args()
    found = made([SHARE, *arguments.share])
    names = ("plain", "varied", "category", "kit", "group", "name")
    np.savez(arguments.out, allow_pickle=False, **{name: getattr(found, name) for name in names})
    counts = Counter(zip(found.group.tolist(), found.category.tolist(), strict=True))
    for (group, category), count in sorted(counts.items()):
        print(f"{group:10} {category:12} {count}")


if __name__ == "__main__":
    main()
