"""Writing known files: analysed, failed, moved, missing, forgotten. Works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from soundkin.errors import LibraryError, NotFiniteError
from soundkin.library import changes, folders, heard, parted, roots, spaces, unread
from soundkin.library.folders import known_at
from soundkin.library.paths import stored
from soundkin.library.rows import FACT_COLUMNS, facts_row
from soundkin.model import (
    Analysis,
    AnalysisFailure,
    FeatureParams,
    FileStamp,
    Move,
    Outcome,
    SampleId,
    Unchanged,
)

if TYPE_CHECKING:
    import apsw

    from soundkin.interfaces import Classifier
    from soundkin.model import Vector

_NO_FACTS = (None, None, None, None, None, False, None, None, None, None, None, None, None)
_STAMP = ("size", "mtime_ns", "ctime_ns", "inode")
_STATE = ("root_id", *_STAMP, "content_hash", "feature_version", "served", "failure_code", "failure_message")
_WRITTEN = (*_STATE, *FACT_COLUMNS)
_STAMP_OF = ", ".join(_STAMP)
_SET_STAMP = ", ".join(f"{name} = ?" for name in _STAMP)
_INSERT = (
    f"INSERT INTO sample ({', '.join(_WRITTEN)}, folder_id, name, added_s) "
    f"VALUES ({', '.join('?' * (len(_WRITTEN) + 3))}) RETURNING id"
)
_UPDATE = f"UPDATE sample SET missing_since = NULL, {', '.join(f'{name} = ?' for name in _WRITTEN)} WHERE id = ?"


_Known: TypeAlias = tuple[int, bytes, int, int, int, int, int]
"""Id, content hash, whether it answers, and stamp of a row."""


class Writer:
    """One batch of writes in one transaction; `close` notes for the index everything that was touched."""

    def __init__(
        self, db: apsw.Connection, params: FeatureParams, now_s: float, classifier: Classifier | None = None
    ) -> None:
        self._db = db
        self._classifier = classifier
        self._unclassified: dict[SampleId, Vector] = {}
        self._params = params
        self._now_s = now_s
        self._roots = roots.paths(db)
        self._serving = spaces.serving(db).version
        self._versions = spaces.versions(db)
        self._touched: dict[int, None] = {}
        self._folders = folders.Folders(db)
        self._emptied = False

    def close(self) -> None:
        """Write categories and the batch's part of the index's to-do list, and let go of folders that it emptied."""
        if self._classifier is not None and self._unclassified:
            heard.put(self._db, self._classifier, self._unclassified)
        if self._emptied:
            folders.drop_empty(self._db)
        changes.note(self._db, self._touched)

    def put(self, outcomes: Sequence[Outcome]) -> None:
        """Insert or update by path; files outside every root are ignored."""
        for outcome in outcomes:
            self._put(outcome)

    def move(self, moves: Sequence[Move]) -> None:
        """New paths and stamps for known ids; a row that held the path before is replaced."""
        db = self._db
        known = {id_ for move in moves for (id_,) in db.execute("SELECT id FROM sample WHERE id = ?", (move.id,))}
        valid = {
            stored(move.path): (move, root_id)
            for move in moves
            if move.id in known and (root_id := roots.owner_of(move.path, self._roots)) is not None
        }
        # out of the way first, so that files may trade names; NUL begins no real path
        db.executemany("UPDATE sample SET name = char(0) || id WHERE id = ?", ((m.id,) for m, _ in valid.values()))
        for path, (move, root_id) in valid.items():
            taken = known_at(db, "sample.id", path)
            if taken is not None:
                self._delete([taken])
            db.execute(
                f"UPDATE sample SET folder_id = ?, name = ?, root_id = ?, {_SET_STAMP}, missing_since = NULL "
                "WHERE id = ?",
                (*self._folders.place(path), root_id, *_numbers(move.stamp), move.id),
            )
            self._mark_vectors(move.id, root_id, present=True)
            self._touched[move.id] = None
        unread.forget(db, [move.path for move, _ in valid.values()])
        self._emptied = True

    def restamp(self, moves: Sequence[Move]) -> None:
        """New stamps for known ids whose content is known to be the same; their paths are not looked at."""
        self._db.executemany(
            f"UPDATE sample SET {_SET_STAMP} WHERE id = ?", ((*_numbers(move.stamp), int(move.id)) for move in moves)
        )

    def mark_missing(self, ids: Sequence[SampleId], at_s: float) -> None:
        """The files are gone for now; those already missing keep their date."""
        for id_ in ids:
            root_id = self._db.execute(
                "UPDATE sample SET missing_since = ? WHERE id = ? AND missing_since IS NULL RETURNING root_id",
                (at_s, int(id_)),
            ).get
            if root_id is not None:
                self._mark_vectors(int(id_), root_id, present=False)
                self._touched[int(id_)] = None

    def forget_missing(self, before_s: float) -> int:
        """Remove rows missing since before `before_s`; those of an offline root wait until it can be looked at."""
        rows = self._db.execute(
            "SELECT sample.id FROM sample JOIN root ON root.id = sample.root_id "
            "WHERE sample.missing_since < ? AND root.online = 1",
            (before_s,),
        )
        ids = [id_ for (id_,) in rows]
        self._delete(ids)
        parted.forget(self._db, before_s)
        return len(ids)

    def _put(self, outcome: Outcome) -> None:
        root_id = roots.owner_of(outcome.path, self._roots)
        if root_id is None:
            return
        if isinstance(outcome, Analysis) and not np.isfinite(outcome.vector).all():
            message = "its features are not finite numbers"
            outcome = AnalysisFailure(outcome.path, outcome.stamp, NotFiniteError.code, message)
        if isinstance(outcome, AnalysisFailure) and not outcome.is_verdict:
            unread.note(self._db, outcome, root_id, self._now_s)  # and what is known stays
            return
        path = stored(outcome.path)
        unread.forget(self._db, [outcome.path])
        known = known_at(self._db, f"sample.id, content_hash, served, {_STAMP_OF}", path)
        if isinstance(outcome, Analysis):
            self._put_analysis(outcome, root_id, known)
        elif isinstance(outcome, AnalysisFailure):
            self._put_failure(outcome, root_id, known)
        elif known is not None and known[1] == outcome.content_hash:
            self._put_unchanged(outcome, root_id, known[0])

    def _put_analysis(self, found: Analysis, root_id: int, known: _Known | None) -> None:
        # an old vector goes on answering under a new feature version only while it is of the same sound
        version = self._params.version
        keeps_old = known is not None and known[2] == 1 and _is_of_one_sound(known, found)
        served = version == self._serving or keeps_old
        cut_off = stored(found.facts.cut_off) if found.facts.cut_off else None
        state = (
            root_id, *_numbers(found.stamp), found.content_hash, version, served, None, cut_off,
        )  # fmt: skip
        id_ = self._write_row(found.path, known, (*state, *facts_row(found.facts)))
        if known is not None:
            if not keeps_old and version != self._serving:
                self._drop_vectors(id_, [self._serving])
            self._mark_vectors(id_, root_id, present=True)
        self._write_vector(id_, root_id, self._blob(found), is_new=known is None)
        self._unclassified[SampleId(id_)] = found.vector
        if known is not None and self._classifier is None:
            heard.drop(self._db, id_)
        self._touched[id_] = None

    def _put_failure(self, failed: AnalysisFailure, root_id: int, known: _Known | None) -> None:
        version = self._params.version
        state = (root_id, *_numbers(failed.stamp), b"", version, False, failed.code, stored(failed.message))
        id_ = self._write_row(failed.path, known, (*state, *_NO_FACTS))
        if known is not None:
            self._drop_vectors(id_, self._versions)
            self._drop_category(id_)
            if known[2]:
                self._touched[id_] = None

    def _put_unchanged(self, found: Unchanged, root_id: int, id_: int) -> None:
        was_missing = self._db.execute("SELECT missing_since IS NOT NULL FROM sample WHERE id = ?", (id_,)).get
        self._db.execute(
            f"UPDATE sample SET {_SET_STAMP}, missing_since = NULL WHERE id = ?", (*_numbers(found.stamp), id_)
        )
        if was_missing:
            self._mark_vectors(id_, root_id, present=True)
            self._touched[id_] = None

    def _write_row(self, path: str, known: _Known | None, values: tuple[object, ...]) -> int:
        if known is None:
            # not an upsert: that would use up an id even where it updates
            return int(self._db.execute(_INSERT, (*values, *self._folders.place(stored(path)), self._now_s)).get)
        self._db.execute(_UPDATE, (*values, known[0]))
        return known[0]

    def _write_vector(self, id_: int, root_id: int, blob: bytes, *, is_new: bool) -> None:
        table = spaces.table(self._params.version)
        if not is_new and self._db.execute(f"SELECT 1 FROM {table} WHERE sample_id = ?", (id_,)).get:
            self._db.execute(f"UPDATE {table} SET embedding = ? WHERE sample_id = ?", (blob, id_))
        else:
            self._db.execute(
                f"INSERT INTO {table} (sample_id, root_id, present, embedding) VALUES (?, ?, 1, ?)",
                (id_, root_id, blob),
            )

    def _mark_vectors(self, id_: int, root_id: int, *, present: bool) -> None:
        for version in self._versions:
            self._db.execute(
                f"UPDATE {spaces.table(version)} SET root_id = ?, present = ? WHERE sample_id = ?",
                (root_id, present, id_),
            )

    def _drop_vectors(self, id_: int, versions: list[int]) -> None:
        for version in versions:
            self._db.execute(f"DELETE FROM {spaces.table(version)} WHERE sample_id = ?", (id_,))

    def _drop_category(self, id_: int) -> None:
        self._unclassified.pop(SampleId(id_), None)
        heard.drop(self._db, id_)

    def _delete(self, ids: list[int]) -> None:
        for id_ in ids:
            self._drop_vectors(id_, self._versions)
            self._drop_category(id_)
            self._touched[id_] = None
        self._db.executemany("DELETE FROM sample WHERE id = ?", ((id_,) for id_ in ids))
        self._emptied = True

    def _blob(self, found: Analysis) -> bytes:
        expected = (self._params.num_dimensions,)
        if found.vector.shape != expected:
            raise LibraryError(f"{found.path}: got a vector of shape {found.vector.shape}, expected {expected}")
        return np.ascontiguousarray(found.vector, dtype="<f4").tobytes()


def _is_of_one_sound(known: _Known, found: Analysis) -> bool:
    """Whether a file holds what is known of it. Hashes of two lengths were made in two ways: stamps decide then."""
    if len(known[1]) == len(found.content_hash):
        return known[1] == found.content_hash
    return tuple(known[3:]) == _numbers(found.stamp)


def _numbers(stamp: FileStamp) -> tuple[int, int, int, int]:
    """Values for _STAMP."""
    return stamp.size, stamp.mtime_ns, stamp.ctime_ns, stamp.inode


def doubt(db: apsw.Connection, code: str) -> None:
    """Failures of this code count as analysed by no version of the features."""
    db.execute("UPDATE sample SET feature_version = -1 WHERE failure_code = ?", (code,))
