"""The library group: folders, problems, the full report, and the verbs that change what the daemon does."""

from __future__ import annotations

import logging
from dataclasses import fields
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from soundkin.errors import BadArgumentError
from soundkin_osc import replies
from soundkin_osc.codec import Message, encode
from soundkin_osc.dispatch import Later
from soundkin_osc.replies import DeniedError

TRAFFIC_LOGS = ("soundkin_osc.in", "soundkin_osc.out")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from soundkin.model import Status
    from soundkin_osc.dispatch import Handler, Request
    from soundkin_osc.door import Service

_DEFAULT_COUNT = 16
_STATES = ("playing", "recording", "stopped")
_TRANSPORT = ("play", "record", "stop")
_Row = TypeVar("_Row")


class LibraryHandlers:
    """Handlers of the library group."""

    def __init__(self, service: Service, quit_daemon: Callable[[], None]) -> None:
        self._service = service
        self._quit = quit_daemon
        self._transport: dict[str, bool] = dict.fromkeys(_TRANSPORT, False)

    def routes(self) -> dict[str, Handler]:
        """Handler by address."""
        return {
            "/soundkin/folders": self.folders,
            "/soundkin/problems": self.problems,
            "/soundkin/report": self.report,
            "/soundkin/index/add": self.add,
            "/soundkin/index/remove": self.remove,
            "/soundkin/index/rescan": self.rescan,
            "/soundkin/log": self.log,
            "/soundkin/transport": self.transport,
            **{f"/soundkin/transport/{state}": partial(self.transport_part, state) for state in _TRANSPORT},
            "/soundkin/pause": self.pause,
            "/soundkin/resume": self.resume,
            "/soundkin/quit": self.quit,
        }

    def folders(self, request: Request) -> Later:
        """One page of the followed folders."""
        _local(request)

        def run() -> Iterable[Message]:
            roots = self._service.roots()
            return _paged(request, roots, lambda rank, root: replies.folder(request.rid, rank, root))

        return Later(run)

    def problems(self, request: Request) -> Later:
        """One page of the files that failed."""
        _local(request)

        def run() -> Iterable[Message]:
            found = self._service.problems()
            return _paged(
                request,
                found,
                lambda rank, p: Message("/soundkin/problem", (request.rid, rank, p.path, p.code, p.message)),
            )

        return Later(run)

    def report(self, request: Request) -> Later:
        """The whole status as fields; folders have an address of their own."""

        def run() -> Iterable[Message]:
            fields = report_fields(self._service.status())
            lines = [replies.field(request.rid, 0, name, value) for name, value in fields]
            return [*lines, replies.done(request.rid, len(lines))]

        return Later(run)

    def add(self, request: Request) -> Later:
        """Follow a folder; the disk is asked about it on a worker."""

        def run() -> Iterable[Message]:
            root = self._service.add_root(request.text(0))
            return [replies.folder(request.rid, 0, root), replies.done(request.rid, 1)]

        return Later(run, slow=True)

    def remove(self, request: Request) -> Later:
        """Stop following a folder."""
        return Later(lambda: [replies.done(request.rid, self._service.remove_root(request.text(0)))], slow=True)

    def rescan(self, request: Request) -> list[Message]:
        """Ask for a pass over the folders."""
        self._service.rescan()
        return [replies.done(request.rid)]

    def transport(self, request: Request) -> list[Message]:
        """What the DAW is doing."""
        state = request.text(0)
        if state not in _STATES:
            raise BadArgumentError(f"state: expected {', '.join(_STATES)}, got {state[:20]!r}")
        self._service.transport(state)
        return [replies.done(request.rid)]

    def transport_part(self, part: str, request: Request) -> list[Message]:
        """One of the DAW's transport buttons changed."""
        self._transport[part] = request.number(0) >= 0.5
        if part == "stop" and self._transport[part]:
            self._transport.update(play=False, record=False)
        recording, playing = self._transport["record"], self._transport["play"]
        self._service.transport("recording" if recording else "playing" if playing else "stopped")
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
        """Switch the log of the traffic on or off, whatever the level of the rest."""
        for name in TRAFFIC_LOGS:
            logging.getLogger(name).setLevel(logging.DEBUG if request.whole(0) else logging.NOTSET)
        return [replies.done(request.rid)]

    def quit(self, request: Request) -> list[Message]:
        """End the daemon, once the answer is on its way."""
        request.endpoint.send([encode(replies.done(request.rid))])
        self._quit()
        return []


def _local(request: Request) -> None:
    if not request.endpoint.sees_paths:
        raise DeniedError("paths are only told to callers on this machine")


def _paged(request: Request, rows: Sequence[_Row], line: Callable[[int, _Row], Message]) -> list[Message]:
    count, offset = min(request.whole(1, _DEFAULT_COUNT), request.endpoint.max_count), request.whole(2)
    page = rows[offset : offset + count]
    lines = [line(rank, row) for rank, row in enumerate(page, offset)]
    return [*lines, replies.done(request.rid, len(page), len(rows))]


def report_fields(state: Status) -> list[tuple[str, object]]:
    """Name and value of everything in a status but its folders; `note` may repeat."""
    progress = state.progress
    return [
        ("version", state.version),
        ("pid", state.pid),
        ("port", state.port),
        ("samples", state.samples),
        ("failed", state.failed),
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
        *((f"last_scan.{each.name}", getattr(state.last_scan, each.name)) for each in fields(state.last_scan)),
        *(("note", note) for note in state.notes),
    ]
