"""What there is over HTTP: the page for browsers, and the OSCQuery tree for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from soundkin_osc.carriers.page import page
from soundkin_osc.carriers.site import NEEDS_TOKEN, Exchange, HttpRequest, HttpResponse, Refused
from soundkin_osc.protocol import oscquery

if TYPE_CHECKING:
    from collections.abc import Callable

    from soundkin_osc.protocol.oscquery import Values

_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self' ws:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


class OscQuerySite:
    """`port`: where we are reached; `values`: current feedback by address."""

    def __init__(self, port: Callable[[], int], values: Callable[[], Values]) -> None:
        self._port = port
        self._values = values

    def body_limit(self, request: HttpRequest) -> int:
        """Nothing is taken in."""
        if request.method not in ("GET", "HEAD"):
            raise Refused(405, "only GET and HEAD", (("Allow", "GET, HEAD"),))
        return 0

    def handle(self, request: HttpRequest, exchange: Exchange) -> None:
        """The page where a browser asks for it, else JSON."""
        if request.path == "/" and not request.query and "text/html" in request.header("accept"):
            policy = (("Content-Security-Policy", _POLICY),)
            exchange.answer(HttpResponse(200, page(), "text/html; charset=utf-8", policy))
            return
        if not request.is_trusted and oscquery.attribute_of(request.query) == "VALUE":
            raise Refused(401, "values are for this machine, and others with the token", NEEDS_TOKEN)
        values = self._values() if request.is_trusted else {}
        status, table = oscquery.answer(request.path, request.query, self._port(), values)
        if table is None:
            exchange.answer(HttpResponse(status))
        else:
            exchange.answer(HttpResponse(status, json.dumps(table).encode(), "application/json"))
