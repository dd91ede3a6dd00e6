"""Test equipment for the bridge: a running server on a free port, and a peer that speaks raw datagrams to it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from soundkin.config import OscSettings
from soundkin_osc.carriers.connection import StreamEndpoint
from soundkin_osc.carriers.stream import StreamCarrier
from soundkin_osc.protocol.codec import Message, decode, encode
from soundkin_osc.server import OscServer

if TYPE_CHECKING:
    from soundkin.interfaces import Service


@contextmanager
def serving(service: Service, settings: OscSettings | None = None, mailbox: Path | None = None) -> Iterator[Daemon]:
    """A started server; stopped at the end."""
    daemon = Daemon(service, settings or OscSettings(port=0), mailbox)
    daemon.server.start()
    try:
        yield daemon
    finally:
        daemon.server.stop()


class Daemon:
    """A server and what it asked for."""

    def __init__(self, service: Service, settings: OscSettings, mailbox: Path | None = None) -> None:
        self.quit = threading.Event()
        self.server = OscServer(service, settings, self.quit.set, mailbox)

    @property
    def port(self) -> int:
        return self.server.port

    def connections(self) -> list[StreamEndpoint]:
        """What the stream carrier holds now."""
        return [
            c for carrier in self.server._carriers if isinstance(carrier, StreamCarrier) for c in carrier._connections
        ]


class Peer:
    """A client of nothing but a socket and the codec."""

    def __init__(self, port: int, timeout_s: float = 5.0) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", port))
        self.socket.settimeout(timeout_s)
        self.packets: list[bytes] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, address: str, *args: Any) -> None:
        self.socket.send(encode(Message(address, args)))

    def receive(self) -> list[Message]:
        packet = self.socket.recv(65_535)
        self.packets.append(packet)
        return decode(packet)

    def until(self, *ends: str) -> list[Message]:
        """Messages up to the first of an address in `ends`."""
        found: list[Message] = []
        while True:
            for message in self.receive():
                found.append(message)
                if message.address in ends:
                    return found

    def ask(self, address: str, *args: Any) -> list[Message]:
        """Send, and collect up to the done or error."""
        self.send(address, *args)
        return self.until("/soundkin/done", "/soundkin/error")

    def settled(self) -> list[Message]:
        """What was sent because of everything asked before, unless audio is read for it.

        The report comes from the first lane of workers, behind all that waits there.
        """
        rid = 424242
        self.send("/soundkin/report", rid)
        found: list[Message] = []
        while True:
            for message in self.receive():
                if not message.args or message.args[0] != rid:
                    found.append(message)
                elif message.address == "/soundkin/done":
                    return found

    def silent(self, for_s: float = 0.15) -> bool:
        """Whether nothing comes for a while."""
        before = self.socket.gettimeout()
        self.socket.settimeout(for_s)
        try:
            return not self.socket.recv(65_535)
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(before)
