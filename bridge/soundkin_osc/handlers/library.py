"""The library group: folders, problems, the full report, and the verbs that change what the daemon does."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from soundkin.formats import in_words
from soundkin.model import SampleId, Transport
from soundkin.questions.effort import LONGEST_REPORT_S
from soundkin.questions.limits import DAY_S, check_transport
from soundkin_osc.handlers.asked import check_sees_paths, counted, told
from soundkin_osc.handlers.reports import Rows
from soundkin_osc.peers.endpoint import Later
from soundkin_osc.protocol import replies
from soundkin_osc.protocol.codec import Message, encode
from soundkin_osc.protocol.limits import PRESSED

TRAFFIC_LOGS = ("soundkin_osc.in", "soundkin_osc.out")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from soundkin.interfaces import Service
    from soundkin.model import Contradiction, Problem, Status
    from soundkin_osc.dispatch import Handler
    from soundkin_osc.peers.endpoint import Request

_TRANSPORT = ("play", "record", "stop")
_Row = TypeVar("_Row")


class LibraryHandlers:
    """Handlers of the library group."""

    def __init__(
        self, service: Service, quit_daemon: Callable[[], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._service = service
        self._problems: Rows[Problem] = Rows(clock)
        self._missing: Rows[str] = Rows(clock)
        self._contradictions: Rows[Contradiction] = Rows(clock)
        self._quit = quit_daemon
        self._transport: dict[str, bool] = dict.fromkeys(_TRANSPORT, False)

    def routes(self) -> dict[str, Handler]:
        """Handler by address."""
        return {
            "/soundkin/folders": self.folders,
            "/soundkin/problems": self.problems,
            "/soundkin/missing": self.missing,
            "/soundkin/contradictions": self.contradictions,
            "/soundkin/report": self.report,
            "/soundkin/index/add": self.add,
            "/soundkin/index/remove": self.remove,
            "/soundkin/index/forget": self.forget,
            "/soundkin/index/rescan": self.rescan,
            "/soundkin/committed": self.committed,
            "/soundkin/index/retry": self.retry,
            "/soundkin/log": self.log,
            "/soundkin/transport": self.transport,
            **{f"/soundkin/transport/{state}": partial(self.transport_part, state) for state in _TRANSPORT},
            "/soundkin/pause": self.pause,
            "/soundkin/resume": self.resume,
            "/soundkin/quit": self.quit,
        }

    def folders(self, request: Request) -> Later:
        """One page of the followed folders."""
        check_sees_paths(request)

        def run() -> Iterable[Message]:
            roots = self._service.roots()
            return _paged(request, roots, lambda rank, root: replies.folder(request.rid, rank, root))

        return Later(run)

    def problems(self, request: Request) -> Later:
        """One page of the files that failed."""
        check_sees_paths(request)

        def run() -> Iterable[Message]:
            found = self._problems.of(request.endpoint.source, request.whole(2), self._service.problems)
            now_s = time.time()
            return _paged(request, found, lambda rank, each: replies.problem(request.rid, rank, each, now_s))

        return Later(run, longest_s=LONGEST_REPORT_S)

    def missing(self, request: Request) -> Later:
        """One page of the files that are missing."""
        check_sees_paths(request)

        def run() -> Iterable[Message]:
            rid = request.rid
            found = self._missing.of(request.endpoint.source, request.whole(2), self._service.missing)
            return _paged(request, found, lambda rank, path: Message("/soundkin/missing.file", (rid, rank, path)))

        return Later(run, longest_s=LONGEST_REPORT_S)

    def contradictions(self, request: Request) -> Later:
        """One page of the samples whose sound speaks against their name."""
        check_sees_paths(request)

        def run() -> Iterable[Message]:
            source, offset = request.endpoint.source, request.whole(2)
            found = self._contradictions.of(source, offset, self._service.contradictions)
            return _paged(request, found, lambda rank, each: replies.contradiction(request.rid, rank, each))

        return Later(run, longest_s=LONGEST_REPORT_S)

    def report(self, request: Request) -> Later:
        """The whole status as fields; folders have an address of their own."""

        def run() -> Iterable[Message]:
            fields = told(request, report_fields(self._service.status()))
            lines = [replies.field(request.rid, 0, name, value) for name, value in fields]
            return [*lines, replies.done(request.rid, len(lines))]

        return Later(run)

    def add(self, request: Request) -> Later:
        """Follow a folder; the disk is asked about it on a worker."""

        def run() -> Iterable[Message]:
            root = self._service.add_root(request.path(0))
            return [replies.folder(request.rid, 0, root), replies.done(request.rid, 1)]

        return Later(run, slow=True)

    def remove(self, request: Request) -> Later:
        """Stop following a folder."""
        return Later(lambda: [replies.done(request.rid, self._service.remove_root(request.path(0)))], slow=True)

    def forget(self, request: Request) -> Later:
        """Remove what is kept about files that have been missing for long."""
        older_than_s = request.number(0) * DAY_S
        return Later(lambda: [replies.done(request.rid, self._service.forget(older_than_s))], slow=True)

    def committed(self, request: Request) -> Later:
        """A hit was put to use."""

        def run() -> Iterable[Message]:
            self._service.committed(SampleId(request.whole(0)))
            return [replies.done(request.rid)]

        return Later(run)

    def rescan(self, request: Request) -> list[Message]:
        """Ask for a pass over the folders."""
        self._service.rescan()
        return [replies.done(request.rid)]

    def retry(self, request: Request) -> list[Message]:
        """Ask for a pass over the folders in which no file has to wait for its time."""
        self._service.rescan(retry=True)
        return [replies.done(request.rid)]

    def transport(self, request: Request) -> list[Message]:
        """What the DAW is doing."""
        state = request.text(0)
        check_transport(state)
        self._service.transport(state)
        return [replies.done(request.rid)]

    def transport_part(self, part: str, request: Request) -> list[Message]:
        """One of the DAW's transport buttons changed."""
        self._transport[part] = request.number(0) >= PRESSED
        if part == "stop" and self._transport[part]:
            self._transport.update(play=False, record=False)
        recording, playing = self._transport["record"], self._transport["play"]
        running = Transport.PLAYING if playing else Transport.STOPPED
        self._service.transport(Transport.RECORDING if recording else running)
        return []

    def pause(self, request: Request) -> list[Message]:
        """Stop analysing."""
        self._service.pause()
        return [replies.done(request.rid)]

    def resume(self, request: Request) -> list[Message]:
        """Go on analysing."""
        self._service.resume()
        return [replies.done(request.rid)]

    def log(self, request: Request) -> list[Message]:
        """Switch the log of the traffic on or off, independent of the level of the rest."""
        for name in TRAFFIC_LOGS:
            logging.getLogger(name).setLevel(logging.DEBUG if request.whole(0) else logging.NOTSET)
        return [replies.done(request.rid)]

    def quit(self, request: Request) -> list[Message]:
        """End the daemon, once the answer is on its way."""
        request.endpoint.send([encode(replies.done(request.rid))])
        self._quit()
        return []


def _paged(request: Request, rows: Sequence[_Row], line: Callable[[int, _Row], Message]) -> list[Message]:
    count, offset = counted(request, 1), request.whole(2)
    page = rows[offset : offset + count]
    lines = [line(rank, row) for rank, row in enumerate(page, offset)]
    return [*lines, replies.done(request.rid, len(page), len(rows))]


def _plain(value: object) -> object:
    """Counts by ending as words; anything else as it is."""
    return in_words(value) if isinstance(value, Mapping) else value


def report_fields(state: Status) -> list[tuple[str, object]]:
    """Name and value of everything in a status but its folders; `note` may repeat."""
    progress = state.progress
    return [
        ("version", state.version),
        ("pid", state.pid),
        ("port", state.port),
        ("samples", state.samples),
        ("failed", state.failed),
        ("unread", state.unread),
        ("memory_mb", state.memory_mb),
        ("index.size", state.index.size),
        ("index.state", state.index.state),
        ("progress.state", progress.state),
        ("progress.found", progress.found),
        ("progress.done", progress.done),
        ("progress.failed", progress.failed),
        ("progress.rate", progress.rate),
        ("progress.eta_s", progress.eta_s),
        ("scans", state.scans),
        *((f"last_scan.{each.name}", _plain(getattr(state.last_scan, each.name))) for each in fields(state.last_scan)),
        ("unheard", _plain(state.unheard)),
        *(("note", note) for note in state.notes),
    ]
