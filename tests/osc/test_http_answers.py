"""What an HTTP answer is made of: status, headers that are always there, and its body in pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from site_line import at_once, body_of, request, wired
from soundkin_osc.carriers.site import Exchange, HttpRequest, HttpResponse, Refused


def answered(response: HttpResponse, method: str = "GET") -> tuple[str, dict[str, str], bytes]:
    """Status line, headers and body of an answer."""
    line, _ = wired(lambda _, exchange: exchange.answer(response))
    line.feed(request(method=method))
    head, _, body = line.written.partition(b"\r\n\r\n")
    status, *headers = head.decode().split("\r\n")
    return status, dict(header.split(": ", 1) for header in headers), body


ALWAYS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY"}


def test_an_answer_is_not_to_be_kept_nor_guessed_at_nor_framed() -> None:
    status, headers, body = answered(HttpResponse(200, b"here"))
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", headers.pop("Date"))
    assert (status, body) == ("HTTP/1.1 200 OK", b"here")
    assert headers == {**ALWAYS, "Content-Type": "text/plain; charset=utf-8", "Content-Length": "4"}


@pytest.mark.parametrize("name", ALWAYS)
def test_a_response_may_say_otherwise_of_each(name: str) -> None:
    _, headers, _ = answered(HttpResponse(200, b"", headers=((name.upper(), "else"),)))
    assert headers[name.upper()] == "else"
    assert name not in headers
    assert {other: headers[other] for other in ALWAYS if other != name} == {
        other: value for other, value in ALWAYS.items() if other != name
    }


@pytest.mark.parametrize(("status", "phrase"), [(204, "No Content"), (304, "Not Modified")])
def test_an_answer_without_a_body_says_nothing_of_one(status: int, phrase: str) -> None:
    line, headers, body = answered(HttpResponse(status, b"ignored"))
    assert (line, body) == (f"HTTP/1.1 {status} {phrase}", b"")
    assert headers.keys() == {"Date", *ALWAYS}


def test_the_head_alone_says_what_the_whole_would() -> None:
    _, headers, body = answered(HttpResponse(200, b"here", "audio/wav"), "HEAD")
    assert (headers["Content-Type"], headers["Content-Length"], body) == ("audio/wav", "4", b"")


def test_after_the_head_alone_the_next_answer_is_whole_again() -> None:
    line, _ = wired(at_once)
    line.feed(request(method="HEAD") + request())
    assert line.written.endswith(b"\r\n\r\nhere")
    assert line.written.count(b"here") == 1


@pytest.mark.parametrize(("size", "pieces"), [(0, 0), (1, 1), (65_536, 1), (65_537, 2), (131_072, 2), (131_073, 3)])
def test_a_body_goes_in_pieces_of_64_kib(size: int, pieces: int) -> None:
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    line, _ = wired(lambda _, exchange: exchange.answer(HttpResponse(200, body)))
    line.feed(request())
    assert body_of(line.written) == body
    assert line.waits.count(300.0) == 1 + pieces


def test_the_head_goes_with_the_first_piece_and_alone_where_there_is_no_room() -> None:
    line, _ = wired(at_once)
    line.has_room = False
    line.feed(request())
    assert line.written.endswith(b"\r\n\r\n")
    line.has_room = True
    line.refilled()
    assert line.written.endswith(b"\r\n\r\nhere")


def test_an_answer_to_a_request_whose_body_is_not_read_yet_ends_the_connection() -> None:
    def closing(_: HttpRequest, exchange: Exchange) -> None:
        exchange.answer(HttpResponse(200, b"last", headers=(("Connection", "close"),)))

    line, _ = wired(closing)
    line.feed(request() + request())
    assert line.written.count(b"HTTP/1.1 ") == 1
    assert line.ended


def test_pieces_are_given_back_once_the_answer_is_sent() -> None:
    class Pieces:
        def __init__(self) -> None:
            self.left, self.closed = [b"one", b"two"], 0

        def __iter__(self) -> Iterator[bytes]:
            return self

        def __next__(self) -> bytes:
            if not self.left:
                raise StopIteration
            return self.left.pop(0)

        def close(self) -> None:
            self.closed += 1

    for method, left in (("GET", []), ("HEAD", [b"one", b"two"])):
        pieces = Pieces()
        assert answered(HttpResponse(200, pieces), method)[0] == "HTTP/1.1 200 OK"
        assert (pieces.left, pieces.closed) == (left, 1)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_refusal_after_an_answer_has_its_body_whatever_that_had(method: str) -> None:
    line, _ = wired(at_once)
    line.feed(request(method=method) + b"HELLO\r\n\r\n")
    assert line.written.endswith(b"\r\n\r\nthis is no well-formed HTTP request")


def test_each_request_has_a_body_of_its_own() -> None:
    line, site = wired(at_once, body_limit=10)
    line.feed(
        request("/1", "POST", "Content-Length: 2\r\n", b"ab") + request("/2", "POST", "Content-Length: 1\r\n", b"c")
    )
    assert [asked.body for asked in site.requests] == [b"ab", b"c"]


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ("Content-Length: 2\r\n", True),
        ("Transfer-Encoding: chunked\r\n", True),
        ("Content-Length: 0\r\n", False),
        ("", False),
    ],
)
def test_who_asks_before_sending_a_body_is_told_to_go_on_where_there_is_one(headers: str, told: bool) -> None:
    line, _ = wired(at_once, body_limit=10)
    line.feed(request("/ask", "POST", headers + "Expect: 100-Continue\r\n"))
    assert line.written.startswith(b"HTTP/1.1 100 Continue\r\n\r\n") is told


@pytest.mark.parametrize(
    ("data", "status", "text"),
    [
        (b"GET /" + b"a" * 9_000, 414, b"the request line is too long"),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * 9_000, 431, b"expected at most 8192 bytes of headers"),
        (b"HELLO\r\n\r\n", 400, b"this is no well-formed HTTP request"),
    ],
)
def test_what_is_too_long_is_told_so(data: bytes, status: int, text: bytes) -> None:
    line, _ = wired(at_once)
    line.feed(data)
    assert line.written.startswith(b"HTTP/1.1 %d " % status)
    assert line.written.endswith(b"\r\n\r\n" + text)


def test_who_says_no_more_is_answered_and_then_left() -> None:
    for sent, status in ((b"", b""), (request(), b"HTTP/1.1 200 "), (b"GET / HTTP/1.1\r\nHos", b"HTTP/1.1 400 ")):
        line, _ = wired(at_once)
        if sent:
            line.feed(sent)
        assert not line.ended
        assert line.wire is not None
        line.wire.half_closed()
        assert line.ended
        assert line.written.startswith(status)
        assert bool(line.written) is bool(status)


def test_osc_is_not_pushed_over_plain_http() -> None:
    line, _ = wired(at_once)
    assert line.wire is not None
    assert line.wire.wrap(b"/soundkin/status") == b""


def test_a_refusal_is_whole_in_one_write_and_says_that_the_connection_closes() -> None:
    line, _ = wired(at_once)
    line.feed(request(headers="Expect: magic\r\n"))
    head, _, body = line.written.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 417 ")
    assert b"\r\nConnection: close" in head
    assert b"\r\nContent-Length: %d\r\n" % len(body) in head + b"\r\n"
    assert body == b"100-continue is all that can be expected"
    assert line.ended
    assert not line.was_cut


def test_what_a_site_refuses_by_itself_keeps_its_headers() -> None:
    def refuses(_: HttpRequest, __: Exchange) -> None:
        raise Refused(405, "only GET", (("Allow", "GET"),))

    line, _ = wired(refuses)
    line.feed(request())
    assert line.written.startswith(b"HTTP/1.1 405 ")
    assert b"\r\nAllow: GET\r\n" in line.written
