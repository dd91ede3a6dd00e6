"""A ranking and a library of a few samples for `Shaper`, which tests fill page by page."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

import numpy as np
from numpy.typing import NDArray

from fakes_service import sample
from soundkin.model import PRESENT, FeatureParams, Like, Query, Sample, SampleId, State
from soundkin.search.grammar import parse_filter
from soundkin.search.pages import Snapshot
from soundkin.search.question import Question
from soundkin.search.ranking import Ranked, Ranking
from soundkin.search.shaping import Filled, Shaper

FOLDERS = ("/s/a", "/s/b")


@dataclass
class Ids:
    """A ranking of samples by their id, some of which are near-identical; notes how much is asked of it.

    Rows of the view are ids.
    """

    ids: list[int]
    families: list[set[int]] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)
    """How many ids each block that was asked for held."""
    radii: set[float] = field(default_factory=set)

    @property
    def total(self) -> int:
        return len(self.ids)

    @property
    def rows(self) -> NDArray[np.intp]:
        return np.array(sorted(self.ids), np.intp)

    def walk(self, count: int, unwanted: Callable[[NDArray[np.intp]], NDArray[np.bool_]]) -> Iterator[Ranked]:
        left = np.array(self.ids, np.intp)
        while len(left):
            left = left[~unwanted(left)]
            here, left = left[:count], left[count:]
            self.blocks.append(len(here))
            values = (here / 10).astype(np.float32)
            yield Ranked(here.astype(np.int32), values, values, here)
            count *= 4

    def rows_of(self, ids: NDArray[np.int32]) -> NDArray[np.intp]:
        return ids[np.isin(ids, self.ids)].astype(np.intp)

    def ids_of(self, rows: NDArray[np.intp]) -> NDArray[np.int32]:
        return rows.astype(np.int32)

    def alike(self, sample_id: int, radius: float) -> NDArray[np.intp]:
        self.radii.add(radius)
        family = next((each for each in self.families if sample_id in each), set())
        return np.array(sorted({sample_id, *family} & set(self.ids)), np.intp)


class Rows:
    """Samples by id: odd ones in one folder, even ones in another."""

    def __init__(self, count: int = 1_000) -> None:
        self.rows = {SampleId(n): sample(n, FOLDERS[n % 2]) for n in range(1, count + 1)}
        self.asked: list[list[int]] = []

    def samples(self, ids: Sequence[SampleId], states: Collection[State] = PRESENT) -> dict[SampleId, Sample]:
        self.asked.append([int(each) for each in ids])
        return {each: self.rows[each] for each in ids if each in self.rows and self.rows[each].state in states}


class Bench:
    """One question and its snapshot, shaped page by page."""

    def __init__(self, ranking: Ids, matching: str = "", **shape: object) -> None:
        self.ranking = ranking
        self.rows = Rows()
        self.snapshot = Snapshot("s", (), 2e9, ranking.total, "exact")
        query = Query((Like(),), **shape)  # type: ignore[arg-type]
        nothing: frozenset[int] = frozenset()
        params, terms = FeatureParams(1, 2, ()), tuple(parse_filter(matching))
        point = np.zeros(2, np.float32)
        self.question = Question(query, params, point, None, (), terms, PRESENT, nothing, nothing, False)

    def shaper(self, *, changed: bool = True) -> Shaper:
        return Shaper(self.rows, self.question, self.snapshot, 0.75, changed=changed)

    def filled(self, need: int, shaper: Shaper | None = None) -> Filled:
        """Another page, and how its walk ended."""
        folders = None if self.question.query.per_folder is None else np.arange(20_000, dtype=np.int32) % 2
        return (shaper or self.shaper()).fill(cast("Ranking", self.ranking), need, folders)

    def fill(self, need: int) -> bool:
        """Another page; whether the ranking was used up."""
        filled = self.filled(need)
        assert filled in (Filled.ENOUGH, Filled.USED_UP)
        return filled is Filled.USED_UP

    @property
    def ids(self) -> list[int]:
        return [hit.id for hit in self.snapshot.hits]
