"""Makes daemon/soundkin/analysis/constants.npz from folders of sounds; no labels are used.

Run: python benchmarks/fit_constants.py FOLDER... (docs/features.md says which folders the shipped table is from).
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from soundkin.analysis.decode import decode
from soundkin.analysis.features import describe
from soundkin.analysis.features.shape import shape_of
from soundkin.analysis.params import PARAMS
from soundkin.analysis.vector import CLIP, CONSTANTS
from soundkin.errors import AnalysisError

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUFFIXES = {".wav", ".flac", ".ogg", ".aif", ".aiff", ".mp3", ".opus"}
PARTS: dict[str, tuple[tuple[int, float], ...]] = {
    "timbre": ((39, 0.75),),
    "motion": ((49, 1.0),),
    "spectrum": ((5, 0.5), (5, 0.4), (5, 0.1)),
    "envelope": ((7, 0.25), (8, 0.35)),
    "pitch": ((3, 0.25),),
    "rhythm": ((3, 0.15),),
}
"""For each aspect its parts: how many numbers, and the spread of all of them together. docs/features.md says why."""
UNRELATED = 10.0
"""Half of all pairs of sounds picked at random are nearer than this, half are farther: the unit of distance."""
ROOT_SPREAD = {"timbre", "motion"}
"""Aspects in which a coefficient counts with the square root of its spread rather than equally."""


def raw_of(path: Path) -> dict[str, NDArray[np.float32]] | None:
    """Unstandardised numbers of one file; None where it cannot be read."""
    fd = os.open(path, os.O_RDONLY)
    try:
        sound = decode(fd, str(path))
        rows = describe([shape_of(sound.y, sound.sr)]).raw
        return {name: numbers[0] for name, numbers in rows.items()}
    except AnalysisError as error:
        print(f"{path}: {error}", file=sys.stderr)
        return None
    finally:
        os.close(fd)


def fit(raw: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    """The table for stacked measurements (n, raw) of each aspect."""
    table: dict[str, NDArray[np.float32]] = {}
    squares = np.zeros(20_000)
    for aspect in PARAMS.aspects:
        x = raw[aspect.name].astype(np.float64)
        mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-6
        z = np.clip((x - mean) / spread, -CLIP, CLIP)
        inner = np.sqrt(spread) if aspect.name in ROOT_SPREAD else np.ones_like(spread)
        at = 0
        for count, weight in PARTS[aspect.name]:
            part = slice(at, at + count)
            inner[part] *= weight / np.sqrt((z[:, part] * inner[part]).var(axis=0).sum())
            at += count
        assert at == x.shape[1], (aspect.name, at, x.shape)
        weighed = z * inner
        _, spreads, axes = np.linalg.svd(weighed - weighed.mean(axis=0), full_matrices=False)
        size = aspect.stop - aspect.start
        kept = float((spreads[:size] ** 2).sum() / (spreads**2).sum())
        print(f"{aspect.name:10} {x.shape[1]:3} -> {size:3} numbers keep {kept:.1%} of the spread")
        table[f"{aspect.name}.mean"] = mean.astype(np.float32)
        table[f"{aspect.name}.scale"] = (1 / spread).astype(np.float32)
        table[f"{aspect.name}.turn"] = (inner[:, None] * axes[:size].T).astype(np.float32)
        squares += pair_squares(weighed @ axes[:size].T)
    unit = UNRELATED / np.sqrt(np.median(squares))
    for aspect in PARAMS.aspects:
        table[f"{aspect.name}.turn"] *= np.float32(unit)
    return table


def pair_squares(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Squared distances of 20,000 random pairs of rows, the same pairs every time."""
    pairs = np.random.default_rng(0).integers(0, x.shape[0], (20_000, 2))
    squares: NDArray[np.float64] = ((x[pairs[:, 0]] - x[pairs[:, 1]]) ** 2).sum(axis=1)
    return squares


def main() -> None:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    arguments = parser.parse_args()
    paths = sorted(p for folder in arguments.folders for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    rows = [row for path in paths if (row := raw_of(path)) is not None]
    table = fit({aspect.name: np.stack([row[aspect.name] for row in rows]) for aspect in PARAMS.aspects})
    np.savez(CONSTANTS, allow_pickle=False, **table)
    print(f"{len(rows)} sounds of {len(paths)} files -> {CONSTANTS}")


if __name__ == "__main__":
    main()
