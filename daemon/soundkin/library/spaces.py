"""Feature spaces: one vec0 table of vectors for each feature version, and the change from the old one to the new.

While a library is re-analysed under a new version, the old space answers and the new one fills; when no findable
sample is left without a new vector the new space takes over in one transaction and the old table goes.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from soundkin.errors import CorruptLibraryError, LibraryError
from soundkin.library import changes
from soundkin.model import Aspect, FeatureParams

if TYPE_CHECKING:
    import apsw

log = logging.getLogger(__name__)

# Metadata columns let sqlite-vec itself leave out what cannot be found now; whether a root is online is not
# among them, so taking a disk of 300,000 samples in or out touches no vector.
_VECTOR_TABLE = """
CREATE VIRTUAL TABLE {table} USING vec0(
    sample_id INTEGER PRIMARY KEY,
    root_id   INTEGER,
    present   BOOLEAN,
    embedding FLOAT[{num_dimensions}]
)
"""
NO_VERSION = -1
"""No features have this version, so the next scan analyses the file again."""

_FACTS = "facts_version"
"""Name of a row in `meta`."""

_STILL_TO_REDO = """
SELECT EXISTS (
    SELECT 1 FROM root CROSS JOIN sample ON sample.root_id = root.id
    WHERE root.online = 1 AND sample.served = 1 AND sample.missing_since IS NULL AND sample.feature_version <> {version}
)
"""


def table(version: int) -> str:
    """Name of the table that holds the vectors of a feature version."""
    return f"vector_v{version:d}"


def serving(db: apsw.Connection) -> FeatureParams:
    """The space that answers come from."""
    row = db.execute("SELECT version, num_dimensions, aspects FROM feature_space WHERE serving = 1").get
    if row is None:
        raise CorruptLibraryError(f"the library {db.filename} does not say which features it holds")
    return _params(row)


def prepare(db: apsw.Connection, params: FeatureParams) -> None:
    """Make sure a space for `params` exists and no other one but the serving space does.

    Raises `LibraryError` where the stored space of the same version is another one.
    """
    known = {space.version: space for space in _all(db)}
    if params.version not in known:
        _create(db, params, is_serving=not known)
    elif known[params.version] != params:
        raise LibraryError(
            f"feature version {params.version} has {params.num_dimensions} dimensions in aspects "
            f"{_names(params)} in this Soundkin, {known[params.version].num_dimensions} in "
            f"{_names(known[params.version])} in the library: features that change need a new version"
        )
    answering = serving(db).version
    for version in known.keys() - {params.version, answering}:
        log.info("dropping the unfinished vectors of feature version %s", version)
        _drop(db, version)
    _have_facts_found_again(db, params)
    db.execute("DROP INDEX IF EXISTS sample_to_redo")
    if answering != params.version:
        _index_what_is_to_redo(db, params.version)


def settle(db: apsw.Connection, params: FeatureParams) -> bool:
    """Let the space of `params` answer from now on if every findable sample has a vector in it. Whether it does."""
    old = serving(db).version
    if old == params.version:
        return True
    if db.execute(_STILL_TO_REDO.format(version=params.version)).get:
        return False
    db.execute("UPDATE feature_space SET serving = 0 WHERE serving = 1")
    db.execute("UPDATE feature_space SET serving = 1 WHERE version = ?", (params.version,))
    db.execute("DROP INDEX IF EXISTS sample_to_redo")
    db.execute(
        "UPDATE sample SET served = (feature_version = ?1 AND failure_code IS NULL) "
        "WHERE served <> (feature_version = ?1 AND failure_code IS NULL)",
        (params.version,),
    )
    _drop(db, old)
    changes.start_afresh(db)
    log.info("answers now come from feature version %s, until now from %s", params.version, old)
    return True


def is_settled(db: apsw.Connection, params: FeatureParams) -> bool:
    """Whether the library needs nothing written before it can be used with `params`."""
    return _all(db) == [params] and serving(db) == params and _facts_version(db) == params.facts_version


def versions(db: apsw.Connection) -> list[int]:
    """Versions of all spaces, oldest first."""
    return [space.version for space in _all(db)]


def _all(db: apsw.Connection) -> list[FeatureParams]:
    rows = db.execute("SELECT version, num_dimensions, aspects FROM feature_space ORDER BY version")
    return [_params(row) for row in rows]


def _create(db: apsw.Connection, params: FeatureParams, *, is_serving: bool) -> None:
    db.execute(
        "INSERT INTO feature_space VALUES (?, ?, ?, ?)",
        (
            params.version,
            params.num_dimensions,
            json.dumps([[aspect.name, aspect.start, aspect.stop] for aspect in params.aspects]),
            is_serving,
        ),
    )
    # what was analysed for these features before they were given up has lost its vector: it is to be analysed again
    db.execute(
        "UPDATE sample SET feature_version = ? WHERE feature_version = ? AND failure_code IS NULL",
        (NO_VERSION, params.version),
    )
    db.execute(_VECTOR_TABLE.format(table=table(params.version), num_dimensions=params.num_dimensions))


def _drop(db: apsw.Connection, version: int) -> None:
    db.execute(f"DROP TABLE {table(version)}")
    db.execute("DELETE FROM feature_space WHERE version = ?", (version,))


def _have_facts_found_again(db: apsw.Connection, params: FeatureParams) -> None:
    """Have every sample analysed again whose facts are of another version; its vector goes on answering."""
    if _facts_version(db) == params.facts_version:
        return
    if serving(db).version == params.version:
        db.execute(
            "UPDATE sample SET feature_version = ? WHERE feature_version = ? AND failure_code IS NULL",
            (NO_VERSION, params.version),
        )
    else:  # the new space is only being filled: begin it again, with the new facts
        _drop(db, params.version)
        _create(db, params, is_serving=False)
    db.execute("DELETE FROM parted")  # what is kept of removed folders has the older facts
    db.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (_FACTS, params.facts_version))


def _facts_version(db: apsw.Connection) -> int:
    """Version of the facts of the library; 1 where none was ever noted."""
    return int(db.execute("SELECT value FROM meta WHERE name = ?", (_FACTS,)).get or 1)


def _index_what_is_to_redo(db: apsw.Connection, version: int) -> None:
    # shrinks as the work goes on, so that asking "is anything left?" after each batch stays cheap
    db.execute(
        "CREATE INDEX sample_to_redo ON sample (root_id) "
        f"WHERE served = 1 AND missing_since IS NULL AND feature_version <> {version:d}"
    )


def _params(row: tuple[Any, ...]) -> FeatureParams:
    version, num_dimensions, aspects = row
    return FeatureParams(version, num_dimensions, tuple(Aspect(*aspect) for aspect in json.loads(aspects)))


def _names(params: FeatureParams) -> str:
    return ", ".join(f"{aspect.name}[{aspect.start}:{aspect.stop}]" for aspect in params.aspects) or "none"
