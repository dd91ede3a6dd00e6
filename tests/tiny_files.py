"""Many real, tiny files and a library that knows them, with made-up vectors: for tests of what size costs."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from soundkin.analysis.params import PARAMS
from soundkin.library import SqliteLibrary
from soundkin.model import Analysis, Facts, FileStamp

PER_FOLDER = 100
_FACTS = Facts(0.5, 44_100, 1, 24, -12.0, False, -0.5, 55.0, 0.9)


def make_files(top: Path, count: int) -> None:
    """Files of a few bytes, a hundred a folder, half of the folders below `few` and half below `more`."""
    for start in range(0, count, PER_FOLDER):
        folder = top / ("few" if start < count // 2 else "more") / f"{start // PER_FOLDER:03d}"
        folder.mkdir(parents=True)
        for number in range(start, min(count, start + PER_FOLDER)):
            (folder / f"Kick {number:05d}.wav").write_text(str(number))


def make_known(library: SqliteLibrary, top: Path) -> None:
    """Put every file below a folder into the library, which follows the folder."""
    library.add_root(str(top))
    rng = np.random.default_rng(3)
    centres = rng.standard_normal((200, PARAMS.num_dimensions))
    found = []
    for folder, _, names in os.walk(top):
        for name in names:
            status = os.stat(os.path.join(folder, name))
            stamp = FileStamp.of(status)
            vector = centres[rng.integers(len(centres))] + 0.3 * rng.standard_normal(PARAMS.num_dimensions)
            path = os.path.join(folder, name)
            found.append(Analysis(path, stamp, os.urandom(16), _FACTS, vector.astype(np.float32)))
    library.put(found)
