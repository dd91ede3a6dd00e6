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
from soundkin.analysis.params import PARAMS
from soundkin.analysis.vector import CLIP, CONSTANTS
from soundkin.errors import AnalysisError

if TYPE_CHECKING:
    from numpy.typing import NDArray

SUFFIXES = {".wav", ".flac", ".ogg", ".aif", ".aiff", ".mp3", ".opus"}
WEIGHTS = {"timbre": 0.5, "motion": 1.3, "spectrum": 0.6, "envelope": 0.6, "pitch": 0.5, "rhythm": 0.5}
"""What a unit of each aspect counts. Chosen on the Debian set: docs/features.md."""


def raw_of(path: Path) -> dict[str, NDArray[np.float32]] | None:
    """Unstandardised numbers of one file; None where it cannot be read."""
    fd = os.open(path, os.O_RDONLY)
    try:
        return describe(decode(fd, str(path))).raw
    except AnalysisError as error:
        print(f"{path}: {error}", file=sys.stderr)
        return None
    finally:
        os.close(fd)


def fit(raw: dict[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    """The table for stacked measurements (n, raw) of each aspect."""
    table: dict[str, NDArray[np.float32]] = {}
    for aspect in PARAMS.aspects:
        x = raw[aspect.name]
        mean, spread = x.mean(axis=0), x.std(axis=0) + 1e-6
        size = aspect.stop - aspect.start
        z = np.clip((x - mean) / spread, -CLIP, CLIP)
        # large coefficients carry more than small ones, though not as much more as their spread says
        inner = np.sqrt(spread / spread.max()) if x.shape[1] > size else np.ones_like(spread)
        turn = np.diag(inner)
        if x.shape[1] > size:
            _, _, axes = np.linalg.svd(z * inner - (z * inner).mean(axis=0), full_matrices=False)
            turn = turn @ axes[:size].T
        table[f"{aspect.name}.mean"] = mean.astype(np.float32)
        table[f"{aspect.name}.scale"] = (1 / spread).astype(np.float32)
        table[f"{aspect.name}.turn"] = (turn * WEIGHTS[aspect.name]).astype(np.float32)
    return table


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
