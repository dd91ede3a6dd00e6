"""`SqliteLibrary`, the one door to the library: each method is one transaction around functions of its neighbours."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from soundkin.errors import LibraryError
from soundkin.library import changes, integrity, reading, roots, schema, spaces, tidy, vectors
from soundkin.library.copies import write_copy
from soundkin.library.database import Database
from soundkin.library.paths import bare, below, native, split
from soundkin.library.samples import Writer
from soundkin.model import (
    PRESENT,
    Change,
    FeatureParams,
    KnownFile,
    Move,
    Outcome,
    Problem,
    Root,
    Sample,
    SampleId,
    State,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from soundkin.interfaces import KnownRow
    from soundkin.library.text import TextTerm
    from soundkin.model import Vector


T = TypeVar("T")


def open_library(
    path: Path, params: FeatureParams, *, clock: Callable[[], float] = time.time, vfs: str | None = None
) -> SqliteLibrary:
    """Open the library file, making or migrating it where needed.

    Raises `LibraryError`; `SchemaVersionError` where a newer Soundkin wrote it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LibraryError(f"the folder of the library {path} cannot be made: {error}") from error
    database = Database(path, vfs)
    try:
        with database.first_look() as db:
            schema.check_owner(db)
        with database.alone() as db:
            schema.migrate(db)
            settled = spaces.is_settled(db, params)
        if not settled:
            with database.writing() as db:
                spaces.prepare(db, params)
                spaces.settle(db, params)
        return SqliteLibrary(database, params, clock)
    except BaseException:
        database.close()
        raise


class SqliteLibrary:
    """`interfaces.Library` in one SQLite file. Safe to use from any thread; writers take turns, readers never wait."""

    def __init__(self, database: Database, params: FeatureParams, clock: Callable[[], float]) -> None:
        self._database = database
        self._params = params
        self._clock = clock
        with database.reading() as db:
            self._uid = str(schema.fact(db, "uid"))

    @property
    def path(self) -> Path:
        """The library file."""
        return self._database.path

    @property
    def params(self) -> FeatureParams:
        """Features that `put` stores."""
        return self._params

    @property
    def serving_version(self) -> int:
        """Feature version that answers come from."""
        return self.serving_params.version

    @property
    def serving_params(self) -> FeatureParams:
        """The feature space that answers come from."""
        with self._database.reading() as db:
            return spaces.serving(db)

    @property
    def uid(self) -> str:
        """Random name of this library file."""
        return self._uid

    # ---- followed folders ----

    def roots(self) -> tuple[Root, ...]:
        """Every followed folder, by path."""
        with self._database.reading() as db:
            return roots.every(db)

    def add_root(self, path: str) -> Root:
        """Follow a folder; a known one is returned unchanged."""
        with self._database.writing() as db:
            root_id = roots.add(db, path)
            return next(root for root in roots.every(db) if root.id == root_id)

    def remove_root(self, path: str) -> int:
        """Stop following a folder; how many known files were forgotten."""
        with self._database.writing() as db:
            gone = roots.remove(db, path)
            spaces.settle(db, self._params)
            return gone

    def set_online(self, root_id: int, online: bool) -> None:
        """Mark a root reachable or not."""
        with self._database.writing() as db:
            roots.set_online(db, root_id, online)
            spaces.settle(db, self._params)

    # ---- the difference to the disk ----

    def stamps(self, under: str) -> Mapping[str, KnownFile]:
        """Every known file at or below `under`, by path."""
        with self._database.reading() as db:
            return reading.stamps(db, under)

    def rows_in_order(self, under: str) -> Iterator[list[KnownRow]]:
        """Every known file below a folder, block by block, by folder and name."""
        folder, high = below(bare(under))
        name = ""
        while True:
            with self._database.reading() as db:
                rows = reading.rows_after(db, folder, name, high)
            if not rows:
                return
            folder, name = split(rows[-1][0])
            yield [row if row[0].isascii() else (native(row[0]), *row[1:]) for row in rows]

    def missing(self) -> Mapping[str, KnownFile]:
        """Every known file that is marked missing, by its last path."""
        with self._database.reading() as db:
            return reading.missing(db)

    def put(self, outcomes: Sequence[Outcome]) -> None:
        """Insert or update by path."""
        self._write(lambda writer: writer.put(outcomes))

    def move(self, moves: Sequence[Move]) -> None:
        """Give known rows new paths and stamps."""
        self._write(lambda writer: writer.move(moves))

    def mark_missing(self, ids: Sequence[SampleId], at_s: float) -> None:
        """The files are not on disk since `at_s`."""
        self._write(lambda writer: writer.mark_missing(ids, at_s))

    def forget_missing(self, before_s: float) -> int:
        """Remove rows missing since before `before_s`; how many."""
        return self._write(lambda writer: writer.forget_missing(before_s))

    # ---- reading ----

    def samples(self, ids: Sequence[SampleId], states: Collection[State] = PRESENT) -> dict[SampleId, Sample]:
        """Those of `ids` that are in one of the states right now."""
        with self._database.reading() as db:
            return reading.samples(db, ids, states)

    def by_path(self, path: str, states: Collection[State] = PRESENT) -> Sample | None:
        """The sample at `path` that is in one of the states."""
        with self._database.reading() as db:
            return reading.by_path(db, path, states)

    def search(
        self, text: str, limit: int, states: Collection[State] = PRESENT, fits: Callable[[Sample], bool] | None = None
    ) -> list[Sample]:
        """Samples in one of the states whose path contains every word of `text`, and that fit."""
        with self._database.reading() as db:
            return reading.search(db, text, limit, states, fits)

    def ids_matching(self, terms: Sequence[TextTerm]) -> NDArray[np.int64]:
        """Ids of the findable samples for which every term holds, ascending."""
        with self._database.reading() as db:
            return reading.ids_matching(db, terms)

    def problems(self) -> list[Problem]:
        """Files within reach that could not be analysed."""
        with self._database.reading() as db:
            return reading.problems(db)

    def problem_count(self) -> int:
        """How many files within reach could not be analysed."""
        with self._database.reading() as db:
            return reading.problem_count(db)

    def count(self) -> int:
        """How many samples can be found right now."""
        with self._database.reading() as db:
            return reading.count(db)

    def is_empty(self) -> bool:
        """Whether not a single file is known."""
        with self._database.reading() as db:
            return not db.execute("SELECT EXISTS (SELECT 1 FROM sample)").get

    def vectors(self, ids: Sequence[SampleId]) -> dict[SampleId, Vector]:
        """Stored vectors of the serving version, findable or not."""
        with self._database.reading() as db:
            return vectors.by_id(db, ids)

    def all_vectors(
        self, states: Collection[State] = PRESENT
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """Id and vector of the serving version of every sample in one of the states, in blocks."""
        with self._database.reading() as db:
            yield from vectors.blocks(db, states)

    def stored_vectors(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """Every id and vector of the serving version, findable or not, in blocks."""
        with self._database.reading() as db:
            yield from vectors.stored(db)

    def nearest(
        self, vector: Vector, k: int, ids: Sequence[SampleId] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Ids and Euclidean distances of exactly the nearest findable samples (of `ids`, where given)."""
        with self._database.reading() as db:
            return vectors.nearest(db, vector, k, ids)

    # ---- the index's to-do list ----

    def generation(self) -> int:
        """Number of the newest change to what the index should hold."""
        with self._database.reading() as db:
            return changes.generation(db)

    def changes_since(self, generation: int) -> list[Change] | None:
        """What the index must do to go from `generation` to now; None: rebuild."""
        with self._database.reading() as db:
            return changes.since(db, generation)

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

    def findings(self, *, thorough: bool) -> list[str]:
        """What is wrong with the library, in sentences; empty when sound. Thorough takes seconds, not milliseconds."""
        with self._database.reading() as db:
            return integrity.full(db) if thorough else integrity.quick(db)

    def close(self) -> None:
        """Let go of the file. Further calls raise `LibraryError`."""
        self._database.close()

    def _write(self, work: Callable[[Writer], T]) -> T:
        with self._database.writing() as db:
            writer = Writer(db, self._params, self._clock())
            result = work(writer)
            writer.close()
            spaces.settle(db, self._params)
            return result
