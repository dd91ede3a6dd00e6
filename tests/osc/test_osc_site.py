"""The border between HTTP and what is served over it: bodies in, answers later or in pieces, faults of a site."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse, IncompleteRead

import pytest

from fakes_service import library
from osc_peer import Daemon, Peer, serving
from site_line import FakeSite, at_once, body_of, request, wired
from soundkin_osc.carriers.site import Exchange, HttpRequest, HttpResponse, Refused


def test_a_site_is_told_what_was_asked() -> None:
    line, site = wired(at_once)
    line.feed(request("/a%20b/%C3%A9?x=%20&y", headers="X-One: 1\r\nX-One: 2\r\nX-Two: ab\r\n"))
    (asked,) = site.requests
    assert (asked.method, asked.path, asked.query) == ("GET", "/a b/é", "x=%20&y")
    assert (asked.header("x-one"), asked.header("x-two"), asked.header("x-three")) == ("1, 2", "ab", "")
    assert body_of(line.written) == b"here"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("Content-Length: 10\r\n", b"0123456789"),
        ("Transfer-Encoding: chunked\r\n", b"4\r\n0123\r\n6;note=x\r\n456789\r\n0\r\nX-Sum: 1\r\n\r\n"),
    ],
)
@pytest.mark.parametrize("step", [1, 7, 1000])
def test_a_body_up_to_the_sites_limit_is_handed_over_whole(headers: str, body: bytes, step: int) -> None:
    line, site = wired(at_once, body_limit=10)
    sent = request("/ask", "POST", headers, body)
    for at in range(0, len(sent), step):
        line.feed(sent[at : at + step])
    assert [asked.body for asked in site.requests] == [b"0123456789"]
    assert not line.ended


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("Content-Length: 11\r\n", b""),
        ("Transfer-Encoding: chunked\r\n", b"4\r\n0123\r\n7\r\n456789a"),
        ("Content-Length: 11\r\nExpect: 100-continue\r\n", b""),
    ],
)
def test_a_longer_body_is_refused_as_soon_as_it_shows(headers: str, body: bytes) -> None:
    line, site = wired(at_once, body_limit=10)
    line.feed(request("/ask", "POST", headers, body))
    assert line.written.startswith(b"HTTP/1.1 413 ")
    assert line.ended
    assert site.requests == []


def test_a_site_may_refuse_what_it_has_read_and_the_connection_goes_on() -> None:
    def refuses(_: HttpRequest, __: Exchange) -> None:
        raise Refused(409, "not now", (("X-Try", "later"),))

    line, _ = wired(refuses)
    line.feed(request() + request())
    assert line.written.count(b"HTTP/1.1 409 Conflict\r\n") == 2
    assert line.written.count(b"\r\nX-Try: later\r\n") == 2
    assert body_of(line.written).startswith(b"not now")
    assert not line.ended


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("/a/b?c=d", "/a/b", "c=d"),
        ("/?", "/", ""),
        ("/a?b?c#d", "/a", "b?c#d"),
        ("//a//b", "//a//b", ""),
        ("/a%2fb%20c%25", "/a/b c%", ""),
        ("/%ff", "/\ufffd", ""),
        ("/-._~!$&'()*+,;=:@", "/-._~!$&'()*+,;=:@", ""),
        ("http://localhost/a/b?c", "/a/b", "c"),
        ("http://localhost:27400/a", "/a", ""),
        ("http://localhost?c/d", "/", "c/d"),
        ("http://[::1]:27400/a", "/a", ""),
        ("HTTP://LocalHost", "/", ""),
    ],
)
def test_a_target_is_a_path_and_a_query(target: str, path: str, query: str) -> None:
    line, site = wired(at_once)
    line.feed(request(target))
    assert [(asked.path, asked.query) for asked in site.requests] == [(path, query)]


def test_a_question_about_no_path_reaches_the_site_as_it_is() -> None:
    line, site = wired(at_once)
    line.feed(request("*", "OPTIONS"))
    assert [(asked.method, asked.path, asked.query) for asked in site.requests] == [("OPTIONS", "*", "")]


def test_a_client_that_asks_first_is_told_to_go_on() -> None:
    line, site = wired(at_once, body_limit=10)
    line.feed(request("/ask", "POST", "Content-Length: 2\r\nExpect: 100-continue\r\n"))
    assert line.written == b"HTTP/1.1 100 Continue\r\n\r\n"
    line.feed(b"ok")
    assert [asked.body for asked in site.requests] == [b"ok"]


def test_a_site_refuses_before_the_body_is_read() -> None:
    line, site = wired(at_once, body_limit=10)
    line.feed(request("/refused", "POST", "Content-Length: 9\r\n"))
    assert line.written.startswith(b"HTTP/1.1 403 ")
    assert site.requests == []


def test_an_answer_may_come_later_and_only_the_first_counts() -> None:
    exchanges: list[Exchange] = []
    line, _ = wired(lambda _, exchange: exchanges.append(exchange))
    line.feed(request("/one") + request("/two"))
    assert len(exchanges) == 1
    assert line.written == b""
    for text in (b"first", b"second"):
        exchanges[0].answer(HttpResponse(200, text))
    assert line.wakes
    line.refilled()
    assert body_of(line.written) == b"first"
    assert len(exchanges) == 2


def test_after_each_answer_others_are_served_before_the_next_request() -> None:
    line, site = wired(at_once)
    assert line.wire is not None
    line.wire.feed(request() * 3)
    for done in (1, 2, 3):
        assert len(site.requests) == done
        assert line.wakes >= done
        line.wire.refill()
    assert line.written.count(b"HTTP/1.1 200 ") == 3


def test_while_an_answer_is_made_no_more_than_one_head_is_taken_in() -> None:
    line, _ = wired(lambda _, exchange: None)
    line.feed(request())
    assert line.wire is not None
    assert line.wire.hungry
    line.feed(request() * 300)
    assert not line.wire.hungry


def test_pieces_are_asked_for_only_while_the_peer_has_room() -> None:
    made: list[int] = []

    def pieces() -> Iterator[bytes]:
        for number in range(5):
            made.append(number)
            yield b"%d" % number

    line, _ = wired(
        lambda _, exchange: exchange.answer(HttpResponse(200, pieces(), headers=(("Content-Length", "5"),)))
    )
    line.has_room = False
    line.feed(request())
    assert made == []
    line.has_room = True
    assert line.wire is not None
    line.wire.refill()
    assert made == [0, 1, 2, 3, 4]
    assert body_of(line.written) == b"01234"


def test_pieces_of_unknown_length_are_sent_in_chunks() -> None:
    line, _ = wired(lambda _, exchange: exchange.answer(HttpResponse(200, iter([b"ab", b"cde"]))))
    line.feed(request() + request())
    assert body_of(line.written).startswith(b"2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n")
    assert line.written.count(b"Transfer-Encoding: chunked") == 2


def test_pieces_are_closed_when_the_peer_goes_and_when_head_wants_none() -> None:
    closed: list[str] = []

    def pieces(name: str) -> Iterator[bytes]:
        try:
            yield b"first"
            yield b"second"
        finally:
            closed.append(name)

    def handler(asked: HttpRequest, exchange: Exchange) -> None:
        body = pieces(asked.method)
        next(body)
        exchange.answer(HttpResponse(200, body))

    line, _ = wired(handler)
    line.feed(request(method="HEAD"))
    assert closed == ["HEAD"]
    line.has_room = False
    line.feed(request(method="GET"))
    assert closed == ["HEAD"]
    assert line.wire is not None
    line.wire.lost()
    assert closed == ["HEAD", "GET"]


def test_a_response_may_say_how_long_it_keeps() -> None:
    kept = HttpResponse(200, b"x", headers=(("cache-control", "max-age=60"),))
    line, _ = wired(lambda _, exchange: exchange.answer(kept))
    line.feed(request())
    assert b"\r\ncache-control: max-age=60\r\n" in line.written
    assert b"no-store" not in line.written
    assert b"X-Content-Type-Options: nosniff\r\n" in line.written


def test_a_site_that_fails_is_answered_for_and_the_fault_logged(caplog: pytest.LogCaptureFixture) -> None:
    def fails(_: HttpRequest, __: Exchange) -> None:
        raise RuntimeError("a fault of ours")

    line, _ = wired(fails)
    line.feed(request("/x\n".replace("\n", "%0A")) + request())
    assert line.written.count(b"HTTP/1.1 500 ") == 2
    assert b"a fault of ours" not in line.written
    assert [record.getMessage() for record in caplog.records if record.exc_info] == ["A request for '/x\\n' failed"]


@pytest.mark.parametrize("pieces", [[b"abc"], [b"abcdef", b"ghi"]])
def test_an_answer_of_another_length_than_it_said_is_cut_off(pieces: list[bytes]) -> None:
    def handler(_: HttpRequest, exchange: Exchange) -> None:
        exchange.answer(HttpResponse(200, iter(pieces), headers=(("Content-Length", "6"),)))

    with serving(library(10)) as daemon:
        object.__setattr__(daemon.server._http, "site", FakeSite(handler))
        connection = HTTPConnection("127.0.0.1", daemon.port, timeout=5)
        connection.request("GET", "/")
        response = connection.getresponse()
        if len(b"".join(pieces)) < 6:
            with pytest.raises(IncompleteRead):
                response.read()
        else:
            assert response.read() == b"abcdef"
        connection.close()


@contextlib.contextmanager
def streamed(daemon: Daemon, size: int) -> Iterator[HTTPResponse]:
    """An answer of so many bytes, which another thread gives piece by piece."""

    def handler(_: HttpRequest, exchange: Exchange) -> None:
        pieces = (bytes(50_000) for _ in range(0, size, 50_000))
        response = HttpResponse(200, pieces, headers=(("Content-Length", str(size)),))
        threading.Thread(target=exchange.answer, args=(response,), daemon=True).start()

    object.__setattr__(daemon.server._http, "site", FakeSite(handler))
    with socket.create_connection(("127.0.0.1", daemon.port), 20) as sock:
        sock.sendall(request(headers="Connection: close\r\n"))
        with HTTPResponse(sock) as response:
            response.begin()
            yield response


def test_a_long_answer_given_by_another_thread_holds_nobody_up() -> None:
    with serving(library(100)) as daemon, Peer(daemon.port) as other, streamed(daemon, 20_000_000) as response:
        total = 0
        while part := response.read(100_000):
            total += len(part)
            other.send("/soundkin/ping", total)
            assert other.receive()[0].args == (total,)
            assert all(len(connection.outgoing) < 200_000 for connection in daemon.connections())
        assert total == 20_000_000
