"""A machine's allowance: packets per second, and bytes that may go to it before it has shown that it reads them.

A UDP sender's address can be forged; answers to it must not be worth forging. Pure; time is an argument.
"""

from __future__ import annotations

from dataclasses import dataclass

from soundkin_osc.protocol.limits import AMPLIFICATION

RATE, BURST = 200.0, 400.0
"""Packets per second, and how many at once: a fader moved fast by a phone sends 120."""

RESERVE = 1_024
"""Bytes of credit that only short answers may use: there is one to every packet."""


@dataclass(slots=True, eq=False)
class RateLimit:
    """One machine's allowance, for all its ports together."""

    tokens: float = BURST
    filled_s: float = 0.0
    credit: int = 0

    def enter(self, size: int, now_s: float) -> bool:
        """Whether a packet of `size` bytes is looked at."""
        self.tokens = min(BURST, self.tokens + RATE * max(0.0, now_s - self.filled_s))
        self.filled_s = now_s
        if self.tokens < 1:
            return False
        self.tokens -= 1
        self.credit = min(self.credit + AMPLIFICATION * size, 1 << 20)
        return True

    def leave(self, size: int, own: int = 0) -> bool:
        """Whether `size` bytes may be sent to an address that has not confirmed that it reads them.

        `own`: credit of the packet that they answer. A longer answer leaves some for the answers to other packets.
        """
        if size + (RESERVE if size > own else 0) > self.credit:
            return False
        self.credit -= size
        return True
