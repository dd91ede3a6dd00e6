"""The UDP carrier: one plain thread a socket, one queue a source, each in turn."""

from __future__ import annotations

import contextlib
import errno
import logging
import select
import socket
import threading
import time
from typing import TYPE_CHECKING

from soundkin.config import is_loopback
from soundkin_osc.carriers.arrivals import Arrivals
from soundkin_osc.carriers.floods import Floods
from soundkin_osc.carriers.reception import Reception, reception
from soundkin_osc.carriers.socket_filter import drop_from
from soundkin_osc.carriers.udp_endpoint import UdpEndpoint
from soundkin_osc.protocol.limits import AMPLIFICATION

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

    from soundkin_osc.carriers.neighbours import Neighbours
    from soundkin_osc.dispatch import Dispatcher
    from soundkin_osc.peers.access import Access
    from soundkin_osc.peers.sessions import Sessions
    from soundkin_osc.protocol.codec import Message

log = logging.getLogger(__name__)

_SLICE_S = 0.0003
"""How long datagrams are answered before those that came meanwhile are taken from the system, whose room is small.

As long as taking them took, where that is longer: a flood that cannot be told apart costs half of the time.
"""
_TURN_S = 0.0005
"""How long a datagram of many messages is worked on until it is the others' turn."""
_KNOWN = 1_024


class UdpCarrier:
    """Receives on one socket and hands each datagram to the dispatcher."""

    def __init__(
        self,
        sock: socket.socket,
        dispatcher: Dispatcher,
        sessions: Sessions,
        *,
        access: Access,
        neighbours: Neighbours,
    ) -> None:
        self._socket = sock
        self._receive: Reception = reception(sock)
        self._access = access
        self._neighbours = neighbours
        self._dispatcher = dispatcher
        self._sessions = sessions
        self._thread = threading.Thread(target=self._run, name="osc-udp", daemon=True)
        self._stopping = False
        self._arrivals: Arrivals[Iterator[Message]] = Arrivals()
        self._floods = Floods()
        self._hosts: dict[str, bool | None] = {}
        self._serves_until_s = 0.0
        self._waker, self._wakened = socket.socketpair()

    def controller(self, host: str, port: int) -> UdpEndpoint:
        """An endpoint that the settings name: pushed to without ever having asked."""
        return self._endpoint((host, port))

    def start(self) -> None:
        """Begin to receive."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """End the thread and close the socket."""
        self._stopping = True
        with contextlib.suppress(OSError):
            self._waker.send(b"x")
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        for sock in (self._socket, self._waker, self._wakened):
            sock.close()

    def _run(self) -> None:
        """Take what the system holds, answer for a moment, and again."""
        while not self._stopping:
            try:
                if not self._arrivals:
                    select.select([self._socket, self._wakened], (), (), self._floods.rest_s(time.monotonic()))
                    self._answer_first()
                self._collect()
            except (OSError, ValueError):  # a socket that is closed is no number of select's any more
                break
            except Exception:  # the thread must outlive anything
                log.exception("what came could not be sorted")
            while self._arrivals and time.perf_counter() < self._serves_until_s:
                self._serve()
        if not self._stopping:
            log.error("the OSC socket failed; no longer listening")

    def _answer_first(self) -> None:
        """At rest, answer the datagram that ended the wait before more are taken from the system."""
        try:
            first = self._receive.one()
        except OSError as error:
            if not _passing(error):
                raise
            return
        if first is not None and (source := self._admitted(*first, time.monotonic())) is not None:
            self._work(source, first[1], first[0])

    def _collect(self) -> None:
        """Put what the system holds where it belongs. What is not to be looked at takes no room."""
        began_s = time.perf_counter()
        try:
            found = self._receive()
        except OSError as error:
            if not _passing(error):
                raise
            found = []
        now = time.monotonic()
        refused: dict[Hashable, int] = {}
        for packet, address in found:
            source = self._admitted(packet, address, now)
            if source is not None:
                self._arrivals.put(source, packet, address)
            else:
                refused[address[0]] = refused.get(address[0], 0) + 1
        refused.update(self._arrivals.dropped())
        if (refused or self._floods) and self._floods.note(refused, now):
            drop_from(self._socket, self._floods.shut)
        now_s = time.perf_counter()
        self._serves_until_s = now_s + max(_SLICE_S, now_s - began_s)

    def _admitted(self, packet: bytes, address: tuple[str, int], now_s: float) -> Hashable | None:
        """Whom a datagram is charged to; None where it is not looked at."""
        is_local = self._is_local(address[0])
        if is_local:
            return address
        if is_local is None or not self._neighbours.enter(address, len(packet), now_s):
            return None
        return address[0]

    def _is_local(self, host: str) -> bool | None:
        """Whether an address is this machine's loopback; None where it is not listened to."""
        try:
            return self._hosts[host]
        except KeyError:
            if len(self._hosts) >= _KNOWN:
                self._hosts.clear()
            self._hosts[host] = is_loopback(host) or (False if self._access.admits(host) else None)
            return self._hosts[host]

    def _serve(self) -> None:
        """One source's turn."""
        self._work(*self._arrivals.take())

    def _work(self, source: Hashable, address: tuple[str, int], work: bytes | Iterator[Message]) -> None:
        """Run a datagram, or what is left of it, or as many of its messages as there is time for."""
        try:
            endpoint = self._endpoint(address, len(work) if isinstance(work, bytes) else 0)
            messages = iter(self._dispatcher.understood(work, endpoint) or ()) if isinstance(work, bytes) else work
            ends_s = time.perf_counter() + _TURN_S
            for message in messages:
                self._dispatcher.message(message, endpoint)
                if time.perf_counter() > ends_s:
                    self._arrivals.later(source, address, messages)
                    return
        except Exception:  # the thread must outlive anything
            log.exception("a packet from %s could not be handled", address)

    def _endpoint(self, address: tuple[str, int], size: int = 0) -> UdpEndpoint:
        session = self._sessions.of(("udp", *address))
        if self._is_local(address[0]):
            return UdpEndpoint(self._socket, address, session)
        return UdpEndpoint(
            self._socket,
            address,
            session,
            neighbours=self._neighbours,
            sees_paths=self._access.shows_paths,
            own=AMPLIFICATION * size,
        )


def _passing(error: OSError) -> bool:
    """Errors that say something of one datagram and not of the socket (Windows reports closed peers this way)."""
    codes = {errno.ECONNRESET, errno.ECONNREFUSED, errno.EMSGSIZE, errno.EINTR, errno.ENOBUFS, errno.ENETRESET}
    return isinstance(error, ConnectionError) or error.errno in codes or getattr(error, "winerror", 0) == 10040
