"""Reading known files and samples. Works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from soundkin.library import heard, unread
from soundkin.library.folders import OF_SAMPLE, known_alike
from soundkin.library.heard import Hearing
from soundkin.library.paths import bare, below, native, split, stored
from soundkin.library.rows import (
    FINDABLE,
    KNOWN_FILE_COLUMNS,
    LISTED,
    SAMPLE_COLUMNS,
    Row,
    known_files_from,
    listed,
    sample_from,
    served_in,
)
from soundkin.library.text import condition, words_of
from soundkin.model import PRESENT, KnownFile, Problem, Sample, SampleId, State

if TYPE_CHECKING:
    import apsw

_STAMP_BLOCK = 1024
_ID_BLOCK = 8192
_BY_FOLDER = "FROM folder CROSS JOIN sample ON sample.folder_id = folder.id"
_FAILED = (
    "FROM root CROSS JOIN sample INDEXED BY sample_failed ON sample.root_id = root.id "
    f"{OF_SAMPLE} WHERE failure_code IS NOT NULL AND missing_since IS NULL AND root.online = 1"
)
_CUT_OFF = (
    f"FROM sample JOIN root ON root.id = sample.root_id {OF_SAMPLE} "
    "WHERE failure_code IS NULL AND failure_message IS NOT NULL AND missing_since IS NULL AND root.online = 1"
)
# by the index of the names alone: the words rule most rows out before anything else of them is read
_BY_PATH = (
    "FROM folder CROSS JOIN sample INDEXED BY sqlite_autoindex_sample_1 ON sample.folder_id = folder.id "
    f"CROSS JOIN root ON root.id = sample.root_id {heard.OF_SAMPLE}"
)


def stamps(db: apsw.Connection, under: str) -> dict[str, KnownFile]:
    """Every known file at or below a folder or file."""
    low, high = below(bare(under))
    rows = db.execute(
        f"SELECT {KNOWN_FILE_COLUMNS} {_BY_FOLDER} WHERE folder.path >= ? AND folder.path < ? "
        f"UNION ALL SELECT {KNOWN_FILE_COLUMNS} {_BY_FOLDER} WHERE folder.path = ? AND sample.name = ?",
        (low, high, *split(stored(bare(under)))),
    )
    return known_files_from(rows)


def rows_after(db: apsw.Connection, folder: str, name: str, high: str) -> list[Row]:
    """A block of KNOWN_FILE_COLUMNS by folder and name: what follows a name in a stored folder, up to folder `high`."""
    rows = db.execute(
        f"SELECT {KNOWN_FILE_COLUMNS} {_BY_FOLDER} WHERE folder.path = ? AND sample.name > ? "
        f"ORDER BY sample.name LIMIT {_STAMP_BLOCK}",
        (folder, name),
    ).fetchall()
    if len(rows) < _STAMP_BLOCK:
        rows += db.execute(
            f"SELECT {KNOWN_FILE_COLUMNS} {_BY_FOLDER} WHERE folder.path > ? AND folder.path < ? "
            f"ORDER BY folder.path, sample.name LIMIT {_STAMP_BLOCK - len(rows)}",
            (folder, high),
        )
    return rows


def missing(db: apsw.Connection) -> dict[str, KnownFile]:
    """Every known file that is marked missing, by its last path."""
    rows = db.execute(f"SELECT {KNOWN_FILE_COLUMNS} FROM sample {OF_SAMPLE} WHERE missing_since IS NOT NULL")
    return known_files_from(rows)


def samples(
    db: apsw.Connection, ids: Sequence[SampleId], states: Collection[State] = PRESENT
) -> dict[SampleId, Sample]:
    """Those of `ids` that are in one of the states, in the order asked."""
    rows = db.execute(f"SELECT {SAMPLE_COLUMNS} {LISTED} WHERE {served_in(states)}", (listed(ids),))
    hearing = Hearing(db)
    found = (sample_from(row, hearing) for row in rows)
    return {sample.id: sample for sample in found}


def file_contents(db: apsw.Connection, ids: Sequence[SampleId]) -> dict[SampleId, tuple[int, bytes]]:
    """Bytes of each file, as last seen, and the hash of its content."""
    rows = db.execute(f"SELECT sample.id, sample.size, sample.content_hash {LISTED}", (listed(ids),))
    return {SampleId(id_): (size, content_hash) for id_, size, content_hash in rows}


def by_path(db: apsw.Connection, path: str, states: Collection[State] = PRESENT) -> Sample | None:
    """The sample at a path, however its letters are composed, that is in one of the states."""
    id_ = known_alike(db, path)
    return None if id_ is None else samples(db, [SampleId(id_)], states).get(SampleId(id_))


def search(db: apsw.Connection, text: str, limit: int, states: Collection[State] = PRESENT) -> list[Sample]:
    """Samples in one of the states whose path contains every word, by folder and name. Reads no farther than needed."""
    where = condition(words_of(text))
    rows = db.execute(
        f"SELECT {SAMPLE_COLUMNS} {_BY_PATH} WHERE {where.sql} AND {served_in(states)} "
        "ORDER BY folder.path, sample.name LIMIT ?",
        (*where.values, max(0, limit)),
    )
    hearing = Hearing(db)
    return [sample_from(row, hearing) for row in rows]


def ids_after(
    db: apsw.Connection, text: str, states: Collection[State], after: tuple[str, str]
) -> tuple[list[SampleId], tuple[str, str] | None]:
    """Ids of some more samples as `search` orders them, behind a stored folder and name, and where they end.

    None in its place: there are no more.
    """
    where = condition(words_of(text))
    folder, name = after
    rows: list[Row] = db.execute(
        f"SELECT sample.id, folder.path, sample.name {_BY_PATH} WHERE folder.path >= ? "
        f"AND (folder.path > ? OR sample.name > ?) AND {where.sql} AND {served_in(states)} "
        f"ORDER BY folder.path, sample.name LIMIT {_ID_BLOCK}",
        (folder, folder, name, *where.values),
    ).fetchall()
    ids = [SampleId(int(id_)) for id_, _, _ in rows]
    return ids, (str(rows[-1][1]), str(rows[-1][2])) if len(rows) == _ID_BLOCK else None


def ids_among(db: apsw.Connection, text: str, states: Collection[State], among: Sequence[SampleId]) -> list[SampleId]:
    """Ids of those of some samples that `search` would find, in its order."""
    where = condition(words_of(text))
    rows = db.execute(
        f"SELECT sample.id {LISTED} WHERE {where.sql} AND {served_in(states)} ORDER BY folder.path, sample.name",
        (listed(among), *where.values),
    )
    return [SampleId(int(id_)) for (id_,) in rows]


def problems(db: apsw.Connection) -> list[Problem]:
    """Files within reach that are not audio, are cut off, or could not be read, by folder and name."""
    rows = db.execute(
        f"SELECT folder.path, sample.name, failure_code, failure_message {_FAILED} UNION ALL "
        f"SELECT folder.path, sample.name, ?, failure_message {_CUT_OFF}",
        (Problem.CUT_OFF,),
    )
    found = [Problem(native(folder + name), code, native(message)) for folder, name, code, message in rows]
    found += [Problem(each.path, each.code, each.message, each.retry_s) for each in unread.everything(db)]
    return sorted(found, key=lambda problem: split(problem.path))


def has_failed_by(db: apsw.Connection, code: str) -> bool:
    """Whether any known file failed with this code."""
    return db.execute("SELECT 1 FROM sample WHERE failure_code = ? LIMIT 1", (code,)).get is not None


def problem_count(db: apsw.Connection) -> int:
    """How many files within reach are not audio."""
    return int(db.execute(f"SELECT count(*) {_FAILED}").get)


def count(db: apsw.Connection) -> int:
    """How many samples can be found."""
    return int(
        db.execute(f"SELECT count(*) FROM root CROSS JOIN sample ON sample.root_id = root.id WHERE {FINDABLE}").get
    )
