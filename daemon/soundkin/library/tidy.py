"""Keeps the file from growing by what was deleted, in steps short enough to take between other work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soundkin.library import spaces

if TYPE_CHECKING:
    import apsw

SLOTS = 1024
"""Vectors in one chunk of a vec0 table: sqlite-vec's default."""
_CHUNKS_A_STEP = 2
_PAGES_A_STEP = 2000  # 8 MB
_SPARE_PAGES = 1000  # free pages worth keeping for what is written next


def step(db: apsw.Connection) -> bool:
    """Do a little, in the caller's transaction; whether more is to do."""
    for version in spaces.versions(db):
        if (before := _waste(db, version)) > 0:
            _repack(db, version)
            # sqlite-vec before 0.1.7 kept empty chunks; no step may make things worse and ask for another one
            return _waste(db, version) < before
    return _give_back(db)


def _waste(db: apsw.Connection, version: int) -> int:
    """Chunks of a vector table beyond twice those that its vectors fill."""
    table = spaces.table(version)
    chunks = int(db.execute(f"SELECT count(*) FROM {table}_chunks").get)
    rows = int(db.execute(f"SELECT count(*) FROM {table}_rowids").get)
    return chunks - 2 * (rows // SLOTS + 1)


def _repack(db: apsw.Connection, version: int) -> None:
    """Write the vectors of the emptiest chunks again.

    sqlite-vec fills only its newest chunk, so what is deleted leaves holes for ever; a chunk that loses its last
    vector is given back. Its shadow tables tell only which vectors those are; reading and writing goes through vec0.
    """
    table = spaces.table(version)
    emptiest = db.execute(
        f"SELECT chunk_id FROM {table}_rowids WHERE chunk_id < (SELECT max(chunk_id) FROM {table}_chunks) "
        f"GROUP BY chunk_id ORDER BY count(*) LIMIT {_CHUNKS_A_STEP}"
    )
    chunks = [chunk_id for (chunk_id,) in emptiest]
    ids = [
        row
        for chunk_id in chunks
        for row in db.execute(f"SELECT rowid FROM {table}_rowids WHERE chunk_id = ?", (chunk_id,))
    ]
    columns = "sample_id, root_id, present, embedding"
    rows = db.executemany(f"SELECT {columns} FROM {table} WHERE sample_id = ?", ids).fetchall()
    db.executemany(f"DELETE FROM {table} WHERE sample_id = ?", ids)
    db.executemany(f"INSERT INTO {table} ({columns}) VALUES (?, ?, ?, ?)", rows)


def _give_back(db: apsw.Connection) -> bool:
    """Return free pages to the disk, where this library was made so that it can."""
    free, pages = int(db.pragma("freelist_count")), int(db.pragma("page_count"))
    if free <= max(_SPARE_PAGES, pages // 4) or db.pragma("auto_vacuum") != 2:
        return False
    # one row for each page: all have to be asked for
    for _ in db.execute(f"PRAGMA incremental_vacuum({_PAGES_A_STEP})"):
        pass
    return True
