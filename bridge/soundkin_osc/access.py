"""Who may do what: this machine everything, listed neighbours in LAN mode a little, all others nothing. Pure."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from typing import TYPE_CHECKING

from soundkin.errors import ConfigError

if TYPE_CHECKING:
    from soundkin.config import OscSettings

_LEAST_TOKEN = 12
_COOKIE_S = 120.0


class Access:
    """The rules that the settings make. Raises `ConfigError` for settings that would open more than they say."""

    def __init__(self, settings: OscSettings) -> None:
        self.lan = settings.lan
        self.shows_paths = settings.show_paths
        self.origins = frozenset(settings.origins)
        self._token = settings.token
        self._secret = secrets.token_bytes(16)
        problems = [] if settings.lan or is_loopback(settings.host) else [_exposed(settings.host)]
        if settings.token and len(settings.token) < _LEAST_TOKEN:
            problems.append(f"osc.token: expected at least {_LEAST_TOKEN} characters")
        self._networks, bad = _networks(settings.allow)
        problems += bad
        self._controllers = {controller_address(text)[0] for text in settings.controllers}
        if settings.lan and not settings.allow:
            problems.append('osc.lan: name the machines that may ask, such as osc.allow = ["192.168.1.0/24"]')
        if problems:
            raise ConfigError("\n".join(problems))

    def admits(self, host: str) -> bool:
        """Whether packets of an address are looked at at all."""
        if is_loopback(host):
            return True
        if not self.lan:
            return False
        if host in self._controllers:
            return True
        address = ipaddress.ip_address(host.partition("%")[0])
        return any(address in network for network in self._networks if network.version == address.version)

    def is_token(self, token: str) -> bool:
        """Whether it is the token; an empty setting means that there is none."""
        given = token.encode("utf-8", "replace")
        return bool(self._token) and hmac.compare_digest(given, self._token.encode())

    def cookie(self, host: str, port: int, now_s: float) -> int:
        """A number that only someone who reads mail at this address can know, for about two minutes."""
        return self._cookie(host, port, int(now_s // _COOKIE_S))

    def is_cookie(self, cookie: int, host: str, port: int, now_s: float) -> bool:
        """Whether the number is the address's cookie of now or of just before."""
        age = int(now_s // _COOKIE_S)
        return cookie in (self._cookie(host, port, age), self._cookie(host, port, age - 1))

    def _cookie(self, host: str, port: int, age: int) -> int:
        digest = hmac.digest(self._secret, f"{host} {port} {age}".encode(), hashlib.sha256)
        return 1 + int.from_bytes(digest[:4], "big") % (2**24 - 2)  # exact in a float, for Pd


def is_loopback(host: str) -> bool:
    """Whether an IP address (or "localhost") is this machine's own loopback."""
    return host.startswith("127.") or host in ("::1", "localhost")


def controller_address(text: str) -> tuple[str, int]:
    """Host and port of an entry of osc.controllers. Raises `ConfigError`."""
    host, _, port = text.rpartition(":")
    try:
        ipaddress.ip_address(host.strip("[]"))
        number = int(port)
    except ValueError:
        number = 0
    if not 1 <= number <= 65_535:
        raise ConfigError(f"osc.controllers: expected ADDRESS:PORT such as 192.168.1.20:9000, got {text!r}")
    return host.strip("[]"), number


def _exposed(host: str) -> str:
    return f"osc.host {host}: other machines could reach it; set osc.lan = true and osc.allow if they are to"


def _networks(
    texts: tuple[str, ...],
) -> tuple[list[ipaddress.IPv4Network | ipaddress.IPv6Network], list[str]]:
    networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
    problems: list[str] = []
    for text in texts:
        try:
            networks.append(ipaddress.ip_network(text, strict=False))
        except ValueError:
            problems.append(f"osc.allow: expected an address or network such as 192.168.1.0/24, got {text!r}")
    return networks, problems
