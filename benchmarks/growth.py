"""Whether a first scan of many files costs as much a file as one of few, and what memory its workers take.

    python benchmarks/growth.py                              100,000 one-shots of 0.5 s (8.8 GB), and their first 2,400
    python benchmarks/growth.py --files 20000                so many
    python benchmarks/growth.py --folder DIR                 make the files there, or take those that are there
    python benchmarks/growth.py --folder DIR --only-memory   any folder of audio files: peak memory of a worker alone

Each scan is the whole command on a new library, from the start of the process to the saved index, and the best of some
rounds. Processor time is that of all its processes. Linux only: peak memory is read from /proc.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

import kinds
import throughput

FEW = 2400
_PER_FOLDER = 200


@dataclass(frozen=True, slots=True)
class Scan:
    """What one run of the command took."""

    wall_s: float
    cpu_s: float
    worker_mb: float
    parent_mb: float


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--only-memory", action="store_true")
    parser.add_argument("--repeats", type=int, default=2)
    arguments = parser.parse_args()
    if arguments.only_memory:
        run = scan([arguments.folder])
        print(f"peak of a worker {run.worker_mb:.0f} MB, of the command {run.parent_mb:.0f} MB, {run.wall_s:.1f} s")
        return
    with tempfile.TemporaryDirectory() as made:
        folder = arguments.folder or Path(made)
        packs = make_packs(folder, arguments.files)
        report(packs, arguments.files, arguments.repeats)


def make_packs(folder: Path, files: int) -> list[Path]:
    """Folders of 200 one-shots each, every one with a sound of its own; those that are there already are taken."""
    packs = [folder / f"pack{number:04}" for number in range(files // _PER_FOLDER)]
    sources = None if all(pack.is_dir() for pack in packs) else throughput.one_shots()
    for number, pack in enumerate(packs):
        if sources is not None and not pack.is_dir():
            pack.mkdir(parents=True)
            kinds.make_kind(pack, kinds.Kind("wav", 0.5, _PER_FOLDER), sources, seed=number)
    return packs


def report(packs: list[Path], files: int, repeats: int) -> None:
    """A line for few files, a line for all, and their ratio; rounds in turns, each number the best of them."""
    few = packs[: FEW // _PER_FOLDER]
    rounds = [(scan(few), scan(packs)) for _ in range(repeats)]
    print("| files | wall s | files/s | CPU ms a file | worker MB | command MB |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    rates = []
    for place, count in enumerate((len(few) * _PER_FOLDER, files)):
        runs = [each[place] for each in rounds]
        wall_s, cpu_s = min(run.wall_s for run in runs), min(run.cpu_s for run in runs)
        memory = f"{max(run.worker_mb for run in runs):.0f} | {max(run.parent_mb for run in runs):.0f}"
        rates.append(count / wall_s)
        print(f"| {count:,} | {wall_s:.2f} | {rates[-1]:,.0f} | {cpu_s / count * 1000:.2f} | {memory} |")
    print(f"\nfiles/s of all, times those of the few: {rates[1] / rates[0]:.2f}")


def scan(folders: list[Path]) -> Scan:
    """Run the command once on a new library."""
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "soundkin_daemon", "scan", *map(str, folders), "--data-dir", data]
        began, before = time.perf_counter(), _cpu_of_the_dead_s()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
            worker_mb, parent_mb = _watched(running)
        if running.returncode:
            raise SystemExit(f"{command} ended with {running.returncode}")
        return Scan(time.perf_counter() - began, _cpu_of_the_dead_s() - before, worker_mb, parent_mb)


def _watched(running: subprocess.Popen[bytes]) -> tuple[float, float]:
    """The highest memory of any of its children and of itself, in MB, looked at ten times a second until it ends."""
    worker_mb = parent_mb = 0.0
    while running.poll() is None:
        try:
            parent_mb = max(parent_mb, _peak_mb(running.pid))
            for child in psutil.Process(running.pid).children():
                worker_mb = max(worker_mb, _peak_mb(child.pid))
        except (psutil.NoSuchProcess, OSError, StopIteration):
            pass  # it has just ended
        time.sleep(0.1)
    return worker_mb, parent_mb


def _peak_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def _cpu_of_the_dead_s() -> float:
    times = os.times()
    return times.children_user + times.children_system


if __name__ == "__main__":
    main()
