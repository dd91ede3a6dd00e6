"""The questions group: find in all its forms, info, cancel. Fills a `Query` and lists what the service found."""

from __future__ import annotations

import ntpath
import stat
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from soundkin.errors import BadArgumentError
from soundkin.model import Like, Query, SampleId
from soundkin.search import names_states
from soundkin_osc import replies
from soundkin_osc.codec import Message
from soundkin_osc.dispatch import Later
from soundkin_osc.queryjson import neighbour_to_json, query_from_json
from soundkin_osc.replies import UnknownPathError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from soundkin.model import Answer, Sample
    from soundkin_osc.dispatch import Handler, Request
    from soundkin_osc.door import Service
    from soundkin_osc.jobs import Jobs

_DEFAULT_COUNT = 16


class QuestionHandlers:
    """Handlers of the questions group."""

    def __init__(
        self,
        service: Service,
        jobs: Jobs,
        cursor_question: Callable[[Request], Query],
    ) -> None:
        self._service = service
        self._cursor_question = cursor_question
        self._jobs = jobs

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
        return self._ask(request, self._tail(request, 2, Like(path=_path(request, 1))))

    def region(self, request: Request) -> Later:
        """Similar to a part of a file."""
        start, end = request.number(2), request.number(3)
        if not 0 <= start < end:
            raise BadArgumentError(f"start_s and end_s: expected 0 <= start < end, got {start:g} and {end:g}")
        return self._ask(request, self._tail(request, 4, Like(path=_path(request, 1), start_s=start, end_s=end)))

    def id(self, request: Request) -> Later:
        """Similar to a sample of the library."""
        return self._ask(request, self._tail(request, 2, Like(id=SampleId(request.whole(1)))))

    def selection(self, request: Request) -> Later:
        """Similar to the cursor's selection."""
        query = self._cursor_question(request)
        tail = self._tail(request, 1, query.like[0])
        return self._ask(request, replace(tail, filter=tail.filter or query.filter, weights=query.weights))

    def query(self, request: Request) -> Later:
        """A question of any shape."""
        query = query_from_json("".join(request.text(at) for at in range(1, len(request.args))))
        if not 1 <= query.k <= request.endpoint.max_count:
            raise BadArgumentError(f"k: expected 1 to {request.endpoint.max_count} over this carrier, got {query.k}")
        return self._ask(request, query, whole=True)

    def kit(self, request: Request) -> Later:
        """Alternates for several sounds at once."""
        each, locked = request.whole(1), _numbers("locked", request.text(2))
        query = query_from_json("".join(request.text(at) for at in range(3, len(request.args))))
        slow = not self._service.quick(query)

        def run() -> Iterable[Message]:
            if slow:
                check_paths(self._service, request, query)
            sent, states = 0, names_states(query.filter)
            for slot, found in enumerate(self._service.kit(query, each, locked)):
                for place, hit in enumerate(found.alternates):
                    yield from self._lines(request, slot * each + place, hit.sample, hit.similarity, states=states)
                    sent += 1
            yield replies.done(request.rid, sent, sent)

        return Later(run, slow)

    def words(self, request: Request) -> Later:
        """Samples by the words of their paths."""
        matching = request.text(4)
        count, offset = min(request.whole(2, _DEFAULT_COUNT), request.endpoint.max_count), request.whole(3)

        def run() -> Iterable[Message]:
            found = self._service.search(request.text(1), offset + count + 1, matching)
            states = names_states(matching)
            page = found[offset : offset + count]
            for rank, sample in enumerate(page, offset):
                yield from self._lines(request, rank, sample, 1.0, states=states)
            yield replies.done(request.rid, len(page), len(found))

        return Later(run)

    def info(self, request: Request) -> Later:
        """All that is known of one sample."""

        def run() -> Iterable[Message]:
            sample = self._service.sample(SampleId(request.whole(1)))
            yield replies.result(request.rid, 0, sample, 1.0, shown_path(request, sample))
            yield replies.detail(request.rid, sample)
            for name, value in _facts(request, sample):
                yield replies.field(request.rid, sample.id, name, value)
            yield replies.done(request.rid, 1)

        return Later(run)

    def cancel(self, request: Request) -> list[Message]:
        """Give up a pending question."""
        return [] if self._jobs.cancel(request.endpoint.key, request.rid) else [replies.done(request.rid)]

    def _tail(self, request: Request, at: int, like: Like) -> Query:
        k = min(request.whole(at, _DEFAULT_COUNT), request.endpoint.max_count)
        return Query(like=(like,), k=k, offset=request.whole(at + 1), filter=request.text(at + 2))

    def _ask(self, request: Request, query: Query, whole: bool = False) -> Later:
        """Always on a worker: a flood of questions fills its endpoint's queue and not the socket's."""
        slow = not self._service.quick(query)

        def run() -> Iterable[Message]:
            if slow:
                check_paths(self._service, request, query)
            return self._listed(request, self._service.find(query), query, whole)

        return Later(run, slow)

    def _listed(self, request: Request, answer: Answer, query: Query, whole: bool) -> Iterable[Message]:
        states = names_states(query.filter)
        for rank, hit in enumerate(answer.neighbours, query.offset):
            yield from self._lines(request, rank, hit.sample, hit.similarity, states=states)
            if whole and request.endpoint.sees_paths:
                yield Message("/soundkin/neighbour", (request.rid, rank, neighbour_to_json(hit)))
        if whole:
            yield Message("/soundkin/answer", (request.rid, answer.query_id or 0, answer.plan))
        yield replies.done(request.rid, len(answer.neighbours), answer.total, answer.snapshot)

    def _lines(self, request: Request, rank: int, sample: Sample, score: float, *, states: bool) -> Iterable[Message]:
        yield replies.result(request.rid, rank, sample, score, shown_path(request, sample))
        if request.endpoint.session.detail:
            yield replies.detail(request.rid, sample)
        if states:
            yield replies.field(request.rid, sample.id, "state", sample.state)


def check_paths(service: Service, request: Request, query: Query) -> None:
    """Refuse to open what this caller may not name, or what is not a plain file."""
    for like in (*query.like, *query.unlike):
        if like.path is None or service.by_path(like.path) is not None:
            continue
        if not request.endpoint.local:
            raise UnknownPathError("not in the library")
        check_openable(like.path, [root.path for root in service.roots()])


def shown_path(request: Request, sample: Sample) -> str:
    """The path as this caller may see it: callers on other machines get the name only."""
    return sample.path if request.endpoint.sees_paths else Path(sample.path).name


def _numbers(name: str, text: str) -> tuple[int, ...]:
    """Whole numbers with spaces between."""
    if not all(word.isascii() and word.isdigit() for word in text.split()):
        raise BadArgumentError(f"{name}: expected numbers with spaces between, got {text[:40]!r}")
    return tuple(int(word) for word in text.split())


def _path(request: Request, at: int) -> str:
    path = request.text(at)
    if not path:
        raise BadArgumentError("path: expected a file's path, got an empty string")
    return path


def check_openable(path: str, roots: list[str]) -> None:
    """Raise `UnknownPathError` unless the path names a regular file that may safely be opened.

    Network and device names are refused before the system sees them (opening one can send the user's password hash
    to a stranger, or block for ever), unless they lie in a followed folder.
    """
    if not Path(path).is_absolute():
        raise UnknownPathError(f"{path}: expected an absolute path")
    inside = any(path.startswith(root.rstrip("/\\") + sep) for root in roots for sep in ("/", "\\"))
    if sys.platform == "win32" and not inside and is_device_or_share(path):
        raise UnknownPathError(f"{path}: network and device names are only read inside followed folders")
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError) as error:
        raise UnknownPathError(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    if not stat.S_ISREG(mode):
        raise UnknownPathError(f"{path}: not a regular file")


def is_device_or_share(path: str) -> bool:
    """Whether a Windows path leaves the local drives: shares, pipes, devices, or names such as NUL."""
    drive, rest = ntpath.splitdrive(path.replace("/", "\\"))
    if not (len(drive) == 2 and drive[1] == ":"):
        return True
    stems = {part.partition(".")[0].rstrip(" ").upper().partition(":")[0] for part in rest.split("\\")}
    numbered = {f"{name}{digit}" for name in ("COM", "LPT") for digit in "0123456789"}
    return bool(stems & ({"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"} | numbered))


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
    ]
    if request.endpoint.sees_paths:
        named.append(("root", sample.root))
    return [(name, value) for name, value in named if value is not None]
