"""A peer that sends datagrams: what it may do, and how much it may be sent. Alone sends datagrams."""

from __future__ import annotations

import contextlib
import logging
import time
from typing import TYPE_CHECKING

from soundkin_osc.protocol import replies
from soundkin_osc.protocol.codec import datagrams, decode, encode
from soundkin_osc.protocol.error_codes import Code
from soundkin_osc.protocol.limits import DATAGRAM, MAX_COUNT

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from soundkin_osc.carriers.neighbours import Neighbours
    from soundkin_osc.peers.endpoint import Session

log = logging.getLogger(__name__)

BURST = 32
"""Datagrams in a row that a default receive buffer holds for sure."""
_PAUSE_S = 0.001
_TOO_SHORT = "say /soundkin/hello"
"""What an answer becomes that an unconfirmed peer may not be sent: short enough for the shortest request."""


class UdpEndpoint:
    """A peer that sends datagrams. `neighbours`: what limits those on other machines; None for this one.

    `source`: who really sent, where that is another port of the machine. `own`: bytes that its packet may be answered
    with in any case.
    """

    __slots__ = (
        "_neighbours",
        "_own",
        "_socket",
        "address",
        "admin",
        "key",
        "local",
        "max_count",
        "sees_paths",
        "session",
        "source",
        "welcome",
    )

    def __init__(
        self,
        sock: socket.socket,
        address: tuple[str, int],
        session: Session,
        *,
        neighbours: Neighbours | None = None,
        sees_paths: bool = True,
        source: tuple[object, ...] = (),
        own: int = 0,
    ) -> None:
        self._socket = sock
        self._neighbours = neighbours
        self._own = own
        self.address = address
        self.session = session
        self.key: tuple[object, ...] = session.key
        self.local = self.admin = neighbours is None
        self.sees_paths = sees_paths
        self.source = source or (session.key if self.local else ("machine", address[0]))
        self.welcome = True
        self.max_count = MAX_COUNT

    @property
    def confirmed(self) -> bool:
        """This machine, or an address that has returned its cookie."""
        return self._neighbours is None or self._neighbours.is_confirmed(self.address)

    @property
    def steers(self) -> bool:
        """Those, and the machines of controllers that the settings name."""
        return self.confirmed or (self._neighbours is not None and self._neighbours.is_controller(self.address[0]))

    def at_port(self, port: int, session: Session) -> UdpEndpoint:
        """The same peer at another port; what that is allowed, and at this one's charge."""
        return UdpEndpoint(
            self._socket,
            (self.address[0], port),
            session,
            neighbours=self._neighbours,
            sees_paths=self.sees_paths,
            source=self.source,
            own=self._own,
        )

    def confirm(self) -> None:
        """The peer has shown that it reads what is sent to it."""
        if self._neighbours is not None:
            self._neighbours.confirm(self.address)

    def send(self, messages: Sequence[bytes]) -> None:
        """Pack into datagrams and send, pausing between bursts; an answer is sent whole, or an error in its place."""
        session = self.session
        to = (self.address[0], session.reply_port or self.address[1])
        packets = datagrams(messages, DATAGRAM, session.bundled)
        if self._neighbours is not None and not self._may_leave(self._neighbours, packets, to[1]):
            packets = [_shortened(messages[-1])]
            if not self._may_leave(self._neighbours, packets, to[1]):
                log.debug("%s has not confirmed its address: nothing sent", to)
                return
        for count, packet in enumerate(packets):
            if count and count % BURST == 0:
                time.sleep(_PAUSE_S)
            if not self._sent(packet, to):
                return

    def _may_leave(self, neighbours: Neighbours, packets: Sequence[bytes], port: int) -> bool:
        return neighbours.leave(self.address, sum(map(len, packets)), port, self._own)

    def _sent(self, packet: bytes, to: tuple[str, int]) -> bool:
        try:
            self._socket.sendto(packet, to)
        except BlockingIOError:  # the system's buffer is full: wait a moment, then give it up as lost
            time.sleep(_PAUSE_S)
            with contextlib.suppress(OSError):
                self._socket.sendto(packet, to)
        except OSError as error:
            log.debug("cannot send to %s: %s", to, error)
            return False
        return True


def _shortened(last: bytes) -> bytes:
    """The error in place of an answer that ends with this message."""
    args = decode(last)[0].args
    rid = args[0] if args and type(args[0]) is int else 0
    return encode(replies.error(rid, Code.DENIED, "", _TOO_SHORT))
