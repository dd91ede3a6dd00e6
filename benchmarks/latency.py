"""How long a person waits: a dropped file until it is found, a start until the first answer, the status command.

    uv run --group test python benchmarks/latency.py [--library FOLDER] [--rounds 20]

Runs the real daemon on a folder (default: synthetic samples), prints one table. Times are wall clock.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from daemon_process import RunningDaemon, daemon, run_cli, until
from soundkin.model import Like, Query
from soundkin_daemon.cli.demo_sounds import write_library


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path, help="a folder of samples")
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soundkin-latency-") as folder:
        here = Path(folder).resolve()
        sounds = write_library(here / "synthetic", each=10)
        library = options.library or here / "synthetic"
        drops = here / "drops"
        drops.mkdir()
        shutil.copyfile(sounds[-1], drops / "stays.wav")  # a folder that becomes empty counts as a disk that is away
        rows = measure(here / "data", library, drops, sounds, options.rounds)
    print(f"{'':44}{'median':>10}{'slowest':>10}")
    for name, times in rows.items():
        print(f"{name:44}{statistics.median(times):>8.3f} s{max(times):>8.3f} s")


def measure(data: Path, library: Path, drops: Path, sounds: list[Path], rounds: int) -> dict[str, list[float]]:
    """Seconds of each kind of waiting, one number a round."""
    found: list[float] = []
    changed: list[float] = []
    deleted: list[float] = []
    status: list[float] = []
    with daemon(data, library, drops) as running:
        running.scanned()
        for number in range(rounds):
            target = drops / f"drop-{number}.wav"
            shutil.copyfile(sounds[number % len(sounds)], target)
            found.append(timed(lambda target=target: _known(running, target)))
            shutil.copyfile(sounds[(number + 11) % len(sounds)], target)
            wanted = str(sounds[(number + 11) % len(sounds)])
            changed.append(timed(lambda target=target, wanted=wanted: _sounds_like(running, target, wanted)))
            target.unlink()
            deleted.append(timed(lambda target=target: not _known(running, target)))
            status.append(timed(lambda: run_cli(data, "status")))
    starts: list[float] = []
    for _ in range(max(3, rounds // 4)):
        begun = time.perf_counter()
        with daemon(data) as running:
            running.client.find(Query(like=(Like(path=str(sounds[0])),), k=16))
            starts.append(time.perf_counter() - begun)
    return {
        "file dropped -> found": found,
        "file changed -> answers as its new sound": changed,
        "file deleted -> gone": deleted,
        "process started -> first find answered": starts,
        "`soundkin status`, whole command": status,
    }


def timed(condition: object) -> float:
    """Seconds until the condition holds."""
    begun = time.perf_counter()
    until(condition, "a measured condition")  # type: ignore[arg-type]
    return time.perf_counter() - begun


def _known(running: RunningDaemon, path: Path) -> bool:
    return any(sample.path == str(path) for sample in running.client.search(path.name, 10))


def _sounds_like(running: RunningDaemon, path: Path, wanted: str) -> bool:
    answer = running.client.find(Query(like=(Like(path=wanted),), k=3))
    return any(hit.sample.path == str(path) and hit.distance < 1e-3 for hit in answer.neighbours)


if __name__ == "__main__":
    main()
