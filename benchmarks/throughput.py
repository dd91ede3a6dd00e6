"""What analysis costs beside decoding, from one run on the same files, each step in the same warm pool of workers.

    python benchmarks/throughput.py                    2,232 one-shots: those of the Debian packages, copied as they are
    python benchmarks/throughput.py --wav              the same written as 16-bit mono WAV, which decodes fastest of all
    python benchmarks/throughput.py --files 10000      so many
    python benchmarks/throughput.py --folder DIR       the audio files of a folder as they are
    python benchmarks/throughput.py --kinds            one-shots, loops, long files, FLAC, MP3, Ogg: the analysis alone
    python benchmarks/throughput.py --workers 2        default: what `soundkin scan` uses

Steps: read every sample with libsndfile and drop it; decode (at most ten seconds) and mix down as the analysis does;
the full analysis; and the whole `soundkin scan` command on a new library, from process start to saved index.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import soundfile
from numpy.typing import NDArray

import kinds
from soundkin.analysis import ProcessAnalyser, process
from soundkin.analysis.decode import decode
from soundkin.config import AnalysisSettings, worker_count
from soundkin.errors import AnalysisError
from soundkin.model import Analysis, DiskFile, FileStamp

SUFFIXES = {".wav", ".flac", ".ogg", ".aif", ".aiff", ".mp3", ".opus"}
SOURCES = ("hydrogen/data/drumkits", "lmms/samples", "sonic-pi/samples")
LONGEST_S = 1.5
_STEP = """
import sys, pickle; sys.path[:], background = pickle.load(sys.stdin.buffer)
import os, numpy, soundfile
from soundkin.analysis import pipeline
from soundkin.analysis.decode import decode
from soundkin.model import Analysis, Facts
facts, vector = Facts(0.0, 1, 1), numpy.zeros(48, "float32")
def step(path, stamp):
    {body}
    return Analysis(path, stamp, b"", facts, vector)
pipeline.in_batches = lambda jobs, reading: ([step(job.path, job.stamp)] for job in jobs)
from soundkin.analysis.worker import main; main(background=background)
"""
_READ = 'with soundfile.SoundFile(path) as file: file.read(dtype="float32")'
_DECODE = "fd = os.open(path, os.O_RDONLY); decode(fd, path); os.close(fd)"
BOOTS = {
    "decode only": _STEP.format(body=_READ),
    "decode and mix down": _STEP.format(body=_DECODE),
    "full analysis": "",
}

SCAN, EMPTY = "soundkin scan, cold", "soundkin scan of an empty folder"


def one_shots() -> list[tuple[Path | None, NDArray[np.floating], int]]:
    """Short sounds of the Debian packages, or synthetic ones where those are missing: file, samples, rate."""
    found: list[tuple[Path | None, NDArray[np.floating], int]] = []
    for path in sorted(p for s in SOURCES for p in (Path("/usr/share") / s).rglob("*") if p.suffix.lower() in SUFFIXES):
        fd = os.open(path, os.O_RDONLY)
        try:
            soundfile.info(str(path))  # what decoding alone is measured by has to read it
            sound = decode(fd, str(path))
        except (AnalysisError, soundfile.LibsndfileError):
            continue
        finally:
            os.close(fd)
        if sound.duration_s <= LONGEST_S and sound.y.size > 100:
            found.append((path, sound.y, sound.sr))
    if not found:
        t = np.arange(20_000) / 44_100
        found = [(None, np.exp(-t * k) * np.sin(t * 500 * k), 44_100) for k in range(2, 80)]
    return found


def make_files(folder: Path, count: int, *, wav: bool) -> float:
    """Write so many files, copies with small changes after the first round; their mean length in seconds."""
    sources, rng, seconds = one_shots(), np.random.default_rng(0), 0.0
    for at in range(count):
        path, y, sr = sources[at % len(sources)]
        kit = folder / f"kit{at // 200:03}"
        kit.mkdir(exist_ok=True)
        cut = int(y.size * rng.uniform(0.9, 1.0)) if at >= len(sources) else y.size
        gain = rng.uniform(0.5, 0.95)
        seconds += cut / sr
        if wav or path is None:
            soundfile.write(str(kit / f"{at:05}.wav"), np.clip(y[:cut] * gain, -1, 1), sr, subtype="PCM_16")
        elif at < len(sources):
            shutil.copy(path, kit / f"{at:05}{path.suffix}")
        else:
            info, (whole, _) = soundfile.info(str(path)), soundfile.read(str(path))
            new = kit / f"{at:05}{path.suffix}"
            soundfile.write(str(new), whole[:cut] * gain, sr, subtype=info.subtype, format=info.format)
    return seconds / count


def files_below(folder: Path) -> list[DiskFile]:
    """The folder's audio files as a scan reports them."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    return [DiskFile(str(p), FileStamp((s := p.stat()).st_size, s.st_mtime_ns)) for p in paths]


@contextmanager
def warm_pool(boot: str, files: list[DiskFile], workers: int) -> Iterator[ProcessAnalyser]:
    """A pool whose workers run a step and have run it before."""
    usual = process.BOOT
    process.BOOT = boot or usual
    pool = ProcessAnalyser(workers, time_limit_s=60)
    try:
        list(pool.analyse(files[: 64 * workers]))
        yield pool
    finally:
        pool.close()
        process.BOOT = usual


@dataclass(frozen=True, slots=True)
class Cost:
    """What a step costs."""

    wall_s: float = float("inf")
    cpu_s: float = float("inf")
    """Of this process and its children."""

    def best(self, other: Cost) -> Cost:
        """The smaller of both in each way."""
        return Cost(min(self.wall_s, other.wall_s), min(self.cpu_s, other.cpu_s))


def cost_of(pool: ProcessAnalyser, files: list[DiskFile]) -> tuple[Cost, int]:
    """What all files cost, and how many failed."""
    began, cpu, failed = time.perf_counter(), _cpu_s(), 0
    for batch in pool.analyse(files):
        failed += sum(not isinstance(outcome, Analysis) for outcome in batch)
    return Cost(time.perf_counter() - began, _cpu_s() - cpu), failed


def _cpu_s() -> float:
    """Processor time of this process and its living children."""
    used = time.process_time()
    for child in psutil.Process().children():
        times = child.cpu_times()
        used += times.user + times.system
    return used


def scan_command(folder: Path) -> Cost:
    """What the whole command costs on a new library."""
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "soundkin_daemon", "scan", str(folder), "--data-dir", data]
        began, cpu = time.perf_counter(), _cpu_of_the_dead_s()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return Cost(time.perf_counter() - began, _cpu_of_the_dead_s() - cpu)


def _cpu_of_the_dead_s() -> float:
    """Processor time of children that have ended, and of theirs."""
    times = os.times()
    return times.children_user + times.children_system


def cost_of_kind(folder: Path, workers: int, repeats: int) -> tuple[float, float, int]:
    """Processor seconds of decoding and of the full analysis, the least of some rounds in turns; number of files."""
    files = files_below(folder)
    best = {name: Cost() for name in BOOTS}
    for _ in range(repeats):
        for name in ("decode only", "full analysis"):
            with warm_pool(BOOTS[name], files, workers) as pool:
                best[name] = best[name].best(cost_of(pool, files)[0])
    return best["decode only"].cpu_s, best["full analysis"].cpu_s, len(files)


def report(folder: Path, workers: int, repeats: int) -> None:
    """Measure and print the table: the best of some rounds, the steps taking turns."""
    files = files_below(folder)
    best = dict.fromkeys([*BOOTS, SCAN, EMPTY], Cost())
    failures = 0
    for _ in range(repeats):
        for name, boot in BOOTS.items():
            with warm_pool(boot, files, workers) as pool:
                cost, failures = cost_of(pool, files)
                best[name] = best[name].best(cost)
        with tempfile.TemporaryDirectory() as nothing:
            best[EMPTY] = best[EMPTY].best(scan_command(Path(nothing)))
        best[SCAN] = best[SCAN].best(scan_command(folder))
    size = sum(file.stamp.size for file in files) / 1e6
    print(f"{len(files)} files, {size:.0f} MB, {failures} failed; {workers} workers\n")
    print("| step | wall s | CPU-s | CPU ms a file | wall, times decode only | CPU, times decode only |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    least = best["decode only"]
    for name, cost in best.items():
        each = (
            f"{cost.cpu_s / len(files) * 1000:.2f} | {cost.wall_s / least.wall_s:.1f} | {cost.cpu_s / least.cpu_s:.1f}"
        )
        print(f"| {name} | {cost.wall_s:.2f} | {cost.cpu_s:.2f} | {each} |")


def main() -> None:
    """Measure a folder, or files made for it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--files", type=int, default=2232)
    parser.add_argument("--wav", action="store_true")
    parser.add_argument("--kinds", action="store_true")
    parser.add_argument("--workers", type=int, default=worker_count(AnalysisSettings()))
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.folder:
        report(arguments.folder, arguments.workers, arguments.repeats)
        return
    if arguments.kinds:
        with tempfile.TemporaryDirectory() as made:
            sources = one_shots()
            kinds.report(sources, Path(made), lambda here: cost_of_kind(here, arguments.workers, arguments.repeats))
        return
    with tempfile.TemporaryDirectory() as folder:
        mean_s = make_files(Path(folder), arguments.files, wav=arguments.wav)
        print(f"made {arguments.files} one-shots of {mean_s:.2f} s on average")
        report(Path(folder), arguments.workers, arguments.repeats)


if __name__ == "__main__":
    main()
