"""WebSocket as RFC 6455 has it: the handshake, messages in parts, pings, and a close code for each way to end.

Frames are made by hand or by websocket-client, which shares no code with the daemon.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Iterator

import pytest
import websocket

from fakes_service import FakeService, library
from osc_peer import Daemon, Peer, serving
from osc_streams import WebSocketPeer
from soundkin_osc.protocol.codec import Message, decode, encode

PING = encode(Message("/soundkin/ping", (1,)))
PONG = Message("/soundkin/pong", (1,))


@pytest.fixture
def service() -> FakeService:
    return library(100)


def handshake(port: int, *more: str, line: str = "GET / HTTP/1.1", version: str = "13") -> bytes:
    """The daemon's answer to a handshake, up to the end of its head."""
    headers = [
        f"Host: 127.0.0.1:{port}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        f"Sec-WebSocket-Version: {version}",
    ]
    kept = [header for header in headers if not any(m.split(":")[0] == header.split(":")[0] for m in more)]
    with socket.create_connection(("127.0.0.1", port), 5) as sock:
        sock.sendall("\r\n".join([line, *kept, *(m for m in more if not m.endswith(":")), "", ""]).encode())
        answer = b""
        while b"\r\n\r\n" not in answer and (part := sock.recv(4096)):
            answer += part
    return answer


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def test_the_handshake_is_that_of_the_rfc(daemon: Daemon) -> None:
    answer = handshake(daemon.port)
    assert status(answer) == 101
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in answer


def test_compression_and_subprotocols_are_offered_in_vain(daemon: Daemon) -> None:
    offer = (
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
        "Sec-WebSocket-Protocol: osc, json",
    )
    answer = handshake(daemon.port, *offer).lower()
    assert status(answer) == 101
    assert b"sec-websocket-extensions" not in answer
    assert b"sec-websocket-protocol" not in answer


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        (("Sec-WebSocket-Key:",), 400),
        (("Sec-WebSocket-Key: c2hvcnQ=",), 400),
        (("Sec-WebSocket-Key: not base64 at all!",), 400),
        (("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), 400),
        (("Connection: keep-alive",), 400),
        (("Upgrade: websocket, h2c",), 400),
        (("Sec-WebSocket-Version: 8",), 426),
        (("Sec-WebSocket-Version:",), 426),
        (("Origin: https://friend.example", "Origin: https://evil.example"), 403),
    ],
)
def test_a_handshake_that_is_none_is_refused(daemon: Daemon, changed: tuple[str, ...], wanted: int) -> None:
    answer = handshake(daemon.port, *changed)
    assert status(answer) == wanted, answer
    assert (b"Sec-WebSocket-Version: 13" in answer) == (wanted == 426)


@pytest.mark.parametrize(
    ("line", "wanted"), [("GET / HTTP/1.0", 400), ("POST / HTTP/1.1", 405), ("HEAD / HTTP/1.1", 400)]
)
def test_only_get_over_http_1_1_becomes_a_websocket(daemon: Daemon, line: str, wanted: int) -> None:
    assert status(handshake(daemon.port, line=line)) == wanted


def test_frames_that_come_with_the_handshake_are_not_lost(daemon: Daemon) -> None:
    with WebSocketPeer(daemon.port, first=bytes([0x82, 0x80 | len(PING), 0, 0, 0, 0]) + PING) as peer:
        assert peer.status == 101
        assert peer.receive() == PONG


def test_pings_are_answered_in_turn_with_what_they_carried(daemon: Daemon) -> None:
    with WebSocketPeer(daemon.port) as peer:
        for word in (b"", b"hi", bytes(range(125))):
            peer.frame(9, word)
        peer.frame(10, b"nobody asked")
        peer.raw(PING)
        assert peer.receive() == PONG
        assert peer.client.texts == [b"\x0a", b"\x0ahi", b"\x0a" + bytes(range(125))]


def test_a_message_in_parts_is_put_together_around_a_ping(daemon: Daemon) -> None:
    with WebSocketPeer(daemon.port) as peer:
        peer.frame(2, PING[:5], final=False)
        peer.frame(9, b"between")
        peer.frame(0, b"", final=False)
        peer.frame(0, PING[5:9], final=False)
        peer.frame(0, PING[9:])
        assert peer.receive() == PONG
        assert peer.client.texts == [b"\x0abetween"]


def test_a_text_in_parts_may_be_cut_within_a_character(daemon: Daemon) -> None:
    with WebSocketPeer(daemon.port) as peer, Peer(daemon.port) as other:
        text = '{"COMMAND":"LISTEN", "DATA":"/soundkin/sel/name", "NOTE":"é€😀"}'.encode()
        peer.frame(1, text[:-5], final=False)
        for byte in text[-5:]:
            peer.frame(0, bytes([byte]), final=False)
        peer.frame(0)
        assert peer.receive() == Message("/soundkin/sel/name", ("",))
        other.send("/soundkin/sel/id", 5)
        assert peer.receive() == Message("/soundkin/sel/name", ("kick 0005.wav",))


def test_one_byte_at_a_time_is_understood(daemon: Daemon) -> None:
    with WebSocketPeer(daemon.port) as peer:
        for byte in peer.client.wrap(PING):
            peer.socket.sendall(bytes([byte]))
        assert peer.receive() == PONG


@pytest.mark.parametrize("code", [1000, 1001, 1003, 1007, 1008, 1011, 3000, 4999])
def test_a_goodbye_is_returned_with_its_code(daemon: Daemon, code: int) -> None:
    with WebSocketPeer(daemon.port) as peer:
        peer.frame(8, struct.pack(">H", code) + "adiós".encode())
        goodbye = peer.goodbye()
        assert goodbye is not None
        assert goodbye[0] == code


def test_a_goodbye_without_a_code_is_returned_without_one(daemon: Daemon) -> None:
    with WebSocketPeer(daemon.port) as peer:
        peer.frame(8)
        assert peer.goodbye() == (0, "")


def test_what_was_asked_before_a_goodbye_is_answered(daemon: Daemon) -> None:
    with WebSocketPeer(daemon.port) as peer:
        peer.socket.sendall(peer.client.wrap(PING) + peer.client.wrap(b"\x03\xe8", 8) + peer.client.wrap(PING))
        assert peer.receive() == PONG
        goodbye = peer.goodbye()
        assert goodbye == (1000, "")
        assert peer.ready == []


JUNK = {
    "not masked": (b"\x82\x04abcd", 1002),
    "first reserved bit": (b"\xc2\x80\0\0\0\0", 1002),
    "second reserved bit": (b"\xa2\x80\0\0\0\0", 1002),
    "third reserved bit": (b"\x92\x80\0\0\0\0", 1002),
    "compressed": (b"\xc1\x85\0\0\0\0hello", 1002),
    "data opcode that is reserved": (b"\x83\x80\0\0\0\0", 1002),
    "control opcode that is reserved": (b"\x8b\x80\0\0\0\0", 1002),
    "continues nothing": (b"\x80\x80\0\0\0\0", 1002),
    "message inside a message": (b"\x02\x80\0\0\0\0\x82\x80\0\0\0\0", 1002),
    "ping in parts": (b"\x09\x80\0\0\0\0", 1002),
    "close in parts": (b"\x08\x80\0\0\0\0", 1002),
    "ping of 126 bytes": (b"\x89\xfe\x00\x7e\0\0\0\0" + bytes(126), 1002),
    "close of one byte": (b"\x88\x81\0\0\0\0\x03", 1002),
    "close with a code that is not for the wire": (b"\x88\x82\0\0\0\0\x03\xed", 1002),
    "close with a code below 1000": (b"\x88\x82\0\0\0\0\x03\xe7", 1002),
    "close with a code that nobody may use": (b"\x88\x82\0\0\0\0\x07\xd0", 1002),
    "close with a reason that is no text": (b"\x88\x84\0\0\0\0\x03\xe8\xc3\x28", 1007),
    "text that is not UTF-8": (b"\x81\x82\0\0\0\0\xc3\x28", 1007),
    "text that ends within a character": (b"\x81\x81\0\0\0\0\xc3", 1007),
    "text with half a surrogate pair": (b"\x81\x83\0\0\0\0\xed\xa0\x80", 1007),
    "text beyond Unicode": (b"\x81\x84\0\0\0\0\xf4\x90\x80\x80", 1007),
    "binary that is no OSC": (b"\x82\x85\0\0\0\0hello", 1003),
    "binary that is empty": (b"\x82\x80\0\0\0\0", 1003),
    "frame of 65,508 bytes": (b"\x82\xff\0\0\0\0\0\0\xff\xe4", 1009),
    "frame of eight exabytes": (b"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff", 1009),
}


@pytest.mark.parametrize("junk", JUNK, ids=str)
def test_what_is_not_allowed_ends_the_connection_with_its_code(daemon: Daemon, junk: str) -> None:
    data, code = JUNK[junk]
    with WebSocketPeer(daemon.port) as peer:
        peer.socket.sendall(data)
        goodbye = peer.goodbye()
        assert goodbye is not None
        assert goodbye[0] == code, goodbye
        assert goodbye[1]
        assert len(goodbye[1].encode()) <= 123
    with WebSocketPeer(daemon.port) as later:
        later.raw(PING)
        assert later.receive() == PONG


def test_a_message_may_have_65_507_bytes_in_all_and_no_more(daemon: Daemon) -> None:
    command = b'{"COMMAND":"LISTEN","DATA":"/soundkin/sel/name"}'
    with WebSocketPeer(daemon.port) as peer:
        peer.frame(1, command + b" " * (65_507 - len(command)))
        assert peer.receive() == Message("/soundkin/sel/name", ("",))
        peer.frame(1, b" " * 65_507, final=False)
        peer.frame(0, b" ")
        goodbye = peer.goodbye()
        assert goodbye is not None
        assert goodbye[0] == 1009


def test_nothing_is_answered_after_an_end(daemon: Daemon) -> None:
    with WebSocketPeer(daemon.port) as peer:
        peer.socket.sendall(b"\x83\x80\0\0\0\0" + peer.client.wrap(PING) * 100)
        peer.goodbye()
        assert peer.ready == []
        assert [text[0] for text in peer.client.texts] == [8]


def test_a_daemon_that_stops_says_that_it_goes_away(service: FakeService) -> None:
    with contextlib.ExitStack() as stack:
        with serving(service) as daemon:
            peers = [stack.enter_context(WebSocketPeer(daemon.port)) for _ in range(5)]
            for peer in peers:
                peer.raw(PING)
                assert peer.receive() == PONG
        for peer in peers:
            assert peer.goodbye() == (1001, "the daemon stops")


@contextlib.contextmanager
def client(port: int) -> Iterator[websocket.WebSocket]:
    """websocket-client, connected."""
    with socket.create_connection(("127.0.0.1", port), 5) as sock:
        yield websocket.create_connection(f"ws://127.0.0.1:{port}/", socket=sock, suppress_origin=True)


def received(peer: websocket.WebSocket) -> tuple[int, bytes]:
    opcode, data = peer.recv_data(control_frame=True)
    return opcode, bytes(data)


def test_another_implementation_asks_listens_pings_and_leaves(daemon: Daemon) -> None:
    with client(daemon.port) as peer:
        peer.send_binary(encode(Message("/soundkin/find/id", (7, 50, 2))))
        found = [decode(received(peer)[1])[0] for _ in range(3)]
        assert [message.address for message in found] == ["/soundkin/result", "/soundkin/result", "/soundkin/done"]
        peer.send('{"COMMAND":"LISTEN","DATA":"/soundkin/nav/fader"}')
        assert decode(received(peer)[1])[0].address == "/soundkin/nav/fader"
        peer.ping(b"there?")
        assert received(peer) == (websocket.ABNF.OPCODE_PONG, b"there?")
        peer.send_close(1000, b"that was all")
        opcode, data = received(peer)
        assert (opcode, data[:2]) == (websocket.ABNF.OPCODE_CLOSE, b"\x03\xe8")


def test_another_implementation_is_told_why_it_was_closed(daemon: Daemon) -> None:
    with client(daemon.port) as peer:
        peer.send_binary(b"this is no OSC")
        assert received(peer) == (websocket.ABNF.OPCODE_CLOSE, b"\x03\xeb" + b"what came is no OSC packet")


def test_a_thousand_frames_of_nothing_cost_nobody_anything(daemon: Daemon) -> None:
    with WebSocketPeer(daemon.port) as peer, Peer(daemon.port) as other:
        peer.frame(2, b"", final=False)
        for _ in range(20):
            peer.socket.sendall(b"\x00\x80\0\0\0\0" * 1000)
            began = time.monotonic()
            other.send("/soundkin/ping", 5)
            other.receive()
            assert time.monotonic() - began < 2
        peer.frame(0, PING)
        assert peer.receive() == PONG
