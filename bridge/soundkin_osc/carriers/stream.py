"""The stream carrier: one thread serves all TCP connections through a selector; the first byte tells the protocol.

`c0`, `/` or `#` begin SLIP, `00` an int32 size, a capital letter HTTP (and WebSocket after it). Alone accepts, reads
and closes stream sockets.
"""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from soundkin_osc.carriers.connection import StreamEndpoint
from soundkin_osc.carriers.framing import SizeFrames, SlipFrames
from soundkin_osc.carriers.listening import Listeners
from soundkin_osc.carriers.room import Room
from soundkin_osc.carriers.selection import READ, WRITE, Selection
from soundkin_osc.carriers.wire import OscWire, Why
from soundkin_osc.protocol import replies
from soundkin_osc.protocol.codec import Message, PacketError
from soundkin_osc.protocol.error_codes import Code

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soundkin_osc.carriers.site import HttpRules
    from soundkin_osc.carriers.wire import Wire
    from soundkin_osc.dispatch import Dispatcher
    from soundkin_osc.jobs import Jobs
    from soundkin_osc.peers.access import Access
    from soundkin_osc.peers.subscriptions import Subscriptions
    from soundkin_osc.protocol.oscquery import Values

log = logging.getLogger(__name__)

Clock: TypeAlias = Callable[[], float]
MAX_WASTED = 1 << 20
"""Bytes that a connection may send after its end before it is closed for good."""
_READ = 16_384
_TOO_SLOW = "%s reads too slowly and was closed"
_GOODBYE_S = 0.06
"""Seconds that connections have to read their close messages when the daemon stops."""


class StreamCarrier:
    """Accepts, reads and writes on one thread; answers may be written from any."""

    def __init__(
        self,
        listeners: Sequence[socket.socket],
        dispatcher: Dispatcher,
        http: HttpRules,
        *,
        access: Access,
        values: Callable[[], Values],
        subscriptions: Subscriptions,
        jobs: Jobs,
        clock: Clock = time.monotonic,
    ) -> None:
        self._listeners = Listeners(listeners, self._watch, http.seldom)
        self._dispatcher = dispatcher
        self._http = http
        self._access = access
        self._values = values
        self._subscriptions = subscriptions
        self._jobs = jobs
        self.now = clock
        self._selection: Selection[StreamEndpoint | socket.socket] = Selection()
        self.wake = self._selection.wake
        self._connections: set[StreamEndpoint] = set()
        self._room = Room()
        self._serial = 0
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="osc-stream", daemon=True)

    @property
    def shows_paths(self) -> bool:
        """Whether other machines are told where files lie."""
        return self._access.shows_paths

    def start(self) -> None:
        """Begin to accept."""
        self._listeners.start()
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Close every connection in its protocol's way, then all sockets."""
        self._stopping = True
        self.wake()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        for connection in list(self._connections):
            self._close(connection)
        self._listeners.close()
        self._selection.close()

    def listen(self, connection: StreamEndpoint, path: str, on: bool) -> None:
        """Push an address's changes to a connection, beginning with its value now."""
        if not connection.welcome:
            denied = replies.error(0, Code.DENIED, path, "say /soundkin/hello with the token first")
            self._dispatcher.send(connection, [denied])
            return
        self._subscriptions.listen(connection, path, on)
        if on and (values := self._values().get(path)) is not None:
            self._dispatcher.send(connection, [Message(path, values)])

    def _run(self) -> None:
        swept = self.now()
        while not self._stopping:
            self._serve(1.0)
            now = self.now()
            self._listeners.tend(now)
            if now - swept >= 1:
                swept = now
                for connection in [c for c in self._connections if c.overdue(now)]:
                    self._guarded(connection, self._give_up)
        self._say_goodbye()

    def _serve(self, wait_s: float) -> None:
        """What has come and what can go, now or within `wait_s`."""
        for owner, events in self._selection.wait(wait_s):
            if isinstance(owner, socket.socket):
                self._accept_all(owner)
            elif events & READ:
                self._guarded(owner, self._read)
        for connection in list(self._connections):
            self._guarded(connection, self._tend)

    def _guarded(self, connection: StreamEndpoint, act: Callable[[StreamEndpoint], None]) -> None:
        """Act on a connection; one that fails is closed, and the others are served on."""
        try:
            act(connection)
        except Exception:
            if self._http.seldom("failed"):
                log.exception("A connection failed and was closed")
            self._close(connection)

    def _say_goodbye(self) -> None:
        self._listeners.stop()
        for connection in list(self._connections):
            self._guarded(connection, lambda c: _leave(c, Why.STOPPING))
        ends = self.now() + _GOODBYE_S
        while self._connections and self.now() < ends:
            self._serve(0.01)

    def _watch(self, listener: socket.socket, events: int) -> None:
        self._selection.watch(listener, events, listener)

    def _accept_all(self, listener: socket.socket) -> None:
        try:
            for sock, host in self._listeners.accepted(listener, self.now()):
                if self._access.admits(host):
                    self._begin(sock)
                else:
                    sock.close()
        except Exception:
            if self._http.seldom("accept"):
                log.exception("A connection could not be accepted")

    def _begin(self, sock: socket.socket) -> None:
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            self._serial += 1
            connection = StreamEndpoint(sock, self._serial, self)
        except OSError:  # gone already
            sock.close()
            return
        self._connections.add(connection)
        self._selection.watch(sock, READ, connection)
        out = self._room.take(connection)
        if out is not None:
            self._guarded(out, lambda displaced: _leave(displaced, Why.CROWDED))
            self._close(out)

    def _read(self, connection: StreamEndpoint) -> None:
        try:
            data = connection.socket.recv(_READ)
        except BlockingIOError:
            return
        except OSError:
            connection.cut()
            return
        if connection.ended:
            connection.wasted += len(data)
            connection.mute = not data
            if connection.wasted > MAX_WASTED:
                connection.cut()
        elif not data:
            connection.mute = True
            if connection.wire is None:
                connection.cut()
            else:
                connection.wire.half_closed()
        else:
            self.feed(connection, data)

    def feed(self, connection: StreamEndpoint, data: bytes) -> None:
        """Hand what arrived to the connection's protocol and the packets in it to the dispatcher."""
        wire = connection.wire
        if connection.spoke:
            self._room.used(connection)
        try:
            if wire is None:
                wire = connection.wire = self._wire_for(data[0], connection)
            for packet in wire.feed(data):
                if connection.ended:  # it reads too slowly or closed: what else it asks is not answered
                    return
                connection.heard()
                if not self._dispatcher.handle(packet, connection):
                    wire.leave(Why.NOT_OSC)
                elif connection.session.expelled:
                    wire.leave(Why.WRONG_TOKEN)
                elif connection.is_tiresome():
                    wire.leave(Why.NO_TOKEN)
        except PacketError as error:
            log.debug("%s: %s; closed", connection.name, error)
            connection.end()

    def _wire_for(self, first: int, connection: StreamEndpoint) -> Wire:
        if first in (0xC0, 0x2F, 0x23):
            return OscWire(SlipFrames(), connection)
        if first == 0:
            return OscWire(SizeFrames(), connection)
        if 0x41 <= first <= 0x5A:
            from soundkin_osc.carriers.http import HttpWire  # 10 ms that a start does not need

            return HttpWire(self._http, connection)
        raise PacketError(f"neither OSC nor HTTP begins with {first:#04x}")

    def _tend(self, connection: StreamEndpoint) -> None:
        """Move a connection on: more to say, the end, or which events to wait for."""
        if connection not in self._connections:
            return
        outgoing = connection.outgoing
        outgoing.flush()
        connection.note_progress()
        if connection.wire is not None and not connection.ended:
            connection.wire.refill()
        if outgoing.too_slow:
            log.info(_TOO_SLOW, connection.name)
        if outgoing.ended and not len(outgoing) and not connection.lingers:
            connection.linger()
        if outgoing.broken or (connection.lingers and connection.mute):
            self._close(connection)
            return
        hungry = connection.ended or connection.wire is None or connection.wire.hungry
        wanted = (READ if hungry and not connection.mute else 0) | (WRITE if len(outgoing) else 0)
        self._selection.watch(connection.socket, wanted, connection)

    def _give_up(self, connection: StreamEndpoint) -> None:
        """It was waited for long enough."""
        if connection.is_stuck(self.now()):
            log.info(_TOO_SLOW, connection.name)
            self._close(connection)
        elif connection.ended:
            self._close(connection)
        else:
            _leave(connection, Why.SILENT if connection.welcome else Why.NO_TOKEN)

    def _close(self, connection: StreamEndpoint) -> None:
        if connection not in self._connections:
            return
        self._connections.discard(connection)
        self._room.release(connection)
        connection.cut()
        self._selection.watch(connection.socket, 0, connection)
        connection.outgoing.shut()
        connection.socket.close()
        self._subscriptions.forget(connection.key)
        self._jobs.forget(connection.key)
        try:
            if connection.wire is not None:
                connection.wire.lost()
        except Exception:  # what a site raises while an unwanted answer is dropped
            if self._http.seldom("lost"):
                log.exception("An answer could not be given up")


def _leave(connection: StreamEndpoint, why: Why) -> None:
    if connection.wire is None:
        connection.end()
    elif not connection.ended:
        connection.wire.leave(why)
