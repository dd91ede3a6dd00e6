"""What could be answered is: pings of any kind, buttons with a number too many, messages that cannot be read."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from fakes_service import FakeService, library
from osc_peer import Peer
from osc_streams import StreamPeer
from soundkin_osc.protocol.codec import Message, encode


@pytest.fixture
def service() -> FakeService:
    return library(40)


def padded(raw: bytes) -> bytes:
    return raw + bytes(4 - len(raw) % 4)


def packet(address: bytes, tags: bytes, data: bytes = b"") -> bytes:
    return padded(address) + padded(b"," + tags) + data


PINGS: list[tuple[bytes, bytes, tuple[Any, ...]]] = [
    (b"", b"", ()),
    (b"h", struct.pack(">q", 5), (5,)),
    (b"h", struct.pack(">q", -(2**40)), (str(-(2**40)),)),
    (b"d", struct.pack(">d", 0.5), (0.5,)),
    (b"d", struct.pack(">d", 1e300), ("1e+300",)),
    (b"t", struct.pack(">Q", 1), (1,)),
    (b"t", struct.pack(">Q", 2**63), (str(2**63),)),
    (b"r", struct.pack(">I", 0xFF00FF00), (str(0xFF00FF00),)),
    (b"m", b"\x00\x90\x3c\x40", (b"\x00\x90\x3c\x40",)),
    (b"b", struct.pack(">i", 3) + b"abc\0", (b"abc",)),
    (b"S", padded(b"sym"), ("sym",)),
    (b"c", struct.pack(">I", ord("x")), ("x",)),
    (b"TFNI", b"", (1, 0, "", 1)),
    (b"i[s[f]]i", struct.pack(">i", 1) + padded(b"a") + struct.pack(">fi", 0.5, 2), (1, "a", 0.5, 2)),
    (b"[]", b"", ()),
    (b"i" * 16, struct.pack(">16i", *range(16)), tuple(range(16))),
    (b"s", padded(b"file:x"), ("file:x",)),
    (b"s", padded(b"caf\xe9"), ("caf\\xe9",)),
]


@pytest.mark.parametrize(("tags", "data", "back"), PINGS)
def test_a_ping_is_answered_with_a_pong_whatever_it_carries(
    peer: Peer, tags: bytes, data: bytes, back: tuple[Any, ...]
) -> None:
    peer.socket.send(packet(b"/soundkin/ping", tags, data))
    assert peer.receive() == [Message("/soundkin/pong", back)]


@pytest.mark.parametrize("extra", [(1.0, 2.0), ("x", 1, 2.0), (1.0, "pressed", b"x")])
@pytest.mark.parametrize("name", ["status", "unsubscribe", "nav/next", "go", "stop"])
def test_a_button_passes_over_what_it_has_no_use_for(peer: Peer, name: str, extra: tuple[Any, ...]) -> None:
    first = extra if name in ("status", "unsubscribe") else (1.0, *extra[1:])
    peer.send(f"/soundkin/{name}", *first)
    heard = peer.settled()
    assert not [m for m in heard if m.address == "/soundkin/error" and "arguments" in str(m.args[3])]


def test_a_question_with_too_many_arguments_is_told_so(peer: Peer) -> None:
    (answer,) = peer.ask("/soundkin/info", 1, 2, 3)
    assert answer.args[1] == 1


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (packet(b"/soundkin/find/path", b"is", struct.pack(">i", 1) + b"/a\0x"), "zeros only"),
        (packet(b"/soundkin/find/path", b"is", struct.pack(">i", 1) + b"/abc"), "without an end"),
        (packet(b"/soundkin/find/id", b"ii", struct.pack(">i", 1)), "4 bytes wanted"),
        (packet(b"/soundkin/find/id", b"iQ", struct.pack(">i", 1)), "'Q' is unknown"),
        (packet(b"/soundkin/status", b"") + bytes(4), "left over"),
        (packet(b"/soundkin/nonsense", b"i"), "4 bytes wanted"),
        (padded(b"/soundkin/go") + padded(b"f"), "comma"),
    ],
)
def test_a_message_to_us_that_cannot_be_read_is_answered_with_the_reason(peer: Peer, raw: bytes, words: str) -> None:
    peer.socket.send(raw)
    (answer,) = peer.receive()
    assert answer.address == "/soundkin/error"
    assert answer.args[:3] == (0, 1, raw.partition(b"\0")[0].decode())
    assert words in str(answer.args[3])


@pytest.mark.parametrize(
    "raw",
    [
        packet(b"/soundkin/error", b"i"),
        packet(b"/soundkin/result", b"ssss"),
        packet(b"/accxyz", b"fff"),
        b"/soundkinder\0\0\0\0,x\0\0",
        b"/soundkin/" + bytes(range(0x80, 0xC0)),
    ],
)
def test_what_is_not_for_us_or_only_we_send_is_never_answered(peer: Peer, raw: bytes) -> None:
    peer.socket.send(raw)
    peer.send("/soundkin/ping", 77)
    assert peer.receive() == [Message("/soundkin/pong", (77,))]


def test_over_a_connection_the_reason_comes_before_its_end(daemon: Any) -> None:
    with StreamPeer(daemon.port) as peer:
        peer.socket.sendall(b"\xc0" + packet(b"/soundkin/find/id", b"ii", struct.pack(">i", 1)) + b"\xc0")
        heard = peer.receive()
        messages = heard if isinstance(heard, list) else [heard]
        assert [m.address for m in messages] == ["/soundkin/error"]
        assert encode(messages[0])
