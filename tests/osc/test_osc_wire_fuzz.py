"""Any bytes at all over HTTP and WebSocket: no exception gets out, memory is bounded, the next client is served."""

from __future__ import annotations

import logging
import re
import socket
import struct
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fakes_service import library
from osc_peer import Daemon, Peer, serving
from osc_streams import WebSocketPeer, get
from soundkin_osc.carriers.guard import Guard
from soundkin_osc.carriers.http import HttpWire
from soundkin_osc.carriers.oscquery_site import OscQuerySite
from soundkin_osc.carriers.seldom import Seldom
from soundkin_osc.carriers.site import HttpRules
from soundkin_osc.peers.tokens import TokenGate
from soundkin_osc.protocol.codec import Message, encode
from wire_line import FakeLine

TOKENS = TokenGate("", lambda: 0.0)
RULES = HttpRules(OscQuerySite(lambda: 27400, dict), Guard((), lambda: 27400), Seldom(lambda: 0.0), TOKENS)
HELD = 40_000
"""Bytes of input that a connection may hold on to: a head and what was read with it."""
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
PING = encode(Message("/soundkin/ping", (1,)))

METHODS = st.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "CONNECT", "X"])
ODD = st.text(st.characters(max_codepoint=255), max_size=12)
TARGETS = st.sampled_from(["/", "/soundkin/go", "//[", "http://[", "http://localhost/", "*", "/%zz", "/?VALUE"]) | ODD
NAMES = st.sampled_from(
    ["host", "content-length", "transfer-encoding", "connection", "upgrade", "expect", "origin", "sec-websocket-key"]
)
VALUES = st.sampled_from(["localhost", "evil", "3", "chunked", "close", "websocket", "100-continue", "Upgrade"]) | ODD
HEADERS = st.lists(st.tuples(NAMES | ODD, VALUES), max_size=6)
ENDS = st.sampled_from(["\r\n"] * 9 + ["\n", "\r", ""])


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Something like a request."""
    end, version = draw(ENDS), draw(st.sampled_from(["HTTP/1.1"] * 5 + ["HTTP/1.0", "HTTP/2.0", "HTTP", ""]))
    lines = [f"{draw(METHODS)} {draw(TARGETS)} {version}"]
    lines += ["Host: localhost"] if draw(st.booleans()) else []
    lines += [f"{name}: {value}" for name, value in draw(HEADERS)]
    return (end.join([*lines, "", ""])).encode("latin-1") + draw(
        st.binary(max_size=20) | st.just(b"3\r\nabc\r\n0\r\n\r\n")
    )


@st.composite
def frames(draw: st.DrawFn) -> bytes:
    """Something like a frame from a client."""
    first = draw(st.sampled_from([0x82, 0x81, 0x02, 0x01, 0x00, 0x80, 0x88, 0x89, 0x8A]) | st.integers(0, 255))
    body = draw(st.just(PING) | st.binary(max_size=130) | st.just(b'{"COMMAND":"LISTEN","DATA":"/soundkin/page"}'))
    size = draw(st.just(len(body)) | st.integers(0, 2**63))
    masked = 0x80 if draw(st.integers(0, 9)) else 0
    if size < 126:
        head = bytes([first, masked | size])
    elif size < 65_536:
        head = struct.pack(">BBH", first, masked | 126, size)
    else:
        head = struct.pack(">BBQ", first, masked | 127, size)
    return head + bytes(4) + body


def steps(data: bytes, step: int) -> Iterator[bytes]:
    return (data[at : at + step] for at in range(0, len(data), step))


def held(line: FakeLine) -> int:
    """Bytes that the connection's protocol keeps."""
    wire = line.wire
    assert wire is not None
    if isinstance(wire, HttpWire):
        return len(wire._h11.trailing_data[0]) + len(wire._body)
    return len(wire._protocol.reader.buffer) + len(wire._parts)  # type: ignore[attr-defined]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(requests() | st.binary(max_size=60), max_size=5).map(b"".join), st.sampled_from([1, 5, 16_384]))
@example(b"GET /" + b"a" * 30_000, 16_384)
@example(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"A: b\r\n" * 9_000, 16_384)
def test_any_bytes_as_http(data: bytes, step: int) -> None:
    line = FakeLine()
    line.wire = HttpWire(RULES, line)
    for part in steps(data, step):
        if not line.ended and line.wire.hungry:
            line.feed(part)
        assert held(line) <= HELD
    line.wire.half_closed()
    line.refilled()
    assert line.ended
    for answer in re.split(rb"(?=HTTP/1\.1 \d\d\d )", line.written)[1:]:
        assert b"\r\n\r\n" in answer


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(frames() | st.binary(max_size=60), max_size=8).map(b"".join), st.sampled_from([1, 5, 16_384]))
@example(b"\x02\x80\0\0\0\0" + b"\x00\xfe\xff\xff\0\0\0\0" + b"x" * 65_535, 16_384)
@example(b"\x01\xfe\x7d\0\0\0\0\0" + bytes(32_000) + b"\x00\xfe\x7d\0\0\0\0\0" + bytes(32_000), 16_384)
def test_any_bytes_as_websocket(data: bytes, step: int) -> None:
    line = FakeLine()
    line.wire = HttpWire(RULES, line)
    line.feed(UPGRADE)
    for part in steps(data, step):
        if not line.ended:
            line.feed(part)
        assert held(line) <= HELD + 2 * 65_507
    line.wire.half_closed()
    assert line.ended


@pytest.fixture(scope="module")
def shared() -> Iterator[Daemon]:
    with serving(library(50)) as daemon:
        yield daemon


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    st.lists(requests() | frames() | st.binary(max_size=99) | st.just(UPGRADE), max_size=6).map(b"".join),
    st.booleans(),
)
def test_whatever_is_sent_to_the_daemon_the_next_client_is_served(
    shared: Daemon, caplog: pytest.LogCaptureFixture, data: bytes, upgraded: bool
) -> None:
    caplog.set_level(logging.INFO)
    with socket.create_connection(("127.0.0.1", shared.port), 5) as sock:
        sock.sendall((UPGRADE if upgraded else b"") + data)
    with WebSocketPeer(shared.port) as peer, Peer(shared.port) as other:
        peer.raw(PING)
        assert peer.receive() == Message("/soundkin/pong", (1,))
        other.send("/soundkin/ping", 1)
        assert other.receive() == [Message("/soundkin/pong", (1,))]
    assert get(shared.port, "/?HOST_INFO")[0] == 200
    assert not [record for record in caplog.records if record.exc_info]
