"""Which senders are not listened to for a while, because they send more than is answered. Pure; time is an argument.

Dropping a datagram costs nearly as much as answering it, so a flood is best dropped by the system. A source that
overfills its queue is shut out for a moment, twice as long each time it does so again soon after.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

WINDOW_S = 0.05
"""Time in which `DROPS` datagrams that found no room make a flood."""
DROPS = 16
FIRST_S, LONGEST_S = 0.02, 0.64
"""How long a source is shut out for the first time, and at most."""
FORGIVEN_S = 1.0
"""How long after that it may behave until it begins again with the shortest time."""
MOST = 256
"""Sources that are shut out at once."""
KNOWN = 1_024
"""Sources that are counted at once: with more, each of them sends little."""
_LOOK_S = 0.25


@dataclass(slots=True)
class _Record:
    since_s: float
    drops: int = 0
    until_s: float = 0.0
    for_s: float = 0.0

    def is_over(self, now_s: float) -> bool:
        """Whether it has sent no more than is answered for long enough."""
        return now_s - max(self.until_s, self.since_s) > FORGIVEN_S


class Floods:
    """The senders that overfilled their queues recently."""

    def __init__(self) -> None:
        self._records: dict[Hashable, _Record] = {}
        self._next_s = 0.0
        """When there is something to forget, or to end."""
        self.shut: frozenset[Hashable] = frozenset()
        """Who is shut out now."""

    def __bool__(self) -> bool:
        """Whether any sender is remembered."""
        return bool(self._records)

    def note(self, dropped: Mapping[Hashable, int], now_s: float) -> bool:
        """Take in how many datagrams of whom found no room just now. Whether `shut` has changed."""
        found = [self._note(source, count, now_s) for source, count in dropped.items()]
        if not any(found) and now_s < self._next_s:
            return False
        self._next_s = now_s + _LOOK_S
        for source in [source for source, record in self._records.items() if record.is_over(now_s)]:
            del self._records[source]
        shut = [source for source, record in self._records.items() if record.until_s > now_s]
        before, self.shut = self.shut, frozenset(shut[:MOST])
        self._next_s = min([self._next_s, *(self._records[source].until_s for source in self.shut)])
        return self.shut != before

    def _note(self, source: Hashable, count: int, now_s: float) -> bool:
        """Whether the source is shut out from now on."""
        record = self._records.get(source)
        if record is None:
            if len(self._records) >= KNOWN:
                return False
            record = self._records[source] = _Record(now_s)
        if now_s - record.since_s > WINDOW_S:
            record.since_s, record.drops = now_s, 0
        record.drops += count
        if record.drops < DROPS or record.until_s > now_s:
            return False
        record.for_s = min(LONGEST_S, 2 * record.for_s) if record.for_s else FIRST_S
        record.until_s = now_s + record.for_s
        record.drops = 0
        return True

    def rest_s(self, now_s: float) -> float | None:
        """Time until the next of them is listened to again, in seconds; None where none is shut out."""
        if not self.shut:
            return None
        return max(0.0, min(self._records[source].until_s for source in self.shut) - now_s)
