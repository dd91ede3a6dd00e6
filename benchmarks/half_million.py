"""The long night: very many files, a disk that goes away for a while, three kills on the way, and what that costs.

    python benchmarks/half_million.py --files 500000 [--folder /big/disk]

Makes tiny valid WAV files, each with a sound of its own, runs the real daemon with its real workers over them, takes
the folder away for twelve seconds at an eighth of the way, kills the daemon with signal 9 at a quarter, a half and
three quarters, and lets it finish. A file takes one block of disk.
"""

from __future__ import annotations

import argparse
import json
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import psutil

from soundkin.analysis.params import PARAMS
from soundkin.errors import DaemonNotRunningError
from soundkin.library import open_library
from soundkin.model import Like, Query, Status
from soundkin_osc.client.udp_client import SoundkinClient

PORT = 27_632
KILLS = 3
UNPLUGGED_S = 12.0
FRAMES = 1_500
SAMPLE_RATE = 22_050
MB = 1e6


@dataclass(slots=True)
class Night:
    """What came of it. `_s` seconds."""

    files: int
    making_s: float = 0.0
    total_s: float = 0.0
    """From the first start to the end of the last scan, restarts included."""
    first_result_s: float = 0.0
    """From the first start to the first answered question."""
    lost: list[int] = field(default_factory=list)
    """At each kill: files analysed and not yet stored."""
    failed_while_away: int = 0
    """Files that counted as failed, or as not to be read, when the folder was away and had come back."""
    offline_s: float = 0.0
    """From the folder's going until its root was known to be offline."""
    back_s: float = 0.0
    """From its return until the next file was stored."""
    orphans_s: list[float] = field(default_factory=list)
    """After each kill: how long its workers lived on."""
    peak_mb: float = 0.0
    """Of the daemon, without its workers."""
    samples: int = 0
    problems: int = 0
    files_per_s: float = 0.0


def make_files(top: Path, count: int) -> None:
    """One-shots that differ in pitch, decay and noise; a hundred a folder."""
    rng = np.random.default_rng(1)
    t = np.arange(FRAMES) / SAMPLE_RATE
    header = b"RIFF" + struct.pack("<I", 36 + 2 * FRAMES) + b"WAVEfmt "
    header += (
        struct.pack("<IHHIIHH", 16, 1, 1, SAMPLE_RATE, 2 * SAMPLE_RATE, 2, 16) + b"data" + struct.pack("<I", 2 * FRAMES)
    )
    noise = rng.standard_normal(FRAMES + 4_096)
    for start in range(0, count, 100):
        folder = top / f"vendor {start // 50_000:03d}" / f"pack {start // 100:05d}"
        folder.mkdir(parents=True)
        numbers = rng.random((min(100, count - start), 4))
        for number, (pitch, decay, dirt, shift) in enumerate(numbers, start):
            at = int(shift * 4_096)
            y = (1 - dirt) * np.sin(2 * np.pi * 40 * 2 ** (6 * pitch) * t) + dirt * noise[at : at + FRAMES]
            y = 9_000 * y * np.exp(-t * (5 + 60 * decay))
            (folder / f"hit {number:06d}.wav").write_bytes(header + y.astype("<i2").tobytes())


class Run:
    """One daemon process."""

    def __init__(self, data: Path, top: Path) -> None:
        words = ["up", str(top), "--quiet", "--data-dir", str(data), "--port", str(PORT)]
        self.started = time.monotonic()
        self.data = data
        self.process = subprocess.Popen([sys.executable, "-m", "soundkin_daemon", *words])
        self.peak = 0
        threading.Thread(target=self._weigh, daemon=True).start()

    def _weigh(self) -> None:
        watched = psutil.Process(self.process.pid)
        while self.process.poll() is None:
            try:
                self.peak = max(self.peak, watched.memory_info().rss)
            except psutil.Error:
                return
            time.sleep(0.5)

    def status(self) -> Status | None:
        """The daemon's state; None while it starts."""
        assert self.process.poll() is None, "the daemon ended by itself"
        try:
            with closing(SoundkinClient("127.0.0.1", PORT, timeout_s=10)) as client:
                return client.status()
        except DaemonNotRunningError:
            return None

    def ask(self) -> int:
        """Neighbours of some sample, how many."""
        with closing(SoundkinClient("127.0.0.1", PORT, timeout_s=10)) as client:
            found = client.search("", 1)
            return len(client.find(Query(like=(Like(id=found[0].id),), k=5)).neighbours) if found else 0

    def wait_until(self, share: float, files: int, night: Night) -> Status:
        """Until so much of the work is done; 1: until the pass is over."""
        while True:
            status = self.status()
            if status is not None:
                if not night.first_result_s and status.samples and self.ask():
                    night.first_result_s = time.monotonic() - self.started
                is_there = status.samples + status.failed >= share * files
                if is_there and (share < 1 or status.scans):  # a pass also ends when a disk goes
                    return status
            time.sleep(0.2)

    def kill(self) -> float:
        """Signal 9; seconds until its workers are gone too."""
        workers = psutil.Process(self.process.pid).children(recursive=True)
        self.process.kill()
        self.process.wait()
        died = time.monotonic()
        _, alive = psutil.wait_procs(workers, timeout=60)
        for worker in alive:
            worker.kill()
        return time.monotonic() - died


def unplug(run: Run, top: Path, files: int, night: Night) -> int:
    """Take the folder away in the middle of the scan, as a disk that is pulled out, and bring it back.

    How many files were stored by then: the scan begins to count again.
    """
    run.wait_until(1 / 8, files, night)
    away = top.with_name("away")
    top.rename(away)
    gone = time.monotonic()
    while time.monotonic() < gone + UNPLUGGED_S:
        status = run.status()
        if status is not None and not night.offline_s and not all(root.online for root in status.roots):
            night.offline_s = time.monotonic() - gone
        time.sleep(0.2)
    away.rename(top)
    back = time.monotonic()
    known = stored(run.data)
    while stored(run.data) <= known:
        time.sleep(0.2)
    night.back_s = time.monotonic() - back
    status = run.status()
    night.failed_while_away = status.failed + status.unread if status else -1
    print(f"unplugged for {UNPLUGGED_S:g} s; {night.failed_while_away} failed", file=sys.stderr, flush=True)
    return known


def stored(data: Path) -> int:
    """Files that the library knows."""
    with closing(open_library(data / "library.db", PARAMS)) as library:
        return library.count() + len(library.problems())


def spend(files: int, folder: Path) -> Night:
    """The whole night."""
    night = Night(files)
    top, data = folder / "samples", folder / "data"
    top.mkdir(parents=True)
    began = time.monotonic()
    make_files(top, files)
    night.making_s = time.monotonic() - began
    began = time.monotonic()
    before = 0
    for kill in range(1, KILLS + 1):
        run = Run(data, top)
        if kill == 1:
            before = unplug(run, top, files, night)
        run.wait_until(kill / (KILLS + 1), files, night)
        status = run.status()
        done = before + (status.progress.done if status else 0)
        night.orphans_s.append(round(run.kill(), 2))
        before = stored(data)
        night.lost.append(max(0, done - before))
        night.peak_mb = max(night.peak_mb, run.peak / MB)
        print(f"killed at {done:,} of {files:,}; {before:,} were stored", file=sys.stderr, flush=True)
    run = Run(data, top)
    status = run.wait_until(1, files, night)
    night.total_s = time.monotonic() - began
    night.peak_mb = max(night.peak_mb, run.peak / MB)
    night.samples, night.problems = status.samples, status.failed
    night.files_per_s = files / night.total_s
    run.process.terminate()
    run.process.wait()
    return night


def main() -> None:
    """Make, scan, kill, finish, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=500_000)
    parser.add_argument("--folder", type=Path, help="where to make them (a temporary folder)")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="soundkin-night-", dir=given.folder))
    try:
        print(json.dumps(asdict(spend(given.files, folder)), indent=2))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
