"""What a request's head must be before anything is done for it: bounded, of one meaning, about a path of ours. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from soundkin_osc.carriers.site import HttpRequest, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_HEAD = 8_192
"""Bytes of request line and headers."""
MAX_TARGET = 4_096
MAX_HEADERS = 100
_PATH = re.compile(r"/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*")
"""What RFC 3986 lets a path be made of."""


def understood(
    method: str, target: str, version: str, raw_headers: Iterable[tuple[bytes, bytes]]
) -> tuple[HttpRequest, tuple[str, ...]]:
    """The request, and every host that it says it is for. Raises `Refused` for what is malformed or too large."""
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw_headers)
    if not version.startswith("1."):
        raise Refused(505, "HTTP/1.1 is spoken here")
    if len(target) > MAX_TARGET:
        raise Refused(414, f"expected a target of at most {MAX_TARGET} bytes")
    size = len(target) + sum(len(name) + len(value) + 4 for name, value in headers)
    if len(headers) > MAX_HEADERS or size > MAX_HEAD:
        raise Refused(431, f"expected at most {MAX_HEADERS} headers in {MAX_HEAD} bytes")
    names = [name for name, _ in headers]
    if "transfer-encoding" in names and ("content-length" in names or version == "1.0"):
        raise Refused(400, "a body has one length")
    path, query, host = _split(target, method)
    request = HttpRequest(method, path, query, headers)
    return request, tuple(name for name in (host, request.header("host")) if name is not None)


def _split(target: str, method: str) -> tuple[str, str, str | None]:
    """Path, query, and the host of a target in absolute form."""
    if method == "CONNECT" or (method == "OPTIONS" and target == "*"):
        return target, "", None  # refused for its method by every site
    host = None
    if not target.startswith("/"):
        try:
            parts = urlsplit(target)
        except ValueError as error:
            raise Refused(400, "the target cannot be understood") from error
        if parts.scheme != "http" or not parts.netloc or "@" in parts.netloc:
            raise Refused(400, "a target begins with a slash or with http://")
        host = parts.netloc
        target = target[target.index("//") + 2 + len(host) :]
        target = target if target.startswith("/") else f"/{target}"
    path, _, query = target.partition("?")
    if not _PATH.fullmatch(path):
        raise Refused(400, "the target cannot be understood")
    return unquote(path, errors="replace"), query, host
