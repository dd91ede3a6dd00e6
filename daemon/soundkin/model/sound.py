"""What analysis makes of a file: a vector, facts, or a reason why not."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from soundkin.errors import is_verdict
from soundkin.model.files import FileStamp

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]
    """Shape (d,), float32; Euclidean distance between two of them is the default distance."""


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
    facts_version: int = field(default=1, compare=False)
    """Of the facts found beside the vectors; those of another version are found again while the vectors answer."""

    @property
    def aspect_names(self) -> tuple[str, ...]:
        """Names of the aspects, in the order of their slices."""
        return tuple(aspect.name for aspect in self.aspects)


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
    cut_off: str | None = None
    """What is missing, in a sentence, where the file ends before its header says; None: nothing is known to be."""


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

    @property
    def is_verdict(self) -> bool:
        """Whether the file itself is at fault, which stands until it changes; else it could not be read."""
        return is_verdict(self.code)


@dataclass(frozen=True, slots=True)
class Unchanged:
    """A file whose dates are others and whose content is the one that is known."""

    path: str
    stamp: FileStamp
    content_hash: bytes
    """As the library has it."""


Outcome = Analysis | AnalysisFailure | Unchanged
