"""Being found by phones: announces OSC and OSCQuery by mDNS, in LAN mode and where zeroconf is installed."""

from __future__ import annotations

import logging
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zeroconf import Zeroconf

log = logging.getLogger(__name__)

_ANNOUNCING_S = 3.0
SERVICES = ("_osc._udp.local.", "_oscjson._tcp.local.")


class Mdns:
    """The announcement, from start to stop. Announcing takes a second, so it has a thread of its own."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._zeroconf: Zeroconf | None = None
        self._thread = threading.Thread(target=self._announce, name="osc-mdns", daemon=True)

    def start(self) -> None:
        """Announce; without zeroconf, say how to get it."""
        try:
            from zeroconf import Zeroconf

            self._zeroconf = Zeroconf()
        except ImportError:
            log.warning("phones have to be told this machine's address: install soundkin[lan] to be found by them")
        except OSError as error:  # a network without multicast is no reason not to answer
            log.warning("cannot announce Soundkin on the network: %s", error)
        else:
            self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Take the announcement back."""
        if self._zeroconf is not None:
            self._thread.join(max(timeout_s, _ANNOUNCING_S))  # closing in the middle of it leaves its loop in tatters
            self._zeroconf.close()

    def _announce(self) -> None:
        from zeroconf import ServiceInfo

        name = f"Soundkin on {socket.gethostname().partition('.')[0]}"
        try:
            for service in SERVICES:
                info = ServiceInfo(service, f"{name}.{service}", port=self._port, parsed_addresses=own_addresses())
                if self._zeroconf is not None:
                    self._zeroconf.register_service(info, cooperating_responders=True)
        except Exception as error:  # closed meanwhile, or a name that another machine holds
            log.debug("not announced: %s", error)


def own_addresses() -> list[str]:
    """This machine's addresses on its networks, loopback left out."""
    import ifaddr  # zeroconf brings it along

    found = [str(ip.ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4]
    return [address for address in found if not address.startswith("127.")]
