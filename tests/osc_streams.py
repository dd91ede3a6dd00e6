"""Peers for every carrier of the bridge, with one way to ask, so that one list of scenarios runs over all of them."""

from __future__ import annotations

import base64
import json
import os
import socket
import struct
import time
from http.client import HTTPResponse
from pathlib import Path
from typing import Any, Protocol, Self

from osc_peer import Peer
from soundkin_osc.carriers.framing import SizeFrames, SlipFrames, size_framed, size_unframed
from soundkin_osc.protocol.codec import Message, decode, encode

ENDS = ("/soundkin/done", "/soundkin/error")


class Frames(Protocol):
    """How packets are cut from a stream and put into it."""

    def feed(self, data: bytes) -> list[bytes]: ...
    def wrap(self, packet: bytes) -> bytes: ...


class Asker(Protocol):
    """Sends one message, collects its answer."""

    def ask(self, address: str, *args: Any) -> list[Message]: ...
    def raw(self, packet: bytes) -> None:
        """Send bytes as one packet of the carrier."""
        ...

    def close(self) -> None: ...


class UdpAsker(Peer):
    def raw(self, packet: bytes) -> None:
        self.socket.send(packet)

    def close(self) -> None:
        self.socket.close()


class StreamPeer:
    """TCP with either framing."""

    def __init__(
        self, port: int, frames: Frames | None = None, timeout_s: float = 10.0, host: str = "127.0.0.1"
    ) -> None:
        self.socket = socket.create_connection((host, port), timeout_s, source_address=(host, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.frames: Frames = frames or SlipFrames()
        self.ready: list[Message] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def raw(self, packet: bytes) -> None:
        self.socket.sendall(self.frames.wrap(packet))

    def send(self, address: str, *args: Any) -> None:
        self.raw(encode(Message(address, args)))

    def receive(self) -> Message:
        while not self.ready:
            data = self.socket.recv(65_536)
            if not data:
                raise ConnectionError("closed")
            self.ready += [m for packet in self.packets(data) for m in decode(packet)]
        return self.ready.pop(0)

    def packets(self, data: bytes) -> list[bytes]:
        return self.frames.feed(data)

    def until(self, *ends: str) -> list[Message]:
        found = [self.receive()]
        while found[-1].address not in ends:
            found.append(self.receive())
        return found

    def ask(self, address: str, *args: Any) -> list[Message]:
        self.send(address, *args)
        return self.until(*ENDS)

    def closed(self) -> bool:
        """Whether the daemon closes the connection soon, long before it does so for silence."""
        self.socket.settimeout(4)
        try:
            while self.socket.recv(65_536):
                pass
        except TimeoutError:
            return False
        except OSError:
            return True
        return True


def size_peer(port: int) -> StreamPeer:
    return StreamPeer(port, SizeFrames())


class ClientFrames:
    """The client's side of WebSocket, written separately from the server's so that both are tested."""

    def __init__(self) -> None:
        self.rest = b""
        self.texts: list[bytes] = []

    def wrap(self, packet: bytes, opcode: int = 2, final: bool = True) -> bytes:
        mask = os.urandom(4)
        body = bytes(byte ^ mask[at % 4] for at, byte in enumerate(packet))
        size = len(packet)
        head = bytes([(0x80 if final else 0) | opcode])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65_536:
            head += bytes([0x80 | 126]) + struct.pack(">H", size)
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", size)
        return head + mask + body

    def feed(self, data: bytes) -> list[bytes]:
        self.rest += data
        found: list[bytes] = []
        while len(self.rest) >= 2:
            size, pos = self.rest[1], 2
            if size == 126:
                size, pos = int.from_bytes(self.rest[2:4], "big"), 4
            elif size == 127:
                size, pos = int.from_bytes(self.rest[2:10], "big"), 10
            if len(self.rest) < pos + size:
                break
            opcode, body = self.rest[0] & 0x0F, self.rest[pos : pos + size]
            self.rest = self.rest[pos + size :]
            if opcode == 2:
                found.append(body)
            else:
                self.texts.append(bytes([opcode]) + body)
        return found


class WebSocketPeer(StreamPeer):
    """OSC over WebSocket."""

    def __init__(self, port: int, headers: str = "", first: bytes = b"", host: str = "127.0.0.1") -> None:
        """Handshake with further headers, and the bytes that are sent without waiting for its answer."""
        self.client = ClientFrames()
        StreamPeer.__init__(self, port, self.client, host=host)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET / HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{headers}\r\n".encode()
            + first
        )
        self.head = b""
        while b"\r\n\r\n" not in self.head:
            part = self.socket.recv(1)
            if not part:
                break
            self.head += part
        self.status = int(self.head.split(b" ", 2)[1])

    def frame(self, opcode: int, data: bytes = b"", final: bool = True) -> None:
        """Send one frame."""
        self.socket.sendall(self.client.wrap(data, opcode, final))

    def goodbye(self) -> tuple[int, str] | None:
        """Code and reason of the daemon's close frame (0 where it has none), read to the end; None without one."""
        self.socket.settimeout(5)
        try:
            while data := self.socket.recv(65_536):
                self.client.feed(data)
        except ConnectionResetError:
            pass
        closing = next((text[1:] for text in self.client.texts if text[0] == 8), None)
        return None if closing is None else (int.from_bytes(closing[:2], "big"), closing[2:].decode())

    def command(self, command: str, data: str) -> None:
        text = json.dumps({"COMMAND": command, "DATA": data}).encode()
        self.socket.sendall(self.client.wrap(text, opcode=1))


class MailPeer:
    """The file mailbox."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def close(self) -> None: ...

    def raw(self, packet: bytes) -> None:
        self.post(packet)

    def post(self, packet: bytes) -> str:
        name = os.urandom(8).hex()
        draft = self.folder / f"req-{name}.tmp"
        draft.write_bytes(size_framed([packet]))
        draft.rename(self.folder / f"req-{name}.osc")
        return name

    def ask(self, address: str, *args: Any) -> list[Message]:
        answer = self.folder / f"res-{self.post(encode(Message(address, args)))}.osc"
        deadline = time.monotonic() + 10
        while not answer.exists():
            assert time.monotonic() < deadline, "no answer"
            time.sleep(0.005)
        found = [m for packet in size_unframed(answer.read_bytes()) for m in decode(packet)]
        answer.unlink()
        return found


def get(port: int, path: str, headers: str = "", host: str | None = None) -> tuple[int, Any]:
    """HTTP status and JSON (or text) of a GET."""
    asked = f"GET {path} HTTP/1.1\r\nHost: {host or f'127.0.0.1:{port}'}\r\n{headers}\r\n"
    return http(port, asked.encode())


def http(port: int, request: bytes) -> tuple[int, Any]:
    """HTTP status and JSON (or text) of a request, read by the standard library's client."""
    with socket.create_connection(("127.0.0.1", port), 10) as sock:
        sock.sendall(request)
        response = HTTPResponse(sock, method=request.split(b" ", 1)[0].decode("latin-1"))
        response.begin()
        body = response.read()
    if response.getheader("Content-Type") == "application/json" and body:
        return response.status, json.loads(body)
    return response.status, body.decode()
