"""One worker process seen from the parent: starting it, talking to it, ending it. See docs/adr/0010."""

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
    from collections.abc import Sequence

    from soundkin.analysis.jobs import Job

BOOT = (
    "import sys, pickle; sys.path[:], background = pickle.load(sys.stdin.buffer); "
    "from soundkin.analysis.worker import main; main(background=background)"
)
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
# glibc gives large blocks back to the system at once and pays a page fault for every 4 KiB of the next one:
# a tenth of the time of a short file. Other C libraries ignore these.
_KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": str(64 << 20), "MALLOC_MMAP_THRESHOLD_": str(64 << 20)}
_FAREWELL_S = 2.0


class Gone:
    """Event: the process has ended, or its pipe broke."""


class WorkerProcess:
    """A running worker. Everything it says, and its end, arrives in `events` as (process, message)."""

    def __init__(self, events: queue.SimpleQueue[tuple[WorkerProcess, object]], *, background: bool) -> None:
        self.ready = False
        self.jobs: deque[Job] = deque()
        """Sent and not answered yet; the first one is what the process works on."""
        self.since = 0.0
        """When it began with the first of `jobs`, as far as the parent knows."""
        self.complaint = ""
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
    def load(self) -> int:
        """Bytes of files that it has still to do."""
        return sum(job.size for job in self.jobs)

    def send(self, jobs: Sequence[Job], now: float) -> None:
        """Hand over more work. A process that has died in the meantime is reported through `events`."""
        if not self.jobs:
            self.since = now
        self.jobs.extend(jobs)
        self._write(list(jobs))

    def memory(self) -> int:
        """Resident bytes; 0 where the process is gone."""
        import psutil

        try:
            return int(psutil.Process(self._popen.pid).memory_info().rss)
        except psutil.Error:
            return 0

    def fate(self) -> str:
        """How it ended, for a person."""
        code = self._popen.wait()
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    def end(self, *, kill: bool) -> None:
        """End it, gently or not, and wait until it is gone."""
        if kill:
            self._popen.kill()
        with contextlib.suppress(OSError, ValueError):
            if self._popen.stdin:
                self._popen.stdin.close()
        try:
            self._popen.wait(_FAREWELL_S)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        self._reader.join(_FAREWELL_S)

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
