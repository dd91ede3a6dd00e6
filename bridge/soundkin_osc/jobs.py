"""Slow answers: lanes of worker threads, at most eight pending questions per endpoint, cancelling by request id.

In each lane endpoints take turns, and one endpoint's jobs are taken in the order they came in, so that what is queued
after another thing sees what that did. The quick lane is one thread. What needs more than a turn there goes on in the
long one, or in that of reports, which take longer still: each is one thread, started when it is first needed. What
turns out to read audio goes on in the slow lane.
"""

from __future__ import annotations

import logging
import math
import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from soundkin.questions.effort import LONGEST_S, TURN_S, Effort, given
from soundkin_osc.protocol import replies
from soundkin_osc.protocol.error_codes import BusyError, Code
from soundkin_osc.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from soundkin_osc.peers.endpoint import Endpoint, Later, Request
    from soundkin_osc.protocol.codec import Message

log = logging.getLogger(__name__)

MAX_PENDING = 8
MAX_ALL = 256
"""Pending questions of all endpoints together, so that many endpoints cannot fill the memory either."""
MAX_CONTROLS = 256
"""Controls of one endpoint that wait for the library: as many as a packet holds."""
MAX_ALL_CONTROLS = 1_024
_LIMITS = {"request": (MAX_PENDING, MAX_ALL), "control": (MAX_CONTROLS, MAX_ALL_CONTROLS)}


class Answerer(Protocol):
    """Runs an answer and sends it."""

    def finish(self, request: Request, later: Later, wanted: Callable[[], bool], /) -> Later | None:
        """Run a slow answer and send it if it is still wanted; what is left of it for another lane, if anything."""
        ...

    def send(self, endpoint: Endpoint, messages: Iterable[Message], /) -> None:
        """Encode and send."""
        ...


@dataclass(slots=True, eq=False)
class _Job:
    request: Request
    later: Later
    answerer: Answerer
    cancelled: bool = False

    @property
    def asker(self) -> tuple[object, ...]:
        """Whose turn it takes: who really asked, no matter through which port or in which file of the mailbox."""
        return self.request.endpoint.source


class Jobs:
    """Runs `Later` answers off the receive threads. Questions that read audio never hold up those that do not."""

    def __init__(self, slow_threads: int = 4) -> None:
        self._quick, self._long, self._reports, self._slow = lanes = [Turns[_Job]() for _ in range(4)]
        self._lanes = lanes
        self._slow_threads = slow_threads
        self._lock = threading.Lock()
        self._pending: dict[tuple[object, ...], list[_Job]] = {}
        self._sizes = dict.fromkeys(_LIMITS, 0)
        self._threads: list[threading.Thread] = []
        self._employed: set[Turns[_Job]] = set()
        self._stopping = False

    def start(self) -> None:
        """Start the worker threads."""
        for lane in (self._quick, *[self._slow] * self._slow_threads):
            self._employ(lane)

    def _employ(self, lane: Turns[_Job]) -> None:
        self._employed.add(lane)
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
        for lane in self._lanes:
            lane.end()
        for thread in self._threads:
            thread.join(timeout_s / max(1, len(self._threads)))

    def submit(self, request: Request, later: Later, answerer: Answerer, *, resends: bool = True) -> None:
        """Queue an answer. Raises `BusyError`.

        `resends`: a request id that is already pending is a resend and is ignored.
        """
        job = _Job(request, later, answerer)
        with self._lock:
            if self._stopping:
                raise BusyError("the daemon is stopping")
            jobs = self._pending.get(request.endpoint.key, [])
            if resends and request.rid and any(job.request.rid == request.rid for job in jobs):
                return
            shed = self._make_room(job, jobs)
            jobs.append(job)
            self._pending[request.endpoint.key] = jobs
            self._sizes[request.address.kind] += 1
        if shed is not None:
            self._refuse(shed)
        self._queue(job)

    def _make_room(self, job: _Job, jobs: Sequence[_Job]) -> _Job | None:
        """The question that gives way to this one, if one has to. Raises `BusyError`."""
        kind = job.request.address.kind
        mine, all_of_kind = sum(each.request.address.kind == kind for each in jobs), self._sizes[kind]
        most, most_of_all = _LIMITS[kind]
        if mine >= most:
            raise BusyError(f"{mine} questions are pending here, {all_of_kind} in all")
        if all_of_kind < most_of_all:
            return None
        shed = self._last_of_the_longest(job) if kind == "request" else None
        if shed is None:
            raise BusyError(f"{mine} questions are pending here, {all_of_kind} in all")
        return shed

    def _last_of_the_longest(self, job: _Job) -> _Job | None:
        """The newest question that waits, of the endpoint with most; None where this one has as many."""
        waiting = [each for jobs in self._pending.values() for each in jobs if each.request.address.kind == "request"]
        counts = Counter(each.asker for each in waiting)
        for asker, count in counts.most_common():
            if count <= counts[job.asker] + 1:
                break
            for each in reversed(waiting):
                if each.asker == asker and not each.later.lasting and self._leaves(each):
                    return each
        return None

    def _leaves(self, job: _Job) -> bool:
        """Take a job that waits out of its lane; whether it waited."""
        if not any(lane.remove(job, job.asker) for lane in self._lanes):
            return False
        self._drop(job)
        self._sizes[job.request.address.kind] -= 1
        return True

    def _refuse(self, job: _Job) -> None:
        request = job.request
        words = "others have fewer questions pending and came first"
        job.answerer.send(request.endpoint, [replies.error(request.rid, Code.BUSY, request.address.path, words)])
        if job.later.refused is not None:
            job.later.refused()

    def _queue(self, job: _Job) -> None:
        later, lane = job.later, self._quick
        if later.slow:
            lane = self._slow
        elif later.long:
            lane = self._reports if later.longest_s > LONGEST_S else self._long
            with self._lock:
                if lane not in self._employed and not self._stopping:
                    self._employ(lane)
        lane.put(job, job.asker, later.order)

    def cancel(self, key: tuple[object, ...], rid: int) -> bool:
        """Give up a pending question: its error 10 is sent now. Whether there was one."""
        with self._lock:
            found = next((job for job in self._pending.get(key, ()) if job.request.rid == rid), None)
            if found is None:
                return False
            found.cancelled = True
            self._drop(found)
        request = found.request
        gone = replies.error(rid, Code.CANCELLED, request.address.path, "cancelled")
        found.answerer.send(request.endpoint, [gone])
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

    def _work(self, lane: Turns[_Job]) -> None:
        while (job := lane.take()) is not None:
            if job.cancelled and not job.later.lasting:
                lane.pass_on(job.asker)
                rest = None
            else:
                rest = self._answer(job, self._effort(job, lane))
            if rest is not None:
                job.later = rest
                self._queue(job)
                continue
            with self._lock:  # only now: cancelled questions that still wait in the lane take up room too
                self._sizes[job.request.address.kind] -= 1

    def _effort(self, job: _Job, lane: Turns[_Job]) -> Effort:
        """What an answer may cost. What others wait for is run once, and to its end."""
        if job.later.lasting:
            return Effort(job.later.longest_s)
        turn_s = TURN_S if lane is self._quick else math.inf
        return Effort(job.later.longest_s, turn_s, wanted=lambda: not job.cancelled)

    def _answer(self, job: _Job, effort: Effort) -> Later | None:
        try:
            with given(effort):
                return job.answerer.finish(job.request, job.later, lambda: self._claim(job))
        except Exception:
            log.exception("a worker could not answer %s", job.request.address.path)
            self._claim(job)
            return None
