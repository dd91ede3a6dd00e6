"""What a stream socket has still to send: written to from any thread, never blocking, bounded, and ended once.

Alone writes to stream sockets.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_BACKLOG = 1 << 20
"""Bytes that a slow reader may leave unread before it is given up."""


class Outgoing:
    """The way out of a socket. `wake` is called, on the writer's thread, when the carrier has to look again."""

    def __init__(self, sock: socket.socket, wake: Callable[[], None]) -> None:
        self._socket = sock
        self._wake = wake
        self._lock = threading.Lock()
        self._waiting = bytearray()
        self.ended = False
        """Whether nothing more is taken: what waits is sent, then the peer is told that this was all."""
        self.broken = False
        """Whether nothing more can be sent: the peer is gone, or reads too slowly."""
        self.too_slow = False
        self.sent = 0
        """Bytes that the system has taken."""

    def __len__(self) -> int:
        """Bytes that wait to be sent."""
        return len(self._waiting)

    def write(self, data: bytes) -> None:
        """Send now what goes, keep the rest. After the end it is dropped; a reader that leaves too much is given up."""
        with self._lock:
            if not self.ended and data:
                self._take(data)
            wakes = bool(self._waiting) or self.broken
        if wakes:
            self._wake()

    def end(self, last: bytes = b"") -> None:
        """Take these last bytes and nothing after them."""
        with self._lock:
            if self.ended:
                return
            self._take(last)
            self.ended = True
        self._wake()

    def cut(self) -> None:
        """Forget what waits and take nothing more."""
        with self._lock:
            self._break()
        self._wake()

    def flush(self) -> None:
        """Send what waits, as far as it goes."""
        with self._lock:
            del self._waiting[: self._sent(self._waiting)]

    def shut(self) -> None:
        """Tell the peer that nothing more comes."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)

    def _take(self, data: bytes) -> None:
        if not self._waiting:
            data = data[self._sent(data) :]
        self._waiting += data
        if len(self._waiting) > MAX_BACKLOG:
            self.too_slow = True
            self._break()

    def _sent(self, data: bytes | bytearray) -> int:
        """How many bytes the system took."""
        try:
            taken = self._socket.send(data) if data else 0
        except BlockingIOError:
            return 0
        except OSError:
            self._break()
            return len(data)
        self.sent += taken
        return taken

    def _break(self) -> None:
        self._waiting.clear()
        self.ended = self.broken = True
