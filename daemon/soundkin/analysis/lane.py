"""Shares files out among worker processes and survives what files do to them. One run at a time per lane."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from soundkin import errors
from soundkin.analysis.jobs import Failure, Job, exception_of
from soundkin.analysis.process import Gone, WorkerProcess
from soundkin.analysis.worker import READY
from soundkin.model import Analysis, AnalysisFailure, DiskFile, FileStamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soundkin.analysis.jobs import Result
    from soundkin.model import Outcome

log = logging.getLogger(__name__)

TICK_S = 0.2
FIRST_FILES, CHUNK_FILES = 16, 64
"""Files that a worker is sent at a time, at the beginning of a run and later: a short run is work for all workers."""
CHUNK_BYTES = 8 << 20
"""Bytes of files that a worker is sent at most: few enough that a paused scan stops soon."""
START_LIMIT_S = 120.0
"""A worker that is not ready by then (cold disk, virus scanner) does not start at all."""
START_TRIES = 3
MEMORY_LIMIT = 1 << 30
"""Resident bytes beyond which a worker is ended and its file given up."""
STALL_S = 3.0
"""A worker that sleeps for so long with a file waits for its disk: it counts no more, and another takes its place."""
_MEMORY_LOOK_S = 0.5
_LONGEST_TICK_S = 1.0

Done = tuple[Job, "Result"]


class Lane:
    """Up to `workers` processes, started when there is work for them."""

    def __init__(self, workers: int, time_limit_s: float, *, background: bool) -> None:
        self._size = workers
        self._limit_s = time_limit_s
        self.background = background
        self._events: queue.SimpleQueue[tuple[WorkerProcess, object]] = queue.SimpleQueue()
        self._workers: list[WorkerProcess] = []
        self._again: deque[Job] = deque()
        self._handed_out = 0
        self._suspects: set[Job] = set()
        self._returned: list[str] = []
        self._failed_starts = 0
        self._looked_s = 0.0
        self._clock_s = 0.0
        self._ticked_s = time.monotonic()
        self._closed = False
        self._starting = threading.Lock()

    def start(self) -> None:
        """Start all workers that may run at once, ahead of their work."""
        while len(self._workers) < self._size:
            self._start()

    def analyse(self, files: Iterator[DiskFile]) -> Iterator[list[Outcome]]:
        """Outcomes of a scan; see `interfaces.BatchAnalyser.analyse`."""
        for done in self._run(map(_job, files)):  # no generator: it would be at its end before files that come later
            yield [_outcome(job, result) for job, result in done]

    def ask(self, job: Job) -> Analysis:
        """The analysis of one file. Raises `AnalysisError`, `OSError`."""
        for done in self._run(iter([job])):
            for _, result in done:
                if isinstance(result, Failure):
                    raise exception_of(result, job.path)
                if isinstance(result, Analysis):
                    return result
        raise errors.AnalysisError("the analysis was stopped")

    def stalled(self) -> list[tuple[str, float]]:
        """Files that workers wait for a disk with, and for how many seconds."""
        return [(w.reading.path, self._clock_s - w.silent_since) for w in self._workers if self._is_stalled(w)]

    @property
    def is_stalled(self) -> bool:
        """Whether a worker waits for a disk."""
        return any(self._is_stalled(worker) for worker in tuple(self._workers))

    def take_back(self) -> list[str]:
        """Files that were behind such ones, once: nothing comes of them here."""
        returned, self._returned = self._returned, []
        return returned

    def _is_stalled(self, worker: WorkerProcess) -> bool:
        return worker.ready and bool(worker.jobs) and self._clock_s - max(worker.since, worker.silent_since) > STALL_S

    def close(self) -> None:
        """End all workers; a run in another thread ends at its next step."""
        with self._starting:
            self._closed = True
            workers = tuple(self._workers)
        busy = {worker: bool(worker.jobs) for worker in workers}
        for worker, kill in busy.items():
            worker.ask_to_end(kill=kill)  # all at once: each may take its time
        for worker, kill in busy.items():
            worker.end(kill=kill)

    # ---- one run ---------------------------------------------------------------------------------------------

    def _run(self, jobs: Iterator[Job]) -> Iterator[list[Done]]:
        self._again.clear()
        self._suspects.clear()
        self._handed_out = 0
        self._returned.clear()
        try:
            while not self._closed:
                more = self._hand_out(jobs)
                if not more and not self._again and not any(worker.jobs for worker in self._workers):
                    return
                yield self._collect()
        finally:
            # what was begun is dropped too: its worker may be anywhere in it, and starting another costs little
            for worker in [worker for worker in self._workers if worker.jobs]:
                self._discard(worker)

    def _hand_out(self, jobs: Iterator[Job]) -> bool:
        """Give work to workers that are short of it; False where there is no more."""
        while True:
            at_work = [worker for worker in self._workers if not self._is_stalled(worker)]
            worker = min(at_work, key=lambda w: (len(w.jobs), w.load), default=None)
            may_start = len(at_work) < self._size and len(self._workers) <= 2 * self._size
            if worker is None and not may_start:
                return True  # all wait for disks
            if worker and worker.jobs and not may_start and not _hungry(worker):
                return True
            chunk = self._next_chunk(jobs)
            if not chunk:
                return False
            if worker is None or (worker.jobs and may_start):
                worker = self._start()
            worker.send(chunk, self._now())

    def _start(self) -> WorkerProcess:
        with self._starting:
            if self._closed:
                raise errors.AnalysisError("the analyser is closed")
            worker = WorkerProcess(self._events, background=self.background)
            self._workers.append(worker)
            return worker

    def _next_chunk(self, jobs: Iterator[Job]) -> list[Job]:
        if self._again:
            return [self._again.popleft()]
        chunk: list[Job] = []
        load = 0
        most = CHUNK_FILES if self._handed_out >= 2 * FIRST_FILES * self._size else FIRST_FILES
        while len(chunk) < most and load < CHUNK_BYTES:
            job = next(jobs, None)
            if job is None:
                break
            chunk.append(job)
            load += job.size
        self._handed_out += len(chunk)
        return chunk

    def _collect(self) -> list[Done]:
        """What has come in within a tick, and what the clock says."""
        done: list[Done] = []
        deadline = time.monotonic() + TICK_S
        wait_s = TICK_S
        while True:
            try:
                worker, message = self._events.get(timeout=wait_s) if wait_s > 0 else self._events.get_nowait()
            except queue.Empty:
                break
            self._take(worker, message, done)
            if done or time.monotonic() > deadline:
                wait_s = 0.0
        self._police(self._now(), done)
        return done

    def _take(self, worker: WorkerProcess, message: object, done: list[Done]) -> None:
        if worker not in self._workers:
            return
        worker.since = self._now()
        if message == READY:
            worker.ready = True
            self._failed_starts = 0
        elif isinstance(message, Gone):
            self._bury(worker, done)
        elif not worker.ready and isinstance(message, Failure):
            worker.complaint = message.message
        elif isinstance(message, tuple):
            done.extend(worker.answered(*message))

    # ---- when something is wrong -----------------------------------------------------------------------------

    def _now(self) -> float:
        """A clock that stops between looks: a paused scan or a sleeping laptop counts against no file."""
        real = time.monotonic()
        self._clock_s += min(real - self._ticked_s, _LONGEST_TICK_S)
        self._ticked_s = real
        return self._clock_s

    def _police(self, now: float, done: list[Done]) -> None:
        look = now - self._looked_s > _MEMORY_LOOK_S
        if look:
            self._looked_s = now
        for worker in tuple(self._workers):
            if not worker.jobs:
                if len(self._workers) > self._size:  # it stood in for one that waited for a disk
                    self._discard(worker)
                continue
            if look:
                worker.look(now)
                if self._is_stalled(worker):
                    self._returned += [job.path for job in worker.give_back()]
            if not worker.ready and now - worker.since > START_LIMIT_S:
                self._again.extend(worker.jobs)
                self._discard(worker)
                self._note_failed_start(f"not ready after {START_LIMIT_S:g} s")
            elif worker.ready and now - worker.since > self._limit_s:
                self._give_up(worker, done)
            elif look and worker.memory() > MEMORY_LIMIT:
                what = f"needed more than {MEMORY_LIMIT >> 20} MiB of memory"
                self._suspect(worker, errors.OutOfMemoryError.code, what, done)
                self._discard(worker)

    def _give_up(self, worker: WorkerProcess, done: list[Done]) -> None:
        """End a worker that takes too long; its current file fails, the others are tried again."""
        job = worker.blamed()
        log.warning("%s took longer than %g s; worker %d ended", job.path, self._limit_s, worker.pid)
        done.append((job, Failure(errors.AnalysisTimeoutError.code, f"took longer than {self._limit_s:g} s")))
        self._again.extend(worker.unanswered)
        self._discard(worker)

    def _bury(self, worker: WorkerProcess, done: list[Done]) -> None:
        """A worker died by itself."""
        fate = worker.fate()
        self._workers.remove(worker)
        worker.end(kill=True)
        if not worker.ready:
            self._again.extend(worker.jobs)
            self._note_failed_start(worker.complaint or fate)
            return
        if not worker.jobs:
            return
        self._suspect(worker, errors.WorkerCrashedError.code, f"the worker process died ({fate})", done)

    def _suspect(self, worker: WorkerProcess, code: str, what: str, done: list[Done]) -> None:
        """What a worker had not answered when it ended is tried again, one file at a time.

        The file that it read is only suspected: it may have been done already, or another program may have killed the
        worker. A second end on it, alone, is proof.
        """
        job = worker.blamed()
        if job in self._suspects:
            done.append((job, Failure(code, what)))
        else:
            log.warning("%s, process %d, perhaps because of %s", what, worker.pid, job.path)
            self._suspects.add(job)
            self._again.append(job)
        self._again.extend(worker.unanswered)

    def _note_failed_start(self, reason: str) -> None:
        self._failed_starts += 1
        if self._failed_starts >= START_TRIES:
            self._failed_starts = 0
            raise errors.AnalysisError(f"the analysis processes do not start: {reason}")

    def _discard(self, worker: WorkerProcess) -> None:
        if worker in self._workers:
            self._workers.remove(worker)
        worker.end(kill=True)
        worker.jobs.clear()


def _hungry(worker: WorkerProcess) -> bool:
    return len(worker.jobs) < CHUNK_FILES and worker.load < CHUNK_BYTES


def _job(file: DiskFile) -> Job:
    return Job(file.path, file.stamp, known=file.known, briefly=file.briefly)


def _outcome(job: Job, result: Result) -> Outcome:
    if not isinstance(result, Failure):
        return result
    return AnalysisFailure(job.path, job.stamp or FileStamp(0, 0), result.code, result.message)
