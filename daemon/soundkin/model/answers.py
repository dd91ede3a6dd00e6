"""Questions, and what the library and the search answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from soundkin.model.files import SampleId, State
from soundkin.model.sound import Facts


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


@dataclass(frozen=True, slots=True)
class Query:
    """A question of any shape; every frontend fills one of these and hands it to `SampleService.find`."""

    like: tuple[Like, ...]
    unlike: tuple[Like, ...] = ()
    k: int = 16
    offset: int = 0
    snapshot: str | None = None
    """Snapshot named by an earlier page of the same question, so that pages fit together."""
    filter: str = ""
    """The filter string of docs/search.md."""
    weights: Mapping[str, float] = field(default_factory=dict)
    """Aspect name to 0..4; absent means 1."""
    within: float | None = None
    """Largest distance that counts."""
    per_folder: int | None = None
    """At most so many hits from one folder."""
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


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that could not be analysed."""

    path: str
    code: str
    message: str
