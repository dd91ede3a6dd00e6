"""Limits for UDP peers on other machines: packets per second, and no more bytes out than thrice what came in.

A UDP sender's address can be forged; until the peer has shown that it reads its mail (hello, confirm), answers to it
must not be worth forging. Pure; time is an argument.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

RATE, BURST = 200.0, 400.0
"""Packets per second, and how many at once: a fader moved fast by a phone sends 120."""
AMPLIFICATION = 3
MAX_GATES = 256


@dataclass(slots=True, eq=False)
class Gate:
    """One peer's allowance."""

    tokens: float = BURST
    filled_s: float = 0.0
    credit: int = 0
    confirmed: bool = False

    def enter(self, size: int, now_s: float) -> bool:
        """Whether a packet of so many bytes is looked at."""
        self.tokens = min(BURST, self.tokens + RATE * max(0.0, now_s - self.filled_s))
        self.filled_s = now_s
        if self.tokens < 1:
            return False
        self.tokens -= 1
        self.credit = min(self.credit + AMPLIFICATION * size, 1 << 20)
        return True

    def leave(self, size: int) -> bool:
        """Whether so many bytes may be sent."""
        if self.confirmed:
            return True
        if size > self.credit:
            return False
        self.credit -= size
        return True


class Gates:
    """Gates by address; the longest unused leave when there are too many."""

    def __init__(self) -> None:
        self._gates: OrderedDict[tuple[str, int], Gate] = OrderedDict()

    def of(self, address: tuple[str, int], now_s: float) -> Gate:
        """The peer's gate, a new one where it has none."""
        gate = self._gates.get(address)
        if gate is None:
            gate = self._gates[address] = Gate(filled_s=now_s)
            if len(self._gates) > MAX_GATES:
                self._gates.popitem(last=False)
        self._gates.move_to_end(address)
        return gate
