"""HTTP as RFC 9110 and 9112 have it, bounded: what is refused and how, one answer after the other, nobody kept waiting.

Asked by the standard library's client and by raw sockets.
"""

from __future__ import annotations

import contextlib
import http.client
import logging
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from fakes_service import FakeService, library
from osc_peer import Daemon, Peer, serving
from osc_streams import StreamPeer


@pytest.fixture
def service() -> FakeService:
    return library(100)


@contextlib.contextmanager
def browser(daemon: Daemon) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=5)
    with contextlib.closing(connection):
        yield connection


def whole(port: int, data: bytes, *, says_no_more: bool = False) -> bytes:
    """All that the daemon sends on a connection that is sent this."""
    with socket.create_connection(("127.0.0.1", port), 5) as sock:
        sock.sendall(data)
        if says_no_more:
            sock.shutdown(socket.SHUT_WR)
        answer = b""
        while part := sock.recv(65_536):
            answer += part
    return answer


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def statuses(answer: bytes) -> list[int]:
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d\d\d) ", answer)]


REQUESTS: dict[str, tuple[str, int]] = {
    "no version": ("GET /\r\n\r\n", 400),
    "no request line": ("HELLO\r\n\r\n", 400),
    "a version that is none": ("GET / HTTP/1\r\n{host}\r\n", 400),
    "HTTP/2": ("GET / HTTP/2.0\r\n{host}\r\n", 505),
    "the first line of HTTP/2": ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "HTTP/0.9 said aloud": ("GET / HTTP/0.9\r\n{host}\r\n", 505),
    "two spaces": ("GET  / HTTP/1.1\r\n{host}\r\n", 400),
    "a tab": ("GET\t/ HTTP/1.1\r\n{host}\r\n", 400),
    "a target that is not ASCII": ("GET /\xe9 HTTP/1.1\r\n{host}\r\n", 400),
    "a bracket that opens an address": ("GET //[ HTTP/1.1\r\n{host}\r\n", 400),
    "a bracket that closes none": ("GET //]/x HTTP/1.1\r\n{host}\r\n", 400),
    "an address that is none": ("GET http://[::1:x]/ HTTP/1.1\r\n{host}\r\n", 400),
    "an address without its end": ("GET http://[::1 HTTP/1.1\r\n{host}\r\n", 400),
    "a bracket and a letter": ("GET //[x HTTP/1.1\r\n{host}\r\n", 400),
    "an absolute address that is none": ("GET http://[ HTTP/1.1\r\n{host}\r\n", 400),
    "another scheme": ("GET ftp://127.0.0.1:{port}/ HTTP/1.1\r\n{host}\r\n", 400),
    "no host in the address": ("GET http:///x HTTP/1.1\r\n{host}\r\n", 400),
    "a user in the address": ("GET http://me@127.0.0.1:{port}/ HTTP/1.1\r\n{host}\r\n", 400),
    "a name as target": ("GET soundkin/go HTTP/1.1\r\n{host}\r\n", 400),
    "a star as target": ("GET * HTTP/1.1\r\n{host}\r\n", 400),
    "half a percent escape": ("GET /%4 HTTP/1.1\r\n{host}\r\n", 400),
    "a percent escape that is none": ("GET /%zz HTTP/1.1\r\n{host}\r\n", 400),
    "a path of odd characters": ("GET /a|b HTTP/1.1\r\n{host}\r\n", 400),
    "an absolute address of others": ("GET http://evil.example/ HTTP/1.1\r\n{host}\r\n", 403),
    "an absolute address of ours for the host of others": ("GET http://127.0.0.1/ HTTP/1.1\r\nHost: evil\r\n\r\n", 403),
    "no host": ("GET / HTTP/1.1\r\n\r\n", 400),
    "no host, in HTTP/1.0": ("GET / HTTP/1.0\r\n\r\n", 403),
    "two hosts": ("GET / HTTP/1.1\r\n{host}{host}\r\n", 400),
    "two hosts, one of them of others": ("GET / HTTP/1.1\r\n{host}Host: evil.example\r\n\r\n", 400),
    "a host folded over two lines": ("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n :{port}\r\n\r\n", 403),
    "a header without a colon": ("GET / HTTP/1.1\r\n{host}oops\r\n\r\n", 400),
    "a space before the colon": ("GET / HTTP/1.1\r\n{host}X-A : b\r\n\r\n", 400),
    "a header without a name": ("GET / HTTP/1.1\r\n{host}: b\r\n\r\n", 400),
    "a header that begins with a space": ("GET / HTTP/1.1\r\n Host: a\r\n{host}\r\n", 400),
    "a NUL in a header": ("GET / HTTP/1.1\r\n{host}X-A: a\0b\r\n\r\n", 400),
    "a carriage return alone": ("GET / HTTP/1.1\r\n{host}X-A: a\rHost: evil\r\n\r\n", 400),
    "POST": ("POST / HTTP/1.1\r\n{host}Content-Length: 4\r\n\r\nquit", 405),
    "PUT of much": ("PUT / HTTP/1.1\r\n{host}Content-Length: 99999999999\r\n\r\n", 405),
    "a method of one's own": ("FIND / HTTP/1.1\r\n{host}\r\n", 405),
    "OPTIONS": ("OPTIONS * HTTP/1.1\r\n{host}\r\n", 405),
    "CONNECT": ("CONNECT evil.example:80 HTTP/1.1\r\n{host}\r\n", 405),
    "TRACE": ("TRACE / HTTP/1.1\r\n{host}\r\n", 405),
    "a body": ("GET / HTTP/1.1\r\n{host}Content-Length: 3\r\n\r\nabc", 413),
    "a chunked body": ("GET / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 413),
    "a chunk without an end": ("GET / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\nffffffffffff\r\nabc", 413),
    "a chunk that is none": ("GET / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
    "a chunk's size that is endless": ("GET / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n" + "1" * 9000, 400),
    "two ways to say how long": (
        "GET / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
        400,
    ),
    "chunks in HTTP/1.0": ("GET / HTTP/1.0\r\n{host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "two lengths": ("GET / HTTP/1.1\r\n{host}Content-Length: 0\r\nContent-Length: 9\r\n\r\n", 400),
    "a negative length": ("GET / HTTP/1.1\r\n{host}Content-Length: -1\r\n\r\n", 400),
    "a length with a plus": ("GET / HTTP/1.1\r\n{host}Content-Length: +0\r\n\r\n", 400),
    "a compressed body": ("GET / HTTP/1.1\r\n{host}Transfer-Encoding: gzip\r\n\r\n", 501),
    "a long target": ("GET /" + "a" * 5_000 + " HTTP/1.1\r\n{host}\r\n", 414),
    "a target without an end": ("GET /" + "a" * 9_000, 414),
    "a long header": ("GET / HTTP/1.1\r\n{host}X-A: " + "a" * 9_000 + "\r\n\r\n", 431),
    "a header without an end": ("GET / HTTP/1.1\r\n{host}X-A: " + "a" * 9_000, 431),
    "a hundred and one headers": ("GET / HTTP/1.1\r\n{host}" + "A: b\r\n" * 100 + "\r\n", 431),
    "an expectation of one's own": ("GET / HTTP/1.1\r\n{host}Expect: magic\r\n\r\n", 417),
}


@pytest.mark.parametrize("name", REQUESTS, ids=str)
def test_what_is_refused_is_answered_with_its_status_and_the_connection_ends(daemon: Daemon, name: str) -> None:
    request, wanted = REQUESTS[name]
    host = f"Host: 127.0.0.1:{daemon.port}\r\n"
    answer = whole(daemon.port, request.format(host=host, port=daemon.port).encode("latin-1"))
    assert status(answer) == wanted, answer
    assert b"\r\nConnection: close\r\n" in answer
    assert b"\r\nDate: " in answer
    assert (b"\r\nAllow: GET, HEAD\r\n" in answer) == (wanted == 405)


ACCEPTED: dict[str, str] = {
    "HTTP/1.0": "GET /soundkin/go HTTP/1.0\r\n{host}\r\n",
    "HTTP/1.2": "GET /soundkin/go HTTP/1.2\r\n{host}{close}\r\n",
    "an absolute address": "GET http://127.0.0.1:{port}/soundkin/go HTTP/1.1\r\n{host}{close}\r\n",
    "an absolute address without a path": "GET http://127.0.0.1:{port}?HOST_INFO HTTP/1.1\r\n{host}{close}\r\n",
    "an absolute address with capitals": "GET HTTP://LOCALHOST:{port}/soundkin/go HTTP/1.1\r\n{host}{close}\r\n",
    "a host with capitals": "GET /soundkin/go HTTP/1.1\r\nHost: LocalHost:{port}\r\n{close}\r\n",
    "percent escapes": "GET /%73oundkin/%67%6F HTTP/1.1\r\n{host}{close}\r\n",
    "a folded header": "GET /soundkin/go HTTP/1.1\r\n{host}{close}X-A: one\r\n two\r\n\r\n",
    "chunks of nothing": "GET /soundkin/go HTTP/1.1\r\n{host}{close}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a length of nothing": "GET /soundkin/go HTTP/1.1\r\n{host}{close}Content-Length: 0\r\n\r\n",
    "another protocol offered": "GET /soundkin/go HTTP/1.1\r\n{host}Connection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n",
    "an expectation for no body": "GET /soundkin/go HTTP/1.1\r\n{host}{close}Expect: 100-continue\r\n\r\n",
    "line feeds alone": "GET /soundkin/go HTTP/1.1\n{host}Connection: close\n\n",
}


@pytest.mark.parametrize("name", ACCEPTED, ids=str)
def test_what_is_unusual_but_right_is_answered(daemon: Daemon, name: str) -> None:
    host = f"Host: 127.0.0.1:{daemon.port}\r\n"
    request = ACCEPTED[name].format(host=host, port=daemon.port, close="Connection: close\r\n")
    answer = whole(daemon.port, request.encode())
    assert statuses(answer) == [200]
    assert (b'"/soundkin/go"' in answer) == ("HOST_INFO" not in request)


@pytest.mark.parametrize(("size", "wanted"), [(4_096, 404), (4_097, 414)])
def test_a_target_may_have_4096_bytes(daemon: Daemon, size: int, wanted: int) -> None:
    target = "/" + "a" * (size - 1)
    assert status(whole(daemon.port, f"GET {target} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())) == wanted


@pytest.mark.parametrize(("count", "wanted"), [(100, 200), (101, 431)])
def test_a_request_may_have_a_hundred_headers(daemon: Daemon, count: int, wanted: int) -> None:
    headers = "Host: localhost\r\n" + "A: b\r\n" * (count - 1)
    assert status(whole(daemon.port, f"GET /soundkin/go HTTP/1.0\r\n{headers}\r\n".encode())) == wanted


@pytest.mark.parametrize(("size", "wanted"), [(8_192, 200), (8_193, 431)])
def test_target_and_headers_may_have_8192_bytes(daemon: Daemon, size: int, wanted: int) -> None:
    target, host = "/soundkin/go", "Host: localhost\r\n"
    filler = "a" * (size - len(target) - len(host) - len("A: \r\n"))
    assert status(whole(daemon.port, f"GET {target} HTTP/1.0\r\n{host}A: {filler}\r\n\r\n".encode())) == wanted


def test_a_connection_serves_one_request_after_the_other(daemon: Daemon) -> None:
    with browser(daemon) as connection:
        used = set()
        for path, wanted in [("/soundkin/go", 200), ("/nowhere", 404), ("/soundkin/go?VALUE", 204), ("/?COLOUR", 400)]:
            connection.request("GET", path)
            used.add(connection.sock)
            response = connection.getresponse()
            assert response.status == wanted
            response.read()
        assert len(used) == 1


def test_head_says_what_get_would_and_sends_nothing(daemon: Daemon) -> None:
    with browser(daemon) as connection:
        for path in ("/", "/soundkin/go", "/nowhere", "/soundkin/go?VALUE"):
            told = []
            for method in ("HEAD", "GET"):
                connection.request(method, path, headers={"Accept": "text/html"})
                response = connection.getresponse()
                body = response.read()
                headers = [header for header in response.getheaders() if header[0] != "Date"]
                told.append((response.status, headers))
                assert method == "GET" or body == b""
            assert told[0] == told[1]


def test_a_refused_head_has_no_body_either(daemon: Daemon) -> None:
    answer = whole(daemon.port, b"HEAD / HTTP/1.1\r\nHost: evil.example\r\n\r\n")
    assert status(answer) == 403
    assert answer.endswith(b"\r\n\r\n")


def test_requests_sent_at_once_are_answered_in_order(daemon: Daemon) -> None:
    host = f"Host: 127.0.0.1:{daemon.port}\r\n"
    paths = ["/soundkin/go", "/nowhere", "/?HOST_INFO", "/soundkin/go?VALUE", "/soundkin/nav"]
    asked = "".join(f"GET {path} HTTP/1.1\r\n{host}\r\n" for path in paths)
    assert statuses(whole(daemon.port, asked.encode(), says_no_more=True)) == [200, 404, 200, 204, 200]


def test_many_large_answers_asked_for_at_once_are_made_as_they_are_read(daemon: Daemon) -> None:
    request = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{daemon.port}\r\n\r\n".encode() * 100
    with socket.create_connection(("127.0.0.1", daemon.port), 60) as sock:
        sock.sendall(request)
        assert sock.recv(1, socket.MSG_PEEK)
        (connection,) = daemon.connections()
        assert len(connection.outgoing) < 300_000
        sock.shutdown(socket.SHUT_WR)
        answer = b""
        while part := sock.recv(65_536):
            answer += part
    assert statuses(answer) == [200] * 100


def test_a_client_that_says_no_more_still_gets_its_answer(daemon: Daemon) -> None:
    request = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{daemon.port}\r\n\r\n".encode()
    assert statuses(whole(daemon.port, request, says_no_more=True)) == [200]


def test_a_request_that_breaks_off_is_refused(daemon: Daemon) -> None:
    assert statuses(whole(daemon.port, b"GET / HTTP/1.1\r\nHos", says_no_more=True)) == [400]


def test_one_byte_at_a_time_is_understood(daemon: Daemon) -> None:
    request = f"GET /soundkin/go HTTP/1.1\r\nHost: 127.0.0.1:{daemon.port}\r\nConnection: close\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", daemon.port), 5) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request:
            sock.sendall(bytes([byte]))
        assert status(sock.recv(65_536)) == 200


def test_a_refusal_is_read_by_a_client_that_goes_on_sending(daemon: Daemon) -> None:
    """What was not read would otherwise reset the connection, and the client would never see why."""
    head = f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{daemon.port}\r\nContent-Length: 500000\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", daemon.port), 5) as sock:
        sock.sendall(head)
        for _ in range(50):
            sock.sendall(bytes(10_000))
            time.sleep(0.001)
        assert status(sock.recv(65_536)) == 405


def test_answers_carry_nothing_that_a_request_could_put_there(daemon: Daemon) -> None:
    for path in ("/%0d%0aX-Evil:%20yes", "/?%0d%0aX-Evil:%20yes", "/soundkin/%0d%0a%0d%0aevil"):
        answer = whole(daemon.port, f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{daemon.port}\r\n\r\n".encode())
        assert status(answer) in (400, 404)
        assert b"evil" not in answer.lower()


def test_refusals_are_logged_once_a_minute_of_each_kind_and_never_as_a_traceback(
    daemon: Daemon, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    host = f"Host: 127.0.0.1:{daemon.port}\r\n"
    for name in ("a bracket that opens an address", "a target that is not ASCII", "two hosts", "POST", "OPTIONS"):
        for _ in range(5):
            whole(daemon.port, REQUESTS[name][0].format(host=host, port=daemon.port).encode("latin-1"))
    lines = [record.getMessage() for record in caplog.records if "refused" in record.getMessage()]
    assert [re.sub(r"127\S+ ", "", line) for line in lines] == [
        "HTTP request from refused with 400: the target cannot be understood",
        "HTTP request from refused with 405: only GET and HEAD",
    ]
    assert not any(record.exc_info for record in caplog.records)


def test_a_reader_that_is_too_slow_is_closed_once_and_told_nothing_more(
    daemon: Daemon, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with StreamPeer(daemon.port) as peer, Peer(daemon.port) as other:
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.send("/soundkin/ping", 1)
        peer.receive()
        (connection,) = daemon.connections()
        for _ in range(400):
            connection.write(bytes(100_000))
        other.send("/soundkin/ping", 1)
        other.receive()
        assert until(lambda: not daemon.connections())
        assert len(connection.outgoing) == 0
    assert [record.getMessage() for record in caplog.records if "slowly" in record.getMessage()] == [
        f"{connection.name} reads too slowly and was closed"
    ]


def until(true: Callable[[], bool], within_s: float = 5.0) -> bool:
    """Whether something becomes true before long."""
    deadline = time.monotonic() + within_s
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def test_a_daemon_that_stops_tells_who_has_half_asked(service: FakeService) -> None:
    with serving(service) as daemon, socket.create_connection(("127.0.0.1", daemon.port), 5) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost")
        with Peer(daemon.port) as other:
            other.ask("/soundkin/find/id", 1, 1, 1)
        assert until(lambda: all(connection.wire is not None for connection in daemon.connections()))
        daemon.server.stop()
        assert status(sock.recv(4096)) == 503


def test_a_start_does_not_pay_for_what_the_first_browser_needs() -> None:
    program = "import sys, soundkin_osc.server; print(sorted({'h11', 'websockets', 'msgspec'} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout == "[]\n"
