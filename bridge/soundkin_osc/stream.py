"""The stream carrier: one thread serves all TCP connections through a selector; the first byte tells the protocol.

`c0`, `/` or `#` begin SLIP, `00` an int32 size, a capital letter HTTP (and WebSocket after it). The only place that
knows stream sockets.
"""

from __future__ import annotations

import contextlib
import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from soundkin_osc.codec import Message, PacketError
from soundkin_osc.connection import StreamEndpoint
from soundkin_osc.framing import SizeFrames, SlipFrames
from soundkin_osc.http import HttpWire, WebSocketWire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soundkin_osc.dispatch import Dispatcher
    from soundkin_osc.feed import Feed
    from soundkin_osc.http import Site, Wire
    from soundkin_osc.jobs import Jobs

log = logging.getLogger(__name__)

Clock: TypeAlias = Callable[[], float]
MAX_CONNECTIONS = 32
_READ = 16_384


class StreamCarrier:
    """Accepts, reads and writes on one thread; answers may be written from any."""

    def __init__(
        self,
        listeners: Sequence[socket.socket],
        dispatcher: Dispatcher,
        site: Site,
        *,
        feed: Feed,
        jobs: Jobs,
        clock: Clock = time.monotonic,
    ) -> None:
        self._listeners = listeners
        self._dispatcher = dispatcher
        self._site = site
        self.shows_paths = site.access.shows_paths
        self._feed = feed
        self._jobs = jobs
        self._clock = clock
        self._selector = selectors.DefaultSelector()
        self._inner, self._outer = socket.socketpair()
        self._connections: set[StreamEndpoint] = set()
        self._serial = 0
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="osc-stream", daemon=True)

    def start(self) -> None:
        """Begin to accept."""
        for sock in (*self._listeners, self._inner, self._outer):
            sock.setblocking(False)
        for listener in self._listeners:
            listener.listen(128)
            self._selector.register(listener, selectors.EVENT_READ)
        self._selector.register(self._inner, selectors.EVENT_READ)
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Close everything."""
        self._stopping = True
        self.wake()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        for connection in list(self._connections):
            self._close(connection)
        for sock in (*self._listeners, self._inner, self._outer):
            sock.close()
        self._selector.close()

    def wake(self) -> None:
        """Have the thread look again; from any thread."""
        with contextlib.suppress(OSError):
            self._outer.send(b"x")

    def listen(self, connection: StreamEndpoint, path: str, on: bool) -> None:
        """Push an address's changes to a connection, beginning with its value now."""
        self._feed.listen(connection, path, on)
        if on and (values := self._site.values().get(path)) is not None:
            self._dispatcher.send(connection, [Message(path, values)])

    def _run(self) -> None:
        swept = self._clock()
        while not self._stopping:
            for key, events in self._selector.select(1.0):
                try:
                    self._ready(key.fileobj, key.data, events)
                except Exception:
                    log.exception("a connection failed")
                    if key.data is not None:
                        self._close(key.data)
            now = self._clock()
            for connection in list(self._connections):
                self._tend(connection, sweeping=now - swept >= 1)
            swept = now if now - swept >= 1 else swept

    def _ready(self, sock: object, connection: StreamEndpoint | None, events: int) -> None:
        if connection is not None:
            if events & selectors.EVENT_WRITE:
                connection.flush()
            if events & selectors.EVENT_READ:
                self._read(connection)
        elif sock is self._inner:
            with contextlib.suppress(OSError):
                self._inner.recv(4096)
        else:
            while self._accept(sock):  # type: ignore[arg-type]
                pass

    def _accept(self, listener: socket.socket) -> bool:
        try:
            sock, address = listener.accept()
        except OSError:
            return False
        if not self._site.access.admits(address[0]) or not self._has_room():
            sock.close()
            return True
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            self._serial += 1
            connection = StreamEndpoint(sock, self._serial, self, self._clock())
        except OSError:  # gone already
            sock.close()
            return True
        self._connections.add(connection)
        self._selector.register(sock, selectors.EVENT_READ, connection)
        return True

    def _has_room(self) -> bool:
        """Whether one more fits; the oldest connection that has said nothing yet makes way."""
        if len(self._connections) < MAX_CONNECTIONS:
            return True
        silent = min((c for c in self._connections if not c.spoke), key=lambda c: c.began_s, default=None)
        if silent is None:
            return False
        self._close(silent)
        return True

    def _read(self, connection: StreamEndpoint) -> None:
        try:
            data = connection.socket.recv(_READ)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._close(connection)
            return
        try:
            self._feed_wire(connection, data)
        except PacketError as error:
            log.debug("%s: %s; closed", connection.name, error)
            self._close(connection)

    def _feed_wire(self, connection: StreamEndpoint, data: bytes) -> None:
        """Hand what arrived to the connection's protocol and the packets in it to the dispatcher."""
        if connection.wire is None:
            connection.wire = self._wire_for(data[0], connection)
        for packet in connection.wire.feed(data):
            if connection.closing:  # it reads too slowly or said goodbye: what else it asks is not answered
                return
            connection.spoke = True
            connection.heard_s = self._clock()
            if not self._dispatcher.handle(packet, connection):
                raise PacketError("not OSC")
        if isinstance(connection.wire, WebSocketWire):
            connection.heard_s = self._clock()

    def _wire_for(self, first: int, connection: StreamEndpoint) -> Wire:
        if first in (0xC0, 0x2F, 0x23):
            return SlipFrames()
        if first == 0:
            return SizeFrames()
        if 0x41 <= first <= 0x5A:
            return HttpWire(self._site, connection)
        raise PacketError(f"neither OSC nor HTTP begins with {first:#04x}")

    def _tend(self, connection: StreamEndpoint, sweeping: bool) -> None:
        if connection not in self._connections:
            return
        if (connection.closing and not connection.waiting) or (sweeping and connection.overdue(self._clock())):
            self._close(connection)
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if connection.waiting else 0)
        if self._selector.get_key(connection.socket).events != wanted:
            self._selector.modify(connection.socket, wanted, connection)

    def _close(self, connection: StreamEndpoint) -> None:
        if connection not in self._connections:
            return
        self._connections.discard(connection)
        connection.closing = True
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(connection.socket)
        with contextlib.suppress(OSError):
            connection.socket.shutdown(socket.SHUT_WR)
        connection.socket.close()
        self._feed.forget(connection.key)
        self._jobs.forget(connection.key)
