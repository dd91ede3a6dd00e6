"""What hosts, networks, controllers and web origins in [osc] must look like, and what they open together. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import ipaddress

RELATED = {"osc.host": ("osc.lan",), "osc.lan": ("osc.allow",)}
"""What a problem of `exposure` depends on besides the setting that it names."""
Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"
_NAME = re.compile(r"(?=.*[a-z])[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", re.IGNORECASE)
_LOOPBACK = re.compile(r"127(\.\d{1,3}){3}")
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/?#@]+", re.IGNORECASE)


def host_of(text: str) -> str:
    """An address to listen on, or the name of one. Raises ValueError."""
    import ipaddress

    if _NAME.fullmatch(text):
        return text
    try:
        ipaddress.ip_address(text)
    except ValueError:
        raise ValueError("expected an address such as 127.0.0.1 or 0.0.0.0, or the name of one") from None
    return text


def network_of(text: str) -> Network:
    """An address or a network of machines. Raises ValueError."""
    import ipaddress

    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError("expected an address or network such as 192.168.1.0/24") from None


def controller_address(text: str) -> tuple[str, int]:
    """Address and port of a controller. Raises ValueError."""
    import ipaddress

    name, _, port = text.rpartition(":")
    try:
        address, number = ipaddress.ip_address(name.strip("[]")), int(port)
        if not 1 <= number <= 65_535:
            raise ValueError(port)
    except ValueError:
        raise ValueError("expected ADDRESS:PORT such as 192.168.1.20:9000") from None
    return str(address), number


def origin_of(text: str) -> str:
    """A web page's origin as browsers send it. Raises ValueError."""
    if not _ORIGIN.fullmatch(text):
        raise ValueError("expected SCHEME://HOST or SCHEME://HOST:PORT without a path, such as http://localhost:8080")
    return text


def is_loopback(host: str) -> bool:
    """Whether an IP address (or "localhost") is this machine's own loopback."""
    return host in ("localhost", "::1") or _LOOPBACK.fullmatch(host) is not None


def exposure(host: str, *, lan: bool, allow: Sequence[str]) -> dict[str, str]:
    """What is wrong with these three taken together: dotted setting to problem."""
    problems: dict[str, str] = {}
    if not lan and not is_loopback(host):
        problems["osc.host"] = f"other machines could reach {host}; set osc.lan = true and osc.allow if they are to"
    if lan and not allow:
        problems["osc.lan"] = 'name the machines that may ask, such as osc.allow = ["192.168.1.0/24"]'
    return problems
