"""The token, and what guessing it costs: each wrong one is counted, and soon has its machine wait. Time is an argument.

A machine that waits is not told whether a token is right. What one machine does costs no other that has shown the
right one; together, those that have not get a wrong token a second.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import math
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soundkin_osc.protocol.error_codes import DeniedError

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)

FREE = 3
"""Wrong tokens of a machine before it has to wait."""
FIRST_S, LONGEST_S = 1.0, 300.0
"""How long it waits after the next one; twice as long after each further one, up to the longest."""
FORGIVEN_S = 3600.0
"""How long after its last wrong token a machine begins again."""
ALL_BURST, ALL_PER_S = 30.0, 1.0
"""Wrong tokens of all machines together, at once and in a second."""
MOST_MACHINES = 256
_LOG_EVERY_S = 60.0


class WaitError(DeniedError):
    """Too many wrong tokens came from there: `wait_s` says for how long none is looked at."""

    def __init__(self, wait_s: float) -> None:
        self.wait_s = max(1, math.ceil(round(wait_s, 3)))
        super().__init__(f"too many wrong tokens; wait {self.wait_s} s")


@dataclass(slots=True)
class _Record:
    wrong: int = 0
    last_s: float = 0.0
    until_s: float = 0.0
    is_known: bool = False
    logged_s: float = float("-inf")


class TokenGate:
    """Compares tokens. `token`: the right one; empty: there is none."""

    def __init__(self, token: str, clock: Callable[[], float]) -> None:
        self._digest = _digest(token) if token else b""
        self._clock = clock
        self._records: OrderedDict[str, _Record] = OrderedDict()
        self._left, self._filled_s = ALL_BURST, clock()
        self._lock = threading.Lock()

    def check(self, token: str, host: str) -> None:
        """Return for the right token. Raises `DeniedError`, and `WaitError` where it was not looked at."""
        now = self._clock()
        with self._lock:
            record = self._records.get(host) or _Record()
            if now - record.last_s > FORGIVEN_S:
                record.wrong = 0
            self._left = min(ALL_BURST, self._left + ALL_PER_S * max(0.0, now - self._filled_s))
            self._filled_s = now
            if now < record.until_s:
                raise WaitError(record.until_s - now)
            if self._left < 1 and not record.is_known:
                raise WaitError((1 - self._left) / ALL_PER_S)
            if self._digest and hmac.compare_digest(_digest(token), self._digest):
                record.wrong, record.is_known = 0, True
                self._keep(record, host)
                return
            self._wrong(record, host, now)
            self._keep(record, host)
        raise DeniedError("wrong token")

    def _wrong(self, record: _Record, host: str, now: float) -> None:
        self._left = max(0.0, self._left - 1)
        record.wrong += 1
        record.last_s = now
        if record.wrong > FREE:
            record.until_s = now + min(LONGEST_S, FIRST_S * 2.0 ** min(record.wrong - FREE - 1, 30))
        if now - record.logged_s >= _LOG_EVERY_S:
            record.logged_s = now
            log.warning("a wrong token came from %s (%d so far)", host, record.wrong)

    def _keep(self, record: _Record, host: str) -> None:
        """Remember a machine; where there are too many, the one whose token came longest ago leaves."""
        self._records[host] = record
        self._records.move_to_end(host)
        if len(self._records) > MOST_MACHINES:
            self._records.popitem(last=False)


def _digest(token: str) -> bytes:
    """Of one length for all tokens, so that comparing takes as long for all."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
