"""The questions group: find in all its forms, info, cancel. Fills a `Query` and lists what the service found."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from soundkin.errors import BadArgumentError
from soundkin.model import Like, Query, SampleId
from soundkin.questions.effort import LONGEST_REPORT_S
from soundkin.search import names_states
from soundkin_osc.handlers.asked import counted, joined, looked_up, numbers, shown_path, told
from soundkin_osc.handlers.lists import Lists
from soundkin_osc.peers.endpoint import Later
from soundkin_osc.protocol import replies
from soundkin_osc.protocol.codec import Message
from soundkin_osc.protocol.query_json import neighbour_to_json, query_from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from soundkin.interfaces import Service
    from soundkin.model import Answer, KitSlot, Resolved, Sample
    from soundkin_osc.dispatch import Handler
    from soundkin_osc.jobs import Jobs
    from soundkin_osc.peers.endpoint import Request


class QuestionHandlers:
    """Handlers of the questions group."""

    def __init__(
        self,
        service: Service,
        jobs: Jobs,
        cursor_question: Callable[[Request], Query],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._service = service
        self._cursor_question = cursor_question
        self._jobs = jobs
        self._lists = Lists(service, clock)

    def routes(self) -> dict[str, Handler]:
        """Handler by address."""
        return {
            "/soundkin/find/path": self.path,
            "/soundkin/find/region": self.region,
            "/soundkin/find/id": self.id,
            "/soundkin/find/sel": self.selection,
            "/soundkin/find/text": self.words,
            "/soundkin/find/query": self.query,
            "/soundkin/find/kit": self.kit,
            "/soundkin/info": self.info,
            "/soundkin/cancel": self.cancel,
        }

    def path(self, request: Request) -> Later:
        """Similar to a file."""
        query = self._tail(request, 2, Like(path=_path(request, 1)))
        return self._ask(request, lambda: query)

    def region(self, request: Request) -> Later:
        """Similar to a part of a file."""
        start, end = request.number(2), request.number(3)
        if not 0 <= start < end:
            raise BadArgumentError(f"start_s and end_s: expected 0 <= start < end, got {start:g} and {end:g}")
        query = self._tail(request, 4, Like(path=_path(request, 1), start_s=start, end_s=end))
        return self._ask(request, lambda: query)

    def id(self, request: Request) -> Later:
        """Similar to a sample of the library."""
        query = self._tail(request, 2, Like(id=SampleId(request.whole(1))))
        return self._ask(request, lambda: query)

    def selection(self, request: Request) -> Later:
        """Similar to the cursor's selection, as it is once the controls before have done what they do."""

        def selected() -> Query:
            query = self._cursor_question(request)
            tail = self._tail(request, 1, query.like[0])
            return replace(tail, filter=tail.filter or query.filter, weights=query.weights)

        return self._ask(request, selected, order=request.endpoint.session.cursor)

    def query(self, request: Request) -> Later:
        """A question of any shape."""

        def read() -> Query:
            query = query_from_json(joined(request, 1))
            if not 1 <= query.k <= request.endpoint.max_count:
                raise BadArgumentError(
                    f"k: expected 1 to {request.endpoint.max_count} over this carrier, got {query.k}"
                )
            return query

        return self._ask(request, read, whole=True)

    def kit(self, request: Request) -> Later:
        """Alternates for several sounds at once."""
        each, locked = request.whole(1), numbers("locked", request.text(2))

        def answer(resolved: Resolved) -> Iterable[Message]:
            slots = self._service.answer_kit(resolved, each, locked)
            return self._kit_lines(request, slots, each, states=names_states(resolved.query.filter))

        return Later(
            lambda: looked_up(self._service, request, query_from_json(joined(request, 3)), answer),
            longest_s=LONGEST_REPORT_S,
        )

    def _kit_lines(self, request: Request, slots: Iterable[KitSlot], each: int, *, states: bool) -> Iterable[Message]:
        sent = 0
        for slot, found in enumerate(slots):
            for place, hit in enumerate(found.alternates):
                yield from self._lines(request, slot * each + place, hit.sample, hit.similarity, states=states)
                sent += 1
        yield replies.done(request.rid, sent, sent)

    def words(self, request: Request) -> Later:
        """Samples by the words of their paths."""
        matching = request.text(4)
        count, offset = counted(request, 2), request.whole(3)

        def run() -> Iterable[Message]:
            page, known = self._lists.page(request.endpoint.source, (request.text(1), matching), offset, count)
            states = names_states(matching)
            for rank, sample in enumerate(page, offset):
                yield from self._lines(request, rank, sample, 1.0, states=states)
                if sample.facts.cut_off:
                    yield replies.field(request.rid, sample.id, "cut_off", sample.facts.cut_off)
            yield replies.done(request.rid, len(page), known)

        return Later(run, longest_s=LONGEST_REPORT_S)

    def info(self, request: Request) -> Later:
        """All that is known of one sample."""

        def run() -> Iterable[Message]:
            sample = self._service.sample(SampleId(request.whole(1)))
            yield replies.result(request.rid, 0, sample, 1.0, shown_path(request, sample))
            yield replies.detail(request.rid, sample)
            for name, value in told(request, _facts(request, sample)):
                yield replies.field(request.rid, sample.id, name, value)
            yield replies.done(request.rid, 1)

        return Later(run)

    def cancel(self, request: Request) -> list[Message]:
        """Give up a pending question."""
        return [] if self._jobs.cancel(request.endpoint.key, request.rid) else [replies.done(request.rid)]

    def _tail(self, request: Request, at: int, like: Like) -> Query:
        k = counted(request, at)
        return Query(like=(like,), k=k, offset=request.whole(at + 1), filter=request.text(at + 2))

    def _ask(self, request: Request, make: Callable[[], Query], *, whole: bool = False, order: str = "") -> Later:
        """Always on a worker: a flood of questions fills its endpoint's queue and not the socket's."""

        def answer(resolved: Resolved) -> Iterable[Message]:
            return self._listed(request, self._service.answer(resolved), resolved.query, whole)

        return Later(lambda: looked_up(self._service, request, make(), answer), order=order)

    def _listed(self, request: Request, answer: Answer, query: Query, whole: bool) -> Iterable[Message]:
        states = names_states(query.filter)
        for rank, hit in enumerate(answer.neighbours, query.offset):
            yield from self._lines(request, rank, hit.sample, hit.similarity, states=states)
            if whole and request.endpoint.sees_paths:
                yield Message("/soundkin/neighbour", (request.rid, rank, neighbour_to_json(hit)))
        if answer.unfinished:
            yield replies.field(request.rid, 0, "unfinished", answer.unfinished)
        if whole:
            yield Message("/soundkin/answer", (request.rid, answer.query_id or 0, answer.plan))
        yield replies.done(request.rid, len(answer.neighbours), answer.total, answer.snapshot)

    def _lines(self, request: Request, rank: int, sample: Sample, score: float, *, states: bool) -> Iterable[Message]:
        yield replies.result(request.rid, rank, sample, score, shown_path(request, sample))
        if request.endpoint.session.detail:
            yield replies.detail(request.rid, sample)
            for name, value in _category(sample):
                yield replies.field(request.rid, sample.id, name, value)
        if states:
            yield replies.field(request.rid, sample.id, "state", sample.state)


def _path(request: Request, at: int) -> str:
    path = request.path(at)
    if not path:
        raise BadArgumentError("path: expected a file's path, got an empty string")
    return path


def _category(sample: Sample) -> list[tuple[str, object]]:
    """What a sample is; nothing where that is unknown."""
    labels = sample.labels
    named: list[tuple[str, object]] = [
        ("category", labels.category),
        ("category_confidence", labels.confidence),
        ("category_source", labels.source),
    ]
    return [(name, value) for name, value in named if value is not None]


def _facts(request: Request, sample: Sample) -> list[tuple[str, object]]:
    facts = sample.facts
    named: list[tuple[str, object]] = [
        ("sample_rate", facts.sample_rate),
        ("channels", facts.channels),
        ("bit_depth", facts.bit_depth),
        ("loudness_unit", "LUFS" if facts.loudness_is_lufs else "dBFS RMS"),
        ("peak_db", facts.peak_db),
        ("root_confidence", facts.root_confidence),
        ("tempo_confidence", facts.tempo_confidence),
        ("added_s", sample.added_s),
        ("state", sample.state),
        ("cut_off", facts.cut_off),
        *_category(sample),
        ("category_named", " ".join(sample.labels.named) or None),
        ("category_heard", sample.labels.heard),
    ]
    if request.endpoint.sees_paths:
        named.append(("root", sample.root))
    return [(name, value) for name, value in named if value is not None]
