"""One stream connection: who the peer is, what it may do, how it speaks, and until when it is waited for."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

from soundkin.config import is_loopback
from soundkin_osc.carriers.outgoing import Outgoing
from soundkin_osc.peers.endpoint import Session
from soundkin_osc.protocol.codec import datagrams
from soundkin_osc.protocol.limits import DATAGRAM, MAX_STREAM_COUNT

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from soundkin_osc.carriers.wire import Wire
    from soundkin_osc.peers.endpoint import Endpoint

IDLE_S = 300.0
HELLO_S = 10.0
"""A connection that has not said anything whole by then, or not the token that it needs, is ended."""
IN_VAIN = 16
"""Packets that a connection without the token it needs may send before it is ended."""
FLUSH_S = 30.0
"""How long a connection that is ended may take to read what waits for it."""
READ_S = 30.0
"""How long something may wait of which the peer reads nothing."""
LINGER_S = 2.0
"""How long it is listened to after that, so that what was sent last is not lost with what it sent in vain."""
_ROOM = 1 << 16
"""Bytes that may wait before a wire that answers piece by piece has to wait too."""


class Carrier(Protocol):
    """What a connection asks of the carrier that serves it."""

    @property
    def shows_paths(self) -> bool:
        """Whether other machines are told where files lie."""
        ...

    def now(self) -> float: ...
    def wake(self) -> None: ...
    def listen(self, connection: StreamEndpoint, path: str, on: bool) -> None: ...
    def feed(self, connection: StreamEndpoint, data: bytes) -> None: ...


class StreamEndpoint:
    """One connection."""

    max_count = MAX_STREAM_COUNT
    confirmed = True
    """Only the sender of a datagram can be forged."""

    def __init__(self, sock: socket.socket, serial: int, carrier: Carrier) -> None:
        self.socket = sock
        self.key: tuple[object, ...] = ("tcp", serial)
        self.session = Session(self.key)
        peer, own = sock.getpeername(), sock.getsockname()
        self.address = (str(peer[0]), int(peer[1]))
        self.name = f"{peer[0]}:{peer[1]}"
        self.local_host = str(own[0])
        self.outgoing = Outgoing(sock, carrier.wake)
        self.wire: Wire | None = None
        self.began_s = carrier.now()
        self.due_s = self.began_s + HELLO_S
        self.spoke = False
        """Whether it has said something whole in a protocol that lasts."""
        self.lingers = False
        """Whether all was said, and what still comes is read only to be thrown away."""
        self.mute = False
        """Whether the peer says no more."""
        self.wasted = 0
        """Bytes that came after the end."""
        self._in_vain = 0
        self._sent, self._moved_s = 0, self.began_s
        self._loopback = is_loopback(peer[0])
        self.source = self.key if self._loopback else ("machine", self.address[0])
        self._carrier = carrier

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
        """This machine, or a peer that showed the token."""
        return self._loopback or self.session.trusted

    @property
    def welcome(self) -> bool:
        """Other machines have to show the token first."""
        return self._loopback or self.session.trusted

    @property
    def steers(self) -> bool:
        """The same: the sender of a connection cannot be forged."""
        return self.welcome

    def at_port(self, port: int, session: Session) -> Endpoint:
        """Not over this carrier."""
        raise NotImplementedError(port, session.key)

    def confirm(self) -> None:
        """Nothing to confirm: only datagrams can be forged."""

    def send(self, messages: Sequence[bytes]) -> None:
        """Messages in the connection's framing, in bundles where the peer takes them."""
        wire = self.wire
        if wire is not None:
            packets = datagrams(messages, DATAGRAM, self.session.bundled)
            self.write(b"".join(map(wire.wrap, packets)))

    # ---- what its wire needs: see `wire.Line` ------------------------------------------------------------------

    @property
    def ended(self) -> bool:
        """Whether nothing more can be written."""
        return self.outgoing.ended

    @property
    def has_room(self) -> bool:
        """Whether so little waits to be sent that more may be made."""
        return len(self.outgoing) < _ROOM

    @property
    def host(self) -> str:
        """The peer's address."""
        return self.address[0]

    def trust(self) -> None:
        """It has shown the token."""
        self.session.trusted = True

    def write(self, data: bytes) -> None:
        """Send now what goes, the rest when it goes."""
        self.outgoing.write(data)

    def end(self, last: bytes = b"") -> None:
        """Send this and what waits, then close."""
        if not self.ended:
            self.due_s = self._carrier.now() + FLUSH_S
            self.outgoing.end(last)

    def cut(self) -> None:
        """Close now."""
        self.outgoing.cut()

    def wake(self) -> None:
        """Have the wire's `refill` called soon; from any thread."""
        self._carrier.wake()

    def expect(self, within_s: float) -> None:
        """Wait for the peer for this time from now, in seconds."""
        if not self.ended:
            self.due_s = self._carrier.now() + within_s

    def listen(self, path: str, on: bool) -> None:
        """OSCQuery's LISTEN and IGNORE."""
        self._carrier.listen(self, path, on)

    def become(self, wire: Wire, rest: bytes) -> None:
        """The HTTP connection turns into a WebSocket: one message a frame, as OSCQuery's clients expect."""
        self.wire = wire
        self.session.bundled = False
        self.heard()
        if rest:
            self._carrier.feed(self, rest)

    # ---- what its carrier needs --------------------------------------------------------------------------------

    def heard(self) -> None:
        """It has said something whole."""
        self.spoke = True
        self.expect(IDLE_S)

    def linger(self) -> None:
        """All is sent: tell the peer, and wait a moment for its own end."""
        self.outgoing.shut()
        self.lingers = True
        self.due_s = self._carrier.now() + LINGER_S

    def note_progress(self) -> None:
        """Remember when the peer last took something of what waits for it, or nothing waited."""
        if not len(self.outgoing) or self.outgoing.sent != self._sent:
            self._sent, self._moved_s = self.outgoing.sent, self._carrier.now()

    def is_stuck(self, now: float) -> bool:
        """Whether something waits and the peer has not read for too long."""
        return bool(len(self.outgoing)) and now - self._moved_s > READ_S

    def is_tiresome(self) -> bool:
        """Whether it goes on asking though it has not shown the token; to be called for each of its packets."""
        self._in_vain += not self.welcome
        return not self.welcome and self._in_vain > IN_VAIN

    def overdue(self, now: float) -> bool:
        """Whether it has been waited for long enough. Subscribers may listen for ever."""
        if self.is_stuck(now):
            return True
        if self.ended:
            return now > self.due_s
        if not self.welcome and self.spoke:
            return now - self.began_s > HELLO_S
        pushed_to = bool(self.session.topics or self.session.listens)
        return now > (math.inf if pushed_to else self.due_s)
