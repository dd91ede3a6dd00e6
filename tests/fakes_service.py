"""An honest in-memory `SampleService` for the bridge's tests: small, deterministic, with the real one's errors."""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Collection
from dataclasses import dataclass, field, replace

import numpy as np

from soundkin.errors import BadArgumentError, DecodeError, UnknownSampleError
from soundkin.folders.openable import check_openable
from soundkin.model import (
    Answer,
    Contradiction,
    DuplicateGroup,
    Facts,
    Heard,
    IndexStatus,
    Kind,
    KitSlot,
    Like,
    Neighbour,
    Problem,
    Progress,
    Query,
    Resolved,
    ResolvedExample,
    Root,
    Sample,
    SampleId,
    ScanSummary,
    State,
    Status,
    labels_of,
    named,
)
from soundkin.model.categories import CATEGORIES
from soundkin.model.filters import states_in
from soundkin.questions.limits import check_age, check_examples, check_within
from soundkin.search import parse_filter
from soundkin.search.matching import fits

_FILTERS = ("kind", "cat", "in", "dur", "bpm", "sr", "name", "key", "is")


def sample(number: int, folder: str = "/samples", name: str | None = None) -> Sample:
    """Sample `number` with facts that differ from sample to sample."""
    facts = Facts(
        duration_s=0.25 * (number % 8 + 1),
        sample_rate=44_100,
        channels=1 + number % 2,
        bit_depth=24,
        loudness_db=-10.0 - number % 20,
        loudness_is_lufs=number % 2 == 0,
        peak_db=-1.0,
        root_hz=55.0 if number % 3 else None,
        root_confidence=0.5,
        tempo_bpm=120.0 if number % 4 == 0 else None,
        key="Am" if number % 5 == 0 else None,
        kind=Kind.LOOP if number % 4 == 0 else Kind.ONESHOT,
    )
    path = f"{folder}/{name or f'kick {number:04}.wav'}"
    return Sample(SampleId(number), path, folder, 1.7e9, facts, labels=labels_of(named(path, folder), sound_of(number)))


def sound_of(number: int) -> Heard | None:
    """What the sound of sample `number` says: a kick with growing certainty, of every third one nothing."""
    if number % 3 == 0:
        return None
    likely = 100 + number % 150
    return Heard(0 if likely > 127 else -1, bytes([likely, 255 - likely] + [0] * (len(CATEGORIES) - 2)))


@dataclass
class FakeService:
    """Samples lie on a line: sample n is at position n, and similarity falls with the distance."""

    samples: dict[int, Sample] = field(default_factory=dict)
    readable: dict[str, float] = field(default_factory=dict)
    """Positions of files outside the library that can be decoded."""
    failures: list[Problem] = field(default_factory=list)
    contradicted: list[Contradiction] = field(default_factory=list)
    followed: list[Root] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    """Questions that read audio wait for it; set unless a test clears it."""
    crash: bool = False
    """Whether `find` raises what nobody foresaw."""
    calls: list[str] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)
    """Idents of threads that read audio."""
    last: Query | None = None
    alike: list[tuple[int, ...]] = field(default_factory=list)
    """Ids of samples that are reported as duplicates."""

    def __post_init__(self) -> None:
        self.gate.set()

    def find(self, query: Query) -> Answer:
        return self.answer(self.resolve(query))

    def kit(self, query: Query, each: int, locked: Collection[int] = ()) -> tuple[KitSlot, ...]:
        return self.answer_kit(self.resolve(query), each, locked)

    def resolve(self, query: Query) -> Resolved:
        check_examples(query)
        return Resolved(query, tuple(map(self._looked_up, query.like)), tuple(map(self._looked_up, query.unlike)))

    def answer(self, resolved: Resolved) -> Answer:
        query = self.last = resolved.query
        if self.crash:
            raise RuntimeError("a bug with a secret: /home/ann")
        if resolved.reads_audio:
            self.threads.add(threading.get_ident())
            self.gate.wait(30)
        self._check(query)
        asked = [self._position(each) for each in resolved.like]
        about = _id(resolved.like[0])
        left = [s for s in self.samples.values() if query.include_self or s.id != about]
        left = [s for s in left if s.id not in query.exclude]
        ranked = sorted(left, key=lambda s: (min(abs(s.id - at) for at in asked), s.id))
        page = ranked[query.offset : query.offset + query.k]
        hits = tuple(self._neighbour(s, asked, query.explain) for s in page)
        plan = "exact (fake)"
        return Answer(hits, len(left), f"s{len(self.samples)}", plan, about)

    def answer_kit(self, resolved: Resolved, each: int, locked: Collection[int] = ()) -> tuple[KitSlot, ...]:
        if not 1 <= each <= 64:
            raise BadArgumentError(f"each is {each}, expected 1 to 64")
        used = {_id(example) for example in resolved.like}
        slots = []
        for slot, example in enumerate(resolved.like):
            taken: tuple[Neighbour, ...] = ()
            if slot not in locked:
                alone = Resolved(Query(like=(example.like,), k=len(self.samples)), (example,))
                taken = tuple(hit for hit in self.answer(alone).neighbours if hit.sample.id not in used)[:each]
                used |= {hit.sample.id for hit in taken}
            slots.append(KitSlot(_id(example), slot in locked, taken))
        return tuple(slots)

    def duplicates(self, within: float | None = None, matching: str = "") -> tuple[DuplicateGroup, ...]:
        check_within(within)
        states = states_in(parse_filter(matching))
        return tuple(
            DuplicateGroup(tuple(kept), tuple(1000 * s.id for s in kept), tuple(1 + s.id % 2 for s in kept))
            for group in self.alike
            if len(kept := [self.samples[number] for number in group if self.samples[number].state in states]) > 1
        )

    def sample(self, sample_id: SampleId) -> Sample:
        if sample_id not in self.samples:
            raise UnknownSampleError(f"no sample has the id {sample_id}")
        return self.samples[sample_id]

    def by_path(self, path: str) -> Sample | None:
        return next((s for s in self.samples.values() if s.path == path), None)

    def search(self, text: str, limit: int, matching: str = "") -> list[Sample]:
        words = text.lower().split()
        terms = parse_filter(matching)
        found = [s for s in self.samples.values() if all(word in s.path.lower() for word in words)]
        found = [s for s in found if s.state in states_in(terms) and fits(terms, s, 2e9)]
        return sorted(found, key=lambda s: s.path)[:limit]

    def status(self) -> Status:
        progress = Progress(state="analysing", found=200, done=50, failed=2, rate=12.5, eta_s=12.0)
        return Status(
            version="0.1.0",
            pid=4242,
            port=27400,
            roots=tuple(self.followed),
            samples=len(self.samples),
            failed=len(self.failures),
            progress=progress,
            index=IndexStatus(len(self.samples), "ready"),
            memory_mb=123.5,
            notes=("Too few inotify watches.", "Paused by hand."),
            last_scan=ScanSummary(found=200, unheard={".rx2": 1096}),
            unheard={".rx2": 1096, ".zip": 3},
        )

    def problems(self) -> list[Problem]:
        return list(self.failures)

    def contradictions(self) -> list[Contradiction]:
        return list(self.contradicted)

    def missing(self) -> list[str]:
        return sorted(s.path for s in self.samples.values() if s.state is State.MISSING)

    def forget(self, older_than_s: float) -> int:
        check_age(older_than_s)
        self.calls.append(f"forget {older_than_s:g}")
        return len(self.missing())

    def roots(self) -> tuple[Root, ...]:
        return tuple(self.followed)

    def add_root(self, path: str) -> Root:
        if path.startswith("/missing"):
            raise BadArgumentError(f"{path}: no such folder")
        root = Root(len(self.followed) + 1, path, True, 0)
        self.followed.append(root)
        return root

    def remove_root(self, path: str) -> int:
        kept = [root for root in self.followed if root.path != path]
        if len(kept) == len(self.followed):
            raise BadArgumentError(f"{path}: not followed")
        self.followed = kept
        return 7

    def rescan(self, *, retry: bool = False) -> None:
        self.calls.append("retry" if retry else "rescan")

    def pause(self) -> None:
        self.calls.append("pause")

    def resume(self) -> None:
        self.calls.append("resume")

    def committed(self, sample_id: SampleId) -> None:
        self.calls.append(f"committed {sample_id}")

    def transport(self, state: str) -> None:
        self.calls.append(f"transport {state}")

    def _check(self, query: Query) -> None:
        for token in re.findall(r'(?:[^\s"]|"[^"]*")+', query.filter):
            if re.split("[:<>]", token)[0] not in _FILTERS:
                raise BadArgumentError(f"filter: {token!r} is no filter")
        if not query.like:
            raise BadArgumentError("like: expected at least one example, got none")

    def _looked_up(self, like: Like) -> ResolvedExample:
        if like.vector is not None:
            return ResolvedExample(like, None, np.asarray(like.vector, np.float32))
        found = self.sample(like.id) if like.id is not None else self.by_path(like.path or "")
        known = found is not None and (like.id is not None or like.is_whole)
        return ResolvedExample(like, found, np.asarray([found.id], np.float32) if found and known else None)

    def _position(self, example: ResolvedExample) -> float:
        if example.vector is not None:
            return float(example.vector[0])
        if example.sample is not None:
            return float(example.sample.id)
        path = example.like.path or ""
        if path not in self.readable:
            check_openable(path, list, known=False)
            raise DecodeError(f"{path}: not audio that can be read")
        return self.readable[path]

    def _neighbour(self, found: Sample, asked: list[float], explain: bool) -> Neighbour:
        distance = min(abs(found.id - at) for at in asked)
        aspects = {"timbre": distance, "envelope": 0.5} if explain else {}
        return Neighbour(found, float(distance), math.exp(-distance / 10), aspects)


def _id(example: ResolvedExample) -> SampleId | None:
    return example.sample.id if example.sample else None


def library(count: int, folder: str = "/samples") -> FakeService:
    """A service with samples 1..count in one folder."""
    made = {number: sample(number, folder) for number in range(1, count + 1)}
    return FakeService(samples=made, followed=[replace(Root(1, folder, True), samples=count)])
