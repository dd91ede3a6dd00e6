"""Answers kept for their next pages: a snapshot's hits keep their places while the library changes."""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_ANSWERS = 64
LINGER_S = 120.0
"""Seconds in which a later page may be asked for by the same question without naming the snapshot."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One place of an answer."""

    id: int
    distance: float
    stands_for: int = 1


@dataclass(slots=True, eq=False)
class Snapshot:
    """The hits found so far for one question; `lock` is held while hits are added."""

    name: str
    key: tuple[object, ...]
    made_s: float
    total: int
    plan: str
    hits: list[Hit] = field(default_factory=list)
    claimed: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    """Ids that hits stand for, or that were passed over, where near-identical samples are folded."""
    generation: int = -1
    """Of the library, when the last hits were added."""
    complete: bool = False
    """Whether nothing is left to add."""
    unfinished: str = ""
    """Why the last hits that were asked for are not all there, though more may exist."""
    lock: threading.Lock = field(default_factory=threading.Lock)


class Pages:
    """The most recent snapshots, by name and by question."""

    def __init__(self) -> None:
        self._by_name: OrderedDict[str, Snapshot] = OrderedDict()
        self._serial = itertools.count(1)
        self._lock = threading.Lock()

    def new_name(self, generation: int) -> str:
        """A name for a state of the library as one question saw it."""
        return f"{generation:x}.{next(self._serial):x}"

    def keep(self, snapshot: Snapshot) -> None:
        """Remember an answer; the one longest unused is forgotten."""
        with self._lock:
            self._by_name[snapshot.name] = snapshot
            while len(self._by_name) > MOST_ANSWERS:
                self._by_name.popitem(last=False)

    def drop(self, snapshot: Snapshot) -> None:
        """Forget an answer that came to nothing."""
        with self._lock:
            self._by_name.pop(snapshot.name, None)

    def find(self, key: tuple[object, ...], name: str | None, now_s: float) -> Snapshot | None:
        """The answer of this name, or, unnamed, the newest recent one to the same question; None where forgotten."""
        with self._lock:
            if name is not None:
                found = self._by_name.get(name)
                found = found if found is not None and found.key == key else None
            else:
                found = next((each for each in reversed(self._by_name.values()) if each.key == key), None)
                if found is not None and not 0 <= now_s - found.made_s <= LINGER_S:
                    found = None
            if found is not None:
                self._by_name.move_to_end(found.name)
            return found
