"""The sockets that a thread waits for, and a way to end its wait from any other thread."""

from __future__ import annotations

import contextlib
import selectors
import socket
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
Owner = TypeVar("Owner")


class Selection(Generic[Owner]):
    """Sockets with their owners. All but `wake` is for the thread that waits."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._inner, self._outer = socket.socketpair()
        for sock in (self._inner, self._outer):
            sock.setblocking(False)
        self._selector.register(self._inner, READ)
        self._watched: dict[socket.socket, int] = {}

    def watch(self, sock: socket.socket, events: int, owner: Owner) -> None:
        """Wait for these events of a socket from now on; 0: for none."""
        before = self._watched.pop(sock, 0)
        if events:
            self._watched[sock] = events
        if events == before:
            return
        if not before:
            self._selector.register(sock, events, owner)
        elif events:
            self._selector.modify(sock, events, owner)
        else:
            self._selector.unregister(sock)

    def wait(self, at_most_s: float) -> Iterator[tuple[Owner, int]]:
        """Owners of the sockets that something has happened to, and what."""
        for key, events in self._selector.select(at_most_s):
            if key.fileobj is self._inner:
                with contextlib.suppress(OSError):
                    self._inner.recv(4096)
            elif key.fileobj in self._watched:  # else it was given up since
                yield key.data, events

    def wake(self) -> None:
        """End the wait; from any thread."""
        with contextlib.suppress(OSError):
            self._outer.send(b"x")

    def close(self) -> None:
        """Wait for nothing any more. The sockets stay open."""
        self._selector.close()
        self._inner.close()
        self._outer.close()
