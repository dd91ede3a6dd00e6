"""Listening stream sockets: accept a few at a time, and wait where the process has no more descriptors."""

from __future__ import annotations

import errno
import logging
from typing import TYPE_CHECKING

from soundkin_osc.carriers.selection import READ

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator, Sequence

    from soundkin_osc.carriers.seldom import Seldom

log = logging.getLogger(__name__)

AT_ONCE = 64
"""Connections that are accepted before those that are there are served."""
PAUSE_S = 1.0
"""How long nothing is accepted after the process, or the system, had no more room for a connection."""
_BACKLOG = 128
_NO_ROOM = frozenset(
    getattr(errno, name)
    for name in ("EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "WSAEMFILE", "WSAENOBUFS")
    if hasattr(errno, name)
)


class Listeners:
    """For the thread that waits for them. `watch`: has the thread wait for an event of a socket, or for none."""

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        watch: Callable[[socket.socket, int], None],
        seldom: Seldom,
    ) -> None:
        self._sockets = sockets
        self._watch = watch
        self._seldom = seldom
        self._paused_until_s: float | None = None

    def start(self) -> None:
        """Begin to listen."""
        for listener in self._sockets:
            listener.setblocking(False)
            listener.listen(_BACKLOG)
        self._wait_for(READ)

    def accepted(self, listener: socket.socket, now_s: float) -> Iterator[tuple[socket.socket, str]]:
        """New connections with the peer's host, up to `AT_ONCE`."""
        for _ in range(AT_ONCE):
            try:
                sock, address = listener.accept()
            except OSError as error:
                if error.errno in _NO_ROOM:
                    self._pause(error, now_s)
                return
            yield sock, str(address[0])

    def tend(self, now_s: float) -> None:
        """Accept again where it has waited for long enough."""
        if self._paused_until_s is not None and now_s >= self._paused_until_s:
            self._paused_until_s = None
            self._wait_for(READ)

    def stop(self) -> None:
        """Accept nothing more."""
        self._paused_until_s = None
        self._wait_for(0)

    def close(self) -> None:
        """Give the port back."""
        for listener in self._sockets:
            listener.close()

    def _pause(self, error: OSError, now_s: float) -> None:
        self._paused_until_s = now_s + PAUSE_S
        self._wait_for(0)
        if self._seldom("no room to accept"):
            log.warning("new connections wait: %s", error.strerror or error)

    def _wait_for(self, events: int) -> None:
        for listener in self._sockets:
            self._watch(listener, events)
