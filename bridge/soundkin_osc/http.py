"""HTTP for OSCQuery: reads one GET, guards against web pages of others, answers, or turns into a WebSocket.

Names a Host or Origin that is not ours: refused, so that no page on the internet can drive a local daemon.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

from soundkin_osc import oscquery, websocket
from soundkin_osc.codec import PacketError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from soundkin_osc.access import Access
    from soundkin_osc.oscquery import Values

log = logging.getLogger(__name__)

MAX_HEAD = 8_192
_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self' ws:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
_REASONS = {
    101: "Switching Protocols",
    200: "OK",
    204: "No Content",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
}


@dataclass(frozen=True, slots=True)
class Site:
    """What HTTP connections share."""

    access: Access
    port: Callable[[], int]
    values: Callable[[], Values]
    """Current feedback by address."""


class Connection(Protocol):
    """What HTTP and WebSocket need of a connection."""

    local_host: str
    """Address of ours that the peer connected to."""

    def write(self, data: bytes) -> None: ...
    def finish(self) -> None:
        """Close once everything is written."""
        ...

    def listen(self, path: str, on: bool) -> None: ...
    def become(self, wire: Wire) -> None:
        """Speak another protocol from now on."""
        ...


class Wire(Protocol):
    """How a connection speaks."""

    def feed(self, data: bytes) -> list[bytes]:
        """OSC packets that are complete now; may answer by itself. Raises `PacketError`: close the connection."""
        ...

    def wrap(self, packet: bytes) -> bytes:
        """An OSC packet as it goes to the peer."""
        ...


class HttpWire:
    """One HTTP request."""

    def __init__(self, site: Site, connection: Connection) -> None:
        self._site = site
        self._connection = connection
        self._head = bytearray()

    def wrap(self, packet: bytes) -> bytes:
        """Nothing: OSC is not pushed over plain HTTP."""
        del packet
        return b""

    def feed(self, data: bytes) -> list[bytes]:
        """Collect the head, then answer it."""
        self._head += data
        end = self._head.find(b"\r\n\r\n")
        if end < 0:
            if len(self._head) > MAX_HEAD:
                raise PacketError(f"HTTP head longer than {MAX_HEAD} bytes")
            return []
        rest = bytes(self._head[end + 4 :])
        method, target, headers = _parsed(bytes(self._head[:end]))
        if not self._is_ours(headers.get("host", "")):
            self._respond(403, text="this Host is not ours")
        elif method != "GET":
            self._respond(405, text="only GET")
        elif headers.get("upgrade", "").lower() == "websocket":
            self._upgrade(headers, rest)
        elif target == "/" and "text/html" in headers.get("accept", ""):
            self._page()
        else:
            self._get(target)
        return []

    def _page(self) -> None:
        """A controller for browsers; it lives by the same WebSocket as everyone."""
        body = Path(__file__).with_name("page.html").read_bytes()
        self._write(200, "text/html; charset=utf-8", body, f"Content-Security-Policy: {_POLICY}\r\n")

    def _get(self, target: str) -> None:
        parts = urlsplit(target)
        status, table = oscquery.answer(unquote(parts.path), parts.query, self._site.port(), self._site.values())
        self._respond(status, table)

    def _upgrade(self, headers: Mapping[str, str], rest: bytes) -> None:
        origin = headers.get("origin")
        if origin is not None and not self._is_own_page(origin):
            self._respond(403, text="this Origin is not allowed; see osc.origins")
            return
        key = headers.get("sec-websocket-key", "")
        if not key or headers.get("sec-websocket-version") != "13":
            self._respond(400, text="WebSocket version 13 is spoken here")
            return
        head = (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {websocket.accept_key(key)}\r\n\r\n"
        )
        self._connection.write(head.encode("latin-1"))
        self._connection.become(WebSocketWire(self._connection))
        del rest  # a client may not send frames before it has read the answer

    def _respond(self, status: int, table: object = None, text: str = "") -> None:
        body = json.dumps(table).encode() if table is not None else text.encode()
        self._write(status, "application/json" if table is not None else "text/plain; charset=utf-8", body)

    def _write(self, status: int, kind: str, body: bytes, more: str = "") -> None:
        head = (
            f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
            "Connection: close\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
            f"X-Frame-Options: DENY\r\n{more}\r\n"
        )
        self._connection.write(head.encode("latin-1") + (b"" if status == 204 else body))
        self._connection.finish()

    def _is_ours(self, host: str) -> bool:
        name, port = _host_and_port(host)
        names = {"localhost", "127.0.0.1", "[::1]", self._connection.local_host, f"[{self._connection.local_host}]"}
        return name in names and port in ("", str(self._site.port()))

    def _is_own_page(self, origin: str) -> bool:
        if origin in self._site.access.origins:
            return True
        scheme, _, host = origin.partition("://")
        return scheme == "http" and self._is_ours(host) and _host_and_port(host)[1] == str(self._site.port())


class WebSocketWire:
    """OSC in binary frames, OSCQuery commands in text frames."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._frames = websocket.Frames()

    def wrap(self, packet: bytes) -> bytes:
        """One binary frame."""
        return websocket.wrap(websocket.BINARY, packet)

    def feed(self, data: bytes) -> list[bytes]:
        """Packets of binary frames; the rest is done here."""
        packets: list[bytes] = []
        for frame in self._frames.feed(data):
            if frame.opcode == websocket.BINARY:
                packets.append(frame.data)
            elif frame.opcode == websocket.TEXT:
                self._command(frame.data)
            elif frame.opcode == websocket.PING:
                self._connection.write(websocket.wrap(websocket.PONG, frame.data))
            elif frame.opcode == websocket.CLOSE:
                self._connection.write(websocket.wrap(websocket.CLOSE, frame.data[:2]))
                self._connection.finish()
        return packets

    def _command(self, data: bytes) -> None:
        try:
            table = json.loads(data)
            command, path = table["COMMAND"], table["DATA"]
        except (ValueError, KeyError, TypeError, RecursionError):
            log.debug("a text frame that is no OSCQuery command")
            return
        if command in ("LISTEN", "IGNORE") and isinstance(path, str) and oscquery.listens_to(path):
            self._connection.listen(path, command == "LISTEN")


def _parsed(head: bytes) -> tuple[str, str, dict[str, str]]:
    """Method, target and headers by lower-case name. Raises `PacketError`."""
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise PacketError("not an HTTP/1 request")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return words[0], words[1], headers


def _host_and_port(host: str) -> tuple[str, str]:
    name, _, port = host.rpartition(":") if not host.endswith("]") else (host, "", "")
    return (name, port) if name else (host, "")
