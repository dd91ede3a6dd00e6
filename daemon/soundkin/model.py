"""The vocabulary: frozen values that cross module borders. Pure data, no I/O and nothing heavy to import.

Paths of samples are absolute native `str`, spelled as the operating system lists them (docs/adr/0002); folders
that Soundkin itself owns are `pathlib.Path`. Units are in the names: `_s` seconds, `_hz`, `_db`, `_ns`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NewType

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]
    """Shape (d,), float32; Euclidean distance between two of them is the default distance."""

SampleId = NewType("SampleId", int)
"""Dense positive int below 2**24, exact in a float32 fader; never reused while the library lives."""


# ---- files on disk -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What tells cheaply that a file has not changed."""

    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class DiskFile:
    """One audio file as the walk found it."""

    path: str
    stamp: FileStamp


@dataclass(frozen=True, slots=True)
class KnownFile:
    """What the library remembers of a file, enough to plan the difference to the disk."""

    id: SampleId
    stamp: FileStamp
    content_hash: bytes
    feature_version: int
    """Version of the features stored for it; a failure carries the version it failed under."""
    missing: bool
    failed: bool


@dataclass(frozen=True, slots=True)
class Move:
    """A known file that turned up under another path (or came back) with the same content."""

    id: SampleId
    path: str
    stamp: FileStamp


@dataclass(frozen=True, slots=True)
class Root:
    """A followed folder. `online` is False while it is unmounted or unreachable."""

    id: int
    path: str
    online: bool
    samples: int = 0
    """Files of it that can be found right now."""


# ---- analysis ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Aspect:
    """A group of features compared as a whole: the slice [start, stop) of every vector."""

    name: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class FeatureParams:
    """Identity of the features that vectors hold; another version means another, incomparable space."""

    version: int
    num_dimensions: int
    aspects: tuple[Aspect, ...]


class Kind(enum.StrEnum):
    """Whether a sample is played once or repeated."""

    ONESHOT = "oneshot"
    LOOP = "loop"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a sample besides its vector. None means unsure, never a guess."""

    duration_s: float
    sample_rate: int
    channels: int
    bit_depth: int | None = None
    """Bits per stored number where the format has such a thing (PCM, float); None for lossy codecs."""
    loudness_db: float | None = None
    """Integrated loudness in LUFS (ITU-R BS.1770) where long enough, else RMS in dB full scale; None for silence."""
    loudness_is_lufs: bool = False
    peak_db: float | None = None
    """Sample peak in dB full scale; None for silence."""
    root_hz: float | None = None
    root_confidence: float | None = None
    """0..1."""
    tempo_bpm: float | None = None
    tempo_confidence: float | None = None
    """0..1; 1 where the file itself or its name says it."""
    key: str | None = None
    """Such as "C", "F#", "Am", "Ebm"."""
    kind: Kind | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """Result of analysing one file."""

    path: str
    stamp: FileStamp
    content_hash: bytes
    facts: Facts
    vector: Vector


@dataclass(frozen=True, slots=True)
class AnalysisFailure:
    """One file that could not be analysed: data, not an exception."""

    path: str
    stamp: FileStamp
    code: str
    """Code of an `errors.AnalysisError` subclass."""
    message: str


Outcome = Analysis | AnalysisFailure


# ---- the library's answers -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sample:
    """A file of the library that can be found."""

    id: SampleId
    path: str
    root: str
    added_s: float
    """When the library first saw it, seconds since the epoch."""
    facts: Facts


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


# ---- state of the work ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ScanSummary:
    """What one pass over the folders did."""

    found: int = 0
    analysed: int = 0
    unchanged: int = 0
    moved: int = 0
    removed: int = 0
    failed: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the running pass is."""

    state: str = "idle"
    """"idle", "walking", "analysing", "paused" or "full" (no room on the disk)."""
    found: int = 0
    """Files that the pass has to analyse, as known so far."""
    done: int = 0
    failed: int = 0
    rate: float = 0.0
    """Files per second, smoothed."""
    eta_s: float | None = None

    @property
    def queued(self) -> int:
        """Files found and not yet done."""
        return max(0, self.found - self.done)


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """State of the similarity index."""

    size: int
    state: str
    """"ready", "building" or "empty"."""


@dataclass(frozen=True, slots=True)
class Status:
    """What the daemon is doing, for `status` everywhere."""

    version: str
    pid: int
    port: int
    roots: tuple[Root, ...]
    samples: int
    failed: int
    progress: Progress
    index: IndexStatus
    memory_mb: float
    notes: tuple[str, ...] = ()
    """Sentences that a person should read, such as a watch limit that was reached."""
    scans: int = 0
    """Complete passes over all folders since the start."""
    last_scan: ScanSummary = ScanSummary()
    """What the newest complete pass did."""
