"""`SqliteLibrary`, the one door to the library: what `LibraryReader` reads, and what changes it.

Each method is one transaction around functions of its neighbours.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from soundkin.errors import LibraryError
from soundkin.interfaces import Classifier
from soundkin.library import changes, heard, reading, roots, schema, spaces, tidy, unheard, unread, vectors
from soundkin.library.copies import write_copy
from soundkin.library.database import Database
from soundkin.library.reader import LibraryReader
from soundkin.library.samples import Writer, doubt
from soundkin.model import FeatureParams, Move, Outcome, Root, SampleId

if TYPE_CHECKING:
    import apsw

T = TypeVar("T")


def open_library(
    path: Path,
    params: FeatureParams,
    *,
    classifier: Classifier | None = None,
    clock: Callable[[], float] = time.time,
    vfs: str | None = None,
) -> SqliteLibrary:
    """Open the library file, making or migrating it where needed; one that cannot be written is opened to be read.

    `classifier`: what makes categories of the vectors that are stored; None: another opening does that. Raises
    `LibraryError`; `SchemaVersionError` where a newer Soundkin wrote it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LibraryError(f"the folder of the library {path} cannot be made: {error}") from error
    database = Database(path, vfs)
    database.make_ready = lambda: _make_ready(database, params)
    try:
        try:
            database.make_ready()
        except LibraryError as error:
            database.only_read(error)
            _refuse_old_schema(database, error)
        return SqliteLibrary(database, params, clock, classifier)
    except BaseException:
        database.close()
        raise


def _make_ready(database: Database, params: FeatureParams) -> None:
    """Bring the library up to date with this program."""
    with database.first_look() as db:
        schema.check_owner(db)
    with database.alone() as db:
        schema.migrate(db)
        settled = spaces.is_settled(db, params)
    if not settled:
        with database.writing() as db:
            spaces.prepare(db, params)
            spaces.settle(db, params)


def _refuse_old_schema(database: Database, error: LibraryError) -> None:
    """A library of an older Soundkin cannot be read by this one before it is brought up to date."""
    with database.reading() as db:
        if schema.version_of(db) != schema.migrations()[-1].number:
            raise error from error.__cause__


class SqliteLibrary(LibraryReader):
    """`interfaces.Library` in one SQLite file. Safe to use from any thread; writers take turns, readers never wait."""

    def __init__(
        self,
        database: Database,
        params: FeatureParams,
        clock: Callable[[], float],
        classifier: Classifier | None = None,
    ) -> None:
        super().__init__(database)
        self._classifier = classifier
        self._params = params
        self._clock = clock

    @property
    def params(self) -> FeatureParams:
        """Features that `put` stores."""
        return self._params

    # ---- followed folders ----

    def add_root(self, path: str) -> Root:
        """Follow a folder; a known one is returned unchanged."""
        with self._database.writing() as db:
            root_id = roots.add(db, path, self._clock(), partial(self._classify, db))
            return next(root for root in roots.every(db) if root.id == root_id)

    def add_place(self, path: str, within: int, *, is_link: bool) -> Root:
        """Make a disk or link below a root a root of its own."""
        with self._database.writing() as db:
            root_id = roots.add_place(db, path, within, is_link=is_link)
            return next(root for root in roots.every(db) if root.id == root_id)

    def drop_place(self, root_id: int) -> None:
        """Such a place is an ordinary folder again, or gone."""
        with self._database.writing() as db:
            roots.drop_place(db, root_id)
            spaces.settle(db, self._params)

    def remove_root(self, path: str) -> int:
        """Stop following a folder; how many known files left. What was analysed is kept apart for a while."""
        with self._database.writing() as db:
            gone = roots.remove(db, path, self._clock())
            spaces.settle(db, self._params)
            return gone

    def set_online(self, root_id: int, online: bool) -> None:
        """Mark a root reachable or not."""
        with self._database.writing() as db:
            roots.set_online(db, root_id, online)
            spaces.settle(db, self._params)

    def note_unheard(self, root_id: int, counts: Mapping[str, int]) -> None:
        """Keep how many files of a root, by ending, cannot be heard; writes only what is news."""
        with self._database.reading() as db:
            if unheard.of(db, root_id) == dict(counts):
                return
        with self._database.writing() as db:
            unheard.note(db, root_id, counts)

    # ---- the difference to the disk ----

    def put(self, outcomes: Sequence[Outcome]) -> None:
        """Insert or update by path."""
        self._write(lambda writer: writer.put(outcomes))

    def move(self, moves: Sequence[Move]) -> None:
        """Give known rows new paths and stamps."""
        self._write(lambda writer: writer.move(moves))

    def restamp(self, moves: Sequence[Move]) -> None:
        """Give known rows new stamps and nothing else."""
        self._write(lambda writer: writer.restamp(moves))

    def mark_missing(self, ids: Sequence[SampleId], at_s: float) -> None:
        """The files are not on disk since `at_s`."""
        self._write(lambda writer: writer.mark_missing(ids, at_s))

    def forget_missing(self, before_s: float) -> int:
        """Remove rows missing since before `before_s`; how many."""
        return self._write(lambda writer: writer.forget_missing(before_s))

    # ---- categories ----

    def classify(self, after: int, most: int) -> list[SampleId]:
        """From stored vectors the categories that up to `most` samples behind the id `after` lack; the ids of these.

        From 0 on, each time behind the last id, until none comes back: then all are classified by this version.
        """
        classifier = self._classifier
        if classifier is None:
            return []
        version = classifier.version
        with self._database.reading() as db:
            fits = spaces.serving(db).version == classifier.feature_version
            if not fits or heard.is_done(db, version):  # vectors of other features are replaced by a scan
                return []
            found = heard.lacking(db, version, after, most)
        with self._database.writing() as db:
            if found:
                lacking = [SampleId(id_) for id_ in heard.still(db, version, found)]
                heard.put(db, classifier, vectors.by_id(db, lacking))
            else:
                heard.finish(db, version)
        return [SampleId(id_) for id_ in found]

    def _classify(self, db: apsw.Connection, ids: Sequence[int]) -> None:
        """Categories of samples whose vectors came back without; later, where no classifier here fits."""
        classifier = self._classifier
        if classifier is not None and classifier.feature_version == spaces.serving(db).version:
            heard.put(db, classifier, vectors.by_id(db, [SampleId(id_) for id_ in ids]))
        else:
            heard.begin_again(db)

    # ---- what could not be read ----

    def forget_unread(self, paths: Sequence[str]) -> None:
        """These files are gone."""
        with self._database.writing() as db:
            unread.forget(db, paths)

    def doubt(self, code: str) -> None:
        """Failures of this code are no verdict any more: the next look at their folders has them analysed again."""
        with self._database.reading() as db:
            if not reading.has_failed_by(db, code):
                return
        with self._database.writing() as db:
            doubt(db, code)

    def retry_unread(self) -> None:
        """All may be tried again at once."""
        with self._database.writing() as db:
            unread.retry(db)

    # ---- the file as a whole ----

    def note_index_saved(self, generation: int) -> None:
        """A saved index holds everything up to `generation`."""
        with self._database.writing() as db:
            changes.prune(db, generation)

    def backup(self, target: Path) -> None:
        """Copy the library as it is now to `target` while it stays in use; the copy is checked before it counts.

        Raises `LibraryFullError` where there is no room, `CorruptLibraryError` where the library is damaged.
        """
        with self._database.reading() as db:
            write_copy(db, target)

    def tidy(self) -> bool:
        """One short step of giving back the room of what was deleted; whether more is to do."""
        with self._database.writing() as db:
            return tidy.step(db)

    def close(self) -> None:
        """Let go of the file. Further calls raise `LibraryError`."""
        self._database.close()

    def _write(self, work: Callable[[Writer], T]) -> T:
        with self._database.writing() as db:
            fits = self._classifier is not None and self._classifier.feature_version == self._params.version
            writer = Writer(db, self._params, self._clock(), self._classifier if fits else None)
            result = work(writer)
            writer.close()
            spaces.settle(db, self._params)
            return result
