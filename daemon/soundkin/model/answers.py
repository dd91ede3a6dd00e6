"""Questions, and what the library and the search answer."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from soundkin.errors import is_verdict
from soundkin.model.files import SampleId, State
from soundkin.model.labels import Labels
from soundkin.model.sound import Facts

DEFAULT_K = 16
"""Hits where the question says no number."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A file of the library; one that can be found, unless others were asked for."""

    id: SampleId
    path: str
    root: str
    added_s: float
    """When the library first saw it, seconds since the epoch."""
    facts: Facts
    state: State = State.PRESENT
    labels: Labels = field(default_factory=Labels)
    """What it is, by name and by sound."""


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the index's to-do list: the sample's vector is new (or came back), or is to leave the answers."""

    id: SampleId
    removed: bool


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One hit of a question, best first."""

    sample: Sample
    distance: float
    similarity: float
    """0..1, 1 for the same sound; docs/features.md says what the numbers between mean."""
    aspect_distances: Mapping[str, float] = field(default_factory=dict)
    """Distance in each aspect alone; filled only where the question asks to explain."""
    stands_for: int = 1
    """How many near-identical samples this row stands for when duplicates are folded."""


@dataclass(frozen=True, slots=True)
class Like:
    """One example in a question: a sound, or a part of one. Exactly one of `id`, `path`, `vector` is given."""

    id: SampleId | None = None
    path: str | None = None
    vector: tuple[float, ...] | None = None
    start_s: float | None = None
    end_s: float | None = None
    """Part of the file that is meant; only with `path` or `id`. None: the whole."""
    weight: float = 1.0

    @property
    def is_whole(self) -> bool:
        """Whether all of the sound is meant, and no part of it."""
        return self.start_s is None and self.end_s is None


@dataclass(frozen=True, slots=True)
class Query:
    """A question of any shape; every frontend fills one of these and hands it to `SampleService.find`."""

    like: tuple[Like, ...]
    unlike: tuple[Like, ...] = ()
    k: int = DEFAULT_K
    offset: int = 0
    snapshot: str | None = None
    """Snapshot named by an earlier page of the same question, so that pages fit together."""
    filter: str = ""
    """The filter string of docs/search.md."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """Aspect name to 0..4 (`questions.HIGHEST_WEIGHT`); absent means 1."""
    within: float | None = None
    """Largest distance that counts."""
    per_folder: int | None = None
    """Most hits from one folder."""
    fold_duplicates: bool = False
    exclude: tuple[SampleId, ...] = ()
    include_self: bool = False
    """Whether the asked sample itself may be among the hits."""
    novelty: float = 0.0
    """0..1: how strongly to prefer what was not returned or committed lately."""
    explain: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question found."""

    neighbours: tuple[Neighbour, ...]
    total: int
    """How many samples the question could have returned (after its filter)."""
    snapshot: str
    """Short name of the library state that was searched."""
    plan: str = ""
    """What the planner chose, in a few words."""
    query_id: SampleId | None = None
    """The sample asked about, where it is in the library."""
    unfinished: str = ""
    """Why hits may be missing behind these; "" where none are."""


class ProblemKind(enum.StrEnum):
    """What a problem is about."""

    NOT_AUDIO = "not-audio"
    """The file is at fault; it is tried again when it changes."""
    UNREAD = "unread"
    """The file could not be read; what was known of it is kept, and it is tried again automatically."""
    CUT_OFF = "cut-off"
    """The file is found by the part that can be decoded."""


@dataclass(frozen=True, slots=True)
class KitSlot:
    """One place of a kit: what was asked for, and what could stand in for it, nearest first."""

    sample_id: SampleId | None
    """The asked sample, where the library holds it."""
    locked: bool
    alternates: tuple[Neighbour, ...]
    """Empty where locked."""


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Samples of which each is near-identical with at least one other of the group."""

    samples: tuple[Sample, ...]
    """The one to keep, by our guess, first: one that is present, shortest path, then by name."""
    sizes: tuple[int, ...]
    """Bytes of each file; 0 where it is missing."""
    contents: tuple[int, ...]
    """A number for the content of each file, from 1 in each group: files with one number are identical."""

    @property
    def spare_bytes(self) -> int:
        """Room that identical files take, but for the first of each: what is only alike is nothing to spare."""
        kept: set[int] = set()
        spare = 0
        for content, size in zip(self.contents, self.sizes, strict=True):
            spare += size if content in kept else 0
            kept.add(content)
        return spare

    @property
    def spare_files(self) -> int:
        """How many files are identical to one before them."""
        return len(self.contents) - len(set(self.contents))


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that could not be analysed, or, with the code `CUT_OFF`, one that is found but is not whole."""

    CUT_OFF: ClassVar[str] = "cut-off"

    path: str
    code: str
    message: str
    retry_s: float | None = None
    """When it is tried again, seconds since the epoch; None: when it changes."""

    @property
    def kind(self) -> ProblemKind:
        """Whether the file is at fault, and how much."""
        if self.code == self.CUT_OFF:
            return ProblemKind.CUT_OFF
        return ProblemKind.NOT_AUDIO if is_verdict(self.code) else ProblemKind.UNREAD
