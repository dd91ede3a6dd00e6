"""What following a large library may cost, as ratios and bytes; benchmarks/footprint.py prints the figures."""

from __future__ import annotations

import gc
import os
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from soundkin.analysis.params import PARAMS
from soundkin.config import ScanSettings
from soundkin.folders.scanner import Scanner
from soundkin.index import VoyagerIndex
from soundkin.library import SqliteLibrary, open_library
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


@pytest.fixture
def quiet() -> Iterator[None]:
    """This thread and those that it starts on one core, for two may be differently fast; what lives is left alone.

    The daemon does the latter, too; the tests that this process holds would be looked through at every collection.
    """
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()
    if cores:
        os.sched_setaffinity(0, {min(cores)})
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
    if cores:
        os.sched_setaffinity(0, cores)


@pytest.mark.alone
@pytest.mark.usefixtures("quiet")
def test_a_rescan_with_nothing_changed_takes_less_than_two_bare_walks(top: Path, library: SqliteLibrary) -> None:
    scanner = Scanner(library, ScanSettings())
    rescans, walks = [], []
    for _ in range(9):
        start = time.process_time()
        bare_walk(str(top))
        middle = time.process_time()
        findings = scanner(None, time.time())
        rescans.append(time.process_time() - middle)
        walks.append(middle - start)
        assert findings.unchanged == FILES
    assert min(rescans) < 2 * min(walks), (rescans, walks)


def test_the_memory_of_a_rescan_does_not_grow_with_the_library(top: Path, library: SqliteLibrary) -> None:
    scanner = Scanner(library, ScanSettings())
    _peak(scanner, [str(top / "few")])  # what the first comparison imports stays in memory afterwards
    assert _peak(scanner, None) < 1.4 * _peak(scanner, [str(top / "few")])


def _peak(scanner: Scanner, targets: list[str] | None) -> int:
    """Most bytes of Python objects that a comparison holds at once."""
    tracemalloc.start()
    try:
        assert scanner(targets, time.time()).fresh == []
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_file_takes_less_than_600_bytes_in_library_and_index_together(
    tmp_path: Path, library: SqliteLibrary, top: Path
) -> None:
    index = VoyagerIndex(PARAMS, library.uid)
    index.rebuild(library.all_vectors(), library.generation(), PARAMS)
    assert index.settle(60)
    index.save(tmp_path / "index.cache")
    library.backup(tmp_path / "library.db")
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) / FILES < 600
