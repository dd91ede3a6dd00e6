"""What questions ask of the holder of vectors and facts, in this process or on another machine.

Questions travel as plain data (`QueryPoint`, `SampleFilter`), so that they can be made into masks over columns or into
SQL; vectors come back as a `View` and are ranked here. Types and plain values only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from soundkin.interfaces.library import IndexSource, SampleRows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from soundkin.model import FeatureParams, SampleId, State, Vector
    from soundkin.model.filters import Term
    from soundkin.vectors import View


@dataclass(frozen=True, slots=True, eq=False)
class QueryPoint:
    """From where nearness is measured, and how."""

    vector: Vector
    scale: NDArray[np.float64] | None
    """Shape (aspects,): factor of each aspect's squared distance; None: all alike."""
    within: float | None
    """Largest distance that counts; None: any."""
    asked: frozenset[int]
    """Samples that the question is about: among the candidates, if they are wanted at all."""


@dataclass(frozen=True, slots=True)
class SampleFilter:
    """Which samples are wanted."""

    terms: tuple[Term, ...]
    """All of these hold."""
    states: frozenset[State]
    excluded: frozenset[int]
    """None of these ids."""
    now_s: float
    """The moment that ages count from, seconds since the epoch."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Samples that are wanted, with their vectors, in no order."""

    view: View
    rows: NDArray[np.intp]
    """Rows of the view, ascending; others of it are not wanted."""
    among: int
    """Samples in the wanted states, whether they pass the filter or not."""
    beyond: float
    """No wanted sample that is left out is nearer than this: inf where none is left out, 0 where unknown."""
    total: int | None
    """How many samples are wanted and within reach, those left out counted; None where none is left out."""
    way: str
    """How they were found, in a word: the index or server that chose them; "" where none is left out."""
    why: str = ""
    """Why none is left out though some might have been; "" where the question itself says it."""


class CandidateSource(Protocol):
    """Vectors near a point. Safe to ask from any thread; every answer is of one moment."""

    @property
    def params(self) -> FeatureParams:
        """Features that its vectors are of."""
        ...

    def generation(self) -> int:
        """Number of the library's state that it answers from."""
        ...

    def nearest(self, point: QueryPoint, wanted: SampleFilter, count: int, *, exact: bool) -> Candidates:
        """At least the `count` nearest of the wanted samples, or all of them.

        `exact`: nothing nearer than the farthest of them may be left out. What is farther than `point.within` may be
        left out in any case. Raises `VectorIndexError` where there is nothing to answer from yet.
        """
        ...

    def matching(self, wanted: SampleFilter) -> Candidates:
        """All of the wanted samples. Raises `VectorIndexError` as `nearest` does."""
        ...

    def folders(self, view: View) -> NDArray[np.int32]:
        """A number for the folder of every row of a view that it handed out, equal for those in one folder."""
        ...

    def fitting(self, terms: Sequence[Term], states: Collection[State], now_s: float) -> NDArray[np.int64]:
        """Ids, ascending, of the library's samples in these states that satisfy all terms but those on states.

        What the library knows by now counts. Of samples that changed just now, some in other states may be among them.
        """
        ...

    def vectors(self, ids: Collection[int], states: Collection[State]) -> dict[int, Vector]:
        """Vectors of those ids that are in one of the states, as it holds them now."""
        ...


class SampleSource(SampleRows, Protocol):
    """The samples behind ids, for answers."""

    def ids_by_path(
        self, text: str, states: Collection[State], among: Sequence[SampleId] | None = None
    ) -> Iterator[list[SampleId]]:
        """Ids of the samples in one of the states whose path contains every word of `text`, by folder and name.

        In blocks; nothing is held between two of them. Words are found as in `PathSearch.search`. `among`: of these
        few, which are read all at once.
        """
        ...

    def file_contents(self, ids: Sequence[SampleId]) -> dict[SampleId, tuple[int, bytes]]:
        """Bytes of each sample's file, as last seen, and its content hash; ids that are not known are left out."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class FactBlock:
    """Facts of n samples, each of shape (n,). Unsure is NaN or empty."""

    ids: NDArray[np.int64]
    duration_s: NDArray[np.float32]
    tempo_bpm: NDArray[np.float32]
    root_hz: NDArray[np.float32]
    loudness_db: NDArray[np.float32]
    sample_rate: NDArray[np.int32]
    kind: NDArray[np.bytes_]
    """ASCII: the value of a `Kind`."""
    key: NDArray[np.bytes_]
    """ASCII, such as b"Ebm"."""
    added_s: NDArray[np.float64]
    category: NDArray[np.int8]
    """1 and up in the order of `CATEGORIES`, 0 where unsure."""
    paths: Sequence[str]
    roots: Sequence[str]
    """The followed folder of each."""


class FactSource(Protocol):
    """Facts of many samples at once."""

    def fact_blocks(self, ids: Sequence[int] | None, states: Collection[State]) -> Iterator[FactBlock]:
        """Those of `ids` (None: of all samples) that are in one of the states, in blocks."""
        ...

    def categories(self, ids: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
        """Those of `ids` that are known, in whichever state, and their categories as in a block."""
        ...

    def ids_in(self, states: Collection[State]) -> NDArray[np.int64]:
        """Ids of all samples in one of the states, ascending."""
        ...


class CandidateLibrary(IndexSource, SampleRows, FactSource, Protocol):
    """What candidates in memory are made from: vectors, facts, and word of what changes."""


class CandidateIndex(Protocol):
    """Live vectors to measure, and a way to the nearest of them that is quicker than measuring all."""

    def view(self) -> View:
        """The live vectors at this moment."""
        ...

    def candidates(self, view: View, vector: Vector, k: int) -> NDArray[np.intp] | None:
        """Rows of `view` that hold, with high probability, its `k` nearest, and surely those equal to `vector`.

        A row may come twice. None: there is no quicker way now, measure all.
        """
        ...

    def reach(self, rank: int) -> float:
        """Distance of the candidate of this rank, from 1, up to which the candidates are surely the nearest."""
        ...
