"""Whether a library is sound: SQLite's own checks, then what our tables promise each other. Reads only."""

from __future__ import annotations

import time
from collections.abc import Callable

import apsw

from soundkin.library import spaces
from soundkin.library.mending import expected_vectors

MOST_FINDINGS = 20


def quick(db: apsw.Connection) -> list[str]:
    """What SQLite finds wrong with the file's structure, in sentences; empty when sound."""
    try:
        return _pragma(db, "quick_check")
    except (apsw.CorruptError, apsw.NotADBError) as error:
        return [str(error)]


def quick_within(db: apsw.Connection, seconds: float, clock: Callable[[], float] = time.monotonic) -> list[str]:
    """As `quick`, ended without a finding after a time limit in seconds; SQLite begins with the tables made first."""
    deadline = clock() + seconds
    db.set_progress_handler(lambda: clock() > deadline, 1000)
    try:
        return quick(db)
    except apsw.InterruptError:
        return []
    finally:
        db.set_progress_handler(None)


def full(db: apsw.Connection) -> list[str]:
    """Everything that can be found wrong; takes seconds where there are hundreds of thousands of samples."""
    return structure(db) or promises(db)


def structure(db: apsw.Connection) -> list[str]:
    """As `quick`, and every index against its table."""
    try:
        return _pragma(db, "integrity_check")
    except (apsw.CorruptError, apsw.NotADBError) as error:
        return [str(error)]


def promises(db: apsw.Connection) -> list[str]:
    """What is wrong between tables of the newest schema, each sound in itself; `mending.mend` knows what to do."""
    try:
        return _broken_promises(db)
    except apsw.SQLError as error:
        return [f"a table cannot be read: {error}"]


def _broken_promises(db: apsw.Connection) -> list[str]:
    found = []
    strays = db.execute("PRAGMA foreign_key_check").fetchall()
    categories = [table for table, *_ in strays if table == "heard"]
    if len(strays) > len(categories):
        found.append(f"{len(strays) - len(categories)} samples belong to no folder")
    if categories:
        found.append(f"{len(categories)} categories belong to no sample")
    for version in spaces.versions(db):
        found += _vectors_and_samples(db, version)
    ahead = "SELECT count(*) FROM change WHERE generation > (SELECT value FROM meta WHERE name = 'generation')"
    if db.execute(ahead).get:
        found.append("the index's to-do list is ahead of the library")
    return found


def _pragma(db: apsw.Connection, check: str) -> list[str]:
    rows = [str(text) for (text,) in db.execute(f"PRAGMA {check}({MOST_FINDINGS})")]
    return [] if rows == ["ok"] else rows


def _vectors_and_samples(db: apsw.Connection, version: int) -> list[str]:
    """The vectors of a space are those of the samples that say they have one, and know their folders."""
    stored = {row[0]: row[1:] for row in db.execute(f"SELECT sample_id, root_id, present FROM {spaces.table(version)}")}
    expected = expected_vectors(db, version)
    found = []
    if lacking := expected.keys() - stored.keys():
        found.append(f"{len(lacking)} samples lack their vector of feature version {version}")
    if strays := stored.keys() - expected.keys():
        found.append(f"{len(strays)} vectors of feature version {version} belong to no sample")
    if differing := sum(1 for id_ in expected.keys() & stored.keys() if expected[id_] != stored[id_]):
        found.append(f"{differing} vectors of feature version {version} disagree with their sample")
    return found
