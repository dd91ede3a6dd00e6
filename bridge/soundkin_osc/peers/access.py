"""Who may do what: this machine everything, listed machines in LAN mode a little, all others nothing. Pure."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from typing import TYPE_CHECKING

from soundkin.config import controller_address, is_loopback, network_of, problems_of
from soundkin.errors import ConfigError, UnknownPathError
from soundkin_osc.protocol.error_codes import DeniedError

if TYPE_CHECKING:
    from soundkin.config import OscSettings
    from soundkin.model import Resolved
    from soundkin_osc.peers.endpoint import Endpoint
    from soundkin_osc.protocol.address import Address

_COOKIE_S = 120.0


class Access:
    """The rules that the settings make. Raises `ConfigError` for settings that would open more than they say."""

    def __init__(self, settings: OscSettings) -> None:
        problems = problems_of(settings)
        problems.pop("osc.port", None)  # a server takes 0 as well: any free port
        if problems:
            raise ConfigError("\n".join(f"{dotted}: {text}" for dotted, text in problems.items()))
        self.lan = settings.lan
        self.shows_paths = settings.show_paths
        self.origins = frozenset(settings.origins)
        self._secret = secrets.token_bytes(16)
        self._networks = [network_of(text) for text in settings.allow]
        self._controllers = {controller_address(text)[0] for text in settings.controllers}

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


def check_rights(endpoint: Endpoint, address: Address) -> None:
    """Raise `DeniedError` where a caller may not use an address."""
    if not endpoint.welcome and address.name != "hello":
        raise DeniedError("say /soundkin/hello with the token first")
    if address.admin and not endpoint.admin:
        raise DeniedError(f"{address.path} is only for callers on this machine or with the token")
    if address.steers and not endpoint.steers:
        raise DeniedError("say /soundkin/hello, then /soundkin/confirm with the cookie")


def check_strangers(endpoint: Endpoint, resolved: Resolved) -> None:
    """Raise `UnknownPathError` where a caller on another machine names a file that only opening would tell about."""
    if resolved.strangers and not endpoint.local:
        raise UnknownPathError("not in the library")
