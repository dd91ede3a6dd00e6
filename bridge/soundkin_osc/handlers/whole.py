"""The questions whose answers say everything as JSON: list, lookup, kit, duplicates. Our own client reads them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from soundkin.errors import UnknownPathError
from soundkin.model import Neighbour, Sample, SampleId
from soundkin.questions.effort import LONGEST_REPORT_S
from soundkin_osc.handlers.asked import check_sees_paths, counted, joined, looked_up, numbers, shown_path
from soundkin_osc.handlers.lists import Lists
from soundkin_osc.handlers.reports import Reports
from soundkin_osc.peers.endpoint import Later
from soundkin_osc.protocol import replies
from soundkin_osc.protocol.codec import Message
from soundkin_osc.protocol.query_json import copy_to_json, neighbour_to_json, query_from_json, sample_to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from soundkin.interfaces import Service
    from soundkin.model import DuplicateGroup, KitSlot, Resolved
    from soundkin_osc.dispatch import Handler
    from soundkin_osc.handlers.reports import Report
    from soundkin_osc.peers.endpoint import Request


class _Alternate(NamedTuple):
    rank: int
    hit: Neighbour


class _Copy(NamedTuple):
    group: int
    size: int
    content: int
    sample: Sample


class WholeHandlers:
    """Handlers of the questions that are answered in JSON. `clock`: seconds, on any clock that does not go back."""

    def __init__(self, service: Service, clock: Callable[[], float] = time.monotonic) -> None:
        self._service = service
        self._lists = Lists(service, clock)
        self._kits: Reports[_Alternate] = Reports(clock)
        self._copies: Reports[_Copy] = Reports(clock)

    def routes(self) -> dict[str, Handler]:
        """Handler by address."""
        return {
            "/soundkin/list": self.list,
            "/soundkin/lookup": self.lookup,
            "/soundkin/kit": self.kit,
            "/soundkin/duplicates": self.duplicates,
        }

    def list(self, request: Request) -> Later:
        """Samples by the words of their paths."""
        check_sees_paths(request)
        count, offset = counted(request, 2), request.whole(3)

        def run() -> Iterable[Message]:
            page, known = self._lists.page(request.endpoint.source, (request.text(1), request.text(4)), offset, count)
            lines = [_sample(request, rank, sample) for rank, sample in enumerate(page, offset)]
            return [*lines, replies.done(request.rid, len(page), known)]

        return Later(run, longest_s=LONGEST_REPORT_S)

    def lookup(self, request: Request) -> Later:
        """One sample."""
        check_sees_paths(request)

        def run() -> Iterable[Message]:
            sample_id, path = request.whole(1), request.path(2)
            found = self._service.by_path(path) if path else self._service.sample(SampleId(sample_id))
            if found is None:
                raise UnknownPathError(f"{path!r} is not in the library")
            return [_sample(request, 0, found), replies.done(request.rid, 1)]

        return Later(run)

    def kit(self, request: Request) -> Later:
        """One page of alternates for several sounds at once."""
        check_sees_paths(request)
        each, locked = request.whole(1), numbers("locked", request.text(2))
        text = joined(request, 6)
        key = ("kit", each, locked, text)

        def answer(resolved: Resolved) -> Iterable[Message]:
            slots = self._service.answer_kit(resolved, each, locked)
            rows = [
                _Alternate(slot * each + place, hit)
                for slot, found in enumerate(slots)
                for place, hit in enumerate(found.alternates)
            ]
            made = self._kits.made(key, rows, counted(request, 3), request.endpoint.source)
            return [*_slots(request, slots), *_kit_page(request, made)]

        def run() -> Iterable[Message] | Later:
            kept = self._kits.find(request.text(5), key)
            if kept is not None:
                return _kit_page(request, kept)
            return looked_up(self._service, request, query_from_json(text), answer)

        return Later(run, longest_s=LONGEST_REPORT_S)

    def duplicates(self, request: Request) -> Later:
        """One page of the groups of near-identical samples."""
        within = None if request.args[1] is None else request.number(1)
        matching = request.text(2)
        key = ("duplicates", within, matching)

        def run() -> Iterable[Message]:
            kept = self._copies.find(request.text(5), key)
            if kept is None:
                rows = _copies(self._service.duplicates(within, matching))
                kept = self._copies.made(key, rows, counted(request, 3), request.endpoint.source)
            return _copies_page(request, kept)

        return Later(run, long=True, longest_s=LONGEST_REPORT_S)


def _sample(request: Request, rank: int, sample: Sample) -> Message:
    return Message("/soundkin/sample", (request.rid, rank, sample_to_json(sample)))


def _slots(request: Request, slots: Iterable[KitSlot]) -> Iterable[Message]:
    for number, slot in enumerate(slots):
        yield Message("/soundkin/kit.slot", (request.rid, number, slot.sample_id or 0))


def _kit_page(request: Request, kit: Report[_Alternate]) -> Iterable[Message]:
    page = kit.rows[request.whole(4) : request.whole(4) + counted(request, 3)]
    for rank, hit in page:
        yield Message("/soundkin/neighbour", (request.rid, rank, neighbour_to_json(hit)))
    yield replies.done(request.rid, len(page), len(kit.rows), kit.snapshot)


def _copies(groups: Iterable[DuplicateGroup]) -> list[_Copy]:
    return [
        _Copy(number, size, content, sample)
        for number, group in enumerate(groups)
        for sample, size, content in zip(group.samples, group.sizes, group.contents, strict=True)
    ]


def _copies_page(request: Request, report: Report[_Copy]) -> Iterable[Message]:
    offset = request.whole(4)
    page = report.rows[offset : offset + counted(request, 3)]
    for rank, (group, size, content, sample) in enumerate(page, offset):
        args = (request.rid, rank, group, sample.id, float(size), shown_path(request, sample))
        yield Message("/soundkin/duplicate", args)
        if request.endpoint.sees_paths:
            yield Message("/soundkin/copy", (request.rid, rank, copy_to_json(group, size, content, sample)))
    yield replies.done(request.rid, len(page), len(report.rows), report.snapshot)
