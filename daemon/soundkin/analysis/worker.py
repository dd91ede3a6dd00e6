"""The worker process: reads jobs from its standard input, writes results to its standard output.

Its parent's death closes the input, whichever way the parent died and on every system, and ends the process.
"""

from __future__ import annotations

import gc
import os
import pickle
import queue
import signal
import sys
import threading
import time
from typing import BinaryIO

from soundkin.analysis.jobs import Failure, Job, Result
from soundkin.analysis.priority import give_way
from soundkin.errors import AnalysisError

READY = "ready"
FLUSH_S = 0.05
"""Longest that a result waits for others to be sent with: waking the parent for each costs more than sending it."""


class _Outbox:
    """Results on their way to the parent, and which file is being read.

    A thread empties it, so that results ahead of a file that hangs arrive, and the parent knows which one that is.
    """

    def __init__(self, output: BinaryIO) -> None:
        self._output = output
        self._results: list[Result] = []
        self._place, self._told = 0, 0
        self._lock = threading.Lock()
        threading.Thread(target=self._empty_for_ever, daemon=True).start()

    def add(self, results: list[Result]) -> None:
        with self._lock:
            self._results += results
            self._place = 0

    def reading(self, place: int) -> None:
        """The file at this place of those without a result is being read."""
        with self._lock:
            self._place = place

    def flush(self) -> None:
        with self._lock:
            if self._results or self._place != self._told:
                _send(self._output, (self._results, self._place))
                self._results, self._told = [], self._place

    def _empty_for_ever(self) -> None:
        while True:
            time.sleep(FLUSH_S)
            self.flush()


def main(*, background: bool) -> None:
    """Serve until the input ends. Never returns normally."""
    # the parent decides when to stop: a Ctrl-C in the terminal is not for us
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    output = _take_over_stdout()
    chunks: queue.SimpleQueue[list[Job]] = queue.SimpleQueue()
    threading.Thread(target=_read_jobs, args=(sys.stdin.buffer, chunks), daemon=True).start()
    if background:
        give_way()
    try:
        from soundkin.analysis.pipeline import in_batches, warm_up

        warm_up()
        gc.freeze()  # what the imports made is here to stay: no collection need look at it again
    except Exception as error:
        _send(output, Failure(AnalysisError.code, f"{type(error).__name__}: {error}"))
        os._exit(1)
    _send(output, READY)
    outbox = _Outbox(output)
    while True:
        for results in in_batches(chunks.get(), outbox.reading):
            outbox.add(results)
        outbox.flush()


def _take_over_stdout() -> BinaryIO:
    """Our own copy of standard output; what anyone else prints there goes to standard error instead."""
    output = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return output


def _read_jobs(source: BinaryIO, chunks: queue.SimpleQueue[list[Job]]) -> None:
    """Runs beside the analysis, so that the end of input is noticed even while a file is being decoded."""
    try:
        while True:
            chunks.put(pickle.load(source))
    except BaseException:
        os._exit(0)


def _send(output: BinaryIO, message: object) -> None:
    data = memoryview(pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL))
    try:
        while data:
            data = data[output.write(data) :]
    except OSError:
        os._exit(0)
