"""How long each step of an HTTP request is waited for, and what is said to who took longer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from site_line import at_once, request, wired
from soundkin_osc.carriers.site import Exchange, HttpRequest, HttpResponse
from soundkin_osc.carriers.wire import Why
from wire_line import FakeLine


def later(_: HttpRequest, __: Exchange) -> None:
    """No answer yet."""


def leave(line: FakeLine, why: Why) -> bytes:
    """What was written when the connection was given up; it has ended then."""
    line.written = b""
    assert line.wire is not None
    line.wire.leave(why)
    assert line.ended
    return line.written


def test_a_head_has_ten_seconds_from_its_first_byte_however_it_trickles_in() -> None:
    line, _ = wired(later)
    assert line.waits == [10.0]
    for byte in b"GET / HTT":
        line.feed(bytes([byte]))
    assert line.waits == [10.0, 10.0]


def test_a_body_has_a_minute_from_the_end_of_the_head_and_the_answer_five() -> None:
    line, _ = wired(later, body_limit=10)
    line.feed(request("/ask", "POST", "Content-Length: 2\r\n"))
    assert line.waits[2:] == [60.0]
    line.feed(b"o")
    assert line.waits[2:] == [60.0]
    line.feed(b"k")
    assert line.waits[2:] == [60.0, 300.0]


def test_after_an_answer_two_seconds_are_waited_for_the_next_request_and_ten_where_it_has_begun() -> None:
    line, _ = wired(at_once)
    line.feed(request())
    assert line.waits[-1] == 2.0
    line.feed(request() + b"GE")
    assert line.waits[-1] == 10.0
    line.feed(b"T")
    assert line.waits.count(2.0) == 1


def test_each_piece_that_goes_gives_the_peer_five_minutes_for_the_next() -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(3):
            line.waits.clear()
            yield b"x"

    line, _ = wired(lambda _, exchange: exchange.answer(HttpResponse(200, pieces())))
    line.feed(request(headers="Connection: close\r\n"))
    assert line.waits == [300.0]


def test_a_connection_that_asked_nothing_is_left_without_a_word() -> None:
    for why in (Why.SILENT, Why.STOPPING):
        assert leave(wired(later)[0], why) == b""
        line, _ = wired(at_once)
        line.feed(request())
        assert leave(line, why) == b""


@pytest.mark.parametrize(("why", "status"), [(Why.SILENT, b"408"), (Why.STOPPING, b"503"), (Why.CROWDED, b"503")])
@pytest.mark.parametrize("begun", [b"G", request("/ask", "POST", "Content-Length: 2\r\n") + b"o"])
def test_who_has_asked_half_is_told_why_it_is_left(begun: bytes, why: Why, status: bytes) -> None:
    line, _ = wired(later, body_limit=10)
    line.feed(begun)
    told = leave(line, why)
    assert told.startswith(b"HTTP/1.1 %s " % status)
    assert told.endswith(b"\r\n\r\n" + why.value.encode())


def test_who_waited_in_vain_for_an_answer_did_nothing_wrong() -> None:
    line, _ = wired(later)
    line.feed(request())
    assert leave(line, Why.SILENT).startswith(b"HTTP/1.1 503 ")


def test_an_answer_that_was_begun_is_broken_off() -> None:
    line, _ = wired(lambda _, exchange: exchange.answer(HttpResponse(200, iter([b"one", b"two"]))))
    line.has_room = False
    line.feed(request())
    assert line.written.startswith(b"HTTP/1.1 200 ")
    assert leave(line, Why.SILENT) == b""
    assert line.was_cut
