"""Files that could not be read, and when each is tried again. Works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from soundkin.library.paths import bare, below, native, stored
from soundkin.model import AnalysisFailure, FileStamp, Unread

if TYPE_CHECKING:
    import apsw

FIRST_RETRY_S = 5.0
LONGEST_RETRY_S = 86_400.0
_FACTOR = 6.0

_NOTE = """
INSERT INTO unread (path, root_id, size, mtime_ns, ctime_ns, inode, code, message, tries, retry_s)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (path) DO UPDATE SET
    root_id = excluded.root_id, size = excluded.size, mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns,
    inode = excluded.inode, code = excluded.code, message = excluded.message, tries = excluded.tries,
    retry_s = excluded.retry_s
"""
_COLUMNS = "unread.path, size, mtime_ns, ctime_ns, inode, code, message, tries, retry_s"
_WITHIN_REACH = "FROM unread JOIN root ON root.id = unread.root_id WHERE root.online = 1"


def retry_delay_s(tries: int) -> float:
    """How long to leave a file alone that could not be read so often in a row: 5 s, then six times longer each time,
    a day at most.
    """
    return float(min(LONGEST_RETRY_S, FIRST_RETRY_S * _FACTOR ** min(tries - 1, 10)))


def note(db: apsw.Connection, failed: AnalysisFailure, root_id: int, now_s: float) -> None:
    """A file could not be read once more."""
    path, stamp = stored(failed.path), failed.stamp
    tries = 1 + int(db.execute("SELECT tries FROM unread WHERE path = ?", (path,)).get or 0)
    numbers = (stamp.size, stamp.mtime_ns, stamp.ctime_ns, stamp.inode)
    words = (failed.code, stored(failed.message))
    db.execute(_NOTE, (path, root_id, *numbers, *words, tries, now_s + retry_delay_s(tries)))


def forget(db: apsw.Connection, paths: Iterable[str]) -> None:
    """These files were read, or are gone."""
    db.executemany("DELETE FROM unread WHERE path = ?", ((stored(path),) for path in paths))


def retry(db: apsw.Connection, root_id: int | None = None) -> None:
    """Every file, or every one of a root, may be tried again at once."""
    db.execute("UPDATE unread SET retry_s = 0 WHERE ?1 IS NULL OR root_id = ?1", (root_id,))


def under(db: apsw.Connection, place: str) -> dict[str, Unread]:
    """What could not be read at or below a folder or file, by path."""
    low, high = below(bare(place))
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM unread WHERE (path >= ? AND path < ?) OR path = ?", (low, high, stored(bare(place)))
    )
    return {native(row[0]): _unread(row) for row in rows}


def due(db: apsw.Connection, now_s: float, most: int) -> list[str]:
    """Files within reach that may be tried again now, what has waited longest first, and by path.

    What is due later than any delay is due: a clock was set back.
    """
    rows = db.execute(
        f"SELECT unread.path {_WITHIN_REACH} AND (retry_s <= ?1 OR retry_s > ?1 + {LONGEST_RETRY_S}) "
        "ORDER BY retry_s, unread.path LIMIT ?2",
        (now_s, most),
    )
    return [native(path) for (path,) in rows]


def everything(db: apsw.Connection) -> list[Unread]:
    """All of it that is within reach, by path."""
    return [_unread(row) for row in db.execute(f"SELECT {_COLUMNS} {_WITHIN_REACH} ORDER BY unread.path")]


def count(db: apsw.Connection) -> int:
    """How much of it is within reach."""
    return int(db.execute(f"SELECT count(*) {_WITHIN_REACH}").get)


def reasons(db: apsw.Connection) -> dict[str, int]:
    """How many of the files within reach could not be read for each reason, the most frequent first."""
    rows = db.execute(f"SELECT message, count(*) {_WITHIN_REACH} GROUP BY message ORDER BY 2 DESC, 1")
    return {native(message): int(number) for message, number in rows}


def _unread(row: tuple[Any, ...]) -> Unread:
    path, size, mtime_ns, ctime_ns, inode, code, message, tries, retry_s = row
    return Unread(native(path), FileStamp(size, mtime_ns, ctime_ns, inode), code, native(message), tries, retry_s)
