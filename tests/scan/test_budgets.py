"""What following a large library may cost, as ratios and bytes; benchmarks/footprint.py prints the figures."""

from __future__ import annotations

import os
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from soundkin.analysis.params import PARAMS
from soundkin.config import ScanSettings
from soundkin.library import SqliteLibrary, open_library
from soundkin.model import Analysis, Facts, FileStamp
from soundkin.sweep import Sweep

FILES = 6_000
PATH_BYTES = 80


@pytest.fixture(scope="module")
def top(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real, tiny files."""
    top = tmp_path_factory.mktemp("many").resolve()
    for number in range(FILES):
        folder = top / ("few" if number < FILES // 2 else "more") / f"{number // 100:03d}"
        if number % 100 == 0:
            folder.mkdir(parents=True)
        (folder / f"Kick {number:05d}.wav").write_text(str(number))
    return top


@pytest.fixture(scope="module")
def library(top: Path) -> Iterator[SqliteLibrary]:
    """A library that knows them all."""
    library = open_library(top.parent / f"{top.name}.db", PARAMS)
    library.add_root(str(top))
    rng = np.random.default_rng(3)
    found = []
    for folder, _, names in os.walk(top):
        for name in names:
            status = os.stat(os.path.join(folder, name))
            stamp = FileStamp(status.st_size, status.st_mtime_ns)
            vector = rng.standard_normal(PARAMS.num_dimensions).astype(np.float32)
            facts = Facts(0.5, 44_100, 1, 24, -12.0, False, -0.5, 55.0, 0.9)
            found.append(Analysis(os.path.join(folder, name), stamp, os.urandom(16), facts, vector))
    library.put(found)
    yield library
    library.close()


def bare_walk(top: str) -> None:
    """The least that any rescan has to do."""
    pending = [top]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    pending.append(entry.path)
                else:
                    entry.stat()


def test_a_rescan_with_nothing_changed_takes_less_than_twice_a_bare_walk(top: Path, library: SqliteLibrary) -> None:
    sweep = Sweep(library, ScanSettings())
    rescans, walks = [], []
    for _ in range(9):
        start = time.process_time()
        bare_walk(str(top))
        middle = time.process_time()
        findings = sweep(None, time.time())
        rescans.append(time.process_time() - middle)
        walks.append(middle - start)
        assert findings.unchanged == FILES
    assert min(rescans) < 2 * min(walks)


def test_the_memory_of_a_rescan_does_not_grow_with_the_library(top: Path, library: SqliteLibrary) -> None:
    sweep = Sweep(library, ScanSettings())
    assert _peak(sweep, None) < 1.4 * _peak(sweep, [str(top / "few")])


def _peak(sweep: Sweep, targets: list[str] | None) -> int:
    """Most bytes of Python objects that a comparison holds at once."""
    tracemalloc.start()
    try:
        assert sweep(targets, time.time()).fresh == []
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_file_takes_less_than_600_bytes_in_the_library(tmp_path: Path, library: SqliteLibrary, top: Path) -> None:
    copy = tmp_path / "copy.db"
    library.backup(copy)
    longer = 2 * (PATH_BYTES - len(f"{top}/more/000/Kick 00000.wav"))  # a path is stored in the row and in its index
    assert copy.stat().st_size / FILES + longer < 600
