"""From an order of rows to hits: quotas by folder, near-duplicates folded, samples that have left passed over.

The order is walked once, in growing pieces; what no hit can come of any more is not looked at.
"""

from __future__ import annotations

import enum
import os
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from soundkin.errors import TooLongError
from soundkin.model import SampleId
from soundkin.questions import effort
from soundkin.search.folding import Folding
from soundkin.search.matching import fits
from soundkin.search.pages import Hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from soundkin.interfaces import SampleRows
    from soundkin.model import Sample
    from soundkin.search.pages import Snapshot
    from soundkin.search.question import Question
    from soundkin.search.ranking import Ranked, Ranking

    Rows = NDArray[np.intp]
    Mask = NDArray[np.bool_]

_SPARE = 4
_MOST_READ = 4096
"""Samples that are read from the library at a time."""
_LOOK_EVERY = 64
"""Rows after which a long walk asks whether to go on."""


class Filled(enum.Enum):
    """How a walk ended."""

    ENOUGH = "all hits that were asked for are there"
    USED_UP = "there are no more"
    OUT_OF_TIME = "there may be more"


class Shaper:
    """Adds hits behind those of a snapshot. `changed`: whether the library did since these were found."""

    def __init__(
        self,
        library: SampleRows,
        question: Question,
        snapshot: Snapshot,
        near_identical: float,
        *,
        changed: bool,
    ) -> None:
        self._library = library
        self._question = question
        self._snapshot = snapshot
        self._near_identical = near_identical
        self._changed = changed
        self._start, self._claimed = len(snapshot.hits), snapshot.claimed
        self._seen = {hit.id for hit in snapshot.hits}
        self._folders: Counter[str] = Counter()
        self.samples: dict[SampleId, Sample] = {}
        """Everything that was met on the way."""

    def undo(self) -> None:
        """Take back what was added."""
        del self._snapshot.hits[self._start :]
        self._snapshot.claimed = self._claimed
        self._seen = {hit.id for hit in self._snapshot.hits}
        self._folders.clear()

    def fill(self, ranking: Ranking, need: int, folder_of: NDArray[np.int32] | None) -> Filled:
        """Add hits until the snapshot has `need`. `folder_of`: for each row of the view, a number of its folder.

        Raises `GivenUpError` and `TurnOverError` as `effort.goes_on` does.
        """
        walk = _Walk(self, ranking, folder_of)
        walk.resume()
        ended = walk.run(need)
        self._snapshot.claimed = walk.claimed_ids()
        return ended

    # ---- what a walk asks --------------------------------------------------------------------------------------

    @property
    def folds(self) -> bool:
        """Whether near-identical samples become one row."""
        return self._question.query.fold_duplicates

    @property
    def most(self) -> int | None:
        """Most hits of a folder."""
        return self._question.query.per_folder

    @property
    def hits(self) -> list[Hit]:
        """Those of the snapshot."""
        return self._snapshot.hits

    def folding(self, ranking: Ranking) -> Folding:
        """What earlier pages claimed, and, where the library changed since, what their hits stand for by now."""
        folding = Folding(ranking, self._near_identical, self._snapshot.claimed)
        if self._changed:
            folding.claim_again(ranking.rows_of(np.array([hit.id for hit in self.hits], np.int32)))
        return folding

    def known(self) -> list[Sample]:
        """The samples of the hits so far."""
        ids = [SampleId(hit.id) for hit in self.hits]
        return list(self._library.samples(ids, self._question.states).values())

    def read(self, ids: list[SampleId]) -> dict[SampleId, Sample]:
        """Samples that are still there and still fit: facts may have changed since the columns were read."""
        found = self._library.samples([each for each in ids if each not in self._seen], self._question.states)
        self.samples |= found
        terms, now_s = self._question.terms, self._snapshot.made_s
        return {each: sample for each, sample in found.items() if fits(terms, sample, now_s)}

    def count(self, sample: Sample) -> None:
        """One more hit of the sample's folder."""
        self._folders[os.path.dirname(sample.path)] += 1

    def is_full(self, sample: Sample) -> bool:
        """Whether the sample's folder has all the hits that it may have."""
        return self.most is not None and self._folders[os.path.dirname(sample.path)] >= self.most

    def add(self, sample: Sample, distance: float, stands_for: int) -> None:
        """One more hit."""
        self._seen.add(sample.id)
        self.hits.append(Hit(sample.id, distance, stands_for))
        self.count(sample)


class _Walk:
    """One way through an order."""

    def __init__(self, shaper: Shaper, ranking: Ranking, folder_of: NDArray[np.int32] | None) -> None:
        self._shaper = shaper
        self._ranking = ranking
        self._folder_of = folder_of
        self._full = np.zeros(0 if folder_of is None else int(folder_of.max(initial=0)) + 1, np.bool_)
        """By number of the folder."""
        self._folding: Folding | None = None

    def resume(self) -> None:
        """Count what earlier pages took of the quotas, and which samples they stand for."""
        shaper = self._shaper
        if shaper.folds:
            self._folding = shaper.folding(self._ranking)
        if shaper.most is not None and shaper.hits:
            known = shaper.known()
            for sample in known:
                shaper.count(sample)
            for sample in known:
                self._note(sample)

    def claimed_ids(self) -> NDArray[np.int32]:
        """What later pages need not look at."""
        return np.zeros(0, np.int32) if self._folding is None else self._folding.ids()

    def run(self, need: int) -> Filled:
        """Add hits until there are `need`."""
        shaper = self._shaper
        if len(shaper.hits) >= need:
            return Filled.ENOUGH
        for block in self._ranking.walk(need + (_SPARE if shaper.hits else 0), self._hopeless):
            for piece in self._pieces(block, need):
                ended = self._take(block, piece, need)
                if ended is not None:
                    return ended
        return Filled.USED_UP

    def _pieces(self, block: Ranked, need: int) -> Iterator[Rows]:
        """Places of a block in growing pieces, without those of which no hit can come."""
        places, size = np.arange(len(block.ids)), min(_MOST_READ, need)
        while len(places):
            places = places[~self._passed(block.rows[places])]
            yield places[:size]
            places, size = places[size:], min(_MOST_READ, 2 * size)

    def _hopeless(self, rows: Rows) -> Mask:
        """Rows that need not be walked; all of them where no row at all can become a hit."""
        passed = self._passed(rows)
        if self._folder_of is None:
            return passed
        # a row of a full folder hides what is near-identical with it: it counts as long as something could be hidden
        is_open = ~passed & ~self._full[self._folder_of[rows]]
        return passed if is_open.any() else np.ones(len(rows), np.bool_)

    def _passed(self, rows: Rows) -> Mask:
        """Rows that change nothing any more."""
        if self._folding is not None:
            return self._folding.claimed(rows)
        if self._folder_of is not None:
            return np.asarray(self._full[self._folder_of[rows]])
        return np.zeros(len(rows), np.bool_)

    def _take(self, block: Ranked, places: Rows, need: int) -> Filled | None:
        """Go through a piece of a block; how the walk ends here, if it does."""
        if not effort.goes_on():
            return Filled.OUT_OF_TIME
        try:
            return self._take_those(block, places, need)
        except TooLongError:  # while neighbours were looked for: what was taken before is right
            return Filled.OUT_OF_TIME

    def _take_those(self, block: Ranked, places: Rows, need: int) -> Filled | None:
        samples = self._shaper.read([SampleId(each) for each in block.ids[places].tolist()])
        there = np.array([SampleId(each) in samples for each in block.ids[places].tolist()], np.bool_)
        places = places[there]
        for number, (at, stands_for) in enumerate(self._standing(block.rows[places])):
            sample = samples[SampleId(int(block.ids[places[at]]))]
            if not self._shaper.is_full(sample):
                self._shaper.add(sample, float(block.distances[places[at]]), stands_for)
                self._note(sample)
            if len(self._shaper.hits) >= need:
                return Filled.ENOUGH
            if number % _LOOK_EVERY == _LOOK_EVERY - 1 and not effort.goes_on():
                return Filled.OUT_OF_TIME
        return None

    def _standing(self, rows: Rows) -> Iterator[tuple[int, int]]:
        """Place and how many samples it stands for, of each row that no other one stands for."""
        if self._folding is not None:
            yield from self._folding.claim(rows)
        else:
            yield from ((at, 1) for at in range(len(rows)))

    def _note(self, sample: Sample) -> None:
        """Note that the folder of a hit is full, where it is."""
        if self._folder_of is not None and self._shaper.is_full(sample):
            rows = self._ranking.rows_of(np.array([sample.id], np.int32))
            self._full[self._folder_of[rows]] = True
