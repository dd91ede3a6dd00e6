"""What HTTP resources are to the carrier that serves them: a request understood, a response now or later. Types only.

A package above this one implements `Site` and is served without this one knowing more of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from soundkin_osc.carriers.guard import Guard
    from soundkin_osc.carriers.seldom import Seldom
    from soundkin_osc.peers.tokens import TokenGate

TEXT = "text/plain; charset=utf-8"
Body: TypeAlias = "bytes | Iterator[bytes]"
"""The whole, or pieces. The next piece is asked for when the peer has room for it, on the thread that serves everyone:
it must not wait."""
Headers: TypeAlias = tuple[tuple[str, str], ...]


NEEDS_TOKEN: Headers = (("WWW-Authenticate", 'Bearer realm="soundkin"'),)


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request whose Host is ours."""

    method: str
    path: str
    """Without percent signs; begins with a slash, but for CONNECT and `OPTIONS *`."""
    query: str
    """What follows the question mark, as it was sent."""
    headers: Headers
    """Names in lower case."""
    body: bytes = b""
    is_trusted: bool = True
    """From this machine, or with the token."""

    def header(self, name: str) -> str:
        """A header's value, several joined by commas; "" where there is none."""
        return ", ".join(value for key, value in self.headers if key == name)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What is answered. Pieces without a Content-Length among the headers are sent chunked."""

    status: int
    body: Body = b""
    content_type: str = TEXT
    headers: Headers = ()


class Refused(Exception):  # noqa: N818
    """The request is not served: a status from 400 up, and why. Unless the body was read, the connection ends."""

    def __init__(self, status: int, text: str, headers: Headers = ()) -> None:
        super().__init__(text)
        self.response = HttpResponse(status, text.encode(), headers=headers)


class Exchange(Protocol):
    """One request being answered."""

    def answer(self, response: HttpResponse) -> None:
        """Send this, from any thread; only the first counts."""
        ...


class Site(Protocol):
    """Everything that can be asked for by HTTP. Called on the thread that serves everyone: it must not wait."""

    def body_limit(self, request: HttpRequest) -> int:
        """Most bytes that the request's body may have, before it is read. Raises `Refused`."""
        ...

    def handle(self, request: HttpRequest, exchange: Exchange) -> None:
        """Answer by `exchange`, at once or later. Raises `Refused`."""
        ...


@dataclass(frozen=True, slots=True)
class HttpRules:
    """What all HTTP connections share."""

    site: Site
    guard: Guard
    seldom: Seldom
    tokens: TokenGate
