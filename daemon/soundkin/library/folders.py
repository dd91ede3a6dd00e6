"""Folders of known files, and files by folder and name. Works inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from soundkin.library.paths import composed, native, split, stored

if TYPE_CHECKING:
    import apsw

PATH = "folder.path || sample.name"
"""The path of a file, where `sample` is joined with its `folder`."""

OF_SAMPLE = "JOIN folder ON folder.id = sample.folder_id"


def known_at(db: apsw.Connection, columns: str, path: str) -> Any:
    """Columns of the sample at a stored path; None where there is none."""
    return db.execute(
        f"SELECT {columns} FROM folder JOIN sample ON sample.folder_id = folder.id "
        "WHERE folder.path = ? AND sample.name = ?",
        split(path),
    ).get


def known_alike(db: apsw.Connection, path: str) -> int | None:
    """Id of the sample at a path, whichever way its letters are composed; the exact spelling comes first.

    Reads every folder where the spelling is another one, so only then.
    """
    exact = known_at(db, "sample.id", stored(path))
    if exact is not None or path.isascii():
        return None if exact is None else int(exact)
    folder, name = split(composed(path))
    folders = [id_ for id_, each in db.execute("SELECT id, path FROM folder") if composed(native(each)) == folder]
    names = (row for id_ in folders for row in db.execute("SELECT id, name FROM sample WHERE folder_id = ?", (id_,)))
    return next((int(id_) for id_, each in names if composed(native(each)) == name), None)


def drop_empty(db: apsw.Connection) -> None:
    """Let go of folders whose last known file has gone."""
    db.execute("DELETE FROM folder WHERE NOT EXISTS (SELECT 1 FROM sample WHERE sample.folder_id = folder.id)")


class Folders:
    """Ids of folders by stored path, for one transaction of writes."""

    def __init__(self, db: apsw.Connection) -> None:
        self._db = db
        self._ids: dict[str, int] = {}

    def place(self, path: str) -> tuple[int, str]:
        """Id of the folder of a stored path, made where it is new, and the name in it."""
        folder, name = split(path)
        id_ = self._ids.get(folder)
        if id_ is None:
            id_ = self._db.execute("SELECT id FROM folder WHERE path = ?", (folder,)).get
            if id_ is None:
                id_ = self._db.execute("INSERT INTO folder (path) VALUES (?) RETURNING id", (folder,)).get
            self._ids[folder] = int(id_)
        return int(id_), name
