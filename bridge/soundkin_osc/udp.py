"""The UDP carrier: one plain thread a socket, one fair queue an endpoint. Alone in knowing datagram sockets."""

from __future__ import annotations

import contextlib
import errno
import logging
import select
import socket
import sys
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from soundkin.errors import SoundkinError
from soundkin_osc.access import is_loopback
from soundkin_osc.addresses import MAX_COUNT
from soundkin_osc.codec import MAX_PACKET, datagrams
from soundkin_osc.lan import Gate, Gates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from soundkin_osc.access import Access
    from soundkin_osc.dispatch import Dispatcher
    from soundkin_osc.sessions import Session, Sessions

log = logging.getLogger(__name__)

DATAGRAM = 1_232
"""Largest bundle: what fits into IPv6's smallest packet."""
BURST = 32
"""Datagrams in a row that a default receive buffer holds for sure."""
_PAUSE_S = 0.001
_RECEIVE_BUFFER = 1 << 20
_QUEUE, _QUEUED = 256, 1024
"""Datagrams that wait for their turn, of one endpoint and of all."""
_DRAIN = 64


class PortBusyError(SoundkinError):
    """The OSC port belongs to another program."""

    code = "port-busy"


class UdpEndpoint:
    """A peer that sends datagrams; one on another machine has a gate."""

    __slots__ = (
        "_gate",
        "_socket",
        "address",
        "admin",
        "key",
        "local",
        "max_count",
        "sees_paths",
        "session",
        "welcome",
    )

    def __init__(
        self,
        sock: socket.socket,
        address: tuple[str, int],
        session: Session,
        gate: Gate | None = None,
        sees_paths: bool = True,
    ) -> None:
        self._socket = sock
        self._gate = gate
        self.address = address
        self.session = session
        self.key: tuple[object, ...] = session.key
        self.local = self.admin = gate is None
        self.sees_paths = sees_paths
        self.welcome = True
        self.max_count = MAX_COUNT

    def at_port(self, port: int, session: Session) -> UdpEndpoint:
        """The same peer, and what it is allowed, at another port."""
        return UdpEndpoint(self._socket, (self.address[0], port), session, self._gate, self.sees_paths)

    def confirm(self) -> None:
        """The peer has shown that it reads what is sent to it."""
        if self._gate is not None:
            self._gate.confirmed = True

    def send(self, messages: Sequence[bytes]) -> None:
        """Pack into datagrams and send, pausing between bursts."""
        session = self.session
        address = (self.address[0], session.reply_port or self.address[1])
        for count, packet in enumerate(datagrams(messages, DATAGRAM, session.bundled)):
            if count and count % BURST == 0:
                time.sleep(_PAUSE_S)
            if self._gate is not None and not self._gate.leave(len(packet)):
                log.debug("%s has not confirmed its address: %d bytes held back", address, len(packet))
                return
            try:
                self._socket.sendto(packet, address)
            except BlockingIOError:  # the system's buffer is full: wait a moment, then give it up as lost
                time.sleep(_PAUSE_S)
                with contextlib.suppress(OSError):
                    self._socket.sendto(packet, address)
            except OSError as error:
                log.debug("cannot send to %s: %s", address, error)
                return


class UdpCarrier:
    """Receives on one socket and hands each datagram to the dispatcher."""

    def __init__(self, sock: socket.socket, dispatcher: Dispatcher, sessions: Sessions, access: Access) -> None:
        self._socket = sock
        self._access = access
        self._gates = Gates()
        self._dispatcher = dispatcher
        self._sessions = sessions
        self._thread = threading.Thread(target=self._receive, name="osc-udp", daemon=True)
        self._stopping = False
        self._queues: dict[tuple[str, int], deque[bytes]] = {}
        self._queued = 0

    def controller(self, host: str, port: int) -> UdpEndpoint:
        """An endpoint that the settings name: pushed to without ever having asked."""
        session = self._sessions.of(("udp", host, port))
        gate = None if is_loopback(host) else Gate(confirmed=True)
        return UdpEndpoint(self._socket, (host, port), session, gate, gate is None or self._access.shows_paths)

    def start(self) -> None:
        """Begin to receive."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Wake the thread with an empty datagram and close the socket."""
        self._stopping = True
        host, port = self._socket.getsockname()[:2]
        wake = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        with contextlib.suppress(OSError), socket.socket(self._socket.family, socket.SOCK_DGRAM) as knocker:
            knocker.sendto(b"", (wake, port))
        self._thread.join(timeout_s)
        self._socket.close()

    def _receive(self) -> None:
        """Serve the endpoints in turn, so that a flood from one of them delays and displaces only its own packets."""
        self._socket.setblocking(False)
        waiting = [self._socket]
        while not self._stopping:
            try:
                if not self._queues:
                    select.select(waiting, (), ())
                self._drain()
            except OSError as error:
                if self._stopping or not _passing(error):
                    break
                continue
            for address in list(self._queues):
                queue = self._queues[address]
                packet = queue.popleft()
                self._queued -= 1
                if not queue:
                    del self._queues[address]
                self._one(packet, address)
        if not self._stopping:
            log.error("the OSC socket failed; no longer listening")

    def _drain(self) -> None:
        """Sort what the system holds into a queue for each endpoint; full, it drops its oldest: the last counts."""
        receive, queues = self._socket.recvfrom, self._queues
        for _ in range(_DRAIN):
            try:
                packet, address = receive(MAX_PACKET + 1)
            except BlockingIOError:
                return
            address = address[:2]
            queue = queues.get(address)
            if queue is None:
                queue = queues[address] = deque()
            if len(queue) >= _QUEUE or (queue and self._queued >= _QUEUED):
                queue.popleft()
                queue.append(packet)
            elif self._queued < _QUEUED:
                queue.append(packet)
                self._queued += 1
            else:
                del queues[address]

    def _one(self, packet: bytes, address: tuple[str, int]) -> None:
        try:
            gate = None
            if not is_loopback(address[0]):
                gate = self._gate(address, len(packet))
                if gate is None:
                    return
            session = self._sessions.of(("udp", *address))
            sees_paths = gate is None or self._access.shows_paths
            self._dispatcher.handle(packet, UdpEndpoint(self._socket, address, session, gate, sees_paths))
        except Exception:  # the thread must outlive anything
            log.exception("a packet from %s could not be handled", address)

    def _gate(self, address: tuple[str, int], size: int) -> Gate | None:
        """The gate of a peer on another machine; None where its packet is not looked at."""
        if not self._access.admits(address[0]):
            return None
        now = time.monotonic()
        gate = self._gates.of(address, now)
        return gate if gate.enter(size, now) else None


def _passing(error: OSError) -> bool:
    """Errors that say something of one datagram and not of the socket (Windows reports closed peers this way)."""
    codes = {errno.ECONNRESET, errno.ECONNREFUSED, errno.EMSGSIZE, errno.EINTR, errno.ENOBUFS, errno.ENETRESET}
    return isinstance(error, ConnectionError) or error.errno in codes or getattr(error, "winerror", 0) == 10040


def bind(host: str, port: int, kind: socket.SocketKind = socket.SOCK_DGRAM) -> socket.socket:
    """A socket that owns its port. Raises `PortBusyError` naming the port and, where it can be told, its owner."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, kind)
    try:
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if sys.platform == "win32":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        elif kind == socket.SOCK_STREAM:  # only skips the wait after our own last run: never shares on POSIX
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE or getattr(error, "winerror", 0) in (10013, 10048):
            raise PortBusyError(
                f"port {port} on {host} is in use{_owner(port)}; set another one with --port"
            ) from error
        raise PortBusyError(f"cannot listen on {host} port {port}: {error.strerror or error}") from error
    return sock


def _owner(port: int) -> str:
    """The text " by NAME (pid N)" where the system tells, else nothing: any failure only shortens a message."""
    try:
        import psutil

        for connection in psutil.net_connections("inet"):
            if connection.laddr and connection.laddr.port == port and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except Exception as error:
        log.debug("cannot tell who owns port %d: %s", port, error)
    return ""
