"""The worker process: reads jobs from its standard input, writes results to its standard output.

Its parent's death closes the input, whichever way the parent died and on every system, and ends the process.
"""

from __future__ import annotations

import os
import pickle
import queue
import signal
import sys
import threading
from typing import TYPE_CHECKING, BinaryIO

from soundkin.analysis.jobs import Failure, Job, failure_of
from soundkin.analysis.priority import give_way

if TYPE_CHECKING:
    from soundkin.model import Analysis

READY = "ready"


def main(*, background: bool) -> None:
    """Serve until the input ends. Never returns normally."""
    # the parent decides when to stop: a Ctrl-C in the terminal is not for us
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    output = _take_over_stdout()
    jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
    threading.Thread(target=_read_jobs, args=(sys.stdin.buffer, jobs), daemon=True).start()
    if background:
        give_way()
    try:
        from soundkin.analysis.pipeline import analyse_file, warm_up

        warm_up()
    except Exception as error:
        _send(output, Failure("analysis", f"{type(error).__name__}: {error}"))
        os._exit(1)
    _send(output, READY)
    while True:
        job = jobs.get()
        result: Analysis | Failure
        try:
            result = analyse_file(job.path, job.stamp, job.start_s, job.end_s)
        except Exception as error:
            result = failure_of(error)
        _send(output, result)


def _take_over_stdout() -> BinaryIO:
    """Our own copy of standard output; what anyone else prints there goes to standard error instead."""
    output = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return output


def _read_jobs(source: BinaryIO, jobs: queue.SimpleQueue[Job]) -> None:
    """Runs beside the analysis, so that the end of input is noticed even while a file is being decoded."""
    try:
        while True:
            for job in pickle.load(source):
                jobs.put(job)
    except BaseException:
        os._exit(0)


def _send(output: BinaryIO, message: object) -> None:
    data = memoryview(pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL))
    try:
        while data:
            data = data[output.write(data) :]
    except OSError:
        os._exit(0)
