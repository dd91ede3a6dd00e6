"""`Turns`: jobs that wait for a worker. Those who ask for them take turns, and each one's jobs stay in their order."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from typing import Generic, TypeVar

Job = TypeVar("Job")
Asker = tuple[object, ...]


class Turns(Generic[Job]):
    """A queue for each asker, served in turn. Jobs of one `order` are taken as they came in, all askers together."""

    def __init__(self) -> None:
        self._queues: OrderedDict[Asker, deque[tuple[Job, str]]] = OrderedDict()
        """By asker; the one whose turn is next stands first."""
        self._orders: dict[str, deque[Job]] = {}
        self._changed = threading.Condition()
        self._ended = False

    def put(self, job: Job, asker: Asker, order: str = "") -> None:
        """Add a job behind the asker's others; `order`: behind all of the same order too."""
        with self._changed:
            self._queues.setdefault(asker, deque()).append((job, order))
            if order:
                self._orders.setdefault(order, deque()).append(job)
            self._changed.notify()

    def take(self) -> Job | None:
        """The next job, as soon as there is one; None once there is none and `end` was called."""
        with self._changed:
            while not self._queues:
                if self._ended:
                    return None
                self._changed.wait()
            asker = next(each for each, jobs in self._queues.items() if self._is_free(*jobs[0]))
            job, order = self._queues[asker].popleft()
            self._queues.move_to_end(asker)
            if not self._queues[asker]:
                del self._queues[asker]
            self._leave(order)
            return job

    def pass_on(self, asker: Asker) -> None:
        """What was taken last cost nothing: its asker has its turn still."""
        with self._changed:
            if asker in self._queues:
                self._queues.move_to_end(asker, last=False)

    def remove(self, job: Job, asker: Asker) -> bool:
        """Take a job out that waits here; whether it did."""
        with self._changed:
            jobs = self._queues.get(asker, deque())
            found = next((entry for entry in jobs if entry[0] is job), None)
            if found is None:
                return False
            jobs.remove(found)
            if not jobs:
                del self._queues[asker]
            if found[1]:
                self._orders[found[1]].remove(job)
                self._tidy(found[1])
            return True

    def end(self) -> None:
        """Let those that wait in `take` go once all jobs are taken."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _is_free(self, job: Job, order: str) -> bool:
        """Whether none of the same order came before it. The oldest job of all always is."""
        return not order or self._orders[order][0] is job

    def _leave(self, order: str) -> None:
        if order:
            self._orders[order].popleft()
            self._tidy(order)

    def _tidy(self, order: str) -> None:
        if not self._orders[order]:
            del self._orders[order]
