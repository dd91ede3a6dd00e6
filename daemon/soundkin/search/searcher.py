"""`Searcher`: plans and answers questions over library and index, from any thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from soundkin.model import PRESENT, Answer, Like, Neighbour, SampleId
from soundkin.search.absent import Absentees
from soundkin.search.columns import Columns
from soundkin.search.duplicates import DuplicateGroup, groups_within, report
from soundkin.search.explain import explain
from soundkin.search.grammar import parse_filter
from soundkin.search.kit import Bid, KitSlot, check_kit, shared_out
from soundkin.search.novelty import COLD, Memory
from soundkin.search.pages import Hit, Pages, Snapshot
from soundkin.search.planner import choose, describe, wanted_candidates
from soundkin.search.question import Example, Question, check_number, make_question
from soundkin.search.ranking import Ranking, chosen_rows, eligible_rows
from soundkin.search.shaping import Shaper
from soundkin.search.terms import states_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.index import View, VoyagerIndex
    from soundkin.model import Query, Sample, State
    from soundkin.search.shelf import Shelf
    from soundkin.search.terms import Term

NEAR_IDENTICAL = 0.75
"""Distance up to which two samples count as one sound in two files (docs/search.md)."""
MOST_ALIKE = 6.0
"""Largest distance that a report of duplicates may be asked for."""


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
        self._absent = Absentees(library, self._columns.forget)
        self._memory = Memory()
        self._pages = Pages()

    def find(self, query: Query, like: Sequence[Example], unlike: Sequence[Example] = ()) -> Answer:
        """Answer a question whose examples have been resolved to vectors, in the order of `query.like`, `query.unlike`.

        Raises `QueryError` naming the value that cannot be answered.
        """
        answer = self._answer(query, like, unlike)
        self._memory.returned((each.sample.id for each in answer.neighbours), self._clock())
        return answer

    def _answer(self, query: Query, like: Sequence[Example], unlike: Sequence[Example]) -> Answer:
        live = self._index.view()
        question = make_question(query, like, unlike, live.params)
        view = self._view_of(question.states, live)
        snapshot = self._snapshot(question, view)
        with snapshot.lock:
            need = query.offset + query.k
            met: Mapping[SampleId, Sample] = {}
            if len(snapshot.hits) < need and not snapshot.complete:
                met = self._extend(snapshot, question, view, need)
            page = snapshot.hits[query.offset : need]
        neighbours = self._neighbours(page, question, view, met)
        asked = like[0].sample_id if len(like) == 1 else None
        return Answer(neighbours, snapshot.total, snapshot.name, snapshot.plan, asked)

    def kit(
        self, query: Query, sources: Sequence[Example], each: int, locked: Collection[int] = ()
    ) -> tuple[KitSlot, ...]:
        """For every source up to `each` alternates, no sample twice in the kit, none that is a source itself.

        `query` holds what the alternates have to satisfy (filter, weights, exclude...), `sources` the vectors of its
        `like`, one a slot, `locked` the numbers of the slots that stay as they are. Raises `QueryError`.
        """
        check_kit(sources, each, locked)
        kept = tuple(source.sample_id for source in sources if source.sample_id is not None)
        found: dict[tuple[int, int], Neighbour] = {}
        bids: list[Bid] = []
        for slot, source in enumerate(sources):
            if slot not in locked:
                likes = query.like[slot : slot + 1] or (Like(id=source.sample_id),)
                wanted = len(sources) * each
                question = replace(query, like=likes, exclude=query.exclude + kept, k=wanted, offset=0, snapshot=None)
                for hit in self._answer(question, [source], ()).neighbours:
                    found[hit.sample.id, slot] = hit
                    bids.append(Bid(hit.distance, slot, hit.sample.id))
        shares = shared_out(bids, each)
        slots = tuple(
            KitSlot(source.sample_id, slot in locked, tuple(found[each, slot] for each in shares.get(slot, ())))
            for slot, source in enumerate(sources)
        )
        self._memory.returned((hit.sample.id for slot in slots for hit in slot.alternates), self._clock())
        return slots

    def duplicates(self, within: float | None = None, matching: str = "") -> tuple[DuplicateGroup, ...]:
        """Groups of near-identical samples that match a filter, those that waste most room first.

        Raises `QueryError`.
        """
        radius = self._near_identical if within is None else within
        check_number("within", radius, 0.0, MOST_ALIKE)
        terms = parse_filter(matching)
        states = states_in(terms)
        view = self._view_of(states, self._index.view())
        mask = view.alive()
        if terms:
            mask &= self._matching(terms, view, self._clock())
        ids, _, vectors = view.gather(np.flatnonzero(mask))
        return tuple(report(self._library, [ids[group] for group in groups_within(vectors, radius)], states))

    def committed(self, sample_id: SampleId) -> None:
        """A hit was put to use: questions that prefer novelty pass it over for a while."""
        self._memory.committed(int(sample_id), self._clock())

    def warm(self) -> None:
        """Read the facts that filters need, so that the first filtered question finds them ready."""
        self._columns.rows_matching((), self._index.view(), self._library, self._clock())

    # ---- how ---------------------------------------------------------------------------------------------------

    def _view_of(self, states: frozenset[State], live: View) -> View:
        """The vectors of all samples in these states; of what can be found those of the index, `live`."""
        return live if states == PRESENT else self._absent.beside(live, states)

    def _matching(self, terms: Sequence[Term], view: View, now_s: float) -> NDArray[np.bool_]:
        """Which rows of the index's view, or of one put together for the question, satisfy the terms."""
        live = self._index.view()
        return self._columns.rows_matching(terms, view, self._library, now_s, None if view.era == live.era else live)

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
            mask = self._matching(question.terms, view, snapshot.made_s)
        heat = self._memory.heat(self._clock()) if question.query.novelty else COLD
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
        ranking = Ranking(view, question, chosen_rows(view, question, found))
        shaper.fill(ranking, need)
        if len(snapshot.hits) < need:
            shaper.undo()
            return False
        snapshot.total = view.count - sum(view.row(each) >= 0 for each in question.excluded)
        snapshot.plan = f"voyager: {ranking.total} candidates of {view.count}, ranked exactly"
        return True

    def _neighbours(
        self, page: Sequence[Hit], question: Question, view: View, met: Mapping[SampleId, Sample]
    ) -> tuple[Neighbour, ...]:
        """The page's samples as the library knows them now; what has left it is left out."""
        unmet = [SampleId(hit.id) for hit in page if SampleId(hit.id) not in met]
        samples = {**met, **self._library.samples(unmet, question.states)} if unmet else met
        explained = explain(view, page, question) if question.query.explain else {}
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
