"""Followed folders. A root inside another one owns what lies below it. Works inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soundkin.errors import BadArgumentError
from soundkin.library import changes, folders, parted, spaces, unread
from soundkin.library.paths import bare, below, composed, holds, native, stored
from soundkin.model import Root

if TYPE_CHECKING:
    from collections.abc import Callable

    import apsw

_ROOTS = """
SELECT id, path, online,
    (SELECT count(*) FROM sample WHERE root_id = root.id AND served = 1 AND missing_since IS NULL) * online,
    within, is_link
FROM root ORDER BY path
"""
_PLACES = "SELECT id, path, within, online FROM root"


def every(db: apsw.Connection) -> tuple[Root, ...]:
    """All roots and places below them with their counts of findable samples, by path."""
    return tuple(
        Root(id_, native(path), bool(online), samples, within, bool(is_link))
        for id_, path, online, samples, within, is_link in db.execute(_ROOTS)
    )


def add(db: apsw.Connection, path: str, now_s: float, told: Callable[[list[int]], None]) -> int:
    """Follow a folder and return its root's id; it takes over what an enclosing root knew below it.

    What is still kept of a time when its files were followed before is known again, and `told` hears its ids.
    """
    spelled = stored(bare(path))
    known = db.execute("SELECT id FROM root WHERE path = ?", (spelled,)).get
    if known is None:
        root_id = _insert(db, spelled)
        parted.put_back(db, root_id, below(native(spelled)), now_s, told)
        return root_id
    db.execute("UPDATE root SET within = NULL WHERE id = ?", (known,))
    return int(known)


def add_place(db: apsw.Connection, path: str, within: int, *, is_link: bool) -> int:
    """Make a folder below the root `within` a root of its own, for as long as that one is followed; its id."""
    if db.execute("SELECT 1 FROM root WHERE id = ?", (within,)).get is None:
        raise BadArgumentError(f"there is no followed folder number {within}")
    spelled = stored(bare(path))
    known = db.execute("SELECT id FROM root WHERE path = ?", (spelled,)).get
    root_id = _insert(db, spelled) if known is None else int(known)
    if known is None:
        db.execute("UPDATE root SET within = ?, is_link = ? WHERE id = ?", (within, is_link, root_id))
    else:
        db.execute("UPDATE root SET is_link = ? WHERE id = ? AND within IS NOT NULL", (is_link, root_id))
    return root_id


def drop_place(db: apsw.Connection, root_id: int) -> None:
    """A place is an ordinary folder again, or gone: what is known of it belongs to the root around it."""
    path = db.execute("SELECT path FROM root WHERE id = ? AND within IS NOT NULL", (root_id,)).get
    heir = None if path is None else owner_of(native(path), [each for each in paths(db) if each[0] != root_id])
    if heir is not None:
        _hand_over_all(db, root_id, heir)
        db.execute("DELETE FROM root WHERE id = ?", (root_id,))


def remove(db: apsw.Connection, path: str, now_s: float) -> int:
    """Stop following a folder; how many of its known files leave. What was analysed is kept apart for a while.

    What an enclosing root also covers is handed to it instead, places included. Of places only one that is away can
    be removed. Raises `BadArgumentError` for those others and for an unknown folder.
    """
    found = _by_path(db, path)
    if found is None:
        known = ", ".join(native(root) for _, root in paths(db)) or "none"
        raise BadArgumentError(f"{path} is not a followed folder; followed: {known}")
    root_id, spelled, within, online = found
    if within is not None:
        if online:
            outer = native(db.execute("SELECT path FROM root WHERE id = ?", (within,)).get)
            raise BadArgumentError(f"{path} is followed because {outer} is: remove that, or name it in [scan] ignore")
        return _forget(db, root_id, now_s)
    heir = owner_of(native(spelled), [(id_, outer) for id_, outer in paths(db) if id_ != root_id])
    if heir is None:
        places = [int(place) for (place,) in db.execute("SELECT id FROM root WHERE within = ?", (root_id,))]
        return sum(_forget(db, each, now_s) for each in [*places, root_id])
    _hand_over_all(db, root_id, heir)
    db.execute(
        "UPDATE root SET within = coalesce((SELECT within FROM root WHERE id = ?1), ?1) WHERE within = ?2",
        (heir, root_id),
    )
    return _forget(db, root_id, now_s)


def set_online(db: apsw.Connection, root_id: int, online: bool) -> None:
    """Mark a root reachable or not; nothing is noted where that is no news."""
    known = db.execute("SELECT online FROM root WHERE id = ?", (root_id,)).get
    if known is None:
        raise BadArgumentError(f"there is no followed folder number {root_id}")
    if bool(known) != online:
        db.execute("UPDATE root SET online = ? WHERE id = ?", (online, root_id))
        if online:
            unread.retry(db, root_id)
        changes.note_root(db, root_id)


def paths(db: apsw.Connection) -> list[tuple[int, str]]:
    """Id and native path of every root, innermost first."""
    roots = [(id_, native(path)) for id_, path in db.execute("SELECT id, path FROM root")]
    return sorted(roots, key=lambda root: len(root[1]), reverse=True)


def owner_of(path: str, roots: list[tuple[int, str]]) -> int | None:
    """The innermost of `roots` (as `paths` lists them) that holds a path."""
    return next((id_ for id_, folder in roots if holds(folder, path)), None)


def _by_path(db: apsw.Connection, path: str) -> tuple[int, str, int | None, bool] | None:
    """Id, stored path, `within` and `online` of the root at a path, however its letters are composed."""
    rows = [(id_, text, within, bool(online)) for id_, text, within, online in db.execute(_PLACES)]
    exact = [row for row in rows if row[1] == stored(bare(path))]
    alike = [row for row in rows if composed(native(row[1])) == composed(bare(path))]
    return next(iter(exact or alike), None)


def _insert(db: apsw.Connection, spelled: str) -> int:
    """A new root, which takes over what lies below it."""
    root_id = int(db.execute("INSERT INTO root (path) VALUES (?) RETURNING id", (spelled,)).get)
    low, high = below(native(spelled))
    inside = "folder_id IN (SELECT id FROM folder WHERE path >= ? AND path < ?)"
    for owner in [id_ for id_, outer in paths(db) if id_ != root_id and holds(outer, native(spelled))]:
        _hand_over(db, f"root_id = ? AND {inside}", (owner, low, high), root_id)
        db.execute(
            "UPDATE unread SET root_id = ? WHERE root_id = ? AND path >= ? AND path < ?", (root_id, owner, low, high)
        )
    return root_id


def _forget(db: apsw.Connection, root_id: int, now_s: float) -> int:
    """Forget a root and all that is known of it, but for what is kept apart; how many files that were."""
    gone = int(db.execute("SELECT count(*) FROM sample WHERE root_id = ?", (root_id,)).get)
    if gone:
        changes.note_root(db, root_id)
        parted.keep(db, root_id, now_s)
        for version in spaces.versions(db):
            db.execute(f"DELETE FROM {spaces.table(version)} WHERE root_id = ?", (root_id,))
        db.execute("DELETE FROM sample WHERE root_id = ?", (root_id,))
        folders.drop_empty(db)
    db.execute("DELETE FROM unread WHERE root_id = ?", (root_id,))
    db.execute("DELETE FROM root WHERE id = ?", (root_id,))
    return gone


def _hand_over_all(db: apsw.Connection, root_id: int, heir: int) -> None:
    _hand_over(db, "root_id = ?", (root_id,), heir)
    db.execute("UPDATE unread SET root_id = ? WHERE root_id = ?", (heir, root_id))


def _hand_over(db: apsw.Connection, where: str, values: tuple[int | str, ...], root_id: int) -> None:
    moved = [id_ for (id_,) in db.execute(f"SELECT id FROM sample WHERE {where}", values)]
    db.executemany("UPDATE sample SET root_id = ? WHERE id = ?", ((root_id, id_) for id_ in moved))
    for version in spaces.versions(db):
        db.executemany(
            f"UPDATE {spaces.table(version)} SET root_id = ? WHERE sample_id = ?", ((root_id, id_) for id_ in moved)
        )
    changes.note(db, moved)
