"""What the rooms may ask of each other, and nothing more: small Protocols, each of what one user calls.

A member without a caller outside its implementations has no place here; tests/contracts holds that.
"""

from __future__ import annotations

from soundkin.interfaces.analysis import BatchAnalyser, FileAnalyser
from soundkin.interfaces.asking import Asking, Door, Service, Steering
from soundkin.interfaces.index import IndexKeeper, VectorIndex
from soundkin.interfaces.library import (
    CategoryStore,
    Classifier,
    IndexedLibrary,
    IndexSource,
    IngestLibrary,
    KnownRow,
    OutcomeStore,
    PathSearch,
    SampleRows,
    ScanLibrary,
    ServiceLibrary,
    StoredVectors,
)
from soundkin.interfaces.search import (
    CandidateIndex,
    CandidateLibrary,
    Candidates,
    CandidateSource,
    FactBlock,
    FactSource,
    QueryPoint,
    SampleFilter,
    SampleSource,
)

__all__ = [
    "Asking",
    "BatchAnalyser",
    "CandidateIndex",
    "CandidateLibrary",
    "CandidateSource",
    "Candidates",
    "CategoryStore",
    "Classifier",
    "Door",
    "FactBlock",
    "FactSource",
    "FileAnalyser",
    "IndexKeeper",
    "IndexSource",
    "IndexedLibrary",
    "IngestLibrary",
    "KnownRow",
    "OutcomeStore",
    "PathSearch",
    "QueryPoint",
    "SampleFilter",
    "SampleRows",
    "SampleSource",
    "ScanLibrary",
    "Service",
    "ServiceLibrary",
    "Steering",
    "StoredVectors",
    "VectorIndex",
]
