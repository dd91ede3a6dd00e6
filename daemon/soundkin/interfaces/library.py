"""What the rooms ask of the library, one Protocol for each user. Types only.

Write methods are one transaction each and may be called from any thread (they take turns).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from soundkin.model import PRESENT

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from soundkin.model import (
        Change,
        Contradiction,
        FeatureParams,
        KnownFile,
        Move,
        Outcome,
        Problem,
        Root,
        Sample,
        SampleId,
        State,
        Unread,
        Vector,
    )


KnownRow = tuple[str, int, int, int, int, int, bytes, int, int, int]
"""What a `KnownFile` is made of, plain because a rescan reads every one: path, size, mtime_ns, ctime_ns, inode, as a
walk finds them, then id, content_hash, feature_version, missing, failed."""


@dataclass(frozen=True, slots=True)
class Classifier:
    """What makes categories of vectors. Another version may give the same vector another category."""

    version: int
    names: tuple[str, ...]
    """The categories, in the order of its numbers."""
    feature_version: int
    """Of the vectors that it understands."""
    posteriors: Callable[[NDArray[np.float32]], NDArray[np.float32]]
    """From vectors (n, d) to how likely each category is, (n, categories), 0..1."""
    decide: Callable[[NDArray[np.float32]], tuple[NDArray[np.int8], NDArray[np.float32]]]
    """From those to the number of the category, (n,), -1 where unsure, and how likely it is, (n,)."""


class RootList(Protocol):
    """Which folders are followed, and by which features their files are analysed."""

    @property
    def params(self) -> FeatureParams:
        """Features that `put` stores."""
        ...

    def roots(self) -> tuple[Root, ...]:
        """Every followed folder, and every disk or link below one that is a place of its own, by path."""
        ...


class MissingFiles(Protocol):
    """What is kept of files that are not where they were."""

    def missing(self) -> Mapping[str, KnownFile]:
        """Every known file that is marked missing, in any root, by its last path."""
        ...

    def forget_missing(self, before_s: float) -> int:
        """Remove rows that have been missing since before `before_s`; how many."""
        ...


class ScanLibrary(RootList, MissingFiles, Protocol):
    """What a scan compares with the disk, and what it does about the difference."""

    def set_online(self, root_id: int, online: bool) -> None:
        """Mark a root reachable or not; its samples come back to, or leave, the answers.

        What could not be read of a root that is back may be tried again at once.
        """
        ...

    def add_place(self, path: str, within: int, *, is_link: bool) -> Root:
        """Make a disk mounted below the root `within`, or a link there, a root of its own that goes with that one."""
        ...

    def drop_place(self, root_id: int) -> None:
        """Such a place is an ordinary folder again, or gone: its rows belong to the root around it."""
        ...

    def stamps(self, under: str) -> Mapping[str, KnownFile]:
        """Every known file at or below the folder (or file) `under`, missing and failed ones too, by path."""
        ...

    def rows_in_order(self, under: str) -> Iterator[list[KnownRow]]:
        """The same of everything below the folder `under`, block by block, by folder and name.

        Each block is a transaction of its own, so that a walk of minutes holds nothing up.
        """
        ...

    def changed_rows(self) -> int:
        """A number that is larger after any row has changed."""
        ...

    def move(self, moves: Sequence[Move]) -> None:
        """Give known rows new paths and stamps; they keep id and vector and are no longer missing."""
        ...

    def restamp(self, moves: Sequence[Move]) -> None:
        """Give known rows new stamps: their content is known to be the same. Paths are not looked at."""
        ...

    def unread(self, under: str) -> Mapping[str, Unread]:
        """Files at or below the folder (or file) `under` that could not be read, by path."""
        ...

    def forget_unread(self, paths: Sequence[str]) -> None:
        """Such files are gone."""
        ...

    def mark_missing(self, ids: Sequence[SampleId], at_s: float) -> None:
        """The files are not on disk: they leave the answers, what is known of them is kept."""
        ...


class OutcomeStore(Protocol):
    """Where outcomes of analysis go."""

    def put(self, outcomes: Sequence[Outcome]) -> None:
        """Insert or update by path: row, facts, vector, to-do entry for the index.

        A failure that is no verdict changes nothing of that: it is listed until the file can be read. A file that is
        unchanged gets its new stamp where its content is still the one named. Outcomes of files outside every root
        are ignored. Raises `LibraryError`, with nothing stored.
        """
        ...


class IngestLibrary(ScanLibrary, OutcomeStore, Protocol):
    """What keeps the library equal to the followed folders."""

    def is_empty(self) -> bool:
        """Whether not a single file is known, not even one that could not be read."""
        ...

    def unread_due(self, now_s: float, most: int) -> list[str]:
        """Up to `most` files within reach that may be tried again at `now_s`, seconds since the epoch."""
        ...

    def note_unheard(self, root_id: int, counts: Mapping[str, int]) -> None:
        """Keep how many files of a root, by ending, cannot be heard, in place of what was kept before."""
        ...


class CategoryStore(Protocol):
    """What lacks the categories of the newest classifier."""

    def classify(self, after: int, most: int) -> list[SampleId]:
        """From stored vectors the categories that up to `most` samples behind the id `after` lack; the ids of these.

        One transaction. From 0 on, each time behind the last id, until none comes back. Raises `LibraryError`.
        """
        ...


class StoredVectors(Protocol):
    """Vectors by id, of the features that answers come from: older ones until re-analysis is complete."""

    @property
    def serving_params(self) -> FeatureParams:
        """Features that answers come from."""
        ...

    def vectors(self, ids: Sequence[SampleId]) -> dict[SampleId, Vector]:
        """Stored vectors of the serving version."""
        ...


class IndexSource(StoredVectors, Protocol):
    """All vectors and the index's to-do list: what an index is made from and kept in step with."""

    def all_vectors(
        self, states: Collection[State] = PRESENT
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """Id and vector of the serving version of every sample in one of the states, in blocks (n,), (n, d)."""
        ...

    def generation(self) -> int:
        """Number of the newest change to what the index should hold; grows with every such transaction."""
        ...

    def changes_since(self, generation: int) -> list[Change] | None:
        """What the index must do to go from `generation` to now; None where that history is gone: rebuild."""
        ...


class IndexedLibrary(IndexSource, Protocol):
    """A library beside which an index is kept."""

    def note_index_saved(self, generation: int) -> None:
        """A saved index holds everything up to `generation`: older history may go."""
        ...


class SampleRows(Protocol):
    """Samples by id."""

    def samples(self, ids: Sequence[SampleId], states: Collection[State] = PRESENT) -> dict[SampleId, Sample]:
        """Those of `ids` that are analysed and in one of the states; by default what can be found right now."""
        ...


class PathSearch(Protocol):
    """Samples by the words of their paths."""

    def search(self, text: str, limit: int, states: Collection[State] = PRESENT) -> list[Sample]:
        """Samples whose path contains every word of `text`, case-insensitively, by folder and name."""
        ...


class ServiceLibrary(RootList, MissingFiles, StoredVectors, SampleRows, PathSearch, Protocol):
    """What frontends learn of the library and wish of it."""

    def add_root(self, path: str) -> Root:
        """Follow a folder. Adding a known one returns it unchanged."""
        ...

    def remove_root(self, path: str) -> int:
        """Stop following a folder and forget its rows; how many samples left. Raises `BadArgumentError`, also for a
        place that is there: only one that is away can be removed without its root.
        """
        ...

    def by_path(self, path: str, states: Collection[State] = PRESENT) -> Sample | None:
        """The sample at a path, however its letters are composed, that is in one of the states; None for none."""
        ...

    def problems(self) -> list[Problem]:
        """Files within reach that are not audio, are cut off, or could not be read, by folder and name."""
        ...

    def contradictions(self) -> list[Contradiction]:
        """Samples within reach whose sound speaks strongly against their name, the surest first."""
        ...

    def problem_count(self) -> int:
        """How many of the `problems` are files that are not audio, without reading them."""
        ...

    def retry_unread(self) -> None:
        """All files that could not be read may be tried again at once."""
        ...

    def unread_count(self) -> int:
        """How many of the `problems` are files that could not be read."""
        ...

    def count(self) -> int:
        """Samples that can be found right now."""
        ...

    def unheard(self) -> Mapping[str, int]:
        """How many files of the followed folders, by ending, hold sounds and cannot be heard."""
        ...
