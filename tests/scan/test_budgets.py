"""What following a large library may cost, as ratios and bytes; benchmarks/footprint.py prints the figures."""

from __future__ import annotations

import os
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from soundkin.analysis.params import PARAMS
from soundkin.config import ScanSettings
from soundkin.index import VoyagerIndex
from soundkin.library import SqliteLibrary, open_library
from soundkin.sweep import Sweep
from tiny_files import make_files, make_known

FILES = 6_000


@pytest.fixture(scope="module")
def top(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real, tiny files."""
    top = tmp_path_factory.mktemp("many").resolve()
    make_files(top, FILES)
    return top


@pytest.fixture(scope="module")
def library(top: Path) -> Iterator[SqliteLibrary]:
    """A library that knows them all."""
    library = open_library(top.parent / f"{top.name}.db", PARAMS)
    make_known(library, top)
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


def test_a_file_takes_less_than_600_bytes_in_library_and_index_together(
    tmp_path: Path, library: SqliteLibrary, top: Path
) -> None:
    index = VoyagerIndex(PARAMS, library.uid)
    index.rebuild(library.all_vectors(), library.generation())
    assert index.settle(60)
    index.save(tmp_path / "index.cache")
    library.backup(tmp_path / "library.db")
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) / FILES < 600
