"""A stream carrier of its own, with a clock that a test moves, and ways to see what it did."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

from osc_peer import Daemon
from osc_streams import StreamPeer
from soundkin_osc.carriers.stream import StreamCarrier
from soundkin_osc.protocol.codec import Message, encode

PING = encode(Message("/soundkin/ping", (1,)))


class World:
    """A stream carrier of its own, whose clock stands until it is moved."""

    def __init__(self, daemon: Daemon) -> None:
        self.now = 1000.0
        server = daemon.server
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        daemon.server._port = self.port  # the guard asks for the port that a Host must name
        self.carrier = StreamCarrier(
            [listener],
            server._dispatcher,
            server._http,
            access=server._access,
            values=dict,
            subscriptions=server._subscriptions,
            jobs=server._jobs,
            clock=lambda: self.now,
        )

    def settled(self, true: Callable[[], bool]) -> None:
        """Wait until the carrier has done what it was about to do."""
        deadline = time.monotonic() + 5
        while not true():
            assert time.monotonic() < deadline
            self.carrier.wake()
            time.sleep(0.002)

    def has(self, count: int) -> None:
        """Wait until there are so many connections, all with a wire."""
        self.settled(lambda: len(self.carrier._connections) == count)

    def heard(self) -> None:
        """Wait until what was sent to the carrier has been read, as far as one can see from outside."""
        with StreamPeer(self.port) as other:
            other.raw(PING)
            other.receive()

    def passes(self, seconds: float) -> None:
        """Move the clock, and let the carrier look at it twice."""
        self.heard()
        self.now += seconds
        self.heard()
        self.heard()


def open_still(sock: socket.socket) -> bool:
    """Whether the daemon has not ended the connection by now."""
    sock.settimeout(0.05)
    try:
        return bool(sock.recv(65_536))
    except TimeoutError:
        return True
    except ConnectionError:
        return False
