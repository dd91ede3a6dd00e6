"""`Searcher`: plans, ranks and shapes answers from the candidates that a source hands out, from any thread."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from soundkin.errors import TooLongError, VectorIndexError
from soundkin.interfaces import SampleFilter
from soundkin.model import Answer, DuplicateGroup, KitSlot, Like, Neighbour, SampleId
from soundkin.model.filters import states_in
from soundkin.questions import effort
from soundkin.questions.limits import NEAR_IDENTICAL, check_kit, check_within
from soundkin.search.duplicates import groups_within, report
from soundkin.search.explain import explain
from soundkin.search.grammar import parse_filter
from soundkin.search.kit import handed_out
from soundkin.search.listing import Terms, listed
from soundkin.search.novelty import COLD, Memory
from soundkin.search.pages import Hit, Pages, Snapshot
from soundkin.search.planner import SPARE, cut_off, describe, may_be_approximate
from soundkin.search.question import Example, Question, make_question
from soundkin.search.ranking import Ranking
from soundkin.search.shaping import Filled, Shaper

if TYPE_CHECKING:
    from soundkin.interfaces import Candidates, CandidateSource, SampleSource
    from soundkin.model import Query, Sample


class Searcher:
    """Answers questions. `similarity` turns a distance into 0..1; `clock` gives seconds since the epoch."""

    def __init__(
        self,
        library: SampleSource,
        source: CandidateSource,
        similarity: Callable[[float], float],
        *,
        clock: Callable[[], float] = time.time,
        near_identical: float = NEAR_IDENTICAL,
    ) -> None:
        self._library = library
        self._source = source
        self._similarity = similarity
        self._clock = clock
        self._near_identical = near_identical
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
        question = make_question(query, like, unlike, self._source.params)
        snapshot = self._snapshot(question)
        with effort.locked(snapshot.lock, "An answer that is being made"):
            need = query.offset + query.k
            met: Mapping[SampleId, Sample] = {}
            if len(snapshot.hits) < need and not snapshot.complete:
                met = self._extend(snapshot, question, need)
            page = snapshot.hits[query.offset : need]
            unfinished = snapshot.unfinished if len(page) < query.k else ""
        neighbours = self._neighbours(page, question, met)
        asked = like[0].sample_id if len(like) == 1 else None
        return Answer(neighbours, snapshot.total, snapshot.name, snapshot.plan, asked, unfinished)

    def kit(
        self, query: Query, sources: Sequence[Example], each: int, locked: Collection[int] = ()
    ) -> tuple[KitSlot, ...]:
        """For every source up to `each` alternates, no sample twice in the kit, none that is a source itself.

        `query` holds what the alternates have to satisfy (filter, weights, exclude...), `sources` the vectors of its
        `like`, one a slot, `locked` the numbers of the slots that stay as they are. Raises `QueryError`.
        """
        check_kit(len(sources), each, locked)
        kept = tuple(source.sample_id for source in sources if source.sample_id is not None)
        asked = replace(query, exclude=query.exclude + kept, offset=0, snapshot=None)
        most = len(sources) * each

        def nearest(slot: int, count: int) -> Sequence[Neighbour]:
            likes = query.like[slot : slot + 1] or (Like(id=sources[slot].sample_id),)
            return self._whole(replace(asked, like=likes, k=count), [sources[slot]])

        found = handed_out([slot for slot in range(len(sources)) if slot not in locked], each, most, nearest)
        slots = tuple(
            KitSlot(source.sample_id, slot in locked, found.get(slot, ())) for slot, source in enumerate(sources)
        )
        self._memory.returned((hit.sample.id for slot in slots for hit in slot.alternates), self._clock())
        return slots

    def _whole(self, query: Query, like: Sequence[Example]) -> Sequence[Neighbour]:
        """All hits of a question that is a part of another one."""
        effort.insist("A kit")
        answer = self._answer(query, like, ())
        if answer.unfinished:
            raise TooLongError(f"the search for a slot of the kit {answer.unfinished}; ask for less, or with a filter")
        return answer.neighbours

    def duplicates(self, within: float | None = None, matching: str = "") -> tuple[DuplicateGroup, ...]:
        """Groups of near-identical samples that match a filter, those with most bytes to spare first.

        Raises `QueryError`.
        """
        check_within(within)
        radius = self._near_identical if within is None else within
        terms = parse_filter(matching)
        states = states_in(terms)
        found = self._source.matching(SampleFilter(terms, states, frozenset(), self._clock()))
        ids, _, vectors = found.view.gather(found.rows)
        return tuple(report(self._library, [ids[group] for group in groups_within(vectors, radius)], states))

    def listed(self, text: str, limit: int, matching: str) -> list[Sample]:
        """Up to `limit` samples whose path holds every word of `text` and that match a filter, by folder and name.

        Raises `QueryError`.
        """
        return listed(self._library, self._source, text, limit, Terms.of(matching, self._clock()))

    def committed(self, sample_id: SampleId) -> None:
        """A hit was put to use: questions that prefer novelty pass it over for a while."""
        self._memory.committed(int(sample_id), self._clock())

    # ---- how ---------------------------------------------------------------------------------------------------

    def _snapshot(self, question: Question) -> Snapshot:
        """The answer that this page belongs to: an earlier one, or a new one."""
        query, now_s = question.query, self._clock()
        if query.offset or query.snapshot:
            known = self._pages.find(question.key, query.snapshot, now_s)
            if known is not None:
                return known
        snapshot = Snapshot(self._pages.new_name(self._source.generation()), question.key, now_s, 0, "")
        self._pages.keep(snapshot)
        return snapshot

    def _extend(self, snapshot: Snapshot, question: Question, need: int) -> Mapping[SampleId, Sample]:
        """Add hits behind those that the snapshot has, until there are `need` or no more exist; the samples met."""
        generation = self._source.generation()
        changed = generation != snapshot.generation
        shaper = Shaper(self._library, question, snapshot, self._near_identical, changed=changed)
        try:
            self._fill(shaper, snapshot, question, need)
        except BaseException:
            shaper.undo()
            if not snapshot.plan:
                self._pages.drop(snapshot)
            raise
        snapshot.generation = generation
        return shaper.samples

    def _fill(self, shaper: Shaper, snapshot: Snapshot, question: Question, need: int) -> None:
        """Asks for more candidates as long as one that was left out could change the answer."""
        heat = self._memory.heat(self._clock()) if question.query.novelty else COLD
        exact = not may_be_approximate(question, started=bool(snapshot.plan))
        count = need + SPARE
        while True:
            found = self._nearest(question, snapshot, count, exact=exact)
            ranking = Ranking(found.view, question, found.rows, heat)
            folder_of = None if question.query.per_folder is None else self._source.folders(found.view)
            filled = shaper.fill(ranking, need, folder_of)
            out_of_time = filled is Filled.OUT_OF_TIME
            if out_of_time or self._is_enough(found, ranking, snapshot.hits, need, exact=exact):
                break
            shaper.undo()
            count, exact = 4 * count, True
        if not snapshot.plan:
            snapshot.total = ranking.total if found.total is None else found.total
            snapshot.plan = describe(question, ranking, found)
        snapshot.unfinished = cut_off(len(snapshot.hits), need) if out_of_time else ""
        snapshot.complete = filled is Filled.USED_UP and found.beyond == math.inf

    def _nearest(self, question: Question, snapshot: Snapshot, count: int, *, exact: bool) -> Candidates:
        wanted = question.wanted(snapshot.made_s)
        found = self._source.nearest(question.query_point, wanted, count, exact=exact)
        if found.view.params.version != question.params.version:
            raise VectorIndexError("the features changed while the question was answered; ask again")
        return found

    def _is_enough(self, found: Candidates, ranking: Ranking, hits: Sequence[Hit], need: int, *, exact: bool) -> bool:
        """Whether no candidate that was left out could change the hits."""
        if found.beyond == math.inf:
            return True
        if len(hits) < need:
            return False
        return not exact or ranking.horizon([hit.id for hit in hits], self._near_identical) < found.beyond

    def _neighbours(
        self, page: Sequence[Hit], question: Question, met: Mapping[SampleId, Sample]
    ) -> tuple[Neighbour, ...]:
        """The page's samples as the library knows them now; what has left it is left out."""
        unmet = [SampleId(hit.id) for hit in page if SampleId(hit.id) not in met]
        samples = {**met, **self._library.samples(unmet, question.states)} if unmet else met
        explained: Mapping[int, Mapping[str, float]] = {}
        if question.query.explain:
            explained = explain(self._source.vectors([hit.id for hit in page], question.states), question)
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
