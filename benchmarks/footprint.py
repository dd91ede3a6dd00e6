"""What the daemon costs a machine: memory, disk, start, rescan and idle CPU at several library sizes.

    python benchmarks/footprint.py --rows 0 100000 300000

Makes that many real (tiny) files and a library that knows them with made-up vectors, then runs the real daemon over it.
Needs about 1 KB of disk and 60 us a row for the files, and minutes for the graph of a million.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import psutil

from soundkin.analysis.params import PARAMS
from soundkin.config import ScanSettings
from soundkin.errors import DaemonNotRunningError
from soundkin.folders.scanner import Scanner
from soundkin.library import open_library
from soundkin.model import Analysis, Facts, FileStamp, Like, Query
from soundkin_osc.client.udp_client import SoundkinClient

PER_FOLDER = 100
SOUNDS = 2_000
MB = 1e6
PORT = 27_631


@dataclass(frozen=True, slots=True)
class Footprint:
    """One line of the table. `_s` seconds, `_mb` megabytes (10**6)."""

    rows: int
    first_answer_s: float
    """From starting the process to its first correct answer over OSC."""
    resident_mb: float
    """After the first rescan, at rest."""
    peak_mb: float
    """At its highest, rescan included."""
    idle_cpu_percent: float
    """Of one core."""
    disk_bytes_per_file: float
    """Library and index cache together."""
    library_bytes_per_file: float
    rescan_s: float
    walk_s: float
    """A bare os.scandir and stat walk over the same files."""
    rescan_ratio: float


def make_files(top: Path, count: int) -> None:
    """Tiny files in folders of a hundred."""
    for start in range(0, count, PER_FOLDER):
        folder = top / f"vendor {start // 50_000:03d}" / f"pack {start // PER_FOLDER:05d}"
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(start, min(count, start + PER_FOLDER)):
            with open(folder / f"Kick Deep {number:07d}.wav", "wb") as file:
                file.write(b"%d" % number)


def make_library(data: Path, top: Path) -> None:
    """A library that knows every file, with vectors around a few thousand centres."""
    rng = np.random.default_rng(7)
    centres = rng.standard_normal((SOUNDS, PARAMS.num_dimensions)).astype(np.float32)
    with closing(open_library(data / "library.db", PARAMS)) as library:
        library.add_root(str(top))
        batch: list[Analysis] = []
        for folder, _, names in os.walk(top):
            for name in names:
                path = os.path.join(folder, name)
                status = os.stat(path)
                near = centres[rng.integers(SOUNDS)] + 0.3 * rng.standard_normal(PARAMS.num_dimensions)
                stamp = FileStamp.of(status)
                facts = Facts(0.5, 44_100, 1, 24, -12.0, False, -0.5, 55.0, 0.9)
                batch.append(Analysis(path, stamp, os.urandom(16), facts, near.astype(np.float32)))
                if len(batch) == 5_000:
                    library.put(batch)
                    batch.clear()
        library.put(batch)


@contextmanager
def daemon(data: Path) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """The real daemon, and when it was started."""
    config = data / "footprint.toml"
    config.write_text("[scan]\ninterval_s = 86400\n", "utf-8")
    (data / "daemon.json").unlink(missing_ok=True)
    words = ["up", "--quiet", "--data-dir", str(data), "--config", str(config), "--port", str(PORT)]
    started = time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", "soundkin_daemon", *words])
    try:
        yield process, started
        assert process.poll() is None, "the daemon ended by itself"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def ask(rows: int, pid: int) -> None:
    """One question, answered rightly; raises until the daemon can."""
    with closing(SoundkinClient("127.0.0.1", PORT, timeout_s=0.2)) as client:
        assert client.status().pid == pid
        if rows:
            answer = client.find(Query(like=(Like(id=client.search("", 1)[0].id),), k=5))
            assert len(answer.neighbours) == 5


def wait_for(done: Callable[[], bool]) -> None:
    """Poll, for minutes if need be."""
    while not done():
        time.sleep(0.01)


def answered(rows: int, pid: int) -> bool:
    """Whether the daemon answers now."""
    try:
        ask(rows, pid)
    except DaemonNotRunningError:
        return False
    return True


def at_rest() -> bool:
    """Whether the first rescan is over and the graph complete."""
    try:
        with closing(SoundkinClient("127.0.0.1", PORT, timeout_s=30)) as client:
            status = client.status()
    except DaemonNotRunningError:
        return False
    return bool(status.scans) and status.index.state in {"ready", "empty"}


def peak_mb(process: psutil.Process) -> float:
    """Highest resident memory so far, where the system tells."""
    status = Path(f"/proc/{process.pid}/status")
    if not status.exists():
        return process.memory_info().rss / MB
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / MB


def measure_daemon(data: Path, rows: int) -> tuple[float, float, float, float]:
    """First answer, resident, peak, idle CPU."""
    with daemon(data) as (process, _):  # builds and saves the index
        wait_for(lambda: answered(rows, process.pid))
        wait_for(at_rest)
    with daemon(data) as (process, started):
        wait_for(lambda: answered(rows, process.pid))
        first_s = time.monotonic() - started
        wait_for(at_rest)
        time.sleep(5)
        watched = psutil.Process(process.pid)
        before = watched.cpu_times()
        time.sleep(20)
        after = watched.cpu_times()
        idle = 100 * (after.user + after.system - before.user - before.system) / 20
        return first_s, watched.memory_info().rss / MB, peak_mb(watched), idle


def bare_walk(top: str) -> int:
    """The least that a rescan has to do."""
    count, pending = 0, [top]
    while pending:
        with os.scandir(pending.pop()) as entries:
            for entry in entries:
                if entry.is_dir():
                    pending.append(entry.path)
                else:
                    entry.stat()
                    count += 1
    return count


def measure_rescan(data: Path, top: Path, rows: int, repeats: int = 5) -> tuple[float, float]:
    """Median seconds of CPU of a rescan with nothing changed, and of a bare walk, taken in turns."""
    rescans, walks = [], []
    with closing(open_library(data / "library.db", PARAMS)) as library:
        sweep = Scanner(library, ScanSettings())
        for _ in range(repeats):
            start = time.process_time()
            bare_walk(str(top))
            middle = time.process_time()
            findings = sweep(None, time.time())
            end = time.process_time()
            assert (findings.unchanged, len(findings.fresh)) == (rows, 0)
            walks.append(middle - start)
            rescans.append(end - middle)
    return statistics.median(rescans), statistics.median(walks)


def measure(rows: int, folder: Path) -> Footprint:
    """Everything at one size."""
    top, data = folder / "samples", folder / "data"
    data.mkdir(parents=True)
    top.mkdir()
    make_files(top, rows)
    make_library(data, top)
    first_s, resident, peak, idle = measure_daemon(data, rows)
    rescan_s, walk_s = measure_rescan(data, top, rows)
    files = {path: path.stat().st_size for path in data.glob("[li]*[!g]") if path.suffix != ".toml"}
    library = sum(size for path, size in files.items() if path.name.startswith("library"))
    each = max(rows, 1)
    return Footprint(
        rows,
        first_s,
        resident,
        peak,
        idle,
        sum(files.values()) / each,
        library / each,
        rescan_s,
        walk_s,
        rescan_s / walk_s,
    )


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[0, 100_000, 300_000])
    parser.add_argument("--folder", type=Path, help="where to make the files (a temporary folder)")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    results = []
    for rows in given.rows:
        folder = Path(tempfile.mkdtemp(prefix="soundkin-footprint-", dir=given.folder))
        try:
            results.append(measure(rows, folder))
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if not given.json:
            if len(results) == 1:
                print(
                    "      rows  first answer  resident    peak  idle CPU  disk/file  library/file  rescan / bare walk"
                )
            one = results[-1]
            print(
                f"{one.rows:10,} {one.first_answer_s:11.2f} s {one.resident_mb:6.0f} MB {one.peak_mb:4.0f} MB"
                f" {one.idle_cpu_percent:7.2f} % {one.disk_bytes_per_file:8.0f} B {one.library_bytes_per_file:11.0f} B"
                f"   {one.rescan_s:.2f} s / {one.walk_s:.2f} s = {one.rescan_ratio:.2f}",
                flush=True,
            )
    if given.json:
        print(json.dumps([asdict(one) for one in results], indent=2))


if __name__ == "__main__":
    main()
