"""Damage, backups and restores: nothing is lost silently and nothing is overwritten."""

from __future__ import annotations

import errno
import os
import re
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from library_health import findings
from library_samples import NEXT_PARAMS, PARAMS, ROOT, analysed, failed, under
from soundkin.errors import CorruptLibraryError, LibraryError, LibraryFullError, SchemaVersionError
from soundkin.library import SqliteLibrary, backups, copies, integrity, open_library, survival
from soundkin.library.connections import connect, suspicion, translated
from soundkin.model import SampleId

NOON_S = 1_700_000_000.0  # 2023-11-14 22:13:20 UTC
FILES = 400


def make_library(path: Path, files: int = FILES) -> None:
    library = open_library(path, PARAMS)
    library.add_root(ROOT)
    library.put([analysed(under(f"{n:04d}.wav"), n) for n in range(files)])
    library.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "library.db"
    make_library(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def recover(path: Path, folder: Path) -> survival.Opened:
    return survival.open_or_recover(path, PARAMS, folder, clock=lambda: NOON_S)


def back_up(path: Path, folder: Path, now_s: float = NOON_S) -> Path:
    library = open_library(path, PARAMS)
    backup = backups.take(library, folder, now_s)
    library.close()
    return backup.path


def overwrite(path: Path, offset: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(data)


def garble_header(path: Path) -> None:
    overwrite(path, 0, b"not a database at all")


def cut_in_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def garble_pages(path: Path) -> None:
    pages = path.stat().st_size // 4096
    for page in range(3, pages, 3):
        overwrite(path, page * 4096, b"\xee" * 2048)


def garble_one_page(path: Path, of: str) -> None:
    db = apsw.Connection(str(path))
    page = db.execute("SELECT max(pageno) FROM dbstat WHERE name = ? AND pagetype = 'leaf'", (of,)).get
    db.close()
    overwrite(path, (page - 1) * 4096, b"\xee" * 4096)


DAMAGES = [garble_header, cut_in_half, garble_pages]


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (apsw.SQLITE_FULL, LibraryFullError, "no room"),
        (apsw.SQLITE_IOERR_SHMSIZE, LibraryFullError, "no room"),
        (apsw.SQLITE_IOERR_WRITE, LibraryError, "the disk under"),
        (apsw.SQLITE_READONLY, LibraryError, "cannot be written"),
        (apsw.SQLITE_BUSY, LibraryError, "in use by another program"),
        (apsw.SQLITE_CANTOPEN, LibraryError, "cannot be opened"),
        (apsw.SQLITE_CORRUPT_VTAB, CorruptLibraryError, "damaged"),
        (apsw.SQLITE_NOTADB, CorruptLibraryError, "damaged"),
        (apsw.SQLITE_MISUSE, LibraryError, "cannot do this"),
    ],
)
def test_every_error_of_sqlite_becomes_one_of_ours_with_a_sentence(
    code: int, kind: type[LibraryError], words: str
) -> None:
    ours = translated(apsw.exception_for(code), Path("library.db"))  # type: ignore[arg-type]
    assert type(ours) is kind
    assert words in str(ours)
    assert "library.db" in str(ours)


# ---- damage ----


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_library_is_kept_under_a_date_and_a_new_one_begun(
    path: Path, folder: Path, damage: Callable[[Path], None]
) -> None:
    damage(path)
    damaged = path.read_bytes()
    opened = recover(path, folder)
    assert opened.library.is_empty()
    opened.library.put([])
    opened.library.close()
    assert path.with_name("library-damaged-20231114T221320Z.db").read_bytes() == damaged
    (note,) = opened.notes
    assert "library-damaged-20231114T221320Z.db" in note
    assert "no backup" in note


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_library_is_replaced_by_its_newest_sound_backup(
    path: Path, folder: Path, damage: Callable[[Path], None]
) -> None:
    back_up(path, folder, NOON_S - 90_000)
    damage(back_up(path, folder, NOON_S - 3600))
    damage(path)
    opened = recover(path, folder)
    assert opened.library.count() == FILES
    assert findings(opened.library) == []
    opened.library.close()
    (note,) = opened.notes
    assert "2023-11-13 21:13 UTC" in note
    assert recover(path, folder).notes == ()


def test_damage_met_twice_in_the_same_second_overwrites_nothing(path: Path, folder: Path) -> None:
    for _ in range(3):
        garble_header(path)
        recover(path, folder).library.close()
    aside = [found.name for found in path.parent.glob("library-damaged-*.db")]
    assert len(aside) == 3


def test_a_sound_library_opens_without_a_word(path: Path, folder: Path) -> None:
    opened = recover(path, folder)
    assert opened.notes == ()
    assert opened.library.count() == FILES
    opened.library.close()


def test_a_lost_library_is_mentioned_where_a_backup_could_bring_it_back(path: Path, folder: Path) -> None:
    back_up(path, folder)
    path.unlink()
    opened = recover(path, folder)
    opened.library.close()
    assert path.exists()
    assert "`soundkin restore`" in opened.notes[0]
    assert "2023-11-14 22:13 UTC" in opened.notes[0]


def test_a_start_looks_for_damage_for_a_fifth_of_a_second(
    path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []

    def look(db: apsw.Connection, seconds: float) -> list[str]:
        looks.append(seconds)
        return integrity.quick(db)

    monkeypatch.setattr(integrity, "quick_within", look)
    recover(path, folder).library.close()
    assert looks == [0.2]


def test_damage_met_while_running_is_looked_for_to_the_end_at_the_next_start(
    path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(survival, "CHECK_S", -1.0)  # the bounded look sees nothing
    garble_one_page(path, of="sample")
    library = open_library(path, PARAMS)
    with pytest.raises(CorruptLibraryError, match="damaged"):
        library.stamps(ROOT)
    library.close()
    assert suspicion(path).exists()
    opened = recover(path, folder)
    assert opened.library.is_empty()
    opened.library.close()
    assert not suspicion(path).exists()


@pytest.mark.parametrize("table", ["sample", "sqlite_autoindex_sample_1", "vector_v1_vector_chunks00", "change"])
def test_a_suspected_library_is_looked_at_in_every_corner(
    path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    monkeypatch.setattr(survival, "CHECK_S", -1.0)
    garble_one_page(path, of=table)
    suspicion(path).touch()
    opened = recover(path, folder)
    opened.library.close()
    assert "damaged" in opened.notes[0]
    assert path.exists()


def test_a_suspicion_without_ground_is_dropped(path: Path, folder: Path) -> None:
    suspicion(path).touch()
    opened = recover(path, folder)
    assert opened.notes == ()
    opened.library.close()
    assert not suspicion(path).exists()


def test_the_look_at_the_start_ends_when_its_time_is_up(path: Path) -> None:
    db = connect(path)
    assert integrity.quick_within(db, -1.0) == []
    assert integrity.quick_within(db, 60.0) == []
    assert db.execute("SELECT count(*) FROM sample").get == FILES
    db.close()


@pytest.mark.parametrize(
    ("application_id", "version", "error"), [(0, 1, LibraryError), (None, 999, SchemaVersionError)]
)
def test_foreign_and_newer_libraries_are_refused_and_not_set_aside(
    path: Path, folder: Path, application_id: int | None, version: int, error: type[Exception]
) -> None:
    db = apsw.Connection(str(path))
    db.pragma("user_version", version)
    if application_id is not None:
        db.pragma("application_id", application_id)
    db.close()
    with pytest.raises(error):
        recover(path, folder)
    assert list(path.parent.glob("library-*")) == []


# ---- what the thorough examination finds ----


BROKEN_PROMISES = [
    ("DELETE FROM vector_v1 WHERE sample_id IN (1, 2)", "2 samples lack their vector", FILES - 2),
    ("PRAGMA foreign_keys = OFF; DELETE FROM sample WHERE id < 4", "3 vectors .* belong to no sample", FILES - 3),
    ("UPDATE vector_v1 SET present = 0 WHERE sample_id = 5", "1 vectors .* disagree", FILES),
    ("PRAGMA foreign_keys = OFF; DELETE FROM root", f"{FILES} samples belong to no folder", 0),
    ("UPDATE change SET generation = 999", "ahead of the library", FILES),
]


@pytest.mark.parametrize(("damage", "finding", "left"), BROKEN_PROMISES)
def test_tables_that_break_their_promises_to_each_other_are_found_and_mended(
    path: Path, folder: Path, damage: str, finding: str, left: int
) -> None:
    db = connect(path)
    db.execute(damage)
    db.close()
    library = open_library(path, PARAMS)
    found = findings(library)
    generation = library.generation()
    library.close()
    assert len(found) == 1
    assert re.search(finding, found[0])
    suspicion(path).touch()
    opened = recover(path, folder)
    assert re.search(finding, opened.notes[0])
    assert opened.library.count() == left
    assert findings(opened.library) == []
    assert opened.library.changes_since(generation) is None
    opened.library.close()
    assert recover(path, folder).notes == ()


def test_a_sample_that_lost_its_vector_asks_to_be_analysed_again(path: Path, folder: Path) -> None:
    db = connect(path)
    db.execute("DELETE FROM vector_v1 WHERE sample_id = 1")
    db.close()
    suspicion(path).touch()
    library = recover(path, folder).library
    known = library.stamps(under("0000.wav"))[under("0000.wav")]
    assert known.feature_version != PARAMS.version
    library.put([analysed(under("0000.wav"), 0)])
    assert library.count() == FILES
    assert findings(library) == []
    library.close()


def test_tables_that_refuse_our_statements_are_looked_at_at_the_next_start(path: Path, folder: Path) -> None:
    db = connect(path)
    db.execute("DROP TABLE change")
    db.close()
    library = open_library(path, PARAMS)
    with pytest.raises(LibraryError, match="no such table"):
        library.changes_since(0)
    library.close()
    assert suspicion(path).exists()
    opened = recover(path, folder)
    opened.library.close()
    assert "no such table" in opened.notes[0]
    assert path.with_name("library-damaged-20231114T221320Z.db").exists()


@pytest.mark.parametrize(
    ("loss", "word"),
    [
        ("DROP TABLE feature_space", "no such table"),
        ("UPDATE feature_space SET serving = 0", "which features"),
        ("DELETE FROM meta", "has lost its uid"),
    ],
)
def test_a_library_without_its_tables_is_set_aside_at_once(path: Path, folder: Path, loss: str, word: str) -> None:
    back_up(path, folder)
    db = connect(path)
    db.execute(loss)
    db.close()
    opened = recover(path, folder)
    assert opened.library.count() == FILES
    assert word in opened.notes[0]
    opened.library.close()


# ---- backups ----


def test_a_backup_is_one_file_that_holds_everything(path: Path, folder: Path, tmp_path: Path) -> None:
    library = open_library(path, PARAMS)
    library.put([failed(under("bad.wav"))])
    library.backup(folder / "copy.db")
    expected = (library.stamps(ROOT), library.problems(), library.samples([SampleId(n) for n in range(1, 500)]))
    library.put([analysed(under("later.wav"), 999)])
    library.close()
    assert [entry.name for entry in folder.iterdir()] == ["copy.db"]
    db = apsw.Connection(str(folder / "copy.db"))
    assert db.pragma("journal_mode") == "delete"
    db.close()
    copy = open_library(folder / "copy.db", PARAMS)
    assert (copy.stamps(ROOT), copy.problems(), copy.samples([SampleId(n) for n in range(1, 500)])) == expected
    assert findings(copy) == []
    copy.close()


def test_a_backup_is_of_one_moment_though_files_are_added_meanwhile(
    path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "_PAGES_A_STEP", 1)
    library = open_library(path, PARAMS)
    started, ended = threading.Event(), threading.Event()

    def add() -> None:
        number = 0
        while not ended.is_set():
            library.put([analysed(under(f"during-{number}.wav"), number)])
            number += 1
            started.set()

    thread = threading.Thread(target=add)
    thread.start()
    started.wait()
    before = library.count()
    library.backup(folder / "copy.db")
    after = library.count()
    ended.set()
    thread.join()
    library.close()
    copy = open_library(folder / "copy.db", PARAMS)
    assert before <= copy.count() < after
    assert copy.count() == FILES + copy.generation() - 1  # each of the others was one change
    assert findings(copy) == []
    copy.close()


def test_backups_are_taken_once_a_day_and_the_newest_two_kept(path: Path, folder: Path) -> None:
    library = open_library(path, PARAMS)
    taken = [backups.take_if_due(library, folder, NOON_S + hours * 3600) for hours in range(0, 73, 6)]
    library.close()
    assert [number for number, backup in enumerate(taken) if backup] == [0, 4, 8, 12]
    assert [backup.taken_s for backup in backups.listed(folder)] == [NOON_S + 72 * 3600, NOON_S + 48 * 3600]


def test_a_clock_that_was_set_back_does_not_stop_the_backups(path: Path, folder: Path) -> None:
    library = open_library(path, PARAMS)
    assert backups.take_if_due(library, folder, NOON_S)
    assert backups.take_if_due(library, folder, NOON_S - 1_000_000)
    library.close()


def test_an_empty_library_is_not_backed_up(tmp_path: Path, folder: Path) -> None:
    library = open_library(tmp_path / "empty.db", PARAMS)
    assert backups.take_if_due(library, folder, NOON_S) is None
    library.close()
    assert backups.listed(folder) == []


def test_other_files_in_the_backup_folder_are_left_alone(path: Path, folder: Path) -> None:
    folder.mkdir()
    for name in ("library-old.db", "notes.txt", "library-20231114T221320Z.db.tmp"):
        (folder / name).write_text("mine")
    back_up(path, folder)
    back_up(path, folder, NOON_S + 1)
    back_up(path, folder, NOON_S + 2)
    assert len(backups.listed(folder)) == 2
    assert (folder / "library-old.db").read_text() == "mine"
    assert (folder / "notes.txt").exists()


def test_a_damaged_library_never_becomes_a_backup(path: Path, folder: Path) -> None:
    good = back_up(path, folder)
    library = open_library(path, PARAMS)
    garble_pages(path)
    with pytest.raises(CorruptLibraryError, match="damaged"):
        backups.take(library, folder, NOON_S + 1)
    library.close()
    assert [backup.path for backup in backups.listed(folder)] == [good]
    assert suspicion(path).exists()


def test_without_room_there_is_no_backup_and_no_half_one(
    path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = open_library(path, PARAMS)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1000})())
    with pytest.raises(LibraryFullError, match="no room"):
        library.backup(folder / "copy.db")
    assert backups.take_if_due(library, folder, NOON_S) is None
    assert list(folder.iterdir()) == []
    library.close()


def test_a_disk_that_fills_up_during_the_backup_leaves_no_draft(
    path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    library = open_library(path, PARAMS)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LibraryFullError):
        library.backup(folder / "copy.db")
    library.close()
    assert list(folder.iterdir()) == []


# ---- restore ----


def test_restoring_keeps_what_was_there_and_gives_the_library_a_new_name(path: Path, folder: Path) -> None:
    backup = back_up(path, folder)
    library = open_library(path, PARAMS)
    uid = library.uid
    library.put([analysed(under("later.wav"), 999)])
    library.close()
    aside = survival.restore(backup, path, NOON_S)
    assert aside is not None
    assert aside.name == "library-replaced-20231114T221320Z.db"
    restored, before = open_library(path, PARAMS), open_library(aside, PARAMS)
    assert (restored.count(), before.count()) == (FILES, FILES + 1)
    assert restored.uid != uid
    assert before.uid == uid
    assert backup.exists()
    restored.close()
    before.close()


def test_restoring_where_nothing_was(path: Path, folder: Path) -> None:
    backup = back_up(path, folder)
    path.unlink()
    assert survival.restore(backup, path, NOON_S) is None
    library = open_library(path, PARAMS)
    assert library.count() == FILES
    library.close()


def test_restoring_from_something_else_changes_nothing(path: Path, folder: Path, tmp_path: Path) -> None:
    before = path.read_bytes()
    bad = back_up(path, folder)
    shutil.copyfile(bad, tmp_path / "half.db")
    cut_in_half(tmp_path / "half.db")
    garble_one_page(bad, of="sample")
    (tmp_path / "text.db").write_text("hello" * 1000)
    for source in (bad, tmp_path / "half.db", tmp_path / "text.db", tmp_path / "none.db"):
        with pytest.raises(LibraryError):
            survival.restore(source, path, NOON_S)
    assert path.read_bytes() == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["backups", "half.db", "library.db", "text.db"]


def test_what_a_killed_daemon_left_in_its_log_is_kept_when_a_backup_replaces_it(
    path: Path, folder: Path, tmp_path: Path
) -> None:
    backup = back_up(path, folder)
    library = open_library(path, PARAMS)
    library.put([analysed(under("later.wav"), 999)])
    killed = tmp_path / "killed" / "library.db"
    killed.parent.mkdir()
    for ending in ("", "-wal"):
        killed.with_name(f"library.db{ending}").write_bytes(path.with_name(f"library.db{ending}").read_bytes())
    library.close()
    aside = survival.restore(backup, killed, NOON_S)
    assert aside is not None
    assert not aside.with_name(aside.name + "-wal").exists()
    before: SqliteLibrary = open_library(aside, PARAMS)
    assert before.count() == FILES + 1
    before.close()


def test_a_backup_of_older_features_goes_on_serving(path: Path, folder: Path) -> None:
    survival.restore(back_up(path, folder), path, NOON_S)
    library = open_library(path, NEXT_PARAMS)
    assert library.serving_params.version == PARAMS.version
    assert library.count() == FILES
    library.close()
