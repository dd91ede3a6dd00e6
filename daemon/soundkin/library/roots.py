"""Followed folders. A root inside another one owns what lies below it. Works inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soundkin.errors import BadArgumentError
from soundkin.library import changes, folders, spaces
from soundkin.library.paths import bare, below, holds, native, stored
from soundkin.model import Root

if TYPE_CHECKING:
    import apsw

_ROOTS = """
SELECT id, path, online,
    (SELECT count(*) FROM sample WHERE root_id = root.id AND served = 1 AND missing_since IS NULL) * online
FROM root ORDER BY path
"""


def every(db: apsw.Connection) -> tuple[Root, ...]:
    """All roots with their counts of findable samples, by path."""
    return tuple(Root(id_, native(path), bool(online), samples) for id_, path, online, samples in db.execute(_ROOTS))


def add(db: apsw.Connection, path: str) -> int:
    """Follow a folder and return its root's id; it takes over what an enclosing root knew below it."""
    spelled = stored(bare(path))
    known = db.execute("SELECT id FROM root WHERE path = ?", (spelled,)).get
    if known is not None:
        return int(known)
    root_id = int(db.execute("INSERT INTO root (path) VALUES (?) RETURNING id", (spelled,)).get)
    owners = [id_ for id_, outer in paths(db) if id_ != root_id and holds(outer, native(spelled))]
    for owner in owners:
        low, high = below(native(spelled))
        inside = "folder_id IN (SELECT id FROM folder WHERE path >= ? AND path < ?)"
        _hand_over(db, f"root_id = ? AND {inside}", (owner, low, high), root_id)
    return root_id


def remove(db: apsw.Connection, path: str) -> int:
    """Stop following a folder; how many of its known files are forgotten.

    What an enclosing root also covers is handed to it instead. Raises `BadArgumentError` for an unknown folder.
    """
    found = db.execute("SELECT id FROM root WHERE path = ?", (stored(bare(path)),)).get
    if found is None:
        known = ", ".join(native(root) for _, root in paths(db)) or "none"
        raise BadArgumentError(f"{path} is not a followed folder; followed: {known}")
    root_id = int(found)
    heir = owner_of(bare(path), [(id_, outer) for id_, outer in paths(db) if id_ != root_id])
    if heir is not None:
        _hand_over(db, "root_id = ?", (root_id,), heir)
    gone = int(db.execute("SELECT count(*) FROM sample WHERE root_id = ?", (root_id,)).get)
    if gone:
        changes.note_root(db, root_id)
        for version in spaces.versions(db):
            db.execute(f"DELETE FROM {spaces.table(version)} WHERE root_id = ?", (root_id,))
        db.execute("DELETE FROM sample WHERE root_id = ?", (root_id,))
        folders.drop_empty(db)
    db.execute("DELETE FROM root WHERE id = ?", (root_id,))
    return gone


def set_online(db: apsw.Connection, root_id: int, online: bool) -> None:
    """Mark a root reachable or not; nothing is noted where that is no news."""
    known = db.execute("SELECT online FROM root WHERE id = ?", (root_id,)).get
    if known is None:
        raise BadArgumentError(f"there is no followed folder number {root_id}")
    if bool(known) != online:
        db.execute("UPDATE root SET online = ? WHERE id = ?", (online, root_id))
        changes.note_root(db, root_id)


def paths(db: apsw.Connection) -> list[tuple[int, str]]:
    """Id and native path of every root, innermost first."""
    roots = [(id_, native(path)) for id_, path in db.execute("SELECT id, path FROM root")]
    return sorted(roots, key=lambda root: len(root[1]), reverse=True)


def owner_of(path: str, roots: list[tuple[int, str]]) -> int | None:
    """The innermost of `roots` (as `paths` lists them) that holds a path."""
    return next((id_ for id_, folder in roots if holds(folder, path)), None)


def _hand_over(db: apsw.Connection, where: str, values: tuple[int | str, ...], root_id: int) -> None:
    moved = [id_ for (id_,) in db.execute(f"SELECT id FROM sample WHERE {where}", values)]
    db.executemany("UPDATE sample SET root_id = ? WHERE id = ?", ((root_id, id_) for id_ in moved))
    for version in spaces.versions(db):
        db.executemany(
            f"UPDATE {spaces.table(version)} SET root_id = ? WHERE sample_id = ?", ((root_id, id_) for id_ in moved)
        )
    changes.note(db, moved)
