"""An HTTP connection without a socket, to a site that answers as a test says."""

from __future__ import annotations

from collections.abc import Callable

from soundkin.config import OscSettings
from soundkin_osc.carriers.guard import Guard
from soundkin_osc.carriers.http import HttpWire
from soundkin_osc.carriers.seldom import Seldom
from soundkin_osc.carriers.site import Exchange, HttpRequest, HttpResponse, HttpRules, Refused
from soundkin_osc.peers.access import Access
from soundkin_osc.peers.tokens import TokenGate
from wire_line import FakeLine

Handler = Callable[[HttpRequest, Exchange], None]


class FakeSite:
    """Answers as the test says, and keeps what it was asked."""

    def __init__(self, handler: Handler, body_limit: int = 0) -> None:
        self.handler = handler
        self.limit = body_limit
        self.requests: list[HttpRequest] = []

    def body_limit(self, request: HttpRequest) -> int:
        if request.path == "/refused":
            raise Refused(403, "not this one")
        return self.limit

    def handle(self, request: HttpRequest, exchange: Exchange) -> None:
        self.requests.append(request)
        self.handler(request, exchange)


def wired(handler: Handler, body_limit: int = 0) -> tuple[FakeLine, FakeSite]:
    """A connection to a site of the test's."""
    site = FakeSite(handler, body_limit)
    access = Access(OscSettings())
    line = FakeLine()
    guard, tokens = Guard(access.origins, lambda: 27400), TokenGate("", lambda: 0.0)
    line.wire = HttpWire(HttpRules(site, guard, Seldom(lambda: 0.0), tokens), line)
    return line, site


def request(path: str = "/", method: str = "GET", headers: str = "", body: bytes = b"") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode() + body


def at_once(_: HttpRequest, exchange: Exchange) -> None:
    exchange.answer(HttpResponse(200, b"here"))


def body_of(written: bytes) -> bytes:
    return written.partition(b"\r\n\r\n")[2]
