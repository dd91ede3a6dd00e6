"""Slow answers: two lanes of worker threads, at most eight pending questions per endpoint, cancelling by request id."""

from __future__ import annotations

import logging
import queue
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soundkin_osc import replies
from soundkin_osc.replies import BusyError

if TYPE_CHECKING:
    from soundkin_osc.dispatch import Dispatcher, Later, Request

log = logging.getLogger(__name__)

MAX_PENDING = 8
MAX_ALL = 256
"""Pending questions of all endpoints together, so that many endpoints cannot fill the memory either."""


@dataclass(slots=True, eq=False)
class _Job:
    request: Request
    later: Later
    dispatcher: Dispatcher
    cancelled: bool = False


class Jobs:
    """Runs `Later` answers off the receive threads. Questions that read audio never hold up those that do not."""

    def __init__(self, slow_threads: int = 2) -> None:
        self._lanes: tuple[queue.SimpleQueue[_Job | None], ...] = (queue.SimpleQueue(), queue.SimpleQueue())
        self._counts = (1, slow_threads)
        self._lock = threading.Lock()
        self._pending: dict[tuple[object, ...], list[_Job]] = {}
        self._size = 0
        self._threads: list[threading.Thread] = []
        self._stopping = False

    def start(self) -> None:
        """Start the worker threads."""
        for lane, count in zip(self._lanes, self._counts, strict=True):
            for _ in range(count):
                thread = threading.Thread(target=self._work, args=(lane,), name="osc-query", daemon=True)
                thread.start()
                self._threads.append(thread)

    def stop(self, timeout_s: float) -> None:
        """Tell the workers to end; one that is reading audio is left behind after `timeout_s` in all."""
        with self._lock:
            self._stopping = True
            for jobs in self._pending.values():
                for job in jobs:
                    job.cancelled = True
        for lane, count in zip(self._lanes, self._counts, strict=True):
            for _ in range(count):
                lane.put(None)
        for thread in self._threads:
            thread.join(timeout_s / max(1, len(self._threads)))

    def submit(self, request: Request, later: Later, dispatcher: Dispatcher) -> None:
        """Queue an answer. A request id that is already pending is a resend and is ignored. Raises `BusyError`."""
        with self._lock:
            if self._stopping:
                raise BusyError("the daemon is stopping")
            jobs = self._pending.get(request.endpoint.key, [])
            if request.rid and any(job.request.rid == request.rid for job in jobs):
                return
            if len(jobs) >= MAX_PENDING or self._size >= MAX_ALL:
                raise BusyError(f"{len(jobs)} questions are pending here, {self._size} in all")
            job = _Job(request, later, dispatcher)
            jobs.append(job)
            self._pending[request.endpoint.key] = jobs
            self._size += 1
        self._lanes[1 if later.slow else 0].put(job)

    def cancel(self, key: tuple[object, ...], rid: int) -> bool:
        """Give up a pending question: its error 10 is sent now. Whether there was one."""
        with self._lock:
            found = next((job for job in self._pending.get(key, ()) if job.request.rid == rid), None)
            if found is None:
                return False
            found.cancelled = True
            self._drop(found)
        request = found.request
        gone = replies.error(rid, replies.CANCELLED, request.address.path, "cancelled")
        found.dispatcher.send(request.endpoint, [gone])
        return True

    def forget(self, key: tuple[object, ...]) -> None:
        """The endpoint is gone: nothing of it needs to be answered."""
        with self._lock:
            for job in list(self._pending.get(key, ())):
                job.cancelled = True
                self._drop(job)

    def _drop(self, job: _Job) -> None:
        key = job.request.endpoint.key
        jobs = self._pending.get(key)
        if jobs is None or job not in jobs:
            return
        jobs.remove(job)
        if not jobs:
            del self._pending[key]

    def _claim(self, job: _Job) -> bool:
        """Whether the answer is still wanted; from then on it counts as given."""
        with self._lock:
            self._drop(job)
            return not job.cancelled

    def _work(self, lane: queue.SimpleQueue[_Job | None]) -> None:
        while (job := lane.get()) is not None:
            if not job.cancelled or job.later.lasting:
                self._answer(job)
            with self._lock:
                self._size -= 1  # only now: cancelled questions that still wait in the lane take up room too

    def _answer(self, job: _Job) -> None:
        try:
            job.dispatcher.finish(job.request, job.later, lambda: self._claim(job))
        except Exception:
            log.exception("a worker could not answer %s", job.request.address.path)
            self._claim(job)
