"""`LibraryReader`, the half of the library that only reads: each method asks over a connection for reading."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING

from soundkin.library import (
    changes,
    contradictions,
    fact_blocks,
    reading,
    roots,
    schema,
    spaces,
    unheard,
    unread,
    vectors,
)
from soundkin.library.database import Database
from soundkin.library.paths import bare, below, native, split
from soundkin.model import PRESENT, Change, FeatureParams, KnownFile, Problem, Root, Sample, SampleId, State, Unread

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from soundkin.interfaces import FactBlock, KnownRow
    from soundkin.model import Contradiction, Vector

_PATH_OF = itemgetter(0)


class LibraryReader:
    """What is known of files and folders. Safe to use from any thread; readers never wait."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.reading() as db:
            self._uid = str(schema.fact(db, "uid"))

    @property
    def uid(self) -> str:
        """Random name of this library file."""
        return self._uid

    @property
    def serving_params(self) -> FeatureParams:
        """The feature space that answers come from."""
        with self._database.reading() as db:
            return spaces.serving(db)

    @property
    def refusal(self) -> str:
        """Why the library can only be read, a sentence; "" where it can be written. Each write tries again."""
        refusal = self._database.refusal
        return f"{refusal}: nothing new is stored until it can be, and questions are answered" if refusal else ""

    # ---- followed folders ----

    def roots(self) -> tuple[Root, ...]:
        """Every followed folder, by path."""
        with self._database.reading() as db:
            return roots.every(db)

    def unheard(self) -> dict[str, int]:
        """How many files of the followed folders, by ending, cannot be heard."""
        with self._database.reading() as db:
            return unheard.total(db)

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
            if all(map(str.isascii, map(_PATH_OF, rows))):
                yield rows
            else:
                yield [(native(row[0]), *row[1:]) for row in rows]

    def changed_rows(self) -> int:
        """How many rows have been changed since the library was opened."""
        return self._database.changed_rows

    def missing(self) -> Mapping[str, KnownFile]:
        """Every known file that is marked missing, by its last path."""
        with self._database.reading() as db:
            return reading.missing(db)

    def is_empty(self) -> bool:
        """Whether not a single file is known, not even one that could not be read."""
        with self._database.reading() as db:
            return not db.execute("SELECT EXISTS (SELECT 1 FROM sample) OR EXISTS (SELECT 1 FROM unread)").get

    # ---- samples ----

    def samples(self, ids: Sequence[SampleId], states: Collection[State] = PRESENT) -> dict[SampleId, Sample]:
        """Those of `ids` that are in one of the states right now."""
        with self._database.reading() as db:
            return reading.samples(db, ids, states)

    def by_path(self, path: str, states: Collection[State] = PRESENT) -> Sample | None:
        """The sample at `path` that is in one of the states."""
        with self._database.reading() as db:
            return reading.by_path(db, path, states)

    def search(self, text: str, limit: int, states: Collection[State] = PRESENT) -> list[Sample]:
        """Samples in one of the states whose path contains every word of `text`, by folder and name."""
        with self._database.reading() as db:
            return reading.search(db, text, limit, states)

    def ids_by_path(
        self, text: str, states: Collection[State], among: Sequence[SampleId] | None = None
    ) -> Iterator[list[SampleId]]:
        """Ids of the samples (`among` some) in one of the states whose path contains each word of `text`, in blocks."""
        if among is not None:
            with self._database.reading() as db:
                few = reading.ids_among(db, text, states, among)
            yield few
            return
        after: tuple[str, str] | None = ("", "")
        while after is not None:
            with self._database.reading() as db:
                ids, after = reading.ids_after(db, text, states, after)
            yield ids

    def file_contents(self, ids: Sequence[SampleId]) -> dict[SampleId, tuple[int, bytes]]:
        """Bytes of each sample's file, as last seen, and the hash of its content."""
        with self._database.reading() as db:
            return reading.file_contents(db, ids)

    def fact_blocks(self, ids: Sequence[int] | None, states: Collection[State]) -> Iterator[FactBlock]:
        """Facts and paths of every sample in one of the states, or of those of `ids`, in blocks."""
        with self._database.reading() as db:
            yield from fact_blocks.fact_blocks(db, ids, states)

    def categories(self, ids: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
        """Those of `ids` that are known, and their categories as small numbers."""
        with self._database.reading() as db:
            return fact_blocks.categories(db, ids)

    def ids_in(self, states: Collection[State]) -> NDArray[np.int64]:
        """Ids of all samples in one of the states, ascending."""
        with self._database.reading() as db:
            return vectors.ids_in(db, states)

    def count(self) -> int:
        """How many samples can be found right now."""
        with self._database.reading() as db:
            return reading.count(db)

    # ---- what is not audio, or could not be read ----

    def problems(self) -> list[Problem]:
        """Files within reach that are not audio or could not be read."""
        with self._database.reading() as db:
            return reading.problems(db)

    def problem_count(self) -> int:
        """How many files within reach are not audio."""
        with self._database.reading() as db:
            return reading.problem_count(db)

    def unread(self, under: str) -> Mapping[str, Unread]:
        """What could not be read at or below `under`, by path."""
        with self._database.reading() as db:
            return unread.under(db, under)

    def unread_count(self) -> int:
        """How many files within reach could not be read."""
        with self._database.reading() as db:
            return unread.count(db)

    def unread_due(self, now_s: float, most: int) -> list[str]:
        """Files within reach that may be tried again."""
        with self._database.reading() as db:
            return unread.due(db, now_s, most)

    def contradictions(self) -> list[Contradiction]:
        """Samples within reach whose sound speaks strongly against their name, the surest first."""
        with self._database.reading() as db:
            return contradictions.contradictions(db)

    # ---- vectors, and the index's to-do list ----

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

    def generation(self) -> int:
        """Number of the newest change to what the index should hold."""
        with self._database.reading() as db:
            return changes.generation(db)

    def changes_since(self, generation: int) -> list[Change] | None:
        """What the index must do to go from `generation` to now; None: rebuild."""
        with self._database.reading() as db:
            return changes.since(db, generation)
