"""Brings a library file to the newest schema, and refuses files that are not ours or newer than this program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from soundkin.errors import CorruptLibraryError, LibraryError, SchemaVersionError

if TYPE_CHECKING:
    import apsw

APPLICATION_ID = 0x534B494E  # "SKIN"; `file library.db` shows it


@dataclass(frozen=True, slots=True)
class Migration:
    """One step forward; `number` is the user_version it leads to."""

    number: int
    name: str
    sql: str


def migrations() -> list[Migration]:
    """Every migration of this program, in order."""
    files = sorted((Path(__file__).parent / "sql" / "migrations").glob("*.sql"))
    return [Migration(int(file.name[:4]), file.name, file.read_text("utf-8")) for file in files]


def migrate(db: apsw.Connection, known: list[Migration] | None = None) -> None:
    """Run what is missing, one transaction each."""
    for migration in migrations() if known is None else known:
        if version_of(db) >= migration.number:
            continue
        db.execute("BEGIN IMMEDIATE")
        try:
            # another process may have migrated while this one waited for the lock
            if version_of(db) < migration.number:
                db.execute(migration.sql)
                db.execute(f"PRAGMA user_version = {migration.number}; PRAGMA application_id = {APPLICATION_ID}")
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")


def version_of(db: apsw.Connection) -> int:
    """The schema version of a file; 0 for an empty one."""
    return int(db.pragma("user_version"))


def check_owner(db: apsw.Connection, called: Path | None = None) -> None:
    """Look before anything is written: `LibraryError` for another program's database, `SchemaVersionError` for
    a library of a newer Soundkin. `called`: whose copy this is, where a person knows it by another name.
    """
    name = called or db.filename
    newest = migrations()[-1].number
    owner = int(db.pragma("application_id"))
    empty = db.execute("SELECT count(*) FROM sqlite_schema").get == 0
    if owner != APPLICATION_ID and not empty:
        raise LibraryError(f"{name} is not a Soundkin library (application id {owner}, expected {APPLICATION_ID})")
    if (found := version_of(db)) > newest:
        raise SchemaVersionError(
            f"{name} has schema {found}, this Soundkin knows schemas up to {newest}: "
            "please update Soundkin or use another data directory"
        )


def fact(db: apsw.Connection, name: str) -> int | str:
    """A single fact about the library, from its table `meta`. Raises `CorruptLibraryError` where it is lost."""
    value = db.execute("SELECT value FROM meta WHERE name = ?", (name,)).get
    if not isinstance(value, int | str):
        raise CorruptLibraryError(f"the library {db.filename} has lost its {name}")
    return value
