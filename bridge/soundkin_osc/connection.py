"""One stream connection: its framing, its backlog, and what it may do. Written to from any thread, never blocking."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Protocol

from soundkin_osc.access import is_loopback
from soundkin_osc.addresses import MAX_STREAM_COUNT
from soundkin_osc.codec import datagrams
from soundkin_osc.sessions import Session

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from soundkin_osc.dispatch import Endpoint
    from soundkin_osc.http import Wire

log = logging.getLogger(__name__)

IDLE_S = 300.0
HELLO_S = 10.0
"""A connection that has not said anything whole by then is closed."""
MAX_BACKLOG = 1 << 20
"""Bytes that a slow reader may leave unread before it is given up."""
_BUNDLE = 1_232


class Carrier(Protocol):
    """What a connection asks of the carrier that serves it."""

    shows_paths: bool

    def wake(self) -> None: ...
    def listen(self, connection: StreamEndpoint, path: str, on: bool) -> None: ...


class StreamEndpoint:
    """One connection."""

    max_count = MAX_STREAM_COUNT

    def __init__(self, sock: socket.socket, serial: int, carrier: Carrier, now: float) -> None:
        self.socket = sock
        self.key: tuple[object, ...] = ("tcp", serial)
        self.session = Session(self.key)
        peer, own = sock.getpeername()[:2], sock.getsockname()[:2]
        self.name = f"{peer[0]}:{peer[1]}"
        self.local_host = str(own[0])
        self.address = (str(peer[0]), int(peer[1]))
        self._loopback = is_loopback(peer[0])
        self._carrier = carrier
        self.wire: Wire | None = None
        self.began_s = self.heard_s = now
        self.spoke = False
        """Whether it has said something whole."""
        self.closing = False
        self._backlog = bytearray()
        self._lock = threading.Lock()

    @property
    def local(self) -> bool:
        """Whether the peer is on this machine."""
        return self._loopback

    @property
    def sees_paths(self) -> bool:
        """This machine, and others where the settings say so."""
        return self._loopback or self._carrier.shows_paths

    @property
    def admin(self) -> bool:
        """This machine, or whoever showed the token."""
        return self._loopback or self.session.trusted

    @property
    def welcome(self) -> bool:
        """Other machines have to show the token first."""
        return self._loopback or self.session.trusted

    def at_port(self, port: int, session: Session) -> Endpoint:
        """Not over this carrier."""
        raise NotImplementedError(port, session.key)

    def confirm(self) -> None:
        """Nothing to confirm: only datagrams can be forged."""

    def send(self, messages: Sequence[bytes]) -> None:
        """Messages in the connection's framing, in bundles where the peer takes them."""
        wire = self.wire
        if wire is not None:
            packets = datagrams(messages, _BUNDLE, self.session.bundled)
            self.write(b"".join(map(wire.wrap, packets)))

    def write(self, data: bytes) -> None:
        """Send now what goes, keep the rest; a reader that leaves too much unread is closed."""
        with self._lock:
            if self.closing and not self._backlog and not data:
                return
            if not self._backlog:
                data = data[self._try(data) :]
            self._backlog += data
            waiting = bool(self._backlog)
            if len(self._backlog) > MAX_BACKLOG:
                log.info("%s reads too slowly, closed", self.name)
                self._backlog.clear()
                self.closing = True
        if waiting:
            self._carrier.wake()

    def flush(self) -> bool:
        """Send what waits; whether anything is left."""
        with self._lock:
            del self._backlog[: self._try(self._backlog)]
            return bool(self._backlog)

    @property
    def waiting(self) -> bool:
        """Whether anything waits to be sent."""
        return bool(self._backlog)

    def _try(self, data: bytes | bytearray) -> int:
        try:
            return self.socket.send(data) if data else 0
        except BlockingIOError:
            return 0
        except OSError:
            self.closing = True
            return len(data)

    def finish(self) -> None:
        """Close once everything is sent."""
        self.closing = True
        self._carrier.wake()

    def listen(self, path: str, on: bool) -> None:
        """OSCQuery's LISTEN and IGNORE."""
        self._carrier.listen(self, path, on)

    def become(self, wire: Wire) -> None:
        """The HTTP connection turns into a WebSocket: one message a frame, as OSCQuery's clients expect."""
        self.wire = wire
        self.spoke = True
        self.session.bundled = False

    def overdue(self, now: float) -> bool:
        """Whether it has been silent too long. Subscribers may listen for ever."""
        if not self.spoke:
            return now - self.began_s > HELLO_S
        pushed_to = bool(self.session.topics or self.session.listens)
        return not pushed_to and now - self.heard_s > IDLE_S
