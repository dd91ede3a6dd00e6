"""Backups: how often, how many, under which names."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from soundkin.errors import LibraryError, LibraryFullError
from soundkin.library import backups

if TYPE_CHECKING:
    from soundkin.library import SqliteLibrary

NOON_S = 1_700_000_000.0  # 2023-11-14 22:13:20 UTC
DAY = 24 * 60 * 60


class Copied:
    """As much of a library as a backup uses."""

    def __init__(self, *, empty: bool = False, error: LibraryError | None = None) -> None:
        self.empty, self.error = empty, error

    def is_empty(self) -> bool:
        return self.empty

    def backup(self, path: Path) -> None:
        if self.error is not None:
            raise self.error
        path.parent.mkdir(exist_ok=True)
        path.write_text("library")


def library(**kwargs: object) -> SqliteLibrary:
    return cast("SqliteLibrary", Copied(**kwargs))  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_backup_is_named_by_its_time_in_utc(folder: Path) -> None:
    backup = backups.take(library(), folder, NOON_S)
    assert backup == backups.Backup(folder / "library-20231114T221320Z.db", NOON_S)
    assert backups.listed(folder) == [backup]
    assert backups.words_of(NOON_S) == "2023-11-14 22:13 UTC"


def test_the_newest_two_are_kept(folder: Path) -> None:
    for day in range(4):
        backups.take(library(), folder, NOON_S + day * DAY)
    assert names(folder) == ["library-20231116T221320Z.db", "library-20231117T221320Z.db"]
    backups.take(library(), folder, NOON_S + 9 * DAY, keep=1)
    assert names(folder) == ["library-20231123T221320Z.db"]


def test_one_that_somebody_else_removed_meanwhile_is_no_trouble(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = backups.listed

    def listed_and_lost(folder: Path) -> list[backups.Backup]:
        found = listed(folder)
        found[-1].path.unlink()
        return found

    for day in range(2):
        backups.take(library(), folder, NOON_S + day * DAY)
    monkeypatch.setattr(backups, "listed", listed_and_lost)
    assert backups.take(library(), folder, NOON_S + 2 * DAY).path.exists()
    assert names(folder) == ["library-20231115T221320Z.db", "library-20231116T221320Z.db"]


def test_the_newest_is_the_one_with_the_latest_date_in_its_name(folder: Path) -> None:
    backups.take(library(), folder, NOON_S + DAY)
    backups.take(library(), folder, NOON_S)
    assert [backup.taken_s for backup in backups.listed(folder)] == [NOON_S + DAY, NOON_S]


def test_other_files_are_neither_listed_nor_removed(folder: Path) -> None:
    folder.mkdir()
    for name in ("library-mine.db", "notes.txt", "library-20231114T221320Z.db.tmp", "old-20231114T221320Z.db"):
        (folder / name).touch()
    assert backups.listed(folder) == []
    for day in range(3):
        backups.take(library(), folder, NOON_S + day * DAY)
    assert len(names(folder)) == 6
    assert backups.listed(folder / "nowhere") == []


def test_a_backup_is_due_a_day_after_the_newest(folder: Path) -> None:
    assert backups.take_if_due(library(), folder, NOON_S) is not None
    assert backups.take_if_due(library(), folder, NOON_S) is None
    assert backups.take_if_due(library(), folder, NOON_S + DAY - 1) is None
    assert backups.take_if_due(library(), folder, NOON_S + DAY) is not None
    assert backups.take_if_due(library(), folder, NOON_S + DAY - 1) is not None  # the clock was set back


def test_an_empty_library_and_a_full_disk_make_none(folder: Path) -> None:
    assert backups.take_if_due(library(empty=True), folder, NOON_S) is None
    assert backups.take_if_due(library(error=LibraryFullError("no room")), folder, NOON_S) is None
    with pytest.raises(LibraryError, match="broken"):
        backups.take_if_due(library(error=LibraryError("broken")), folder, NOON_S)
