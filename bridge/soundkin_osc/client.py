"""The client that our own commands use: asks a running daemon over UDP. Imports nothing heavy.

Answers are read with our own codec; a lost datagram shows in /soundkin/done and the question is asked again.
"""

from __future__ import annotations

import contextlib
import random
import socket
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from soundkin.errors import DaemonNotRunningError, QueryError
from soundkin.model import Answer, Neighbour, Problem, Query, Root, Sample, SampleId, State, Status
from soundkin_osc.client_lines import error_from, root_from, sample_from, status_from
from soundkin_osc.codec import Message, PacketError, decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_PAGE = 64
_RESEND_S = 0.5
_TRIES = 3
"""How often a page is asked for again when lines of it were lost."""
_STRING = 4_000
_STATE = "/soundkin/field"
"""Shares its datagram with the next result, or with done: none is lost alone."""
_LONGEST_S = 300.0
"""No answer takes longer: reading a file has a limit, and few may wait before it."""


class SoundkinClient:
    """A daemon at `host`:`port`. `timeout_s`: how long it may be silent; one that works on an answer is not."""

    def __init__(self, host: str = "127.0.0.1", port: int = 27400, timeout_s: float = 2.0) -> None:
        self._where = f"{host} port {port}"
        self._timeout_s = timeout_s
        self._rid = random.randrange(1, 2**30)
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # where it listens, said as where to ask
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        try:
            self._socket.connect((host, port))
        except OSError as error:
            self._socket.close()
            raise DaemonNotRunningError(f"cannot reach {self._where}: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def ping(self, timeout_s: float | None = None) -> bool:
        """Whether a daemon answers within the time."""
        waits_s, self._timeout_s = self._timeout_s, self._timeout_s if timeout_s is None else timeout_s
        try:
            self._exchange("/soundkin/ping", (self._next(),), ("/soundkin/pong",))
        except DaemonNotRunningError:
            return False
        finally:
            self._timeout_s = waits_s
        return True

    def status(self) -> Status:
        """Everything the daemon says of itself."""
        fields: dict[str, str] = {}
        notes: list[str] = []
        for line in self._ask("/soundkin/report"):
            name, value = str(line.args[2]), str(line.args[3])
            if name == "note":
                notes.append(value)
            else:
                fields[name] = value
        return status_from(fields, tuple(self.folders()), tuple(notes))

    def find(self, query: Query) -> Answer:
        """Answer a question of any shape, page by page."""
        from soundkin_osc.queryjson import query_to_json

        hits: list[Neighbour] = []
        answer = Answer((), 0, query.snapshot or "")
        while len(hits) < query.k:
            part = replace(
                query,
                k=min(_PAGE, query.k - len(hits)),
                offset=query.offset + len(hits),
                snapshot=(answer.snapshot or None) if hits else query.snapshot,
            )
            answer = self._page(query_to_json(part))
            hits += answer.neighbours
            if len(answer.neighbours) < part.k:
                break
        return replace(answer, neighbours=tuple(hits))

    def search(self, text: str, limit: int, matching: str = "") -> list[Sample]:
        """Samples by the words of their paths and a filter; of their facts only the duration is known."""
        states: dict[Any, Any] = {}
        lines = self._all("/soundkin/find/text", (text,), "/soundkin/result", limit, after=(matching,), states=states)
        return [sample_from(line, State(states.get(line.args[2], State.PRESENT))) for line in lines]

    def problems(self) -> list[Problem]:
        """Files that could not be analysed."""
        lines = self._all("/soundkin/problems", (), "/soundkin/problem")
        return [Problem(*map(str, line.args[2:5])) for line in lines]

    def folders(self) -> list[Root]:
        """The followed folders."""
        return [root_from(line) for line in self._all("/soundkin/folders", (), "/soundkin/folder")]

    def add_root(self, path: str) -> Root:
        """Follow a folder."""
        return root_from(self._ask("/soundkin/index/add", path)[0])

    def remove_root(self, path: str) -> int:
        """Stop following a folder; how many samples left the library."""
        return int(self._order("/soundkin/index/remove", path).args[1])  # type: ignore[arg-type]

    def rescan(self) -> None:
        """Ask for a pass over the folders."""
        self._order("/soundkin/index/rescan")

    def pause(self) -> None:
        """Stop analysing."""
        self._order("/soundkin/pause")

    def resume(self) -> None:
        """Go on analysing."""
        self._order("/soundkin/resume")

    def quit(self) -> None:
        """End the daemon; it answers before it begins to stop."""
        self._order("/soundkin/quit")

    # ---- asking ----------------------------------------------------------------------------------------------

    def _next(self) -> int:
        self._rid = self._rid % (2**30) + 1
        return self._rid

    def _page(self, text: str) -> Answer:
        from soundkin_osc.queryjson import neighbour_from_json

        parts = [text[at : at + _STRING] for at in range(0, len(text), _STRING)]
        lines = self._ask("/soundkin/find/query", *parts, counted="/soundkin/neighbour")
        hits = {int(m.args[1]): str(m.args[2]) for m in lines if m.address == "/soundkin/neighbour"}  # type: ignore[arg-type]
        about = next(m for m in lines if m.address == "/soundkin/answer")
        done = lines[-1]
        return Answer(
            neighbours=tuple(neighbour_from_json(hits[rank]) for rank in sorted(hits)),
            total=int(done.args[2]),  # type: ignore[arg-type]
            snapshot=str(done.args[3]),
            plan=str(about.args[2]),
            query_id=SampleId(int(about.args[1])) if about.args[1] else None,  # type: ignore[arg-type]
        )

    def _all(
        self,
        address: str,
        args: tuple[Any, ...],
        line: str,
        limit: int | None = None,
        *,
        after: tuple[Any, ...] = (),
        states: dict[Any, Any] | None = None,
    ) -> list[Message]:
        """Every line of a paged answer, up to `limit`; `states` takes up the states of samples by id."""
        found: list[Message] = []
        while limit is None or len(found) < limit:
            count = _PAGE if limit is None else min(_PAGE, limit - len(found))
            answer = self._ask(address, *args, count, len(found), *after, counted=line)
            if states is not None:
                states |= {m.args[1]: m.args[3] for m in answer if m.address == _STATE}
            page = {m.args: m for m in answer if m.address == line}.values()  # an answer may have come twice
            found += sorted(page, key=lambda message: int(message.args[1]))  # type: ignore[arg-type]
            if len(page) < count or len(found) >= int(answer[-1].args[2]):  # type: ignore[arg-type]
                break
        return found

    def _ask(self, address: str, *args: Any, counted: str = "") -> list[Message]:
        """All messages that answer, the terminal one last; asked again while counted lines are missing."""
        for _ in range(_TRIES):
            rid = self._next()
            sent = (rid, *args) if not address.startswith("/soundkin/index") else (*args, rid)
            lines = self._exchange(address, sent, ("/soundkin/done", "/soundkin/error"), rid)
            last = lines[-1]
            if last.address == "/soundkin/error":
                raise error_from(last)
            unique = {message.args: message for message in lines[:-1] if not counted or message.address == counted}
            if not counted or len(unique) == last.args[1]:
                return lines
        raise QueryError(f"lines of the answer to {address} were lost {_TRIES} times")

    def _order(self, address: str, *args: Any) -> Message:
        """An order is sent once only; its terminal message."""
        rid = self._next()
        last = self._exchange(address, (*args, rid), ("/soundkin/done", "/soundkin/error"), rid)[-1]
        if last.address == "/soundkin/error":
            raise error_from(last)
        return last

    def _exchange(
        self, address: str, args: tuple[Any, ...], ends: tuple[str, ...], rid: int | None = None
    ) -> list[Message]:
        """Send and collect until a terminal message.

        Pings tell a busy daemon from a dead one; the request is sent again with them, which the daemon ignores
        while it works on it.
        """
        packet, probe = encode(Message(address, args)), encode(Message("/soundkin/ping", (0,)))
        lines: list[Message] = []
        deadline = time.monotonic() + self._timeout_s
        longest = time.monotonic() + _LONGEST_S
        self._send(packet)
        while True:
            try:
                self._socket.settimeout(max(0.001, min(_RESEND_S, self._timeout_s / 3, deadline - time.monotonic())))
                messages = self._receive()
            except TimeoutError:
                if time.monotonic() >= min(deadline, longest):
                    raise DaemonNotRunningError(f"no daemon answers on {self._where}") from None
                self._send(probe)
                self._send(packet)
                continue
            deadline = time.monotonic() + self._timeout_s
            for message in messages:
                if rid is None or (message.args and message.args[0] == rid):
                    lines.append(message)
                    if message.address in ends:
                        return lines

    def _send(self, packet: bytes) -> None:
        self._guarded(lambda: self._socket.send(packet))

    def _receive(self) -> list[Message]:
        packet: bytes = self._guarded(lambda: self._socket.recv(65_535))
        try:
            return decode(packet)
        except PacketError:
            return []

    def _guarded(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except TimeoutError:
            raise
        except OSError as error:
            raise DaemonNotRunningError(f"no daemon answers on {self._where}") from error
