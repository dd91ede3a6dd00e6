"""Every lane: who wants something of a disk asks here, and waits only while the disk shows signs of life."""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TypeVar, cast

from soundkin.disks.lane import DiskHangsError, Hang, Kind, Lane, Task, beat

T = TypeVar("T")

PATIENCE_S = 3.0
"""How long a disk may be silent before the work turns to others."""
VERDICT_S = 10.0
"""How long it may be silent before it counts as away."""
_SLICE_S = 0.25


class Lanes:
    """A lane for each place and kind of work. Safe to use from any thread.

    `patience_s`: how long a lane may be silent before who waits for it gives up, `verdict_s`: before its place counts
    as away.
    """

    def __init__(self, patience_s: float = PATIENCE_S, verdict_s: float = VERDICT_S) -> None:
        self._patience_s = patience_s
        self._verdict_s = max(patience_s, verdict_s)
        self._lock = threading.Lock()
        self._lanes: dict[tuple[str, Kind], Lane] = {}
        self._closed = False

    def ask(self, place: str, call: Callable[[], T], what: str = "", *, kind: Kind = Kind.LIST) -> T:
        """What `call` returns or raises. Raises `DiskHangsError` where the disk is silent for too long."""
        lane, task = self._begin(place, kind, call, what)
        wait_s = self._patience_s
        while not task.over.wait(wait_s):
            wait_s = self._patience_left(lane, task)
        return cast("T", self._result(lane, task))

    def tell(self, place: str, call: Callable[[], object], *, kind: Kind = Kind.LIST) -> None:
        """Have something done without waiting for it, even behind a call that hangs; dropped where much waits there."""
        with suppress(DiskHangsError):
            self._begin(place, kind, call, "", patience_s=math.inf)

    def stream(
        self, place: str, make: Callable[[], Iterable[T]], what: str = "", *, kind: Kind = Kind.LIST
    ) -> Iterator[T]:
        """What `make` yields, some of it ahead. Raises as `ask` does; closing the iterator ends the work."""
        pieces: queue.Queue[tuple[T] | None] = queue.Queue(1)

        def fill() -> None:
            try:
                for piece in make():
                    _put(pieces, (piece,))
            finally:
                _put(pieces, None)

        lane, task = self._begin(place, kind, fill, what)
        try:
            while (piece := self._next(lane, task, pieces)) is not None:
                yield piece[0]
            task.over.wait(self._patience_s)
            self._result(lane, task)
        finally:
            lane.abandon(task)

    def is_busy(self, place: str, kind: Kind) -> bool:
        """Whether something is being done there."""
        lane = self._lanes.get((place, kind))
        return lane is not None and lane.hang() is not None

    def is_away(self, place: str) -> bool:
        """Whether listing a place has hung long enough that it counts as away."""
        hang = self._hang(place)
        return hang is not None and hang.silent_s >= self._verdict_s

    def is_silent(self, place: str) -> bool:
        """Whether listing a place hangs."""
        hang = self._hang(place)
        return hang is not None and hang.silent_s >= self._patience_s

    def hanging(self) -> list[Hang]:
        """Everything that hangs, by place."""
        with self._lock:
            lanes = tuple(self._lanes.values())
        hangs = [hang for lane in lanes if (hang := lane.hang()) and hang.silent_s >= self._limit_s(lane.kind)]
        return sorted(hangs, key=lambda hang: (hang.place, hang.kind))

    def close(self) -> None:
        """Who waits gives up now, and what is asked from now on is refused. No thread is waited for."""
        with self._lock:
            self._closed = True
            lanes = tuple(self._lanes.values())
        for lane in lanes:
            lane.close()

    def _limit_s(self, kind: Kind) -> float:
        return self._verdict_s if kind is Kind.WATCH else self._patience_s  # setting up a large folder shows no sign

    def _hang(self, place: str) -> Hang | None:
        lane = self._lanes.get((place, Kind.LIST))
        return lane.hang() if lane is not None else None

    def _begin(
        self, place: str, kind: Kind, call: Callable[[], object], what: str, *, patience_s: float | None = None
    ) -> tuple[Lane, Task]:
        with self._lock:
            if self._closed:
                raise DiskHangsError(place)
            lane = self._lanes.setdefault((place, kind), Lane(place, kind))
        task = Task(call, what, time.monotonic(), time.time())
        lane.submit(task, self._patience_s if patience_s is None else patience_s)
        return lane, task

    def _next(self, lane: Lane, task: Task, pieces: queue.Queue[tuple[T] | None]) -> tuple[T] | None:
        wait_s = min(_SLICE_S, self._patience_s)
        while True:
            try:
                return pieces.get(timeout=wait_s)
            except queue.Empty:
                self._patience_left(lane, task)
            if self._closed:
                raise DiskHangsError(lane.place, lane.hang())

    def _patience_left(self, lane: Lane, task: Task) -> float:
        """How long to wait still, in seconds. Raises `DiskHangsError` where patience is at its end."""
        hang = lane.hang()
        left_s = self._patience_s - hang.silent_s if hang is not None else self._patience_s
        if left_s > 0:
            return left_s
        lane.abandon(task)
        raise DiskHangsError(lane.place, hang)

    def _result(self, lane: Lane, task: Task) -> object:
        if task.error is not None:
            raise task.error
        if not task.is_done:
            raise DiskHangsError(lane.place, lane.hang())
        return task.result


def _put(pieces: queue.Queue[tuple[T] | None], piece: tuple[T] | None) -> None:
    while True:
        beat()
        try:
            return pieces.put(piece, timeout=_SLICE_S)
        except queue.Full:
            continue
