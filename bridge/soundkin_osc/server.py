"""The OSC server: puts dispatcher, handlers and carriers together and owns their start and stop."""

from __future__ import annotations

import contextlib
import logging
import time
from functools import partial
from typing import TYPE_CHECKING

from soundkin_osc.cursors import Cursors
from soundkin_osc.dispatch import Dispatcher
from soundkin_osc.feed import Feed
from soundkin_osc.handlers.cursor import CursorHandlers
from soundkin_osc.handlers.library import LibraryHandlers
from soundkin_osc.handlers.maps import MapHandlers
from soundkin_osc.handlers.questions import QuestionHandlers, check_paths
from soundkin_osc.handlers.session import SessionHandlers
from soundkin_osc.heart import Heart
from soundkin_osc.jobs import Jobs
from soundkin_osc.mailbox import Mailbox
from soundkin_osc.sessions import Sessions
from soundkin_osc.udp import PortBusyError, UdpCarrier, bind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from soundkin.config import OscSettings
    from soundkin_osc.door import Service

log = logging.getLogger(__name__)

_STOP_S = 0.2


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
        self._jobs = Jobs()
        self._sessions = Sessions()
        self._feed = Feed(self._sessions, time.monotonic)
        cursors = Cursors(service, self._feed, partial(check_paths, service))
        groups = (
            SessionHandlers(service, self._sessions, self._feed, cursors, lambda: self.port),
            QuestionHandlers(service, self._jobs, time.monotonic, cursors.question),
            CursorHandlers(service, self._sessions, cursors),
            MapHandlers(),
            LibraryHandlers(service, quit),
        )
        routes = {path: handler for group in groups for path, handler in group.routes().items()}
        self.addresses = frozenset(routes)
        self._dispatcher = Dispatcher(routes, self._jobs, self._feed.renew)
        self._heart = Heart(self._feed)
        self._carriers: list[UdpCarrier | Mailbox] = []
        self.mailbox = Mailbox(mailbox, self._dispatcher) if mailbox is not None else None
        self._port = 0

    @property
    def port(self) -> int:
        """The UDP port that is bound; 0 before `start`."""
        return self._port

    def start(self) -> None:
        """Bind and begin to answer. Raises `PortBusyError` naming the port."""
        host = self._settings.host
        sockets = [bind(host, self._settings.port)]
        self._port = sockets[0].getsockname()[1]
        if host == "127.0.0.1":  # clients resolve "localhost" to either
            try:
                sockets.append(bind("::1", self._port))
            except PortBusyError as error:
                log.debug("not listening on IPv6: %s", error)
        self._jobs.start()
        self._carriers = [UdpCarrier(sock, self._dispatcher, self._sessions) for sock in sockets]
        if self.mailbox is not None:
            self._carriers.append(self.mailbox)
        for carrier in self._carriers:
            carrier.start()
        self._heart.start()
        log.info("OSC on %s port %d", host, self._port)

    def stop(self) -> None:
        """Stop answering, within half a second."""
        self._heart.stop(_STOP_S / 2)
        for carrier in self._carriers:
            with contextlib.suppress(OSError):
                carrier.stop(_STOP_S / 2)
        self._carriers = []
        self._jobs.stop(_STOP_S)
