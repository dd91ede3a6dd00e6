"""One lane: a thread that asks one disk for one kind of thing, the work that waits for it, and its signs of life."""

from __future__ import annotations

import enum
import errno
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

_MOST_WAITING = 16
_LINGER_S = 2.0


class Kind(enum.StrEnum):
    """What a lane is for, each with a thread of its own: a file that hangs keeps no folder from being listed."""

    LIST = "listing"
    READ = "reading"
    WATCH = "watching"
    ASK = "a question about"


class DiskHangsError(OSError):
    """A disk has not answered; whether it will is not known."""

    def __init__(self, place: str, hang: Hang | None = None) -> None:
        super().__init__(errno.ETIMEDOUT, "its disk does not answer", place)
        self.hang = hang
        """What it is busy with; None where too much waits for it already."""


class AbandonedError(Exception):
    """The work was given up. Raised in it, to end it."""


@dataclass(frozen=True, slots=True)
class Hang:
    """A call that has not returned."""

    place: str
    kind: Kind
    what: str
    """The path that it is about."""
    silent_s: float
    since_s: float
    """Seconds since the epoch."""

    @property
    def sentence(self) -> str:
        """For a person."""
        return f"{self.place} does not answer: {self.kind} {self.what} has hung since {self.since}"

    @property
    def since(self) -> str:
        """Local time, with the date where that is another day."""
        then = time.localtime(self.since_s)
        today = time.strftime("%Y-%m-%d") == time.strftime("%Y-%m-%d", then)
        return time.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M:%S", then)


@dataclass(slots=True, eq=False)
class Task:
    """A piece of work, and what came of it."""

    call: Callable[[], object]
    what: str
    alive_at: float
    """When it last showed a sign of life, on the monotonic clock."""
    alive_at_s: float
    """The same, since the epoch."""
    over: threading.Event = field(default_factory=threading.Event)
    is_done: bool = False
    is_abandoned: bool = False
    result: object = None
    error: BaseException | None = None

    def beat(self, what: str = "") -> None:
        """It shows a sign of life."""
        self.alive_at, self.alive_at_s = time.monotonic(), time.time()
        self.what = what or self.what


_own = threading.local()


def beat(what: str = "") -> None:
    """A sign of life from work in a lane, `what`: the path it is about to ask for. Elsewhere this does nothing.

    Raises `AbandonedError` where the work was given up.
    """
    task: Task | None = getattr(_own, "task", None)
    if task is not None:
        if task.is_abandoned:
            raise AbandonedError
        task.beat(what)


class Lane:
    """One thread at most, which ends when it has nothing to do."""

    def __init__(self, place: str, kind: Kind) -> None:
        self.place = place
        self.kind = kind
        self._changed = threading.Condition()
        self._waiting: deque[Task] = deque()
        self._running: Task | None = None
        self._has_thread = False

    def submit(self, task: Task, patience_s: float) -> None:
        """Have it done after what waits. Raises `DiskHangsError`, and RuntimeError where no thread is left."""
        with self._changed:
            hang = self.hang()
            if (hang and hang.silent_s >= patience_s) or len(self._waiting) >= _MOST_WAITING:
                raise DiskHangsError(self.place, hang)
            if self._has_thread:
                self._changed.notify()
            else:
                threading.Thread(target=self._work, name=f"soundkin {self.kind} {self.place}", daemon=True).start()
                self._has_thread = True
            self._waiting.append(task)

    def abandon(self, task: Task) -> None:
        """It is given up."""
        task.is_abandoned = True
        with self._changed:
            if task in self._waiting:
                self._waiting.remove(task)

    def hang(self) -> Hang | None:
        """What the thread is busy with, and for how long it has been silent."""
        task = self._running
        if task is None:
            return None
        silent_s = max(0.0, time.monotonic() - task.alive_at)
        return Hang(self.place, self.kind, task.what or self.place, silent_s, task.alive_at_s)

    def close(self) -> None:
        """Who waits gives up."""
        with self._changed:
            for task in (*self._waiting, *filter(None, [self._running])):
                task.is_abandoned = True
                task.over.set()
            self._waiting.clear()

    def _work(self) -> None:
        while True:
            with self._changed:
                if not self._waiting:
                    self._changed.wait(_LINGER_S)
                if not self._waiting:
                    self._has_thread = False
                    return
                task = self._running = self._waiting.popleft()
                task.beat()
            _own.task = task
            try:
                task.result = task.call()
                task.is_done = True
            except BaseException as error:
                task.error = error
            _own.task = None
            with self._changed:
                self._running = None
            task.over.set()
