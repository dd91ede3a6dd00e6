"""UDP that loses datagrams: a relay between a client and the daemon."""

from __future__ import annotations

import socket
import threading


class LossyRelay:
    """Passes datagrams on in both ways and drops chosen ones of the answers."""

    def __init__(self, port: int, drop: set[int]) -> None:
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.bind(("127.0.0.1", 0))
        self.back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.back.connect(("127.0.0.1", port))
        self.drop = drop
        self.count = 0
        self.peer: tuple[str, int] | None = None
        self.threads = [threading.Thread(target=run, daemon=True) for run in (self._forth, self._back)]
        for thread in self.threads:
            thread.start()

    def _forth(self) -> None:
        while True:
            data, self.peer = self.front.recvfrom(65_535)
            if not data:
                return
            self.back.send(data)

    def _back(self) -> None:
        while True:
            data = self.back.recv(65_535)
            self.count += 1
            if data == b"/stop\0\0\0,\0\0\0":
                return
            if self.count - 1 not in self.drop and self.peer:
                self.front.sendto(data, self.peer)


def stop(relay: LossyRelay) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
        waker.sendto(b"", relay.front.getsockname())
    relay.threads[0].join(5)
