"""Mends what our tables promise each other, in a file that is sound: at worst some files are analysed again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soundkin.library import changes, heard, spaces

if TYPE_CHECKING:
    import apsw

_TO_REDO = f"UPDATE sample SET feature_version = {spaces.NO_VERSION} WHERE id = ?"
_UNSERVED = "UPDATE sample SET served = 0 WHERE id = ?"


def mend(db: apsw.Connection) -> None:
    """Make the tables agree again, in the caller's transaction; every index is to be rebuilt after it."""
    for owner in ("root", "folder"):
        db.execute(f"DELETE FROM sample WHERE {owner}_id NOT IN (SELECT id FROM {owner})")
    db.execute("DELETE FROM unread WHERE root_id NOT IN (SELECT id FROM root)")
    db.execute("UPDATE root SET within = NULL WHERE within NOT IN (SELECT id FROM root)")
    heard.mend(db)
    for version in spaces.versions(db):
        _mend_space(db, version)
    changes.start_afresh(db)


def _mend_space(db: apsw.Connection, version: int) -> None:
    table = spaces.table(version)
    stored = {row[0]: row[1:] for row in db.execute(f"SELECT sample_id, root_id, present FROM {table}")}
    expected = expected_vectors(db, version)
    strays = stored.keys() - expected.keys()
    db.executemany(f"DELETE FROM {table} WHERE sample_id = ?", ((id_,) for id_ in strays))
    lacking = [(id_,) for id_ in expected.keys() - stored.keys()]
    db.executemany(_TO_REDO, lacking)
    if spaces.serving(db).version == version:  # else the older features go on answering
        db.executemany(_UNSERVED, lacking)
    db.executemany(
        f"UPDATE {table} SET root_id = ?, present = ? WHERE sample_id = ?",
        ((*row, id_) for id_, row in expected.items() if stored.get(id_, row) != row),
    )


def expected_vectors(db: apsw.Connection, version: int) -> dict[int, tuple[int, int]]:
    """What a space should hold according to the samples: id to (root_id, present)."""
    if spaces.serving(db).version == version:
        rows = db.execute("SELECT id, root_id, missing_since IS NULL FROM sample WHERE served = 1")
    else:
        rows = db.execute(
            "SELECT id, root_id, missing_since IS NULL FROM sample WHERE feature_version = ? AND failure_code IS NULL",
            (version,),
        )
    return {id_: (root_id, present) for id_, root_id, present in rows}
