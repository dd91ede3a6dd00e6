"""Reading known files and samples. Works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from soundkin.library.folders import OF_SAMPLE, PATH, known_at
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
from soundkin.library.text import TextTerm, condition, words_of
from soundkin.model import PRESENT, KnownFile, Problem, Sample, SampleId, State

if TYPE_CHECKING:
    import apsw
    from numpy.typing import NDArray

_STAMP_BLOCK = 1024
_BY_FOLDER = "FROM folder CROSS JOIN sample ON sample.folder_id = folder.id"
_FAILED = (
    "FROM root CROSS JOIN sample INDEXED BY sample_failed ON sample.root_id = root.id "
    f"{OF_SAMPLE} WHERE failure_code IS NOT NULL AND missing_since IS NULL AND root.online = 1"
)
# by the index of the names alone: the words rule most rows out before anything else of them is read
_BY_PATH = (
    "FROM folder CROSS JOIN sample INDEXED BY sqlite_autoindex_sample_1 ON sample.folder_id = folder.id "
    "CROSS JOIN root ON root.id = sample.root_id"
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
    found = (sample_from(row) for row in rows)
    return {sample.id: sample for sample in found}


def by_path(db: apsw.Connection, path: str, states: Collection[State] = PRESENT) -> Sample | None:
    """The sample at a path that is in one of the states."""
    id_ = known_at(db, "sample.id", stored(path))
    return None if id_ is None else samples(db, [SampleId(id_)], states).get(SampleId(id_))


def search(
    db: apsw.Connection,
    text: str,
    limit: int,
    states: Collection[State] = PRESENT,
    fits: Callable[[Sample], bool] | None = None,
) -> list[Sample]:
    """Samples in one of the states whose path contains every word and that fit, by folder and name.

    Reads no farther than needed.
    """
    where = condition(words_of(text))
    rows = db.execute(
        f"SELECT {SAMPLE_COLUMNS} {_BY_PATH} WHERE {where.sql} AND {served_in(states)} "
        "ORDER BY folder.path, sample.name",
        where.values,
    )
    return list(islice(filter(fits, map(sample_from, rows)), max(0, limit)))


def ids_matching(db: apsw.Connection, terms: Sequence[TextTerm]) -> NDArray[np.int64]:
    """Ids of the findable samples for which every term holds, ascending."""
    where = condition(tuple(terms))
    rows = db.execute(f"SELECT sample.id {_BY_PATH} WHERE {where.sql} AND {FINDABLE}", where.values)
    ids = np.fromiter((id_ for (id_,) in rows), np.int64)
    ids.sort()
    return ids


def problems(db: apsw.Connection) -> list[Problem]:
    """Files within reach that could not be analysed, by path."""
    rows = db.execute(f"SELECT {PATH}, failure_code, failure_message {_FAILED} ORDER BY folder.path, sample.name")
    return [Problem(native(path), code, native(message)) for path, code, message in rows]


def problem_count(db: apsw.Connection) -> int:
    """How many files within reach could not be analysed."""
    return int(db.execute(f"SELECT count(*) {_FAILED}").get)


def count(db: apsw.Connection) -> int:
    """How many samples can be found."""
    return int(
        db.execute(f"SELECT count(*) FROM root CROSS JOIN sample ON sample.root_id = root.id WHERE {FINDABLE}").get
    )
