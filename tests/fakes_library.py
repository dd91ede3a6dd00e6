"""An honest Library in memory: the same promises as the SQLite one, held by the same contract tests."""

from __future__ import annotations

import os
import threading
import time
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from soundkin.errors import BadArgumentError, LibraryError
from soundkin.interfaces import KnownRow
from soundkin.model import (
    PRESENT,
    Analysis,
    Change,
    Facts,
    FeatureParams,
    FileStamp,
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
    from soundkin.model import Vector


@dataclass(slots=True)
class _Row:
    id: SampleId
    path: str
    root_id: int
    stamp: FileStamp
    content_hash: bytes
    added_s: float
    version: int
    facts: Facts | None = None
    vector: Vector | None = None
    failure: tuple[str, str] | None = None
    missing_since: float | None = None


class FakeLibrary:
    """Everything in dictionaries; one lock; no second feature space, so it serves what it stores."""

    def __init__(self, params: FeatureParams, *, clock: Callable[[], float] = time.time, uid: str = "fake") -> None:
        self._params = params
        self._clock = clock
        self._uid = uid
        self._lock = threading.RLock()
        self._rows: dict[SampleId, _Row] = {}
        self._roots: dict[int, Root] = {}
        self._changes: dict[SampleId, int] = {}
        self._generation = 0
        self._pruned_below = 0
        self._last_id = 0
        self._last_root = 0
        self._closed = False

    @property
    def params(self) -> FeatureParams:
        return self._params

    @property
    def serving_params(self) -> FeatureParams:
        return self._params

    @property
    def serving_version(self) -> int:
        return self._params.version

    @property
    def uid(self) -> str:
        return self._uid

    def roots(self) -> tuple[Root, ...]:
        with self._open():
            counted = (replace(root, samples=self._samples_of(root.id)) for root in self._roots.values())
            return tuple(sorted(counted, key=lambda root: root.path))

    def add_root(self, path: str) -> Root:
        with self._open():
            path = _bare(path)
            known = next((root for root in self.roots() if root.path == path), None)
            if known is not None:
                return known
            self._last_root += 1
            self._roots[self._last_root] = Root(self._last_root, path, True)
            self._own_again()
            return replace(self._roots[self._last_root], samples=self._samples_of(self._last_root))

    def remove_root(self, path: str) -> int:
        with self._open():
            path = _bare(path)
            root_id = next((id_ for id_, root in self._roots.items() if root.path == path), None)
            if root_id is None:
                raise BadArgumentError(f"{path} is not a followed folder")
            del self._roots[root_id]
            self._own_again()
            gone = [row for row in self._rows.values() if row.root_id == root_id]
            self._drop(gone)
            return len(gone)

    def set_online(self, root_id: int, online: bool) -> None:
        with self._open():
            if root_id not in self._roots:
                raise BadArgumentError(f"there is no followed folder number {root_id}")
            if self._roots[root_id].online != online:
                self._roots[root_id] = replace(self._roots[root_id], online=online)
                self._note([row.id for row in self._rows.values() if row.root_id == root_id])

    def stamps(self, under: str) -> dict[str, KnownFile]:
        with self._open():
            return {row.path: _known(row) for row in self._rows.values() if _holds(_bare(under), row.path)}

    def rows_in_order(self, under: str) -> Iterator[list[KnownRow]]:
        known = sorted(self.stamps(under).items(), key=lambda item: _folder_and_name(os.fsencode(item[0])))
        for path, row in known:
            numbers = (row.id, row.stamp.size, row.stamp.mtime_ns, row.content_hash, row.feature_version)
            yield [(path, *numbers, int(row.missing), int(row.failed))]

    def is_empty(self) -> bool:
        with self._open():
            return not self._rows

    def missing(self) -> dict[str, KnownFile]:
        with self._open():
            return {row.path: _known(row) for row in self._rows.values() if row.missing_since is not None}

    def put(self, outcomes: Sequence[Outcome]) -> None:
        with self._open():
            expected = (self._params.num_dimensions,)
            for outcome in outcomes:
                if isinstance(outcome, Analysis) and outcome.vector.shape != expected:
                    raise LibraryError(
                        f"{outcome.path}: got a vector of shape {outcome.vector.shape}, expected {expected}"
                    )
            self._note([id_ for outcome in outcomes if (id_ := self._put(outcome)) is not None])

    def move(self, moves: Sequence[Move]) -> None:
        with self._open():
            valid = [move for move in moves if move.id in self._rows and self._owner(move.path) is not None]
            moving = {move.id for move in valid}
            targets = {move.path for move in valid}
            taken = [row for row in self._rows.values() if row.path in targets and row.id not in moving]
            self._drop(taken)
            for move in valid:
                row = self._rows[move.id]
                row.path, row.stamp, row.missing_since = move.path, move.stamp, None
                row.root_id = self._owner(move.path) or 0
            self._note(list(moving))

    def mark_missing(self, ids: Sequence[SampleId], at_s: float) -> None:
        with self._open():
            rows = [self._rows[id_] for id_ in ids if id_ in self._rows]
            newly = [row for row in rows if row.missing_since is None]
            for row in newly:
                row.missing_since = at_s
            self._note([row.id for row in newly])

    def forget_missing(self, before_s: float) -> int:
        with self._open():
            gone = [
                row
                for row in self._rows.values()
                if row.missing_since is not None and row.missing_since < before_s and self._roots[row.root_id].online
            ]
            self._drop(gone)
            return len(gone)

    def samples(self, ids: Sequence[SampleId], states: Collection[State] = PRESENT) -> dict[SampleId, Sample]:
        with self._open():
            rows = (self._rows[id_] for id_ in ids if id_ in self._rows)
            return {row.id: self._sample(row) for row in rows if self._state(row) in states}

    def by_path(self, path: str, states: Collection[State] = PRESENT) -> Sample | None:
        with self._open():
            rows = (row for row in self._rows.values() if row.path == path and self._state(row) in states)
            return next((self._sample(row) for row in rows), None)

    def search(
        self, text: str, limit: int, states: Collection[State] = PRESENT, fits: Callable[[Sample], bool] | None = None
    ) -> list[Sample]:
        with self._open():
            words = [_folded(word) for word in text.split()]
            rows = sorted((row for row in self._rows.values() if self._state(row) in states), key=lambda row: row.path)
            hits = (self._sample(row) for row in rows if all(word in _folded(row.path) for word in words))
            return [hit for hit in hits if fits is None or fits(hit)][: max(0, limit)]

    def problems(self) -> list[Problem]:
        with self._open():
            found = [
                Problem(row.path, *row.failure)
                for row in self._rows.values()
                if row.failure and row.missing_since is None and self._roots[row.root_id].online
            ]
            return sorted(found, key=lambda problem: problem.path)

    def problem_count(self) -> int:
        return len(self.problems())

    def count(self) -> int:
        with self._open():
            return sum(1 for row in self._rows.values() if self._findable(row))

    def vectors(self, ids: Sequence[SampleId]) -> dict[SampleId, Vector]:
        with self._open():
            known = (self._rows[id_] for id_ in ids if id_ in self._rows)
            return {row.id: row.vector for row in known if row.vector is not None}

    def all_vectors(
        self, states: Collection[State] = PRESENT
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        with self._open():
            rows = [row for row in self._rows.values() if self._state(row) in states]
        if rows:
            yield np.array([row.id for row in rows], np.int64), np.array([row.vector for row in rows], np.float32)

    def generation(self) -> int:
        with self._open():
            return self._generation

    def changes_since(self, generation: int) -> list[Change] | None:
        with self._open():
            if not self._pruned_below <= generation <= self._generation:
                return None
            rows = sorted((number, id_) for id_, number in self._changes.items() if number > generation)
            return [Change(id_, id_ not in self._rows or not self._findable(self._rows[id_])) for _, id_ in rows]

    def note_index_saved(self, generation: int) -> None:
        with self._open():
            self._pruned_below = max(self._pruned_below, min(generation, self._generation))
            self._changes = {id_: number for id_, number in self._changes.items() if number > self._pruned_below}

    def close(self) -> None:
        with self._lock:
            self._closed = True

    # ---- inside ----

    def _open(self) -> threading.RLock:
        if self._closed:
            raise LibraryError("the library is closed")
        return self._lock

    def _put(self, outcome: Outcome) -> SampleId | None:
        root_id = self._owner(outcome.path)
        if root_id is None:
            return None
        row = next((row for row in self._rows.values() if row.path == outcome.path), None)
        was_served = row is not None and row.vector is not None
        if row is None:
            self._last_id += 1
            id_ = SampleId(self._last_id)
            row = _Row(id_, outcome.path, root_id, outcome.stamp, b"", self._clock(), self._params.version)
            self._rows[id_] = row
        row.stamp, row.root_id, row.missing_since, row.version = outcome.stamp, root_id, None, self._params.version
        if isinstance(outcome, Analysis) and np.isfinite(outcome.vector).all():
            row.content_hash, row.facts, row.failure = outcome.content_hash, outcome.facts, None
            row.vector = np.array(outcome.vector, np.float32)
            return row.id
        if isinstance(outcome, Analysis):
            row.failure = ("analysis", "its features are not finite numbers")
        else:
            row.failure = (outcome.code, outcome.message)
        row.content_hash, row.facts, row.vector = b"", None, None
        return row.id if was_served else None

    def _owner(self, path: str) -> int | None:
        holding = [root for root in self._roots.values() if _holds(root.path, path)]
        return max(holding, key=lambda root: len(root.path)).id if holding else None

    def _own_again(self) -> None:
        moved = []
        for row in self._rows.values():
            owner = self._owner(row.path)
            if owner is not None and owner != row.root_id:
                row.root_id = owner
                moved.append(row.id)
        self._note(moved)

    def _drop(self, rows: list[_Row]) -> None:
        for row in rows:
            del self._rows[row.id]
        self._note([row.id for row in rows])

    def _note(self, ids: Sequence[SampleId]) -> None:
        if ids:
            self._generation += 1
            self._changes.update(dict.fromkeys(ids, self._generation))

    def _samples_of(self, root_id: int) -> int:
        return sum(1 for row in self._rows.values() if row.root_id == root_id and self._findable(row))

    def _findable(self, row: _Row) -> bool:
        return self._state(row) is State.PRESENT

    def _state(self, row: _Row) -> State | None:
        """None where there is nothing to find."""
        root = self._roots.get(row.root_id)
        if row.vector is None or root is None:
            return None
        if row.missing_since is not None:
            return State.MISSING
        return State.PRESENT if root.online else State.OFFLINE

    def _sample(self, row: _Row) -> Sample:
        assert row.facts is not None
        state = self._state(row)
        assert state is not None
        return Sample(row.id, row.path, self._roots[row.root_id].path, row.added_s, row.facts, state)


def _known(row: _Row) -> KnownFile:
    missing, failed = row.missing_since is not None, row.failure is not None
    return KnownFile(row.id, row.stamp, row.content_hash, row.version, missing, failed)


def _bare(path: str) -> str:
    stripped = path.rstrip(os.sep)
    return stripped if stripped and not stripped.endswith(":") else path


def _holds(folder: str, path: str) -> bool:
    return path == folder or path.startswith(folder if folder.endswith(os.sep) else folder + os.sep)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _folder_and_name(path: bytes) -> tuple[bytes, bytes]:
    start = path.rfind(os.fsencode(os.sep)) + 1
    return path[:start], path[start:]
