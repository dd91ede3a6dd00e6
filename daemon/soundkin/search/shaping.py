"""From an order of rows to hits: quotas by folder, near-duplicates folded, samples that have left passed over."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

from soundkin.model import SampleId
from soundkin.search.pages import Hit

if TYPE_CHECKING:
    from soundkin.model import Sample
    from soundkin.search.pages import Snapshot
    from soundkin.search.question import Question
    from soundkin.search.ranking import Ranked, Ranking
    from soundkin.search.shelf import Shelf

_SPARE = 4


class Shaper:
    """Adds hits behind those of a snapshot."""

    def __init__(self, library: Shelf, question: Question, snapshot: Snapshot, near_identical: float) -> None:
        self._library = library
        self._question = question
        self._snapshot = snapshot
        self._near_identical = near_identical
        self._start = len(snapshot.hits)
        self._seen = {hit.id for hit in snapshot.hits}
        self._folders: Counter[str] = Counter()
        self._claimed: set[int] = set()
        self.samples: dict[SampleId, Sample] = {}
        """Everything that was met on the way."""

    def undo(self) -> None:
        """Take back what was added."""
        del self._snapshot.hits[self._start :]
        self._seen = {hit.id for hit in self._snapshot.hits}

    def fill(self, ranking: Ranking, need: int) -> bool:
        """Add hits until the snapshot has `need`; whether the ranking was used up."""
        hits = self._snapshot.hits
        self._resume(ranking)
        done, count = 0, need + (_SPARE if hits else 0)
        while True:
            head = ranking.head(count)
            while done < len(head.ids):
                stop = min(len(head.ids), done + need)
                self._take(head, range(done, stop), ranking, need)
                done = stop
                if len(hits) >= need:
                    return False
            if done >= ranking.total:
                return True
            count *= 4

    def _resume(self, ranking: Ranking) -> None:
        """Count what earlier pages took of the quotas, and which samples they stand for."""
        hits = self._snapshot.hits
        if self._question.query.per_folder is not None and hits:
            known = self._library.samples([SampleId(hit.id) for hit in hits], self._question.states)
            self._folders.update(os.path.dirname(sample.path) for sample in known.values())
        if self._question.query.fold_duplicates:
            for hit in hits:
                self._claim(ranking, hit.id)

    def _take(self, head: Ranked, places: range, ranking: Ranking, need: int) -> None:
        fresh = [place for place in places if int(head.ids[place]) not in self._seen]
        ids = [SampleId(int(head.ids[place])) for place in fresh]
        samples = self._library.samples(ids, self._question.states)
        self.samples |= samples
        for place in fresh:
            if len(self._snapshot.hits) >= need:
                return
            sample = samples.get(SampleId(int(head.ids[place])))
            if sample is None or not self._still_fits(sample):
                continue
            stands_for = self._folded(head, place, ranking)
            if not stands_for or not self._admitted(sample):
                continue
            self._seen.add(sample.id)
            self._snapshot.hits.append(Hit(sample.id, float(head.distances[place]), stands_for))

    def _still_fits(self, sample: Sample) -> bool:
        """Facts may have changed since the columns were read."""
        return all(term.holds(sample, self._snapshot.made_s) for term in self._question.terms)

    def _folded(self, head: Ranked, place: int, ranking: Ranking) -> int:
        """How many near-identical samples the row stands for; 0 where another row stands for it."""
        if not self._question.query.fold_duplicates:
            return 1
        sample_id = int(head.ids[place])
        return 0 if sample_id in self._claimed else self._claim(ranking, sample_id)

    def _claim(self, ranking: Ranking, sample_id: int) -> int:
        before = len(self._claimed)
        self._claimed.update(ranking.alike(sample_id, self._near_identical))
        return len(self._claimed) - before

    def _admitted(self, sample: Sample) -> bool:
        most = self._question.query.per_folder
        if most is None:
            return True
        folder = os.path.dirname(sample.path)
        if self._folders[folder] >= most:
            return False
        self._folders[folder] += 1
        return True
