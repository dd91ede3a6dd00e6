"""Writes a library as SQL, to keep one of each released schema: `python tests/library_dump.py tests/library/released`.

Run it once when a schema is released, with `daemon` and `tests` on PYTHONPATH, and never again for that schema.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import apsw

from library_samples import CLASSIFIER, FEW_FACTS, FULL_FACTS, NEXT_PARAMS, PARAMS, analysed, failed
from soundkin.library import open_library
from soundkin.library.connections import connect
from soundkin.library.schema import migrations
from soundkin.model import SampleId

ROOT, OFFLINE, PLACE = "/samples", "/volumes/usb", "/samples/disk"
PATHS = {
    "full": "/samples/loops/Am 120.wav",
    "few": "/samples/few.wav",
    "odd": "/samples/caf\udce9 \U0001f941.wav",
    "missing": "/samples/gone.wav",
    "failed": "/samples/bad.ogg",
    "offline": "/volumes/usb/o.wav",
    "unread": "/samples/eio.wav",
}


def fill(path: Path) -> None:
    """A library with one of everything, half way from one feature version to the next."""
    library = open_library(path, PARAMS, classifier=CLASSIFIER, clock=lambda: 1_700_000_000.0)
    library.add_root(ROOT)
    usb = library.add_root(OFFLINE)
    facts = {"full": FULL_FACTS}
    names = ["full", "few", "odd", "missing", "offline"]
    library.put([analysed(PATHS[name], n, facts=facts.get(name, FEW_FACTS)) for n, name in enumerate(names)])
    library.put([failed(PATHS["failed"]), failed(PATHS["unread"], "unreadable", "Input/output error")])
    library.add_place(PLACE, library.roots()[0].id, is_link=False)
    library.mark_missing([SampleId(4)], 1_700_000_500.0)
    library.note_index_saved(2)
    library.set_online(usb.id, False)
    library.close()
    library = open_library(path, NEXT_PARAMS)
    library.put([analysed(PATHS["full"], 0, NEXT_PARAMS, FULL_FACTS)])
    library.close()


def dump(db: apsw.Connection) -> Iterator[str]:
    """SQL that makes the same library again; vectors go through their virtual tables."""
    yield f"PRAGMA application_id = {db.pragma('application_id')};"
    yield f"PRAGMA user_version = {db.pragma('user_version')};"
    tables = list(db.execute("SELECT name, type FROM pragma_table_list WHERE schema = 'main' ORDER BY name"))
    # not every shadow table of sqlite-vec says that it is one
    virtual = tuple(f"{name}_" for name, kind in tables if kind == "virtual")
    own = {name for name, kind in tables if kind in ("table", "virtual") and not name.startswith(("sqlite_", *virtual))}
    for name, sql in db.execute("SELECT tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid"):
        if name in own:
            yield f"{sql};"
    first = ("root", "folder", "classifier", "sample")  # what rows of other tables refer to
    for name in sorted(own, key=lambda name: (name not in first[:3], name not in first, name)):
        columns = [column for (column,) in db.execute("SELECT name FROM pragma_table_info(?)", (name,))]
        quoted = " || ', ' || ".join(f"quote({column})" for column in columns)
        for (values,) in db.execute(f"SELECT {quoted} FROM {name}"):
            yield f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({values});"
    for name, number in db.execute(
        "SELECT name, seq FROM sqlite_sequence WHERE name IN ('root', 'sample') ORDER BY name"
    ):
        yield f"UPDATE sqlite_sequence SET seq = {number} WHERE name = '{name}';"


def main(folder: Path) -> None:
    """Write the dump of the newest schema, unless there is one."""
    target = folder / f"schema-{migrations()[-1].number}.sql"
    if target.exists():
        raise SystemExit(f"{target} is there already; a released schema never changes")
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "library.db"
        fill(path)
        db = connect(path)
        target.write_text("\n".join(dump(db)) + "\n", "utf-8")
        db.close()


if __name__ == "__main__":
    assert os.sep == "/", "the stored paths are those of a POSIX system"
    main(Path(sys.argv[1]))
