"""The vocabulary: frozen values that cross module borders. Pure data, no I/O and nothing heavy to import.

Paths of samples are absolute native `str`, spelled as the operating system lists them (docs/adr/0002); folders
that Soundkin itself owns are `pathlib.Path`. Units are in the names: `_s` seconds, `_hz`, `_db`, `_ns`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from soundkin.model.answers import (
    Answer,
    Change,
    DuplicateGroup,
    KitSlot,
    Like,
    Neighbour,
    Problem,
    ProblemKind,
    Query,
    Sample,
)
from soundkin.model.files import (
    ABSENT,
    KNOWN,
    PRESENT,
    DiskFile,
    FileStamp,
    KnownFile,
    Move,
    Root,
    SampleId,
    State,
    Unread,
    rows_of,
)
from soundkin.model.labels import (
    Contradiction,
    Heard,
    Labels,
    Source,
    category_code,
    contradicts,
    judged,
    labels_of,
)
from soundkin.model.named import Named, named
from soundkin.model.resolved import Resolved, ResolvedExample
from soundkin.model.sound import (
    Analysis,
    AnalysisFailure,
    Aspect,
    Facts,
    FeatureParams,
    Kind,
    Outcome,
    Unchanged,
)
from soundkin.model.work import IndexStatus, Progress, ScanSummary, Status, Transport

if TYPE_CHECKING:
    from soundkin.model.sound import Vector as Vector

__all__ = [
    "ABSENT",
    "KNOWN",
    "PRESENT",
    "Analysis",
    "AnalysisFailure",
    "Answer",
    "Aspect",
    "Change",
    "Contradiction",
    "DiskFile",
    "DuplicateGroup",
    "Facts",
    "FeatureParams",
    "FileStamp",
    "Heard",
    "IndexStatus",
    "Kind",
    "KitSlot",
    "KnownFile",
    "Labels",
    "Like",
    "Move",
    "Named",
    "Neighbour",
    "Outcome",
    "Problem",
    "ProblemKind",
    "Progress",
    "Query",
    "Resolved",
    "ResolvedExample",
    "Root",
    "Sample",
    "SampleId",
    "ScanSummary",
    "Source",
    "State",
    "Status",
    "Transport",
    "Unchanged",
    "Unread",
    "category_code",
    "contradicts",
    "judged",
    "labels_of",
    "named",
    "rows_of",
]
