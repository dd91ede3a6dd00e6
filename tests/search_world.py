"""A library, an index and a searcher of made-up samples, and the slow, plain arithmetic to compare answers with."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from fakes_index import nearest_in
from fakes_library import fact_block
from soundkin.index import VoyagerIndex
from soundkin.interfaces import CandidateSource, FactBlock
from soundkin.model import (
    PRESENT,
    Aspect,
    Change,
    Facts,
    FeatureParams,
    Heard,
    Kind,
    Sample,
    SampleId,
    State,
    category_code,
    labels_of,
    named,
)
from soundkin.model.categories import CATEGORIES
from soundkin.search import Example, InMemoryCandidates, Searcher

PARAMS = FeatureParams(1, 24, (Aspect("timbre", 0, 10), Aspect("envelope", 10, 16), Aspect("pitch", 16, 24)))
ROOT = os.path.join(os.sep, "samples", "Packs")
_KEYS = ("C", "F#", "Am", "Ebm", None)
_FOLDERS = ("Drums/Kicks", "Drums/Snares", "Drums Loops", "Vocals", "FX/Größe")
_NAMES = ("kick", "Rim Shot", "hat_closed", "loop 120", "it's", "ÄHM")


def sounds(count: int, seed: int = 0, params: FeatureParams = PARAMS) -> NDArray[np.float32]:
    """Vectors as sample libraries have them: clusters with few inner dimensions, some noise, and exact copies."""
    rng = np.random.default_rng(seed)
    families = rng.normal(size=(40, 8))
    shape = rng.normal(size=(8, params.num_dimensions)) / math.sqrt(8)
    inner = families[rng.integers(0, len(families), count)] + rng.normal(size=(count, 8)) * 0.5
    vectors = (inner @ shape + rng.normal(size=(count, params.num_dimensions)) * 0.15) * 1.5
    copies = rng.integers(0, count, count // 20)
    vectors[rng.integers(0, count, len(copies))] = vectors[copies]
    return vectors.astype(np.float32)


def held(index: VoyagerIndex) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """What an index holds, as a library would hand it to one that is loaded."""
    view = index.view()
    ids, _, vectors = view.gather(np.flatnonzero(view.alive()))
    return [(ids[part].astype(np.int64), vectors[part]) for part in np.array_split(np.arange(len(ids)), 3)]


def same(a: VoyagerIndex, b: VoyagerIndex) -> bool:
    """Whether two indexes hold as much and answer the same."""
    asked = sounds(5, seed=4)
    answers = [(nearest_in(a, each, 30), nearest_in(b, each, 30)) for each in asked]
    return len(a) == len(b) and all(
        np.array_equal(first[0], second[0]) and np.array_equal(first[1], second[1]) for first, second in answers
    )


def made_up_sample(number: int) -> Sample:
    """A sample whose facts follow from its id."""
    rng = np.random.default_rng(number)
    folder = os.path.join(ROOT, *_FOLDERS[number % 5].split("/"), f"set {number % 7}")
    name = f"{_NAMES[number % 6]} {number}.{('wav', 'WAV', 'flac')[number % 3]}"
    facts = Facts(
        duration_s=float(rng.uniform(0.01, 4)),
        sample_rate=(44100, 48000, 96000)[number % 3],
        channels=1,
        loudness_db=None if number % 11 == 0 else float(rng.uniform(-40, 0)),
        root_hz=None if number % 4 == 0 else float(rng.uniform(30, 2000)),
        tempo_bpm=None if number % 3 else float(rng.uniform(60, 180)),
        key=_KEYS[number % 5],
        kind=(Kind.ONESHOT, Kind.LOOP, None)[number % 3],
    )
    path = os.path.join(folder, name)
    labels = labels_of(named(path, ROOT), made_up_sound(number))
    return Sample(SampleId(number), path, ROOT, 2e9 - 5000.0 * number, facts, labels=labels)


def made_up_sound(number: int) -> Heard | None:
    """What the sound says of a sample: another category for each, for some nothing, or nothing sure."""
    if number % 9 == 0:
        return None
    place, likely = number % len(CATEGORIES), (40, 140, 240)[number % 3]
    rest = (255 - likely) // (len(CATEGORIES) - 1)
    return Heard(place if likely > 127 else -1, bytes(likely if at == place else rest for at in range(len(CATEGORIES))))


@dataclass
class LibraryOfSamples:
    """As much of a library as questions and `catch_up` use, in memory, with states and ids as a test says."""

    rows: dict[SampleId, Sample] = field(default_factory=dict)
    sounds_of: dict[SampleId, NDArray[np.float32]] = field(default_factory=dict)
    log: list[Change] = field(default_factory=list)
    forgotten: int = 0
    """Generations of which the to-do list is gone."""
    params: FeatureParams = PARAMS

    @property
    def serving_params(self) -> FeatureParams:
        """As in the library."""
        return self.params

    def put(self, vectors: Mapping[int, NDArray[np.float32]]) -> None:
        """Add or replace samples."""
        for number, vector in vectors.items():
            self.rows[SampleId(number)] = made_up_sample(number)
            self.sounds_of[SampleId(number)] = vector
            self.log.append(Change(SampleId(number), False))

    def drop(self, ids: Sequence[int]) -> None:
        """Remove samples."""
        for number in ids:
            self.rows.pop(SampleId(number), None)
            self.sounds_of.pop(SampleId(number), None)
            self.log.append(Change(SampleId(number), True))

    def take(self, ids: Sequence[int], state: State) -> None:
        """The files go away, or come back."""
        for number in ids:
            self.rows[SampleId(number)] = replace(self.rows[SampleId(number)], state=state)
            self.log.append(Change(SampleId(number), state is not State.PRESENT))

    def samples(self, ids: Sequence[SampleId], states: Collection[State] = PRESENT) -> dict[SampleId, Sample]:
        """As in the library."""
        return {each: self.rows[each] for each in ids if each in self.rows and self.rows[each].state in states}

    def categories(self, ids: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
        """As in the library."""
        rows = [self.rows[SampleId(each)] for each in ids if SampleId(each) in self.rows]
        codes = [category_code(row.labels.category) for row in rows]
        return np.array([row.id for row in rows], np.int64), np.array(codes, np.int8)

    def ids_in(self, states: Collection[State]) -> NDArray[np.int64]:
        """As in the library."""
        return np.array(sorted(row.id for row in self.rows.values() if row.state in states), np.int64)

    def ids_by_path(
        self, text: str, states: Collection[State], among: Sequence[SampleId] | None = None
    ) -> Iterator[list[SampleId]]:
        """As in the library, by path as it is spelled."""
        rows = [row for row in self.rows.values() if row.state in states and all(w in row.path for w in text.split())]
        ids = [row.id for row in sorted(rows, key=lambda row: os.path.split(row.path))]
        if among is not None:
            yield [each for each in ids if each in set(among)]
            return
        for start in range(0, max(1, len(ids)), 100):
            yield ids[start : start + 100]

    def file_contents(self, ids: Sequence[SampleId]) -> dict[SampleId, tuple[int, bytes]]:
        """Follow from the ids: every second file is identical to others."""
        return {each: (1000 + each, b"%d" % (0 if each % 2 == 0 else each)) for each in ids if each in self.rows}

    def fact_blocks(self, ids: Sequence[int] | None, states: Collection[State]) -> Iterator[FactBlock]:
        """As in the library."""
        wanted = list(self.rows) if ids is None else [SampleId(each) for each in ids]
        yield fact_block(list(self.samples(wanted, states).values()))

    def vectors(self, ids: Sequence[SampleId]) -> dict[SampleId, NDArray[np.float32]]:
        """As in the library."""
        return {each: self.sounds_of[each] for each in ids if each in self.sounds_of}

    def all_vectors(
        self, states: Collection[State] = PRESENT
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """As in the library."""
        ids = [each for each in self.sounds_of if self.rows[each].state in states]
        for start in range(0, len(ids), 1000):
            part = ids[start : start + 1000]
            yield np.array(part, np.int64), np.array([self.sounds_of[each] for each in part], np.float32)

    def generation(self) -> int:
        """As in the library."""
        return len(self.log)

    def changes_since(self, generation: int) -> list[Change] | None:
        """As in the library."""
        return None if generation < self.forgotten else list(dict.fromkeys(self.log[generation:]))


@dataclass(repr=False)
class World:
    """Library, index and searcher together, and a clock that the test moves."""

    library: LibraryOfSamples
    index: VoyagerIndex
    candidates: CandidateSource
    searcher: Searcher
    now_s: list[float]

    def __repr__(self) -> str:
        return f"World of {len(self.library.rows)} samples"

    def example(self, number: int, weight: float = 1.0) -> Example:
        """An example that is in the library."""
        return Example(self.library.sounds_of[SampleId(number)], weight, SampleId(number))


def make_world(count: int, seed: int = 0, similarity: Callable[[float], float] = lambda d: 1 / (1 + d)) -> World:
    """Samples 1 to `count`, indexed."""
    library = LibraryOfSamples()
    library.put(dict(enumerate(sounds(count, seed), start=1)))
    index = VoyagerIndex(PARAMS, "uid")
    index.rebuild(library.all_vectors(), library.generation(), PARAMS)
    return world_of(library, index, InMemoryCandidates(library, index), [2e9], similarity)


def world_of(
    library: LibraryOfSamples,
    index: VoyagerIndex,
    candidates: CandidateSource,
    now_s: list[float],
    similarity: Callable[[float], float] = lambda d: 1 / (1 + d),
) -> World:
    """A searcher that has seen nothing, over these."""
    searcher = Searcher(library, candidates, similarity, clock=lambda: now_s[0], near_identical=0.5)
    return World(library, index, candidates, searcher, now_s)
