"""Datagrams that wait for their turn, in a bounded queue for each source. Pure; for one thread.

A source is whom a queue is charged to: a socket on this machine, a whole machine elsewhere. Sources take turns. Where
there is no more room, the oldest datagram of the source with most of them leaves: of a fader's values the last counts.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable
from itertools import chain
from typing import Generic, TypeAlias, TypeVar

Begun = TypeVar("Begun")
Address: TypeAlias = tuple[str, int]
_EACH, _ALL = 256, 1_024
"""Datagrams that wait, of one source and of all."""
_EACH_BYTES, _ALL_BYTES = 1 << 20, 4 << 20
"""The same in bytes."""
_REMEMBERED = 1_024
"""Sources that were served lately, and of them those that were served more than once."""
_COMPARED = 128
"""Sources among which the one with most waiting is looked for."""


class _Queue(Generic[Begun]):
    __slots__ = ("begun", "size", "waiting")

    def __init__(self) -> None:
        self.waiting: deque[tuple[bytes, Address]] = deque()
        self.size = 0
        self.begun: tuple[Begun, Address] | None = None


class Arrivals(Generic[Begun]):
    """What came and was not looked at yet, and what of it was begun and takes longer than a turn."""

    def __init__(self) -> None:
        self._queues: OrderedDict[Hashable, _Queue[Begun]] = OrderedDict()
        self._fresh: OrderedDict[Hashable, None] = OrderedDict()
        """Sources that had nothing waiting when they sent."""
        self._returning: OrderedDict[Hashable, None] = OrderedDict()
        """Those of them that have been served more than once."""
        self._served: OrderedDict[Hashable, None] = OrderedDict()
        self._known: OrderedDict[Hashable, None] = OrderedDict()
        self._turn = 0
        self._count = self._size = self._begun = 0
        self._dropped: dict[Hashable, int] = {}

    def __len__(self) -> int:
        """Datagrams that wait, those that were begun among them."""
        return self._count + self._begun

    def put(self, source: Hashable, packet: bytes, address: Address) -> None:
        """Add a datagram from an address, behind those of its source."""
        queue = self._queues.get(source)
        if queue is None:
            queue = self._queues[source] = _Queue()
            (self._returning if source in self._known else self._fresh)[source] = None
        queue.waiting.append((packet, address))
        queue.size += len(packet)
        self._count += 1
        self._size += len(packet)
        share = max(1, min(_EACH, _ALL // len(self._queues)))
        while len(queue.waiting) > share or queue.size > _EACH_BYTES:
            self._drop(source)
        while self._count > _ALL or self._size > _ALL_BYTES:
            self._drop(self._longest(source))

    def take(self) -> tuple[Hashable, Address, bytes | Begun]:
        """Whose turn it is, and what is next of it. Raises `KeyError` where nothing waits.

        Every second turn is for who had nothing waiting before, so that one question does not wait for all backlogs;
        of very many of those for the newest, so that one is answered in time instead of all too late. Half of those
        turns are for sources that have been served before, so that no storm of new ones delays them.
        """
        if not self._queues:
            raise KeyError("nothing waits")
        source = self._next()
        self._returning.pop(source, None)
        self._fresh.pop(source, None)
        self._remember(source)
        queue = self._queues[source]
        self._queues.move_to_end(source)
        if queue.begun is None:
            packet, address = self._oldest(source)
            return source, address, packet
        (rest, address), queue.begun = queue.begun, None
        self._begun -= 1
        self._tidy(source, queue)
        return source, address, rest

    def _next(self) -> Hashable:
        self._turn = (self._turn + 1) % 4
        if self._turn % 2:
            newcomers = (self._fresh, self._returning) if self._turn == 1 else (self._returning, self._fresh)
            for waiting in newcomers:
                if waiting:
                    return next(iter(waiting) if len(waiting) <= _COMPARED else reversed(waiting))
        return next(iter(self._queues))

    def _remember(self, source: Hashable) -> None:
        kept = self._known if source in self._served or source in self._known else self._served
        kept[source] = None
        kept.move_to_end(source)
        if len(kept) > _REMEMBERED:
            kept.popitem(last=False)

    def later(self, source: Hashable, address: Address, rest: Begun) -> None:
        """What was taken takes longer: its rest has the source's next turn. It is never dropped."""
        queue = self._queues.get(source)
        if queue is None:
            queue = self._queues[source] = _Queue()
        queue.begun = (rest, address)
        self._begun += 1

    def dropped(self) -> dict[Hashable, int]:
        """How many found no room since this was last asked, by source."""
        found = self._dropped
        if found:
            self._dropped = {}
        return found

    def _drop(self, source: Hashable) -> None:
        self._oldest(source)
        self._dropped[source] = self._dropped.get(source, 0) + 1

    def _oldest(self, source: Hashable) -> tuple[bytes, Address]:
        queue = self._queues[source]
        found = queue.waiting.popleft()
        self._count -= 1
        self._size -= len(found[0])
        queue.size -= len(found[0])
        self._tidy(source, queue)
        return found

    def _tidy(self, source: Hashable, queue: _Queue[Begun]) -> None:
        if not queue.waiting and queue.begun is None:
            del self._queues[source]
            self._fresh.pop(source, None)
            self._returning.pop(source, None)

    def _longest(self, newcomer: Hashable) -> Hashable:
        """Who has most waiting; of several, not the one that has just sent.

        Of very many the one that came before it, so that those that have waited longer come to their turn; one that
        was served before only where all others were too.
        """
        if len(self._queues) > _COMPARED:
            others = (source for source in chain(reversed(self._fresh), reversed(self._queues)) if source != newcomer)
            return next((source for source in others if self._queues[source].waiting), newcomer)
        in_bytes = self._size > _ALL_BYTES

        def weight(source: Hashable) -> tuple[int, bool]:
            queue = self._queues[source]
            return queue.size if in_bytes else len(queue.waiting), source != newcomer

        return max(self._queues, key=weight)
