"""Peers that the daemon takes for other machines: they use an address of this machine that is not loopback."""

from __future__ import annotations

import json
import socket
from typing import Any, Self

from osc_streams import Frames, StreamPeer, WebSocketPeer
from soundkin_osc.protocol.codec import Message, decode, encode

TOKEN = "correct horse battery"


def own_address() -> str | None:
    """An address of this machine that is not loopback: packets from it count as another machine's."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect(("192.0.2.1", 9))
        except OSError:
            return None
        host = str(sock.getsockname()[0])
    return None if host.startswith("127.") or host == "0.0.0.0" else host


class Neighbour:
    """A datagram peer on another machine, as the daemon sees it."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.socket.connect((host, port))
        self.socket.settimeout(5)
        self.heard = b""
        """All that was received."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, address: str, *args: Any) -> int:
        return self.socket.send(encode(Message(address, args)))

    def received(self, for_s: float = 0.25) -> list[bytes]:
        self.socket.settimeout(for_s)
        found = []
        try:
            while True:
                found.append(self.socket.recv(65_535))
                self.heard += found[-1]
        except TimeoutError:
            return found

    def answers(self) -> list[Message]:
        return [message for packet in self.received() for message in decode(packet)]

    def confirmed(self) -> Self:
        self.send("/soundkin/hello", "a phone with a long enough name to get a cookie back at all", 1)
        cookie = next(m.args[0] for m in self.answers() if m.address == "/soundkin/cookie")
        assert isinstance(cookie, int)
        self.send("/soundkin/confirm", cookie)
        assert self.received()
        return self

    def earn(self) -> None:
        """Send so much that answers are no longer held back."""
        for _ in range(6):
            self.socket.send(bytes(60_000))

    def settled(self) -> list[Message]:
        """What was sent because of everything asked before."""
        rid, found = 424242, []
        self.send("/soundkin/report", rid)
        self.socket.settimeout(5)
        while True:
            packet = self.socket.recv(65_535)
            self.heard += packet
            for message in decode(packet):
                if not message.args or message.args[0] != rid:
                    found.append(message)
                elif message.address in ("/soundkin/done", "/soundkin/error"):
                    return found


class FarStream(StreamPeer):
    """A connection from another machine, as the daemon sees it."""

    def __init__(self, host: str, port: int, frames: Frames | None = None) -> None:
        self.heard = b""
        super().__init__(port, frames, host=host)

    def packets(self, data: bytes) -> list[bytes]:
        self.heard += data
        return super().packets(data)

    def settled(self) -> list[Message]:
        """What was sent because of everything asked before."""
        rid, found = 424242, []
        self.send("/soundkin/report", rid)
        while True:
            message = self.receive()
            if not message.args or message.args[0] != rid:
                found.append(message)
            elif message.address in ("/soundkin/done", "/soundkin/error"):
                return found


class FarWeb(FarStream, WebSocketPeer):
    """The same by WebSocket."""

    def __init__(self, host: str, port: int, headers: str = "") -> None:
        self.heard = b""
        WebSocketPeer.__init__(self, port, headers, host=host)


def far_get(host: str, port: int, path: str, headers: str = "") -> tuple[int, Any, str]:
    """HTTP status, JSON (or text) and head of a GET from another machine."""
    with socket.create_connection((host, port), 10, source_address=(host, 0)) as sock:
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n{headers}\r\n".encode())
        answer = b""
        while part := sock.recv(65_536):
            answer += part
    head, _, body = answer.decode().partition("\r\n\r\n")
    is_json = "application/json" in head and body
    return int(head.split(" ", 2)[1]), json.loads(body) if is_json else body, head
