"""Opening library files: fresh, old, newer, foreign."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from library_samples import PARAMS, ROOT, analysed, under
from soundkin.errors import LibraryError, SchemaVersionError
from soundkin.library import open_library
from soundkin.library.connections import connect
from soundkin.library.schema import Migration, migrate, migrations, version_of


def test_a_fresh_library_carries_our_mark_and_the_newest_schema(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "library.db"
    open_library(path, PARAMS).close()
    db = apsw.Connection(str(path))
    assert db.pragma("application_id") == int.from_bytes(b"SKIN", "big")
    assert db.pragma("user_version") == migrations()[-1].number
    assert db.pragma("journal_mode") == "wal"
    db.close()


def test_opening_again_changes_nothing_and_keeps_the_name(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    first = open_library(path, PARAMS)
    first.add_root(ROOT)
    first.put([analysed(under("a.wav"), 1)])
    uid, generation = first.uid, first.generation()
    first.close()
    again = open_library(path, PARAMS)
    assert (again.uid, again.generation(), again.count()) == (uid, generation, 1)
    again.close()
    other = open_library(tmp_path / "other.db", PARAMS)
    assert other.uid != uid
    other.close()


def test_migrations_are_numbered_without_gaps() -> None:
    assert [migration.number for migration in migrations()] == list(range(1, len(migrations()) + 1))


def test_a_library_of_a_newer_soundkin_is_refused_naming_both_versions(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    open_library(path, PARAMS).close()
    db = apsw.Connection(str(path))
    db.pragma("user_version", 999)
    db.close()
    with pytest.raises(SchemaVersionError, match=rf"schema 999.* up to {migrations()[-1].number}"):
        open_library(path, PARAMS)


def test_another_programs_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    db = apsw.Connection(str(path))
    db.execute("CREATE TABLE recipes (name TEXT)")
    db.close()
    before = path.read_bytes()
    with pytest.raises(LibraryError, match="not a Soundkin library"):
        open_library(path, PARAMS)
    assert path.read_bytes() == before


def test_a_migration_that_fails_leaves_the_library_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    open_library(path, PARAMS).close()
    db = connect(path)
    known = migrations()
    broken = Migration(len(known) + 1, "broken", "CREATE TABLE extra (a) STRICT_NOT; ")
    half = Migration(len(known) + 1, "half", "CREATE TABLE extra (a ANY) STRICT; INSERT INTO nowhere VALUES (1)")
    for bad in (broken, half):
        with pytest.raises(apsw.SQLError):
            migrate(db, [*known, bad])
        assert version_of(db) == known[-1].number
        assert not db.table_exists("main", "extra")
    fine = Migration(len(known) + 1, "fine", "CREATE TABLE extra (a ANY) STRICT")
    migrate(db, [*known, fine])
    assert version_of(db) == fine.number
    assert db.table_exists("main", "extra")
    db.close()


def test_a_folder_that_cannot_be_made_is_a_library_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LibraryError, match="cannot be made"):
        open_library(tmp_path / "file" / "library.db", PARAMS)


def test_a_library_path_that_is_a_folder_is_a_library_error(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="cannot be opened"):
        open_library(tmp_path, PARAMS)
