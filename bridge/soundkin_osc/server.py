"""The OSC server: puts dispatcher, handlers and carriers together and owns their start and stop."""

from __future__ import annotations

import contextlib
import logging
import socket
import time
from typing import TYPE_CHECKING

from soundkin.config import controller_address, is_loopback
from soundkin_osc.carriers.guard import Guard
from soundkin_osc.carriers.mailbox import Mailbox
from soundkin_osc.carriers.mdns import Mdns
from soundkin_osc.carriers.neighbours import Neighbours
from soundkin_osc.carriers.oscquery_site import OscQuerySite
from soundkin_osc.carriers.ports import PortBusyError, bind, bind_beside
from soundkin_osc.carriers.seldom import Seldom
from soundkin_osc.carriers.site import HttpRules
from soundkin_osc.carriers.stream import StreamCarrier
from soundkin_osc.carriers.udp import UdpCarrier
from soundkin_osc.cursor.cursors import Cursors
from soundkin_osc.dispatch import Dispatcher
from soundkin_osc.handlers.cursor import CursorHandlers
from soundkin_osc.handlers.library import LibraryHandlers
from soundkin_osc.handlers.maps import MapHandlers
from soundkin_osc.handlers.questions import QuestionHandlers
from soundkin_osc.handlers.session import SessionHandlers
from soundkin_osc.handlers.whole import WholeHandlers
from soundkin_osc.jobs import Jobs
from soundkin_osc.peers.access import Access
from soundkin_osc.peers.heartbeat import Heartbeat
from soundkin_osc.peers.sessions import Sessions
from soundkin_osc.peers.subscriptions import Subscriptions
from soundkin_osc.peers.tokens import TokenGate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from soundkin.config import OscSettings
    from soundkin.interfaces import Service
    from soundkin_osc.peers.endpoint import Endpoint
    from soundkin_osc.protocol.codec import Message

log = logging.getLogger(__name__)

_STOP_S = 0.2
_FREE_PORT_TRIES = 20


class OscServer:
    """Answers OSC for a service. `quit` is called, on some thread, when a client asks the daemon to end.

    `mailbox`: folder of the file mailbox; None for none.
    """

    def __init__(
        self,
        service: Service,
        settings: OscSettings,
        quit: Callable[[], None],  # noqa: A002
        mailbox: Path | None = None,
    ) -> None:
        self._settings = settings
        self._access = Access(settings)
        self._jobs = Jobs()
        self._sessions = Sessions()
        self._subscriptions = Subscriptions(self._sessions, time.monotonic)
        tokens = TokenGate(settings.token, time.monotonic)
        cursors = Cursors(service, self._subscriptions)
        groups = (
            SessionHandlers(
                service,
                self._sessions,
                subscriptions=self._subscriptions,
                cursors=cursors,
                access=self._access,
                tokens=tokens,
                port=lambda: self.port,
                run=self._run,
            ),
            QuestionHandlers(service, self._jobs, cursors.question),
            WholeHandlers(service),
            CursorHandlers(service, self._sessions, cursors),
            MapHandlers(),
            LibraryHandlers(service, quit),
        )
        routes = {path: handler for group in groups for path, handler in group.routes().items()}
        self.addresses = frozenset(routes)
        self._dispatcher = Dispatcher(routes, self._jobs, self._subscriptions.renew)
        self._heartbeat = Heartbeat(self._subscriptions)
        self._values = cursors.shown
        site = OscQuerySite(lambda: self.port, self._values)
        guard = Guard(self._access.origins, lambda: self.port)
        self._http = HttpRules(site, guard, Seldom(time.monotonic), tokens)
        self._carriers: list[UdpCarrier | StreamCarrier | Mailbox | Mdns] = []
        self.mailbox = Mailbox(mailbox, self._dispatcher) if mailbox is not None else None
        self._port = 0

    @property
    def port(self) -> int:
        """The UDP port that is bound; 0 before `start`."""
        return self._port

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that a person should read."""
        return (self.mailbox.note,) if self.mailbox is not None and self.mailbox.note else ()

    @property
    def host(self) -> str:
        """Where programs on this machine reach it: they count as local only over loopback."""
        host = self._settings.host
        return "::1" if host in ("::", "::1") else host if is_loopback(host) and host != "localhost" else "127.0.0.1"

    def start(self) -> None:
        """Bind and begin to answer. Raises `PortBusyError` naming the port."""
        datagram, stream = self._bind()
        self._port = datagram[0].getsockname()[1]
        own = bind_beside(datagram[0], self.host) if self._settings.host in ("0.0.0.0", "::") else None
        if own is not None:
            datagram.append(own)
        neighbours = Neighbours(map(controller_address, self._settings.controllers))
        udp = [
            UdpCarrier(sock, self._dispatcher, self._sessions, access=self._access, neighbours=neighbours)
            for sock in datagram
        ]
        tcp = StreamCarrier(
            stream,
            self._dispatcher,
            self._http,
            access=self._access,
            values=self._values,
            subscriptions=self._subscriptions,
            jobs=self._jobs,
        )
        self._carriers = [*udp, tcp]
        if self.mailbox is not None:
            self._carriers.append(self.mailbox)
        if self._settings.lan:
            self._carriers.append(Mdns(self._port))
        self._jobs.start()
        for carrier in self._carriers:
            carrier.start()
        for controller in self._settings.controllers:
            host, port = controller_address(controller)
            self._subscriptions.pin(udp[0].controller(host, port))
        self._heartbeat.start()
        log.info("OSC on %s port %d", self._settings.host, self._port)

    def warm(self) -> None:
        """Import what the first question of a kind would: once descriptors have run out, nothing can be imported."""
        import soundkin_osc.protocol.query_shape  # noqa: F401

    def _bind(self) -> tuple[list[socket.socket], list[socket.socket]]:
        """Datagram and stream sockets on one port number, whole or not at all."""
        for _ in range(_FREE_PORT_TRIES):
            found: tuple[list[socket.socket], list[socket.socket]] = ([], [])
            try:
                port = self._settings.port
                for kind, sockets in zip((socket.SOCK_DGRAM, socket.SOCK_STREAM), found, strict=True):
                    for host in self._hosts():
                        self._bind_one(sockets, host, port, kind)
                        port = sockets[0].getsockname()[1]
            except PortBusyError:
                for sock in (*found[0], *found[1]):
                    sock.close()
                if self._settings.port:
                    raise
                continue  # port 0: the number that is free for UDP was taken for TCP
            return found
        raise PortBusyError("no port is free for UDP and TCP at once")

    def _bind_one(self, sockets: list[socket.socket], host: str, port: int, kind: socket.SocketKind) -> None:
        try:
            sockets.append(bind(host, port, kind))
        except PortBusyError as error:
            if host != "::1":
                raise
            log.debug("not listening on IPv6: %s", error)

    def _hosts(self) -> list[str]:
        """Addresses to bind: as set, and always this machine's own, which clients find as "localhost"."""
        host = self._settings.host
        if host in ("127.0.0.1", "localhost"):
            return ["127.0.0.1", "::1"]
        if host in ("0.0.0.0", "::", "::1") or is_loopback(host):
            return [host]
        return [host, "127.0.0.1"]

    def _run(self, message: Message, endpoint: Endpoint) -> None:
        self._dispatcher.message(message, endpoint)

    def stop(self) -> None:
        """Stop answering, within half a second."""
        self._heartbeat.stop(_STOP_S / 2)
        for carrier in self._carriers:
            with contextlib.suppress(OSError):
                carrier.stop(_STOP_S / 2)
        self._carriers = []
        self._jobs.stop(_STOP_S)
