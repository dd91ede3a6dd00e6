"""Libraries of every released schema open, migrate and answer as they did."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from library_dump import PATHS, PLACE, ROOT, dump, fill
from library_health import findings
from library_samples import FEW_FACTS, FULL_FACTS, NEXT_PARAMS, PARAMS, analysed, vector_of
from soundkin.folders.diff import plan
from soundkin.library import open_library
from soundkin.library.connections import connect
from soundkin.library.schema import migrations, version_of
from soundkin.model import DiskFile, FileStamp, Problem, SampleId

RELEASED = Path(__file__).parent / "released"
SCHEMAS = sorted(RELEASED.glob("schema-*.sql"))

pytestmark = pytest.mark.skipif(os.sep != "/", reason="the stored paths are those of a POSIX system")


def load(schema: Path, path: Path) -> Path:
    db = connect(path)
    db.execute(schema.read_text("utf-8"))
    db.close()
    return path


def knows_of_disks(schema: Path) -> bool:
    """Whether libraries of this schema list what nobody could get at, and disks below folders."""
    return int(schema.stem.removeprefix("schema-")) >= 3


def test_a_library_of_every_schema_is_kept() -> None:
    kept = {schema.name for schema in SCHEMAS}
    assert kept == {f"schema-{migration.number}.sql" for migration in migrations()}, "tests/library_dump.py makes it"


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.stem)
def test_a_released_library_migrates_and_keeps_everything(schema: Path, tmp_path: Path) -> None:
    path = load(schema, tmp_path / "library.db")
    library = open_library(path, NEXT_PARAMS)
    assert findings(library) == []
    places = {PLACE: (True, 0)} if knows_of_disks(schema) else {}
    assert {root.path: (root.online, root.samples) for root in library.roots()} == {
        ROOT: (True, 3),
        "/volumes/usb": (False, 0),
        **places,
    }
    full, few, odd = (library.by_path(PATHS[name]) for name in ("full", "few", "odd"))
    assert full is not None
    assert few is not None
    assert odd is not None
    assert (full.facts, few.facts, full.added_s) == (FULL_FACTS, FEW_FACTS, 1_700_000_000.0)
    retry_s = 1_700_000_005.0
    unread = [Problem(PATHS["unread"], "unreadable", "Input/output error", retry_s)] if knows_of_disks(schema) else []
    assert library.problems() == [Problem(PATHS["failed"], "decode", "not audio"), *unread]
    assert list(library.missing()) == [PATHS["missing"]]
    assert library.vectors([full.id])[full.id].tolist() == vector_of(0).tolist()
    changes = library.changes_since(2)
    assert changes is not None
    assert {change.id: change.removed for change in changes} == {1: False, 5: True}
    # it goes on where it was: ids are not reused, the new features complete, the disk comes back
    library.put([analysed(PATHS[name], n, NEXT_PARAMS) for n, name in ((1, "few"), (2, "odd"))])
    assert library.serving_params.version == NEXT_PARAMS.version
    library.put([analysed("/samples/new.wav", 9, NEXT_PARAMS)])
    assert library.stamps("/samples/new.wav")["/samples/new.wav"].id == SampleId(7)
    assert library.stamps(PATHS["failed"])[PATHS["failed"]].id == SampleId(6)
    library.set_online(2, True)
    assert library.count() == 4
    library.close()
    db = connect(path)
    assert version_of(db) == migrations()[-1].number
    db.close()


def test_a_migrated_library_has_the_schema_of_a_fresh_one(tmp_path: Path) -> None:
    open_library(load(SCHEMAS[0], tmp_path / "old.db"), PARAMS).close()
    open_library(tmp_path / "new.db", PARAMS).close()
    schemas = []
    for name in ("old.db", "new.db"):
        db = connect(tmp_path / name)
        schemas.append(set(db.execute("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'vector%'")))
        db.close()
    assert schemas[0] == schemas[1]


def test_a_dump_makes_the_same_library_again(tmp_path: Path) -> None:
    fill(tmp_path / "one.db")
    db = connect(tmp_path / "one.db")
    (tmp_path / "one.sql").write_text("\n".join(dump(db)), "utf-8")
    db.close()
    again = connect(load(tmp_path / "one.sql", tmp_path / "two.db"))
    assert "\n".join(dump(again)) == (tmp_path / "one.sql").read_text("utf-8")
    again.close()


@pytest.mark.parametrize("number", [1, 2])
def test_after_the_update_every_old_failure_is_tried_once_more_and_no_stamp_costs_a_file_its_analysis(
    number: int, tmp_path: Path
) -> None:
    library = open_library(load(RELEASED / f"schema-{number}.sql", tmp_path / "library.db"), PARAMS)
    known = library.stamps(ROOT)
    disk = [DiskFile(path, FileStamp(row.stamp.size, row.stamp.mtime_ns, 77, 88)) for path, row in known.items()]
    found = plan(disk, known, PARAMS.version)
    assert {file.path for file in found.stale} == {PATHS["failed"], PATHS["full"]}, "one half way to other features"
    assert not found.changed
    assert not found.doubtful
    library.restamp(found.adopted)
    renewed = {path: row.stamp for path, row in library.stamps(ROOT).items()}
    assert renewed[PATHS["few"]] == next(file.stamp for file in disk if file.path == PATHS["few"])
    library.close()


def test_what_an_older_version_took_for_a_failure_for_lack_of_a_disk_is_none_after_the_update(tmp_path: Path) -> None:
    text = (RELEASED / "schema-2.sql").read_text("utf-8").replace("'decode', 'not audio'", "'analysis', 'No such file'")
    old = tmp_path / "old.sql"
    old.write_text(text, "utf-8")
    library = open_library(load(old, tmp_path / "library.db"), PARAMS)
    assert library.problems() == []
    row = library.stamps(PATHS["failed"])[PATHS["failed"]]
    assert not row.failed
    assert row.feature_version != PARAMS.version
    assert findings(library) == []
    library.close()
