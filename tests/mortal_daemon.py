"""Runs the real daemon many times over and kills it at an exact step, or at some moment.

`python mortal_daemon.py` imports everything once and then forks a child for every request, so that a run costs a tenth
of a second. A child is the whole daemon with its sockets and threads; only the analyser is a fake, so that it is quick.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import types
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STEPS: dict[str, tuple[str, str, str]] = {
    "before the walk": ("soundkin.folders.scanner", "Scanner.__call__", "before"),
    "after a root went offline": ("soundkin.library.sqlite", "SqliteLibrary.set_online", "after"),
    "after the plan": ("soundkin.folders.scanner", "Scanner._apply", "before"),
    "after the moves were found": ("soundkin.folders.scanner", "find_moves", "after"),
    "inside a write, before its commit": ("soundkin.library.samples", "Writer.close", "after"),
    "after the moves": ("soundkin.library.sqlite", "SqliteLibrary.move", "after"),
    "after the losses": ("soundkin.library.sqlite", "SqliteLibrary.mark_missing", "after"),
    "after the sweep": ("soundkin.folders.scanner", "Scanner.__call__", "after"),
    "before a batch is stored": ("soundkin.library.sqlite", "SqliteLibrary.put", "before"),
    "inside the transaction of a batch": ("soundkin.library.samples", "Writer.put", "after"),
    "after a batch is stored": ("soundkin.library.sqlite", "SqliteLibrary.put", "after"),
    "before the index hears of it": ("soundkin.index", "VoyagerIndex.update", "before"),
    "after the index heard of it": ("soundkin.index", "VoyagerIndex.update", "after"),
    "before the index is saved": ("soundkin.index", "VoyagerIndex.save", "before"),
    "before the graph is packed": ("soundkin.index.graph", "Graph.save", "after"),
    "before the graph is flushed": ("soundkin.index.graph_file", "os.fsync", "before"),
    "after the graph is written": ("soundkin.index.voyager_index", "pack", "after"),
    "inside the index file": ("soundkin.index.cache", "_write_body", "after"),
    "before the index file is flushed": ("soundkin.index.cache", "os.fsync", "before"),
    "before the index file is renamed": ("soundkin.index.cache", "os.replace", "before"),
    "after the index file is renamed": ("soundkin.index.cache", "os.replace", "after"),
    "after the folder is flushed": ("soundkin.index.cache", "sync_folder", "after"),
    "before the library hears of the save": ("soundkin.library.sqlite", "SqliteLibrary.note_index_saved", "before"),
    "after the library heard of the save": ("soundkin.library.sqlite", "SqliteLibrary.note_index_saved", "after"),
}
"""Name of a step to module, function in it, and whether death comes before or after the call."""


@dataclass(frozen=True, slots=True)
class Run:
    """How a run ended, and what it saw. `state` is empty where it was killed."""

    killed: bool
    state: dict[str, Any]
    seconds: float


class MortalDaemon:
    """Starts runs, one at a time, over data directories that may outlive them."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        )

    def run(self, data: Path, *, step: str = "", nth: int = 1, after_s: float = -1.0, per_file_s: float = 0.0) -> Run:
        """One run until its first complete pass is over, unless killed at the `nth` call of a step or after a time.

        Raises AssertionError with the child's last words where it ended in any other way.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        request = {"data": str(data), "step": step, "nth": nth, "after_s": after_s, "per_file_s": per_file_s}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        reply = json.loads(self._process.stdout.readline())
        assert reply["end"] in {0, -signal.SIGKILL}, (data / "last-words.txt").read_text("utf-8", "replace")
        killed = reply["end"] != 0
        state = {} if killed else json.loads((data / "state.json").read_text("utf-8"))
        return Run(killed, state, reply["seconds"])

    def close(self) -> None:
        """End the forking process."""
        self._process.communicate(timeout=30)


def analysed(data: Path) -> list[str]:
    """Every path that the fake analyser read, over all runs on a data directory."""
    log = data / "analysed.txt"
    return log.read_text("utf-8").splitlines() if log.exists() else []


# ---- in the forking process ----------------------------------------------------------------------------------


def main() -> None:
    """Serve requests until the input ends."""
    import fakes_analysis  # noqa: F401
    import soundkin_daemon.app  # noqa: F401

    for line in sys.stdin:
        request = json.loads(line)
        started = time.monotonic()
        child = os.fork()
        if child == 0:
            _live(request)
        end = _await(child, started + request["after_s"] if request["after_s"] >= 0 else None)
        print(json.dumps({"end": end, "seconds": time.monotonic() - started}), flush=True)


def _await(child: int, doom: float | None) -> int:
    """The child's end: its exit code, or minus the signal."""
    while doom is not None:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() >= doom:
            os.kill(child, signal.SIGKILL)
            doom = None
        else:
            time.sleep(0.001)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _live(request: dict[str, Any]) -> None:
    """The child's whole life; never returns."""
    data = Path(request["data"])
    words = os.open(data / "last-words.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(words, stream)
    try:
        if request["step"]:
            _doom(*STEPS[request["step"]], request["nth"])
        _run_daemon(data, request["per_file_s"])
    except BaseException:
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


def _doom(module: str, dotted: str, moment: str, nth: int) -> None:
    """Let the `nth` call of a function be this process's last."""
    owner: Any = sys.modules[module]
    *outer, name = dotted.split(".")
    for part in outer:
        if part == "os":  # a copy, so that only this module's calls count
            copy = types.ModuleType("os")
            copy.__dict__.update(os.__dict__)
            setattr(owner, part, copy)
        owner = getattr(owner, part)
    real = getattr(owner, name)
    calls = 0

    def doomed(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        mine = calls == nth
        if mine and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = real(*args, **kwargs)
        if mine:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, doomed)


def _run_daemon(data: Path, per_file_s: float) -> None:
    from fakes_analysis import FakeAnalyser
    from soundkin.analysis.params import PARAMS
    from soundkin.config import OscSettings, ScanSettings, Settings
    from soundkin.index import upkeep
    from soundkin.ingest.loop import Ingest
    from soundkin_daemon import app, works
    from soundkin_daemon.places import Places

    log = os.open(data / "analysed.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def read(path: str) -> None:
        os.write(log, os.fsencode(path) + b"\n")
        time.sleep(per_file_s)

    vars(upkeep)["FEW_ROWS"] = 0  # so that there is a graph
    vars(works)["ProcessAnalyser"] = lambda *_: FakeAnalyser(PARAMS, read)
    looked_at = threading.Event()
    _wait_first(Ingest, looked_at.wait)
    settings = Settings(osc=OscSettings(port=0), scan=ScanSettings(interval_s=86_400, settle_s=0.02))
    with app.Daemon(Places(data), settings, lambda: None) as daemon:
        served = _answers(daemon)
        looked_at.set()
        while not daemon.scans:
            time.sleep(0.002)
        state = {"served at start": served, "served": _answers(daemon)}
    state |= _rows(data)
    (data / "state.json").write_text(json.dumps(state), "utf-8")


def _wait_first(ingest: Any, wait: Callable[[], object]) -> None:
    run = ingest.run

    def patient(self: Any) -> None:
        wait()
        run(self)

    ingest.run = patient


def _answers(daemon: Any) -> dict[str, Any]:
    """Neighbours of some samples as a client gets them, and as they should be by the library alone."""
    import numpy as np

    from soundkin.model import Like, Query

    service = daemon.service
    blocks = list(service._library.all_vectors())
    ids = np.concatenate([np.zeros(0, np.int64), *(ids for ids, _ in blocks)])
    vectors = np.concatenate(
        [np.zeros((0, 1), np.float32) if not blocks else blocks[0][1][:0], *(v for _, v in blocks)]
    )
    answers = {}
    for number in ids[:: max(1, len(ids) // 12)].tolist():
        sample = service.sample(number)
        hits = service.find(Query(like=(Like(id=number),), k=8)).neighbours
        away = np.linalg.norm(vectors - vectors[ids == number], axis=1)
        answers[sample.path] = {
            "said": [round(hit.distance, 3) for hit in hits],
            "true": [round(float(away[ids == hit.sample.id][0]), 3) for hit in hits],
            "nearest": [round(float(each), 3) for each in np.sort(away[ids != number])[:8]],
        }
    return {"answers": answers, "samples": service.count()}


def _rows(data: Path) -> dict[str, Any]:
    """Everything the library knows, by path."""
    from library_health import findings
    from soundkin.analysis.params import PARAMS
    from soundkin.library import open_library
    from soundkin.model import KNOWN
    from soundkin_daemon.places import Places

    with contextlib.closing(open_library(Places(data).library, PARAMS)) as library:
        rows = {path: row for root in library.roots() for path, row in library.stamps(root.path).items()}
        vectors = library.vectors([row.id for row in rows.values()])
        samples = library.samples([row.id for row in rows.values()], KNOWN)
        roots = {root.path: (root.online, root.samples) for root in library.roots()}
        found = findings(library)
        lag = library.changes_since(library.generation())
    known = {
        path: (row.stamp.size, row.stamp.mtime_ns, row.content_hash.hex(), row.missing, row.failed,
               vectors[row.id].tobytes().hex() if row.id in vectors else "",
               repr(samples[row.id].labels) if row.id in samples else "")
        for path, row in rows.items()
    }  # fmt: skip
    return {"rows": known, "roots": roots, "findings": found, "lag": len(lag or [])}


if __name__ == "__main__":
    main()
