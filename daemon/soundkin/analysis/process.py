"""One worker process seen from the parent: starting it, talking to it, ending it. See docs/adr/0006."""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import queue
    from collections.abc import Callable, Sequence

    from soundkin.analysis.jobs import Job, Result

BOOT = (
    "import sys, pickle; sys.path[:], background = pickle.load(sys.stdin.buffer); "
    "from soundkin.analysis.worker import main; main(background=background)"
)
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
# glibc gives large blocks back to the system at once and pays a page fault for every 4 KiB of the next one:
# a tenth of the time of a short file. Other C libraries ignore these.
_KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": str(64 << 20), "MALLOC_MMAP_THRESHOLD_": str(64 << 20)}
_FAREWELL_S = 2.0
_DEATH_S = 0.5


class Gone:
    """Event: the process has ended, or its pipe broke."""


class WorkerProcess:
    """A running worker. Everything it says, and its end, arrives in `events` as (process, message)."""

    def __init__(self, events: queue.SimpleQueue[tuple[WorkerProcess, object]], *, background: bool) -> None:
        self.ready = False
        self.jobs: deque[Job] = deque()
        """Sent and not answered yet."""
        self.place = 0
        """Which of `jobs` it is reading, as far as the parent knows; those before it are read and not measured yet."""
        self.load = 0
        """Bytes of the files that it has still to do."""
        self.given_back: set[Job] = set()
        """Those of `jobs` whose answers are not waited for any more."""
        self.since = 0.0
        """When it was last heard of with `jobs` to do."""
        self.complaint = ""
        self.silent_since = 0.0
        """Since when it has shown no sign of life, as far as was looked."""
        self._read_so_far = -1
        self._popen = subprocess.Popen(
            [sys.executable, "-P", "-c", BOOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | dict.fromkeys(_ONE_THREAD, "1") | _KEEP_MEMORY,
            **_detached(),
        )
        self._write((list(sys.path), background))
        self._reader = threading.Thread(target=self._read, args=(events,), name="soundkin-worker-reader", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Process id."""
        return self._popen.pid

    @property
    def reading(self) -> Job:
        """The job that it is at; there must be one."""
        return self.jobs[min(self.place, len(self.jobs) - 1)]

    def answered(self, results: Sequence[Result], place: int) -> list[tuple[Job, Result]]:
        """It has done the next jobs: what is waited for. `place` is the one of the rest that it reads."""
        done = [(self.jobs.popleft(), result) for result in results[: len(self.jobs)]]
        self.load -= sum(job.size for job, _ in done)
        self.place = place
        wanted = [(job, result) for job, result in done if job not in self.given_back]
        self.given_back.difference_update(job for job, _ in done)
        return wanted

    def blamed(self) -> Job:
        """The job that it hangs or died on; it is none of its jobs any more."""
        job = self.reading
        self.jobs.remove(job)
        self.load -= job.size
        return job

    @property
    def unanswered(self) -> list[Job]:
        """Those of `jobs` that are waited for."""
        return [job for job in self.jobs if job not in self.given_back]

    def give_back(self) -> list[Job]:
        """All jobs but the one that it is at: others do them, those too that are read and would be measured with it."""
        others = [job for job in self.unanswered if job is not self.reading]
        self.given_back.update(others)
        return others

    def send(self, jobs: Sequence[Job], now: float) -> None:
        """Hand over more work. A process that has died in the meantime is reported through `events`."""
        if not self.jobs:
            self.since = now
        self.jobs.extend(jobs)
        self.load += sum(job.size for job in jobs)
        self._write(list(jobs))

    def memory(self) -> int:
        """Resident bytes; 0 where the process is gone."""
        import psutil

        try:
            return int(psutil.Process(self._popen.pid).memory_info().rss)
        except (psutil.Error, OSError):
            return 0

    def look(self, now: float) -> None:
        """Notice signs of life: its main thread runs, or it has read something since the last look."""
        import psutil

        try:
            process = psutil.Process(self._popen.pid)
            waits = process.status() in ("sleeping", "disk-sleep")
            tell: Callable[[], object] | None = getattr(process, "io_counters", None)  # macOS does not tell
            counters = tell() if tell is not None else None
        except (psutil.Error, OSError):
            return
        read = getattr(counters, "read_chars", 0)
        if not waits or read != self._read_so_far:
            self.silent_since = now
        self._read_so_far = read

    def fate(self) -> str:
        """How it ended, for a person."""
        try:
            code = self._popen.wait(_DEATH_S)
        except subprocess.TimeoutExpired:
            return "its end hangs"
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def end(self, *, kill: bool) -> None:
        """End it, gently or not, and wait until it is gone, but not long where it cannot be.

        One that waits for a disk which does not answer may not be killed before that does: it is left behind.
        """
        self.ask_to_end(kill=kill)
        if not kill:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._popen.wait(_FAREWELL_S)
        self._popen.kill()
        try:
            self._popen.wait(_DEATH_S)
        except subprocess.TimeoutExpired:
            threading.Thread(target=self._popen.wait, name="soundkin-worker-death", daemon=True).start()
            return
        self._reader.join(_FAREWELL_S)

    def ask_to_end(self, *, kill: bool) -> None:
        """Begin its end, without waiting."""
        if kill:
            self._popen.kill()
        with contextlib.suppress(OSError, ValueError):
            if self._popen.stdin:
                self._popen.stdin.close()

    def _write(self, message: object) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self._popen.stdin:
                pickle.dump(message, self._popen.stdin, protocol=pickle.HIGHEST_PROTOCOL)
                self._popen.stdin.flush()

    def _read(self, events: queue.SimpleQueue[tuple[WorkerProcess, object]]) -> None:
        source = self._popen.stdout
        if source is None:
            return
        with source, contextlib.suppress(EOFError, OSError, ValueError, pickle.UnpicklingError):
            while True:
                events.put((self, pickle.load(source)))
        events.put((self, Gone()))


def _detached() -> dict[str, Any]:
    """A group of its own, so that Ctrl-C in a terminal reaches the parent alone; no window on Windows."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
