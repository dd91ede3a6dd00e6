"""A root that is as the library knows it, and as it was at the comparison before: its rows are not read, and any change
of the disk or of the library is seen all the same.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from soundkin.analysis.params import PARAMS
from soundkin.config import ScanSettings
from soundkin.folders.findings import Findings
from soundkin.folders.scanner import Scanner
from soundkin.interfaces import KnownRow
from soundkin.library import SqliteLibrary, open_library
from soundkin.model import FileStamp, Move
from tiny_files import make_files, make_known

FILES = 2_500


class Rescans:
    """A library with a root of 2,500 files, compared again and again; notes where rows were read."""

    def __init__(self, top: Path, library: SqliteLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
        self.top, self.library = top, library
        self.read: list[str] = []
        real = library.rows_in_order

        def rows_in_order(under: str) -> Iterator[list[KnownRow]]:
            self.read.append(under)
            return real(under)

        monkeypatch.setattr(library, "rows_in_order", rows_in_order)
        self.scanner = Scanner(library, ScanSettings())

    def scan(self) -> Findings:
        self.read.clear()
        return self.scanner(None, time.time() + 60)

    def settle(self) -> None:
        for _ in range(4):
            self.scan()
            if not self.read:
                return
        pytest.fail("the rows are read at every comparison")


@pytest.fixture
def rescans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rescans]:
    top = tmp_path.resolve() / "top"
    make_files(top, FILES)
    library = open_library(tmp_path / "library.db", PARAMS)
    make_known(library, top)
    yield Rescans(top, library, monkeypatch)
    library.close()


def a_file(rescans: Rescans, number: int = 1_234) -> Path:
    return next(rescans.top.rglob(f"Kick {number:05}.wav"))


def test_the_second_comparison_reads_no_row_and_counts_every_file(rescans: Rescans) -> None:
    assert rescans.scan().unchanged == FILES
    assert rescans.read == [str(rescans.top)]
    findings = rescans.scan()
    assert rescans.read == []
    assert (findings.found, findings.unchanged) == (FILES, FILES)
    assert findings.online == {str(rescans.top): True}
    assert (list(findings.fresh), findings.removed, findings.moved) == ([], 0, 0)


def rewrite(path: Path) -> None:
    path.write_text("another content")


def replaced(path: Path) -> None:
    status = path.stat()
    path.with_suffix(".new").write_bytes(path.read_bytes())
    os.utime(path.with_suffix(".new"), ns=(status.st_atime_ns, status.st_mtime_ns))
    path.with_suffix(".new").replace(path)


@pytest.mark.parametrize(
    "change",
    [
        rewrite,
        replaced,
        lambda path: path.unlink(),
        lambda path: path.rename(path.with_name("Other.wav")),
        lambda path: path.with_name("Added.wav").write_text("x"),
        lambda path: shutil.rmtree(path.parent),
        lambda path: path.with_name("Added").mkdir() or path.rename(path.with_name("Added") / path.name),
        lambda path: os.utime(path, ns=(1, 1)),
    ],
    ids=["written", "replaced", "deleted", "renamed", "added", "folder deleted", "moved down", "dated"],
)
@pytest.mark.parametrize("number", [0, 1_234, FILES - 1])
def test_every_change_of_the_disk_is_seen(rescans: Rescans, change: Callable[[Path], object], number: int) -> None:
    rescans.settle()
    path = a_file(rescans, number)
    change(path)
    fresh = Scanner(rescans.library, ScanSettings())
    seen = rescans.scan()
    assert rescans.read == [str(rescans.top)]
    changed = len(seen.fresh) + len(seen.doubtful) + seen.removed + seen.moved
    assert changed > 0
    after = fresh(None, time.time() + 60)  # what is applied at once is applied, the rest is still to do
    assert sorted(file.path for file in after.fresh) == sorted(file.path for file in seen.fresh)


@pytest.mark.parametrize(
    "change",
    [
        lambda library, id_, path: library.mark_missing([id_], 5.0),
        lambda library, id_, path: library.restamp([Move(id_, path, FileStamp(1, 2, 3, 4))]),
        lambda library, id_, path: library.move([Move(id_, path + " elsewhere.wav", FileStamp(1, 2, 3, 4))]),
    ],
    ids=["missing", "other stamp", "other path"],
)
def test_every_change_of_the_library_is_seen(
    rescans: Rescans, change: Callable[[SqliteLibrary, object, str], None]
) -> None:
    rescans.settle()
    path = str(a_file(rescans))
    change(rescans.library, rescans.library.stamps(path)[path].id, path)
    seen = rescans.scan()
    assert rescans.read == [str(rescans.top)]
    to_do = {file.path for file in (*seen.fresh, *seen.doubtful)}
    assert path in to_do or rescans.library.by_path(path) is not None


def test_a_root_that_is_removed_and_followed_again_is_compared_anew(rescans: Rescans) -> None:
    rescans.settle()
    rescans.library.remove_root(str(rescans.top))
    rescans.library.add_root(str(rescans.top))
    assert rescans.library.count() == 0
    back = rescans.scan()
    assert (list(back.fresh), rescans.library.count()) == ([], FILES)
    rescans.settle()
    rescans.library.remove_root(str(rescans.top))
    rescans.library.forget_missing(time.time() + 1)
    rescans.library.add_root(str(rescans.top))
    assert len(rescans.scan().fresh) == FILES


def test_folders_that_cannot_be_listed_are_no_walk_to_compare_with(
    rescans: Rescans, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = str(a_file(rescans).parent)
    real = os.scandir

    def scandir(folder: str) -> object:
        if folder == closed:
            raise PermissionError(folder)
        return real(folder)

    rescans.settle()
    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", scandir)
        for _ in range(3):
            assert rescans.scan().removed == 0
            assert rescans.read == [str(rescans.top)]
    assert rescans.scan().unchanged == FILES


def test_files_that_are_analysed_while_the_walk_goes_on_are_no_part_of_what_is_known(rescans: Rescans) -> None:
    rescans.library.remove_root(str(rescans.top))
    rescans.library.forget_missing(time.time() + 1)
    rescans.library.add_root(str(rescans.top))
    assert rescans.scanner(None, time.time() + 60, lambda run: []).fresh == []
    assert len(rescans.scan().fresh) == FILES
