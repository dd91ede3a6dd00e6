"""HTTP/1.1: requests in, the site's answers out in turn, or the change to a WebSocket. Alone touches h11."""

from __future__ import annotations

import logging
from dataclasses import replace
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING

import h11

from soundkin_osc.carriers.requests import MAX_HEAD, understood
from soundkin_osc.carriers.site import NEEDS_TOKEN, HttpRequest, HttpResponse, Refused
from soundkin_osc.carriers.wire import Why
from soundkin_osc.peers.tokens import WaitError
from soundkin_osc.protocol.error_codes import DeniedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from soundkin_osc.carriers.site import Headers, HttpRules
    from soundkin_osc.carriers.wire import Line

log = logging.getLogger(__name__)

HEAD_S = 10.0
"""How long a request may take from its first byte to the end of its head."""
BODY_S = 60.0
"""How long its body may take after that."""
ANSWER_S = 300.0
"""How long a site may think about its answer, and a peer not read it."""
KEEP_S = 2.0
"""How long a connection is kept for the next request."""
_PIECE = 1 << 16
_ALWAYS: Headers = (  # unless the response says otherwise
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
)


class _Exchange:
    """One request being answered: see `site.Exchange`."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.response: HttpResponse | None = None
        self.pieces: Iterator[bytes] | None = None
        """The body, once the head is sent."""

    def answer(self, response: HttpResponse) -> None:
        """Send this; only the first counts."""
        if self.response is None:
            self.response = response
            self._line.wake()

    def close(self) -> None:
        """The rest is not wanted any more."""
        body = self.response.body if self.response is not None else b""
        close = getattr(body, "close", None)
        if close is not None:
            close()


class HttpWire:
    """One connection's requests. All but an exchange's `answer` runs on the carrier's thread."""

    def __init__(self, rules: HttpRules, line: Line) -> None:
        self._rules = rules
        self._line = line
        self._h11 = h11.Connection(h11.SERVER, MAX_HEAD)
        self._request: HttpRequest | None = None
        self._body = bytearray()
        self._body_limit = 0
        self._exchange: _Exchange | None = None
        self._head_only = False
        line.expect(HEAD_S)

    # ---- see `wire.Wire` ---------------------------------------------------------------------------------------

    def wrap(self, packet: bytes) -> bytes:
        """Nothing: OSC is not pushed over plain HTTP."""
        del packet
        return b""

    @property
    def hungry(self) -> bool:
        """Not while a request is being answered and enough of the next is there."""
        return self._exchange is None or len(self._h11.trailing_data[0]) < MAX_HEAD

    def feed(self, data: bytes) -> Iterable[bytes]:
        """Take bytes in, and go on with what is whole."""
        if self._exchange is None and self._h11.their_state is h11.IDLE and not self._h11.trailing_data[0]:
            self._line.expect(HEAD_S)
        self._h11.receive_data(data)
        self.refill()
        return ()

    def refill(self) -> None:
        """Go on: read requests and answer them until something is missing."""
        try:
            while not self._line.ended and (self._read() if self._exchange is None else self._respond()):
                pass
        except Refused as refused:
            self._refuse(refused)
        except h11.RemoteProtocolError as error:
            self._refuse(self._malformed(error))

    def half_closed(self) -> None:
        """Answer what was asked, then end."""
        self._h11.receive_data(b"")
        self.refill()

    def leave(self, why: Why) -> None:
        """Say so where a request was begun."""
        begun = self._h11.their_state is not h11.IDLE or self._h11.trailing_data[0]
        if begun:
            late = why is Why.SILENT and self._exchange is None
            self._refuse(Refused(408 if late else 503, why.value))
        self._line.end()

    def lost(self) -> None:
        """The answer is not wanted any more."""
        if self._exchange is not None:
            self._exchange.close()

    # ---- reading -----------------------------------------------------------------------------------------------

    def _read(self) -> bool:
        """Take the next event; whether there may be another."""
        event = self._h11.next_event()
        if isinstance(event, h11.Request):
            self._begin(event)
        elif isinstance(event, h11.Data):
            self._body += event.data
            if len(self._body) > self._body_limit:
                raise self._too_large()
        elif isinstance(event, h11.EndOfMessage):
            self._ask()
        else:
            if isinstance(event, h11.ConnectionClosed):
                self._line.end()
            return False
        return True

    def _begin(self, event: h11.Request) -> None:
        """Judge a head, before its body is read."""
        self._head_only = event.method == b"HEAD"
        method, target, version = (word.decode() for word in (event.method, event.target, event.http_version))
        request, hosts = understood(method, target, version, event.headers)
        if not all(self._rules.guard.is_ours(host, self._line.local_host) for host in hosts):
            raise Refused(403, "this Host is not ours")
        request = self._request = replace(request, is_trusted=self._line.welcome or self._shows_token(request))
        self._body.clear()
        self._body_limit = self._rules.site.body_limit(request)
        if int(request.header("content-length") or 0) > self._body_limit:
            raise self._too_large()
        expected = request.header("expect").lower()
        if expected not in ("", "100-continue"):
            raise Refused(417, "100-continue is all that can be expected")
        sends_one = request.header("transfer-encoding") or request.header("content-length") not in ("", "0")
        if sends_one and self._h11.they_are_waiting_for_100_continue:
            self._line.write(self._h11.send(h11.InformationalResponse(status_code=100, headers=[], reason="Continue")))
        self._line.expect(BODY_S)

    def _shows_token(self, request: HttpRequest) -> bool:
        """Whether it comes with the token. Raises `Refused` for one that is wrong, or comes after too many such."""
        scheme, _, token = request.header("authorization").partition(" ")
        if scheme.lower() != "bearer":
            return False
        try:
            self._rules.tokens.check(token.strip(), self._line.host)
        except WaitError as error:
            raise Refused(429, str(error), (("Retry-After", str(error.wait_s)),)) from error
        except DeniedError as error:
            raise Refused(401, str(error), NEEDS_TOKEN) from error
        return True

    def _too_large(self) -> Refused:
        text = f"expected a body of at most {self._body_limit} bytes" if self._body_limit else "expected no body"
        return Refused(413, text)

    def _ask(self) -> None:
        """The request is whole."""
        assert self._request is not None
        request = replace(self._request, body=bytes(self._body))
        if "websocket" in request.header("upgrade").lower():
            self._upgrade(request)
            return
        self._line.expect(ANSWER_S)
        self._exchange = _Exchange(self._line)
        try:
            self._rules.site.handle(request, self._exchange)
        except Refused as refused:
            self._exchange.answer(refused.response)
        except Exception:
            if self._rules.seldom("site"):
                log.exception("A request for %a failed", request.path[:80])
            self._exchange.answer(HttpResponse(500, b"internal error, see the daemon's log"))

    def _upgrade(self, request: HttpRequest) -> None:
        if self._h11.their_http_version != b"1.1":
            raise Refused(400, "WebSocket needs HTTP/1.1")
        from_page = any(name == "origin" for name, _ in request.headers)
        if from_page and not self._rules.guard.is_allowed(request.header("origin"), self._line.local_host):
            raise Refused(403, "this Origin is not allowed; see osc.origins")
        from soundkin_osc.carriers import websocket  # 40 ms that a start does not need

        wire, headers = websocket.accepted(request, self._line)
        if request.is_trusted:
            self._line.trust()
        reply = h11.InformationalResponse(status_code=101, headers=list(headers), reason="Switching Protocols")
        self._line.write(self._h11.send(reply))
        self._line.become(wire, self._h11.trailing_data[0])

    # ---- answering ---------------------------------------------------------------------------------------------

    def _respond(self) -> bool:
        """Send what of the answer there is and the peer has room for. False: others are to be served before more."""
        exchange = self._exchange
        assert exchange is not None
        if exchange.response is None:
            return False
        ready = b""
        if exchange.pieces is None:
            ready, exchange.pieces = self._head(exchange.response)
        while self._line.has_room and not self._line.ended:
            piece = next(exchange.pieces, None)
            if piece is None:
                self._line.write(ready + self._h11.send(h11.EndOfMessage()))
                self._over(exchange)
                return False
            self._line.write(ready + self._h11.send(h11.Data(data=piece)))
            ready = b""
            self._line.expect(ANSWER_S)
        self._line.write(ready)
        return False

    def _head(self, response: HttpResponse) -> tuple[bytes, Iterator[bytes]]:
        """Status and headers, and what is to follow them."""
        bodiless = response.status in (204, 304)
        own = {name.lower() for name, _ in response.headers}
        headers = [("Date", formatdate(usegmt=True)), *response.headers]
        headers += [header for header in _ALWAYS if header[0].lower() not in own]
        if not bodiless:
            headers.append(("Content-Type", response.content_type))
            if isinstance(response.body, bytes):
                headers.append(("Content-Length", str(len(response.body))))
        reason = HTTPStatus(response.status).phrase
        head = self._h11.send(h11.Response(status_code=response.status, headers=headers, reason=reason))
        if self._head_only or bodiless:
            return head, iter(())
        return head, _sliced(response.body) if isinstance(response.body, bytes) else response.body

    def _over(self, exchange: _Exchange) -> None:
        """The answer is sent: on to the next request, or the end."""
        exchange.close()
        self._exchange, self._head_only = None, False
        if self._h11.our_state is not h11.DONE:
            self._line.end()
            return
        self._h11.start_next_cycle()
        self._line.expect(HEAD_S if self._h11.trailing_data[0] else KEEP_S)
        self._line.wake()

    def _refuse(self, refused: Refused) -> None:
        """Answer with an error that ends the connection."""
        response = refused.response
        if self._rules.seldom(f"refused {response.status}"):
            log.info("HTTP request from %s refused with %d: %s", self._line.name, response.status, refused)
        if self._h11.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self._line.cut()
            return
        closing = replace(response, headers=(*response.headers, ("Connection", "close")))
        head, pieces = self._head(closing)
        self._line.end(head + b"".join(self._h11.send(h11.Data(data=piece)) for piece in pieces))

    def _malformed(self, error: h11.RemoteProtocolError) -> Refused:
        """What was wrong with bytes that h11 refused."""
        status = error.error_status_hint
        if status == 431 and self._h11.our_state is h11.SEND_RESPONSE:  # the head was short enough: its body is not
            status = 400
        elif status == 431 and b"\n" not in self._h11.trailing_data[0]:
            status = 414
        text = {414: "the request line is too long", 431: f"expected at most {MAX_HEAD} bytes of headers"}
        return Refused(status, text.get(status, "this is no well-formed HTTP request"))


def _sliced(body: bytes) -> Iterator[bytes]:
    return (body[at : at + _PIECE] for at in range(0, len(body), _PIECE))
