"""An honest Library in memory: the same promises as the SQLite one, held by the same contract tests."""

from __future__ import annotations

import os
import threading
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from soundkin.errors import BadArgumentError, LibraryError
from soundkin.interfaces import (
    CandidateLibrary,
    CategoryStore,
    Classifier,
    FactBlock,
    IndexedLibrary,
    IngestLibrary,
    KnownRow,
    SampleSource,
    ServiceLibrary,
)
from soundkin.model import (
    PRESENT,
    Analysis,
    AnalysisFailure,
    Change,
    Contradiction,
    Facts,
    FeatureParams,
    FileStamp,
    Heard,
    KnownFile,
    Labels,
    Move,
    Outcome,
    Problem,
    Root,
    Sample,
    SampleId,
    State,
    Unchanged,
    Unread,
    category_code,
    contradicts,
    labels_of,
    named,
)

if TYPE_CHECKING:
    from soundkin.model import Vector


class Library(IngestLibrary, IndexedLibrary, CandidateLibrary, SampleSource, ServiceLibrary, CategoryStore, Protocol):
    """All that one library is asked for, by whichever room; and that it can be closed."""

    def close(self) -> None:
        """Let go of the file. Further calls raise `LibraryError`."""
        ...


VERDICTS = {"decode", "too-short", "not-finite"}


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
    heard: Heard | None = None
    classified: int | None = None


class FakeLibrary:
    """Everything in dictionaries; one lock; no second feature space, so it serves what it stores."""

    def __init__(
        self,
        params: FeatureParams,
        *,
        classifier: Classifier | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._classifier = classifier
        self._params = params
        self._clock = clock
        self._lock = threading.RLock()
        self._rows: dict[SampleId, _Row] = {}
        self._roots: dict[int, Root] = {}
        self._unread: dict[str, Unread] = {}
        self._changes: dict[SampleId, int] = {}
        self._last_state, self._states = "", 0
        self._generation = 0
        self._pruned_below = 0
        self._last_id = 0
        self._last_root = 0
        self._parted: dict[SampleId, tuple[_Row, float]] = {}
        self._unheard: dict[int, dict[str, int]] = {}
        self._closed = False

    @property
    def params(self) -> FeatureParams:
        return self._params

    @property
    def serving_params(self) -> FeatureParams:
        return self._params

    def roots(self) -> tuple[Root, ...]:
        with self._open():
            counted = (replace(root, samples=self._samples_of(root.id)) for root in self._roots.values())
            return tuple(sorted(counted, key=lambda root: root.path))

    def add_root(self, path: str) -> Root:
        with self._open():
            path = _bare(path)
            known = next((root for root in self.roots() if root.path == path), None)
            if known is not None:
                self._roots[known.id] = replace(self._roots[known.id], within=None)
                return replace(known, within=None)
            self._last_root += 1
            self._roots[self._last_root] = Root(self._last_root, path, True)
            self._own_again()
            self._put_back(self._roots[self._last_root])
            return replace(self._roots[self._last_root], samples=self._samples_of(self._last_root))

    def add_place(self, path: str, within: int, *, is_link: bool) -> Root:
        with self._open():
            if within not in self._roots:
                raise BadArgumentError(f"there is no followed folder number {within}")
            known = next((root for root in self._roots.values() if root.path == _bare(path)), None)
            root = known or self.add_root(path)
            if known is None or known.within is not None:
                kept = within if known is None else known.within
                self._roots[root.id] = replace(self._roots[root.id], within=kept, is_link=is_link)
            return replace(self._roots[root.id], samples=self._samples_of(root.id))

    def drop_place(self, root_id: int) -> None:
        with self._open():
            if root_id in self._roots and self._roots[root_id].within is not None:
                del self._roots[root_id]
                self._own_again()

    def remove_root(self, path: str) -> int:
        with self._open():
            folded = unicodedata.normalize("NFC", _bare(path))
            alike = [root for root in self._roots.values() if unicodedata.normalize("NFC", root.path) == folded]
            found = next((root for root in alike if root.path == _bare(path)), next(iter(alike), None))
            if found is None or (found.within is not None and found.online):
                raise BadArgumentError(f"{path} is not a followed folder, or goes with one")
            places = [root for root in self._roots.values() if root.within == found.id]
            unread = {path: self._owner(path) for path in self._unread}
            del self._roots[found.id]
            heir = None if found.within is not None else self._owner(found.path)
            gone = [found]
            if heir is None:
                gone += places
            else:
                for place in places:
                    self._roots[place.id] = replace(place, within=self._roots[heir].within or heir)
                self._own_again()
                unread = {path: self._owner(path) for path in self._unread}
            for each in gone:
                self._roots.pop(each.id, None)
            lost = {each.id for each in gone}
            self._unread = {path: each for path, each in self._unread.items() if unread[path] not in lost}
            rows = [row for row in self._rows.values() if row.root_id in lost]
            kept = [row for row in rows if row.vector is not None and row.failure is None]
            self._parted |= {row.id: (row, self._clock()) for row in kept}
            self._drop(rows)
            return len(rows)

    def _put_back(self, root: Root) -> None:
        """What is still kept of a time when the files were followed before is known again, as missing."""
        known = {row.path for row in self._rows.values()}
        for id_ in [id_ for id_, (row, _) in self._parted.items() if _holds(root.path, row.path)]:
            row, _ = self._parted.pop(id_)
            if row.path not in known:
                row.root_id, row.missing_since, row.heard, row.classified = root.id, self._clock(), None, None
                self._rows[id_] = row
                self._classify(row)

    def set_online(self, root_id: int, online: bool) -> None:
        with self._open():
            if root_id not in self._roots:
                raise BadArgumentError(f"there is no followed folder number {root_id}")
            if self._roots[root_id].online != online:
                self._roots[root_id] = replace(self._roots[root_id], online=online)
                self._note([row.id for row in self._rows.values() if row.root_id == root_id])
                if online:
                    self._retry(root_id)

    def unread(self, under: str) -> dict[str, Unread]:
        with self._open():
            return {path: each for path, each in self._unread.items() if _holds(_bare(under), path)}

    def unread_count(self) -> int:
        with self._open():
            return len(self._unread_in_reach())

    def unread_due(self, now_s: float, most: int) -> list[str]:
        with self._open():
            due = [each for each in self._unread_in_reach() if not now_s < each.retry_s <= now_s + 86_400]
            return [each.path for each in sorted(due, key=lambda each: each.retry_s)][:most]

    def forget_unread(self, paths: Sequence[str]) -> None:
        with self._open():
            for path in paths:
                self._unread.pop(path, None)

    def retry_unread(self) -> None:
        with self._open():
            self._retry(None)

    def _retry(self, root_id: int | None) -> None:
        for path, each in self._unread.items():
            if root_id is None or self._owner(path) == root_id:
                self._unread[path] = replace(each, retry_s=0.0)

    def _unread_in_reach(self) -> list[Unread]:
        owned = [(each, self._owner(path)) for path, each in sorted(self._unread.items())]
        return [each for each, owner in owned if owner is not None and self._roots[owner].online]

    def note_unheard(self, root_id: int, counts: Mapping[str, int]) -> None:
        with self._open():
            self._unheard[root_id] = dict(counts)

    def unheard(self) -> dict[str, int]:
        with self._open():
            total: Counter[str] = Counter()
            for root_id, counts in self._unheard.items():
                total += Counter(counts if root_id in self._roots else {})
            return dict(total)

    def stamps(self, under: str) -> dict[str, KnownFile]:
        with self._open():
            return {row.path: _known(row) for row in self._rows.values() if _holds(_bare(under), row.path)}

    def rows_in_order(self, under: str) -> Iterator[list[KnownRow]]:
        known = sorted(self.stamps(under).items(), key=lambda item: _folder_and_name(os.fsencode(item[0])))
        for path, row in known:
            stamp = row.stamp
            numbers = (stamp.size, stamp.mtime_ns, stamp.ctime_ns, stamp.inode)
            yield [(path, *numbers, row.id, row.content_hash, row.feature_version, int(row.missing), int(row.failed))]

    def changed_rows(self) -> int:
        with self._open():
            state = repr((self._roots, self._rows, self._unread))
            if state != self._last_state:
                self._last_state = state
                self._states += 1
            return self._states

    def is_empty(self) -> bool:
        with self._open():
            return not self._rows and not self._unread

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
            for row in self._rows.values():
                self._classify(row)

    def classify(self, after: int, most: int) -> list[SampleId]:
        with self._open():
            version = self._classifier.version if self._classifier else None
            lacking = [
                row
                for id_, row in sorted(self._rows.items())
                if id_ > after and row.vector is not None and row.classified != version
            ]
            for row in lacking[:most]:
                self._classify(row)
            return [row.id for row in lacking[:most]]

    def _classify(self, row: _Row) -> None:
        if row.vector is None or self._classifier is None:
            return
        likely = self._classifier.posteriors(row.vector[None, :])
        place = int(self._classifier.decide(likely)[0][0])
        row.heard = Heard(place, bytes(np.rint(likely[0] * 255).astype(np.uint8)))
        row.classified = self._classifier.version

    def contradictions(self) -> list[Contradiction]:
        with self._open():
            found = []
            for row in self._rows.values():
                said = self._labels(row)
                sound = row.heard
                if self._findable(row) and sound and contradicts(named(row.path, self._root_of(row)), sound):
                    assert said.heard is not None
                    assert said.heard_confidence is not None
                    found.append(Contradiction(row.id, row.path, said.named, said.heard, said.heard_confidence))
            return sorted(found, key=lambda each: (-each.confidence, each.path))

    def categories(self, ids: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
        with self._open():
            rows = [self._rows[SampleId(id_)] for id_ in ids if SampleId(id_) in self._rows]
            codes = [category_code(self._labels(row).category) for row in rows]
            return np.array([row.id for row in rows], np.int64), np.array(codes, np.int8)

    def _labels(self, row: _Row) -> Labels:
        return labels_of(named(row.path, self._root_of(row)), row.heard)

    def _root_of(self, row: _Row) -> str:
        root = self._roots[row.root_id]
        return root.path if root.within is None else self._roots[root.within].path

    def move(self, moves: Sequence[Move]) -> None:
        with self._open():
            valid = [move for move in moves if move.id in self._rows and self._owner(move.path) is not None]
            moving = {move.id for move in valid}
            targets = {move.path for move in valid}
            taken = [row for row in self._rows.values() if row.path in targets and row.id not in moving]
            self._drop(taken)
            for move in valid:
                self._unread.pop(move.path, None)
                row = self._rows[move.id]
                row.path, row.stamp, row.missing_since = move.path, move.stamp, None
                row.root_id = self._owner(move.path) or 0
            self._note(list(moving))

    def restamp(self, moves: Sequence[Move]) -> None:
        with self._open():
            for move in moves:
                if move.id in self._rows:
                    self._rows[move.id].stamp = move.stamp

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
            self._parted = {id_: (row, at_s) for id_, (row, at_s) in self._parted.items() if at_s >= before_s}
            return len(gone)

    def samples(self, ids: Sequence[SampleId], states: Collection[State] = PRESENT) -> dict[SampleId, Sample]:
        with self._open():
            rows = (self._rows[id_] for id_ in ids if id_ in self._rows)
            return {row.id: self._sample(row) for row in rows if self._state(row) in states}

    def file_contents(self, ids: Sequence[SampleId]) -> dict[SampleId, tuple[int, bytes]]:
        with self._open():
            rows = [self._rows[id_] for id_ in ids if id_ in self._rows]
            return {row.id: (row.stamp.size, row.content_hash) for row in rows}

    def fact_blocks(self, ids: Sequence[int] | None, states: Collection[State]) -> Iterator[FactBlock]:
        with self._open():
            wanted = list(self._rows) if ids is None else [SampleId(id_) for id_ in ids]
            samples = list(self.samples(wanted, states).values())
        for start in range(0, len(samples), 2):
            yield fact_block(samples[start : start + 2])

    def by_path(self, path: str, states: Collection[State] = PRESENT) -> Sample | None:
        with self._open():
            folded = unicodedata.normalize("NFC", path)
            alike = [row for row in self._rows.values() if unicodedata.normalize("NFC", row.path) == folded]
            row = next((row for row in alike if row.path == path), next(iter(alike), None))
            return self._sample(row) if row is not None and self._state(row) in states else None

    def search(self, text: str, limit: int, states: Collection[State] = PRESENT) -> list[Sample]:
        with self._open():
            words = [_folded(word) for word in text.split()]
            rows = sorted((row for row in self._rows.values() if self._state(row) in states), key=lambda row: row.path)
            hits = [self._sample(row) for row in rows if all(word in _folded(row.path) for word in words)]
            return hits[: max(0, limit)]

    def ids_in(self, states: Collection[State]) -> NDArray[np.int64]:
        with self._open():
            return np.array(sorted(row.id for row in self._rows.values() if self._state(row) in states), np.int64)

    def ids_by_path(
        self, text: str, states: Collection[State], among: Sequence[SampleId] | None = None
    ) -> Iterator[list[SampleId]]:
        ids = [sample.id for sample in self.search(text, 1_000_000, states)]
        if among is not None:
            yield [each for each in ids if each in among]
            return
        for start in range(0, max(1, len(ids)), 3):
            yield ids[start : start + 3]

    def problems(self) -> list[Problem]:
        with self._open():
            there = [
                row for row in self._rows.values() if row.missing_since is None and self._roots[row.root_id].online
            ]
            found = [Problem(row.path, *row.failure) for row in there if row.failure]
            found += [
                Problem(row.path, "cut-off", row.facts.cut_off) for row in there if row.facts and row.facts.cut_off
            ]
            found += [Problem(each.path, each.code, each.message, each.retry_s) for each in self._unread_in_reach()]
            return sorted(found, key=lambda problem: _folder_and_name(os.fsencode(problem.path)))

    def problem_count(self) -> int:
        return sum(problem.code != "cut-off" and problem.retry_s is None for problem in self.problems())

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
        if isinstance(outcome, AnalysisFailure) and outcome.code not in VERDICTS:
            self._note_unread(outcome)
            return None
        self._unread.pop(outcome.path, None)
        if isinstance(outcome, Unchanged):
            return self._put_unchanged(row, outcome)
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
            row.heard = row.classified = None
            return row.id
        if isinstance(outcome, Analysis):
            row.failure = ("not-finite", "its features are not finite numbers")
        else:
            row.failure = (outcome.code, outcome.message)
        row.content_hash, row.facts, row.vector = b"", None, None
        row.heard = row.classified = None
        return row.id if was_served else None

    def _note_unread(self, failed: AnalysisFailure) -> None:
        before = self._unread.get(failed.path)
        tries = 1 + (before.tries if before else 0)
        retry_s = self._clock() + min(86_400.0, 5.0 * 6.0 ** (tries - 1))
        self._unread[failed.path] = Unread(failed.path, failed.stamp, failed.code, failed.message, tries, retry_s)

    def _put_unchanged(self, row: _Row | None, found: Unchanged) -> SampleId | None:
        if row is None or row.content_hash != found.content_hash:
            return None
        was_missing, row.stamp, row.missing_since = row.missing_since is not None, found.stamp, None
        return row.id if was_missing else None

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
        return Sample(row.id, row.path, self._root_of(row), row.added_s, row.facts, state, self._labels(row))


def fact_block(samples: Sequence[Sample]) -> FactBlock:
    """Facts of samples as columns."""
    facts = [sample.facts for sample in samples]
    return FactBlock(
        ids=np.array([sample.id for sample in samples], np.int64),
        duration_s=np.array([each.duration_s for each in facts], np.float32),
        tempo_bpm=np.array([each.tempo_bpm for each in facts], np.float32),
        root_hz=np.array([each.root_hz for each in facts], np.float32),
        loudness_db=np.array([each.loudness_db for each in facts], np.float32),
        sample_rate=np.array([each.sample_rate for each in facts], np.int32),
        kind=np.array([each.kind or "" for each in facts], np.bytes_),
        key=np.array([each.key or "" for each in facts], np.bytes_),
        added_s=np.array([sample.added_s for sample in samples], np.float64),
        category=np.array([category_code(sample.labels.category) for sample in samples], np.int8),
        paths=[sample.path for sample in samples],
        roots=[sample.root for sample in samples],
    )


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
