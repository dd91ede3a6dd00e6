"""From HTTP to a WebSocket: who may, what is answered, and what came with the handshake."""

from __future__ import annotations

import pytest

from site_line import at_once, wired
from soundkin_osc.carriers.websocket import WebSocketWire
from wire_line import FakeLine

PING, PONG = b"\x89\x82\0\0\0\0hi", b"\x8a\x02hi"


def handshake(*more: str, version: str = "1.1", upgrade: str = "websocket") -> bytes:
    head = [
        f"GET / HTTP/{version}",
        "Host: localhost",
        "Connection: Upgrade",
        f"Upgrade: {upgrade}",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        *more,
    ]
    return "\r\n".join([*head, "", ""]).encode()


def asked(data: bytes) -> FakeLine:
    line, site = wired(at_once)
    line.feed(data)
    assert site.requests == []
    return line


def status(line: FakeLine) -> int:
    return int(line.written.split(b" ", 2)[1])


@pytest.mark.parametrize("upgrade", ["websocket", "WebSocket"])
def test_the_protocol_is_switched_and_frames_that_came_with_the_handshake_are_read(upgrade: str) -> None:
    line = asked(handshake(upgrade=upgrade) + PING)
    assert isinstance(line.wire, WebSocketWire)
    head, _, rest = line.written.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    assert b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head
    assert rest == PONG
    line.feed(PING)
    assert line.written.endswith(PONG + PONG)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (("Origin: http://localhost:27400",), True),
        (("Origin: http://evil.example",), False),
        (("Origin: http://localhost:27400", "Origin: http://evil.example"), False),
        (("Origin: null",), False),
        (("Origin:",), False),
        (("X-Origin: http://evil.example",), True),
    ],
)
def test_a_page_of_others_may_not(origin: tuple[str, ...], allowed: bool) -> None:
    line = asked(handshake(*origin))
    assert status(line) == (101 if allowed else 403)
    assert line.ended is not allowed


def test_an_old_http_has_no_way_to_switch() -> None:
    line = asked(handshake(version="1.0"))
    assert status(line) == 400
    assert line.written.endswith(b"WebSocket needs HTTP/1.1")


def test_another_protocol_is_offered_in_vain() -> None:
    line, site = wired(at_once)
    line.feed(handshake(upgrade="h2c"))
    assert status(line) == 200
    assert len(site.requests) == 1
