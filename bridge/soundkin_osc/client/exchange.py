"""Asking over UDP: sends a message, collects what answers it, asks again where lines were lost. Imports nothing heavy.

Knows how answers end (docs/osc.md, "Asking") and nothing of what is asked.
"""

from __future__ import annotations

import contextlib
import random
import socket
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from soundkin.errors import BadArgumentError, DaemonNotRunningError, QueryError
from soundkin_osc.client.reply_lines import error_from, number
from soundkin_osc.protocol.codec import MAX_PACKET, Message, PacketError, decode, encode
from soundkin_osc.protocol.limits import MAX_COUNT

if TYPE_CHECKING:
    from soundkin_osc.protocol.codec import Arg

RID: Any = object()
"""Stands in the arguments of a question where its request id goes."""
DONE, ERROR = "/soundkin/done", "/soundkin/error"
_RESEND_S = 0.5
_TRIES = 3
"""How often an answer is asked for again when lines of it were lost."""
_LONGEST_S = 300.0
"""No answer takes longer: reading a file has a limit, and few may wait before it."""

Whole = Callable[[Sequence[Message]], bool]
"""Whether nothing is missing of an answer, whose terminal message is the last one."""


def counted(address: str) -> Whole:
    """As many lines of this address as the answer's end says."""
    return lambda answer: _different(answer, address) == number(answer[-1], 1)


def number_of(address: str, wanted: int) -> Whole:
    """The number of lines of this address."""
    return lambda answer: _different(answer, address) == wanted


def both(one: Whole, other: Whole) -> Whole:
    """What both say."""
    return lambda answer: one(answer) and other(answer)


class Exchange:
    """A socket towards the daemon at `host`:`port`. `timeout_s`: how long it may be silent while it owes an answer."""

    def __init__(self, host: str, port: int, timeout_s: float) -> None:
        self._where = f"{host} port {port}"
        self._timeout_s = timeout_s
        self._rid = random.randrange(1, 2**30)
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # where it listens, said as where to ask
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        for option, size in ((socket.SO_RCVBUF, 1 << 20), (socket.SO_SNDBUF, 1 << 17)):  # macOS sends 9 KB by default
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, option, size)
        try:
            self._socket.connect((host, port))
        except OSError as error:
            self._socket.close()
            raise DaemonNotRunningError(f"cannot reach {self._where}: {error}") from error

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def ping(self, timeout_s: float | None = None) -> bool:
        """Whether a daemon answers within the time."""
        waits_s, self._timeout_s = self._timeout_s, self._timeout_s if timeout_s is None else timeout_s
        rid = self._next()
        try:
            self._exchange("/soundkin/ping", (rid,), rid, ("/soundkin/pong",))
        except DaemonNotRunningError:
            return False
        finally:
            self._timeout_s = waits_s
        return True

    def ask(self, address: str, *args: Any, whole: Whole = lambda _: True) -> list[Message]:
        """All messages that answer, the terminal one last; asked again until the answer is whole.

        Raises the error that ended it, `QueryError` where lines went missing every time.
        """
        for _ in range(_TRIES):
            answer = self.order(address, *args)
            if whole(answer):
                return answer
        raise QueryError(f"lines of the answer to {address} were lost {_TRIES} times")

    def order(self, address: str, *args: Any) -> list[Message]:
        """The same for what is to be done once: lines that went missing are not asked for again."""
        rid = self._next()
        sent = tuple(rid if arg is RID else arg for arg in args)
        answer = self._exchange(address, sent, rid, (DONE, ERROR))
        if answer[-1].address == ERROR:
            raise error_from(answer[-1])
        return answer

    def lines(
        self, line: str, address: str, *before: Any, after: Sequence[Any] = (), limit: int | None = None
    ) -> list[Message]:
        """Every `line` of an answer that is asked for by count and offset, up to `limit` of them, by rank."""
        found: list[Message] = []
        read, known = 0, 1
        while read < known and (limit is None or len(found) < limit):
            count = MAX_COUNT if limit is None else min(MAX_COUNT, limit - len(found))
            answer = self.ask(address, RID, *before, count, read, *after, whole=counted(line))
            found += _by_rank(answer, line)
            read, known = read + count, number(answer[-1], 2)
        return found

    def report(self, line: str, address: str, *before: Any, after: Sequence[Any] = (), whole: Whole) -> list[Message]:
        """Everything that answers a question whose answer is kept while it is read page by page, lines called `line`.

        An answer that was let go meanwhile is begun again. `whole` judges the first page.
        """
        for _ in range(_TRIES):
            page = found = self.ask(address, RID, *before, MAX_COUNT, 0, "", *after, whole=whole)
            snapshot, read, total = page[-1].args[3], number(page[-1], 1), number(page[-1], 2)
            while read < total and page[-1].args[3] == snapshot and number(page[-1], 1):
                page = self.ask(address, RID, *before, MAX_COUNT, read, snapshot, *after, whole=counted(line))
                found = [*found, *page]
                read += number(page[-1], 1)
            if read >= total and page[-1].args[3] == snapshot:
                return found
        raise QueryError(f"the answer to {address} was let go before it was read, {_TRIES} times")

    # ---- how -------------------------------------------------------------------------------------------------

    def _next(self) -> int:
        self._rid = self._rid % (2**30) + 1
        return self._rid

    def _exchange(self, address: str, args: Sequence[Arg], rid: int, ends: Sequence[str]) -> list[Message]:
        """Send and collect until a terminal message.

        Pings tell a busy daemon from a dead one; the request is sent again with them, which the daemon ignores
        while it works on it.
        """
        packet, probe = _packet(address, args), encode(Message("/soundkin/ping", (0,)))
        found: list[Message] = []
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
                if message.args and message.args[0] == rid:
                    found.append(message)
                    if message.address in ends:
                        return found

    def _send(self, packet: bytes) -> None:
        self._guarded(lambda: self._socket.send(packet))

    def _receive(self) -> list[Message]:
        packet: bytes = self._guarded(lambda: self._socket.recv(MAX_PACKET))
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


def _packet(address: str, args: Sequence[Arg]) -> bytes:
    try:
        packet = encode(Message(address, tuple(args)))
    except PacketError as error:
        raise BadArgumentError(str(error)) from error
    if len(packet) > MAX_PACKET:
        raise BadArgumentError(f"the question takes {len(packet):,} bytes, expected at most {MAX_PACKET:,}")
    return packet


def _different(answer: Sequence[Message], address: str) -> int:
    """How many lines of an address came, doubled ones counted once."""
    return len({message.args for message in answer if message.address == address})


def _by_rank(answer: Sequence[Message], line: str) -> list[Message]:
    unique = {message.args: message for message in answer if message.address == line}.values()
    return sorted(unique, key=lambda message: number(message, 1))
