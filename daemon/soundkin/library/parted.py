"""What was analysed in folders that are followed no longer, kept for a while. Works inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soundkin.library import spaces
from soundkin.library.folders import OF_SAMPLE, Folders
from soundkin.library.rows import FACT_COLUMNS, Row

if TYPE_CHECKING:
    from collections.abc import Callable

    import apsw

_BLOCK = 1000
_KEPT = ("size", "mtime_ns", "ctime_ns", "inode", "content_hash", "added_s", "failure_message", *FACT_COLUMNS)
"""Columns that go over as they are."""
_COLUMNS = ", ".join(_KEPT)
_PUT_BACK = (
    f"INSERT OR IGNORE INTO sample (id, folder_id, name, root_id, feature_version, served, missing_since, {_COLUMNS}) "
    f"VALUES (?, ?, ?, ?, ?, 1, ?, {', '.join('?' * len(_KEPT))}) RETURNING id"
)


def keep(db: apsw.Connection, root_id: int, now_s: float) -> None:
    """Keep what the serving features say of the samples of a root, whose rows are about to go."""
    version = spaces.serving(db).version
    db.execute(
        f"INSERT OR REPLACE INTO parted (id, folder, name, parted_s, feature_version, embedding, {_COLUMNS}) "
        f"SELECT sample.id, folder.path, name, ?, feature_version, embedding, {_COLUMNS} FROM sample {OF_SAMPLE} "
        f"JOIN {spaces.table(version)} AS vector ON vector.sample_id = sample.id "
        "WHERE sample.root_id = ? AND served = 1 AND failure_code IS NULL AND feature_version = ?",
        (now_s, root_id, version),
    )


def put_back(
    db: apsw.Connection, root_id: int, span: tuple[str, str], now_s: float, told: Callable[[list[int]], None]
) -> None:
    """Make what is kept of the folders in a span, as they are stored, samples of a root, missing ones.

    `told` hears their ids, some at a time, when their vectors are stored.
    """
    version = spaces.serving(db).version
    folders = Folders(db)
    while True:
        rows: list[Row] = db.execute(
            f"SELECT id, folder, name, feature_version, embedding, {_COLUMNS} FROM parted "
            f"WHERE folder >= ? AND folder < ? LIMIT {_BLOCK}",
            span,
        ).fetchall()
        if not rows:
            return
        back: list[int] = []
        for id_, folder, name, features, embedding, *kept in rows:
            if features == version:
                place = folders.place(folder + name)
                if db.execute(_PUT_BACK, (id_, *place, root_id, features, now_s, *kept)).get is not None:
                    db.execute(
                        f"INSERT INTO {spaces.table(version)} (sample_id, root_id, present, embedding) "
                        "VALUES (?, ?, 0, ?)",
                        (id_, root_id, embedding),
                    )
                    back.append(id_)
        told(back)
        db.executemany("DELETE FROM parted WHERE id = ?", ((row[0],) for row in rows))


def forget(db: apsw.Connection, before_s: float) -> None:
    """Let go of what has been kept since before `before_s`."""
    db.execute("DELETE FROM parted WHERE parted_s < ?", (before_s,))
