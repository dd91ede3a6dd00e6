"""Which requests of web browsers are ours to answer: names a Host or Origin that is not, and is refused. Pure.

So no page on the internet can drive a daemon on this machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


class Guard:
    """`origins`: pages of others that may connect; `port`: where we are reached."""

    def __init__(self, origins: Collection[str], port: Callable[[], int]) -> None:
        self._origins = origins
        self._port = port

    def is_ours(self, host: str, local_host: str) -> bool:
        """Whether a Host header names us; `local_host`: address of ours that the peer connected to."""
        name, port = _host_and_port(host.lower())
        names = {"localhost", "127.0.0.1", "[::1]", local_host, f"[{local_host}]"}
        return name in names and port in ("", str(self._port()))

    def is_allowed(self, origin: str, local_host: str) -> bool:
        """Whether a page of this Origin may open a WebSocket: it is served by us, or listed."""
        if origin in self._origins:
            return True
        scheme, _, host = origin.lower().partition("://")
        return scheme == "http" and _host_and_port(host)[1] == str(self._port()) and self.is_ours(host, local_host)


def _host_and_port(host: str) -> tuple[str, str]:
    if host.endswith("]"):
        return host, ""
    name, _, port = host.rpartition(":")
    return (name, port) if name else (host, "")
