"""`Searcher`: plans and answers questions over library and index, from any thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from soundkin.model import Answer, Neighbour, SampleId
from soundkin.search.columns import Columns
from soundkin.search.explain import explain
from soundkin.search.novelty import Memory
from soundkin.search.pages import Hit, Pages, Snapshot
from soundkin.search.planner import choose, describe, wanted_candidates
from soundkin.search.question import Example, Question, make_question
from soundkin.search.ranking import Ranking, chosen_rows, eligible_rows
from soundkin.search.shaping import Shaper

if TYPE_CHECKING:
    from soundkin.index import View, VoyagerIndex
    from soundkin.model import Query, Sample
    from soundkin.search.shelf import Shelf

NEAR_IDENTICAL = 0.25
"""Distance up to which two samples count as one sound in two files (docs/search.md)."""


class Searcher:
    """Answers questions. `similarity` turns a distance into 0..1; `clock` gives seconds since the epoch."""

    def __init__(
        self,
        library: Shelf,
        index: VoyagerIndex,
        similarity: Callable[[float], float],
        *,
        clock: Callable[[], float] = time.time,
        near_identical: float = NEAR_IDENTICAL,
    ) -> None:
        self._library = library
        self._index = index
        self._similarity = similarity
        self._clock = clock
        self._near_identical = near_identical
        self._columns = Columns()
        self._memory = Memory()
        self._pages = Pages()

    def find(self, query: Query, like: Sequence[Example], unlike: Sequence[Example] = ()) -> Answer:
        """Answer a question whose examples have been resolved to vectors, in the order of `query.like`, `query.unlike`.

        Raises `QueryError` naming the value that cannot be answered.
        """
        view = self._index.view()
        question = make_question(query, like, unlike, view.params)
        snapshot = self._snapshot(question, view)
        with snapshot.lock:
            need = query.offset + query.k
            met: Mapping[SampleId, Sample] = {}
            if len(snapshot.hits) < need and not snapshot.complete:
                met = self._extend(snapshot, question, view, need)
            page = snapshot.hits[query.offset : need]
        neighbours = self._neighbours(page, question, met)
        self._memory.returned((each.sample.id for each in neighbours), self._clock())
        asked = like[0].sample_id if len(like) == 1 else None
        return Answer(neighbours, snapshot.total, snapshot.name, snapshot.plan, asked)

    def committed(self, sample_id: SampleId) -> None:
        """A hit was put to use: questions that prefer novelty pass it over for a while."""
        self._memory.committed(int(sample_id), self._clock())

    def warm(self) -> None:
        """Read the facts that filters need, so that the first filtered question finds them ready."""
        self._columns.rows_matching((), self._index.view(), self._library, self._clock())

    # ---- how ---------------------------------------------------------------------------------------------------

    def _snapshot(self, question: Question, view: View) -> Snapshot:
        """The answer that this page belongs to: an earlier one, or a new one."""
        query, now_s = question.query, self._clock()
        if query.offset or query.snapshot:
            known = self._pages.find(question.key, query.snapshot, now_s)
            if known is not None:
                return known
        snapshot = Snapshot(self._pages.new_name(view.generation), question.key, now_s, 0, "")
        self._pages.keep(snapshot)
        return snapshot

    def _extend(self, snapshot: Snapshot, question: Question, view: View, need: int) -> Mapping[SampleId, Sample]:
        """Add hits behind those that the snapshot has, until there are `need` or no more exist; the samples met."""
        shaper = Shaper(self._library, question, snapshot, self._near_identical)
        quick = choose(question, view, need, started=bool(snapshot.plan))
        if quick and self._answer_quickly(snapshot, question, view, shaper, need):
            return shaper.samples
        mask = None
        if question.terms:
            mask = self._columns.rows_matching(question.terms, view, self._library, snapshot.made_s)
        heat = self._memory.heat(self._clock()) if question.query.novelty else {}
        ranking = Ranking(view, question, eligible_rows(view, question, mask), heat)
        if not snapshot.plan:
            snapshot.total = ranking.total
            snapshot.plan = describe(question, ranking, view)
        snapshot.complete = shaper.fill(ranking, need)
        return shaper.samples

    def _answer_quickly(self, snapshot: Snapshot, question: Question, view: View, shaper: Shaper, need: int) -> bool:
        """Hits from voyager's candidates, ranked exactly; False where it has no graph yet or finds too few."""
        found = self._index.candidates(view, question.point, wanted_candidates(question, need))
        if found is None:
            return False
        ranking = Ranking(view, question, chosen_rows(view, question, found), {})
        shaper.fill(ranking, need)
        if len(snapshot.hits) < need:
            shaper.undo()
            return False
        snapshot.total = view.count - sum(view.row(each) >= 0 for each in question.excluded)
        snapshot.plan = f"voyager: {ranking.total} candidates of {view.count}, ranked exactly"
        return True

    def _neighbours(
        self, page: Sequence[Hit], question: Question, met: Mapping[SampleId, Sample]
    ) -> tuple[Neighbour, ...]:
        """The page's samples as the library knows them now; what has left it is left out."""
        unmet = [SampleId(hit.id) for hit in page if SampleId(hit.id) not in met]
        samples = {**met, **self._library.samples(unmet)} if unmet else met
        explained = explain(self._index.view(), page, question) if question.query.explain else {}
        return tuple(
            Neighbour(
                sample=samples[SampleId(hit.id)],
                distance=hit.distance,
                similarity=self._similarity(hit.distance),
                aspect_distances=explained.get(hit.id, {}),
                stands_for=hit.stands_for,
            )
            for hit in page
            if SampleId(hit.id) in samples
        )
