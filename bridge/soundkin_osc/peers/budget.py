"""Room that many share: whose place goes when there is no more. Pure; knows neither clock nor socket.

A place is charged to a source: a socket or connection on this machine, a whole machine elsewhere.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Budget(Generic[Key]):
    """Places by source. Its owner has the lock. Everything takes the same time, no matter how many places there are."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._source: dict[Key, object] = {}
        self._places: dict[object, OrderedDict[Key, None]] = {}
        """Each source's places, the longest idle first."""
        self._holding: dict[int, OrderedDict[object, None]] = {}
        """Sources by how many places they hold, the longest idle first."""

    def __len__(self) -> int:
        """Places that are taken."""
        return len(self._source)

    def __contains__(self, key: Key) -> bool:
        """Whether it has a place."""
        return key in self._source

    def source_of(self, key: Key) -> object:
        """At whose charge its place is; None where it has none."""
        return self._source.get(key)

    @property
    def exceeded(self) -> bool:
        """Whether more places are taken than there are: `first_out` says which goes."""
        return len(self._source) > self._most

    def take(self, key: Key, source: object) -> None:
        """Have a place from now on, at this source's charge; counts as used now."""
        if self._source.get(key, source) != source:
            self.release(key)
        self._source[key] = source
        places = self._places.setdefault(source, OrderedDict())
        before = len(places)
        places[key] = None
        places.move_to_end(key)
        self._recount(source, before, len(places))

    def used(self, key: Key) -> None:
        """It is not idle."""
        if key in self._source:
            self.take(key, self._source[key])

    def release(self, key: Key) -> None:
        """Give the place back, where it has one."""
        if key not in self._source:
            return
        source = self._source.pop(key)
        places = self._places[source]
        del places[key]
        self._recount(source, len(places) + 1, len(places))
        if not places:
            del self._places[source]

    def is_charged_most(self, source: object) -> bool:
        """Whether no other source holds as many places, and so a further one would cost it one of its own."""
        mine = self.held_by(source)
        return bool(mine) and mine == max(self._holding) and len(self._holding[mine]) == 1

    def held_by(self, source: object) -> int:
        """How many places a source holds."""
        return len(self._places.get(source, ()))

    def idle_of(self, source: object) -> Key | None:
        """A source's longest idle place, where it has one."""
        return next(iter(self._places.get(source, ())), None)

    def first_out(self, spared: Callable[[Key], bool] | None = None) -> Key | None:
        """The longest idle place of the source that holds most; of sources that hold as many, of the longest idle one.

        Those that are `spared` do not go; None where all are.
        """
        for count in sorted(self._holding, reverse=True):
            for source in self._holding[count]:
                for key in self._places[source]:
                    if spared is None or not spared(key):
                        return key
        return None

    def _recount(self, source: object, before: int, now: int) -> None:
        """The source held `before` places and holds `now`; it is idle no longer, unless it gave one back."""
        if before and (before != now):
            self._holding[before].pop(source, None)
            if not self._holding[before]:
                del self._holding[before]
        if now:
            holders = self._holding.setdefault(now, OrderedDict())
            holders[source] = None
            holders.move_to_end(source, last=now >= before)
