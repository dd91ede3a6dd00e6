"""Protocols between the rooms: what ingest and search may ask of analysis, library and index. Types only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from soundkin.model import (
    PRESENT,
    Analysis,
    Change,
    DiskFile,
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
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from soundkin.model import Vector


KnownRow = tuple[str, int, int, int, bytes, int, int, int]
"""What a `KnownFile` is made of, plain because a rescan reads every one: path, id, size, mtime_ns, content_hash,
feature_version, missing, failed."""


class Analyser(Protocol):
    """Turns files into vectors and facts, in other processes."""

    @property
    def params(self) -> FeatureParams:
        """Which features it makes."""
        ...

    def analyse(self, files: Iterable[DiskFile]) -> Iterator[list[Outcome]]:
        """Outcomes as they come, in any order, one for each file.

        Yields at least four times a second, an empty list where nothing is ready, so that the caller can commit,
        pause (by not asking for more) or stop (by closing the iterator, which drops what was not begun). `files`
        is consumed lazily. Never raises for a bad file, a dead worker or a file that takes too long.
        """
        ...

    def analyse_now(self, path: str, start_s: float | None = None, end_s: float | None = None) -> Analysis:
        """One file, or the part [start_s, end_s) of it, ahead of any scan. Raises `AnalysisError`, `OSError`."""
        ...

    def close(self) -> None:
        """End the worker processes, waiting for them."""
        ...


class Library(Protocol):
    """The SQLite truth. Write methods are one transaction each and may be called from any thread (they take turns)."""

    @property
    def params(self) -> FeatureParams:
        """Features that `put` stores."""
        ...

    @property
    def serving_version(self) -> int:
        """Feature version that answers come from: an older one until re-analysis is complete."""
        ...

    @property
    def serving_params(self) -> FeatureParams:
        """Features that answers come from."""
        ...

    # followed folders
    def roots(self) -> tuple[Root, ...]: ...
    def add_root(self, path: str) -> Root:
        """Follow a folder. Adding a known one returns it unchanged."""
        ...

    def remove_root(self, path: str) -> int:
        """Stop following a folder and forget its rows; how many samples left. Raises `BadArgumentError`."""
        ...

    def set_online(self, root_id: int, online: bool) -> None:
        """Mark a root reachable or not; its samples come back to, or leave, the answers."""
        ...

    # the difference to the disk
    def stamps(self, under: str) -> Mapping[str, KnownFile]:
        """Every known file at or below the folder (or file) `under`, missing and failed ones too, by path."""
        ...

    def rows_in_order(self, under: str) -> Iterator[list[KnownRow]]:
        """The same of everything below the folder `under`, block by block, by folder and name.

        Each block is a transaction of its own, so that a walk of minutes holds nothing up.
        """
        ...

    def is_empty(self) -> bool:
        """Whether not a single file is known."""
        ...

    def missing(self) -> Mapping[str, KnownFile]:
        """Every known file that is marked missing, whichever root it was in, by its last path."""
        ...

    def put(self, outcomes: Sequence[Outcome]) -> None:
        """Insert or update by path: row, facts, vector, to-do entry for the index.

        Outcomes of files outside every root are ignored.
        """
        ...

    def move(self, moves: Sequence[Move]) -> None:
        """Give known rows new paths and stamps; they keep id and vector and are no longer missing."""
        ...

    def mark_missing(self, ids: Sequence[SampleId], at_s: float) -> None:
        """The files are not on disk: they leave the answers, what is known of them is kept."""
        ...

    def forget_missing(self, before_s: float) -> int:
        """Remove rows that have been missing since before `before_s`; how many."""
        ...

    # reading
    def samples(self, ids: Sequence[SampleId], states: Collection[State] = PRESENT) -> dict[SampleId, Sample]:
        """Those of `ids` that are analysed and in one of the states; by default what can be found right now."""
        ...

    def by_path(self, path: str, states: Collection[State] = PRESENT) -> Sample | None: ...
    def search(
        self, text: str, limit: int, states: Collection[State] = PRESENT, fits: Callable[[Sample], bool] | None = None
    ) -> list[Sample]:
        """Samples whose path contains every word of `text`, case-insensitively, and that fit, by folder and name."""
        ...

    def problems(self) -> list[Problem]: ...
    def problem_count(self) -> int:
        """How many `problems` there are, without reading them."""
        ...

    def count(self) -> int:
        """Samples that can be found right now."""
        ...

    def vectors(self, ids: Sequence[SampleId]) -> dict[SampleId, Vector]:
        """Stored vectors of the serving version."""
        ...

    def all_vectors(
        self, states: Collection[State] = PRESENT
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """Id and vector of the serving version of every sample in one of the states, in blocks (n,), (n, d)."""
        ...

    # the index's to-do list
    def generation(self) -> int:
        """Number of the newest change to what the index should hold; grows with every such transaction."""
        ...

    def changes_since(self, generation: int) -> list[Change] | None:
        """What the index must do to go from `generation` to now; None where that history is gone: rebuild."""
        ...

    def note_index_saved(self, generation: int) -> None:
        """A saved index holds everything up to `generation`: older history may go."""
        ...

    @property
    def uid(self) -> str:
        """Random name of this library file, so that an index of another one is never used."""
        ...

    def close(self) -> None: ...


class VectorIndex(Protocol):
    """Approximate nearest neighbours among live vectors, and a cache file that may be lost at any time.

    Safe to query from several threads while one thread adds and removes.
    """

    @property
    def generation(self) -> int:
        """The library generation that it holds."""
        ...

    def __len__(self) -> int:
        """Live items."""
        ...

    def update(
        self,
        ids: NDArray[np.int64],
        vectors: NDArray[np.float32],
        removed: Sequence[SampleId],
        generation: int,
    ) -> None:
        """Add or replace vectors (n, d) under ids (n,), drop `removed` (unknown ids are fine), note the generation."""
        ...

    def query(self, vector: Vector, k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Up to `k` ids and Euclidean distances, nearest first."""
        ...

    def save(self, path: Path) -> int:
        """Write to a temporary file, flush it to disk, rename; the generation saved."""
        ...


class IndexKeeper(Protocol):
    """What ingest asks of whoever keeps the index beside the library."""

    def update(self) -> None:
        """Bring the index up to the library's newest generation."""
        ...

    def maybe_save(self, now: float, *, idle: bool) -> None:
        """Write the cache file where that is due."""
        ...
