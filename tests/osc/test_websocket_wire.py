"""A WebSocket connection without a socket: what counts as heard, what commands do, and the words of each end."""

from __future__ import annotations

import json

import pytest

from soundkin_osc.carriers.site import HttpRequest, Refused
from soundkin_osc.carriers.websocket import accepted
from soundkin_osc.carriers.wire import Why
from wire_line import FakeLine

HANDSHAKE = (
    ("host", "localhost"),
    ("connection", "Upgrade"),
    ("upgrade", "websocket"),
    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("sec-websocket-version", "13"),
)
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
NAME = "/soundkin/sel/name"


@pytest.fixture
def line() -> FakeLine:
    line = FakeLine()
    line.wire, _ = accepted(HttpRequest("GET", "/", "", HANDSHAKE), line)
    return line


def frame(opcode: int, data: bytes = b"", *, final: bool = True) -> bytes:
    """A frame of a client, masked with noughts; up to 125 bytes."""
    return bytes([opcode | 0x80 * final, 0x80 | len(data), 0, 0, 0, 0]) + data


def command(**table: object) -> bytes:
    return frame(TEXT, json.dumps(table).encode())


def goodbye(line: FakeLine) -> tuple[int, str]:
    """Code and reason of the close frame that is all that was written."""
    assert line.ended
    assert line.written[0] == 0x88
    assert line.written[1] == len(line.written) - 2
    return int.from_bytes(line.written[2:4], "big"), line.written[4:].decode()


def test_the_answer_to_a_handshake_switches_protocols() -> None:
    _, headers = accepted(HttpRequest("GET", "/", "", HANDSHAKE), FakeLine())
    told = {name.lower(): value for name, value in headers}
    assert told["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert (told["upgrade"], told["connection"]) == ("websocket", "Upgrade")


@pytest.mark.parametrize(
    ("method", "without", "status"),
    [("GET", "sec-websocket-version", 426), ("GET", "sec-websocket-key", 400), ("POST", "", 400)],
)
def test_what_is_no_handshake_is_refused(method: str, without: str, status: int) -> None:
    headers = tuple(header for header in HANDSHAKE if header[0] != without)
    with pytest.raises(Refused) as refused:
        accepted(HttpRequest(method, "/", "", headers), FakeLine())
    assert refused.value.response.status == status
    assert (("Sec-WebSocket-Version", "13") in refused.value.response.headers) is (status == 426)


def test_a_packet_goes_as_one_binary_message(line: FakeLine) -> None:
    assert line.wire is not None
    assert line.wire.wrap(b"/a") == b"\x82\x02/a"
    assert line.wire.wrap(bytes(300)) == b"\x82\x7e\x01\x2c" + bytes(300)
    assert line.wire.hungry


def test_pings_pongs_and_texts_count_as_heard_and_halves_of_messages_do_not(line: FakeLine) -> None:
    for data, heard in (
        (frame(PING, b"a"), 1),
        (frame(PONG), 2),
        (frame(TEXT, b"no command"), 3),
        (frame(BINARY, b"/", final=False), 3),
        (frame(0, b"a", final=False), 3),
    ):
        line.feed(data)
        assert line.heard_count == heard
    line.feed(frame(0, b"bc"))
    assert line.packets == [b"/abc"]
    assert line.written == b"\x8a\x01a"
    assert not line.ended


def test_parts_belong_to_the_message_that_was_begun(line: FakeLine) -> None:
    line.feed(frame(TEXT, b"{", final=False) + frame(0, b"}"))
    line.feed(frame(BINARY, b"/a", final=False) + frame(0, b"b") + frame(BINARY, b"/c"))
    assert line.packets == [b"/ab", b"/c"]
    assert line.heard_count == 1


def test_pings_are_answered_in_their_order_and_a_goodbye_after_them(line: FakeLine) -> None:
    line.feed(frame(PING, b"1") + frame(PING, b"2") + frame(CLOSE, b"\x03\xe8"))
    assert line.written == b"\x8a\x011\x8a\x012\x88\x02\x03\xe8"
    assert line.ended


def test_listen_and_ignore_are_handed_on_for_addresses_that_can_be_listened_to(line: FakeLine) -> None:
    line.feed(command(COMMAND="LISTEN", DATA=NAME) + command(COMMAND="IGNORE", DATA=NAME))
    assert line.listens == [(NAME, True), (NAME, False)]


@pytest.mark.parametrize(
    "data",
    [
        command(COMMAND="LISTEN", DATA="/nowhere"),
        command(COMMAND="LISTEN", DATA=[NAME]),
        command(COMMAND="PATH_CHANGED", DATA=NAME),
        command(COMMAND="LISTEN"),
        command(DATA=NAME),
        frame(TEXT, b"[]"),
        frame(TEXT, b"7"),
        frame(TEXT, b"{"),
        frame(TEXT),
    ],
)
def test_any_other_text_is_passed_over(line: FakeLine, data: bytes) -> None:
    line.feed(data)
    assert (line.listens, line.written, line.ended, line.heard_count) == ([], b"", False, 1)


def test_text_nested_without_end_is_passed_over_too(line: FakeLine) -> None:
    for _ in range(1_000):
        line.feed(frame(TEXT if _ == 0 else 0, b"[" * 60, final=_ == 999))
    assert (line.listens, line.ended, line.heard_count) == ([], False, 1)


def test_text_that_is_no_utf8_ends_the_connection_with_its_own_code(line: FakeLine) -> None:
    line.feed(frame(TEXT, b"\xc3(") + frame(BINARY, b"/a"))
    assert goodbye(line)[0] == 1007
    assert line.packets == []


def test_what_comes_behind_an_end_is_passed_over_and_a_goodbye_is_said_once(line: FakeLine) -> None:
    line.feed(frame(TEXT, b"\xc3(") + command(COMMAND="LISTEN", DATA=NAME) + frame(CLOSE, b"\x03\xe8"))
    assert goodbye(line) == (1000, "")
    assert (line.listens, line.packets) == ([], [])


@pytest.mark.parametrize(
    ("why", "code", "reason"),
    [
        (Why.NOT_OSC, 1003, "what came is no OSC packet"),
        (Why.SILENT, 1001, "nothing was said for too long"),
        (Why.NO_TOKEN, 1008, "the token was not shown in time"),
        (Why.CROWDED, 1008, "others need the room"),
        (Why.STOPPING, 1001, "the daemon stops"),
    ],
)
def test_each_end_has_its_code_and_its_words(line: FakeLine, why: Why, code: int, reason: str) -> None:
    assert line.wire is not None
    line.wire.leave(why)
    assert goodbye(line) == (code, reason)


def test_a_connection_that_ends_without_a_goodbye_is_cut(line: FakeLine) -> None:
    assert line.wire is not None
    line.wire.half_closed()
    assert line.was_cut
    line.wire.refill()
    line.wire.lost()
    assert line.written == b""


@pytest.mark.parametrize(("size", "code"), [(65_507, 0), (65_508, 1009)])
def test_a_message_has_65507_bytes_at_most(line: FakeLine, size: int, code: int) -> None:
    line.feed(b"\x82\xff" + size.to_bytes(8, "big") + bytes(4) + b"/" * size)
    assert [len(packet) for packet in line.packets] == ([] if code else [size])
    assert not code or goodbye(line)[0] == code
