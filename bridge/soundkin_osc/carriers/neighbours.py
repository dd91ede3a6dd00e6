"""What is known of other machines that send datagrams: each machine's allowance, and which addresses have confirmed.

Memory is bounded: the longest unused entry leaves. No I/O; time is an argument.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, TypeAlias

from soundkin_osc.carriers.rate_limit import RateLimit
from soundkin_osc.peers.budget import Budget

if TYPE_CHECKING:
    from collections.abc import Iterable

Address: TypeAlias = tuple[str, int]
MAX_MACHINES = 256
MAX_CONFIRMED = 256
CONFIRMED_S = 3600.0
"""How long a confirmation outlives the address's last packet: by then the address may be another machine's."""


class Neighbours:
    """Shared by all datagram sockets, so that a limit is a machine's and not a port's or a socket's.

    `controllers`: addresses that the settings name; what is sent to them the settings ask for.
    """

    def __init__(self, controllers: Iterable[Address] = ()) -> None:
        self._listed = frozenset(controllers)
        self._controllers = frozenset(host for host, _ in self._listed)
        self._limits: OrderedDict[str, RateLimit] = OrderedDict()
        self._confirmed: dict[Address, float] = {}
        self._places: Budget[Address] = Budget(MAX_CONFIRMED)
        self._lock = threading.Lock()
        self._now_s = 0.0

    def enter(self, address: Address, size: int, now_s: float) -> bool:
        """Whether a packet from an address is looked at."""
        with self._lock:
            self._now_s = max(self._now_s, now_s)
            if not self._limit(address[0], now_s).enter(size, now_s):
                return False
            if self._holds(address):
                self._confirmed[address] = now_s
                self._places.used(address)
            return True

    def leave(self, address: Address, size: int, to_port: int, own: int = 0) -> bool:
        """Whether `size` bytes may go to a port of an address's machine, where the address is answered.

        `own`: bytes that the packet has earned that they answer.
        """
        with self._lock:
            if (address[0], to_port) in self._listed or self._holds(address):
                return True
            return self._limit(address[0], self._now_s).leave(size, own)

    def confirm(self, address: Address) -> None:
        """An address has shown that it reads what is sent to it."""
        with self._lock:
            self._confirmed[address] = self._now_s
            self._places.take(address, address[0])
            while self._places.exceeded:
                out = self._places.first_out()
                if out is None:
                    break
                self._forget(out)

    def is_confirmed(self, address: Address) -> bool:
        """Whether it has, within the last hour of its packets."""
        with self._lock:
            return self._holds(address)

    def is_controller(self, host: str) -> bool:
        """Whether the settings name a controller on this machine."""
        return host in self._controllers

    def _holds(self, address: Address) -> bool:
        seen_s = self._confirmed.get(address)
        if seen_s is None:
            return False
        if self._now_s - seen_s > CONFIRMED_S:
            self._forget(address)
            return False
        return True

    def _forget(self, address: Address) -> None:
        self._confirmed.pop(address, None)
        self._places.release(address)

    def _limit(self, host: str, now_s: float) -> RateLimit:
        limit = self._limits.get(host)
        if limit is None:
            limit = self._limits[host] = RateLimit(filled_s=now_s)
            if len(self._limits) > MAX_MACHINES:
                self._limits.popitem(last=False)
        self._limits.move_to_end(host)
        return limit
