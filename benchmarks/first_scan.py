"""What a first scan keeps in memory: the comparison with an empty library, and the queue that comes of it.

    python benchmarks/first_scan.py [--files 500000] [--folder FOLDER]

Makes so many tiny files (in FOLDER, where they stay), walks through them as the daemon does and queues them. No file is
read.
"""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psutil

from footprint import make_files, peak_mb
from soundkin.analysis.params import PARAMS
from soundkin.config import ScanSettings
from soundkin.folders.scanner import Scanner
from soundkin.ingest.queue import AnalysisQueue
from soundkin.library import open_library
from soundkin_daemon.memory import give_back

HANDED_OUT = 1_000


def say(what: str, began: float) -> None:
    """Resident memory now and at its highest."""
    this = psutil.Process()
    seconds = time.process_time() - began
    print(
        f"{what:44}{this.memory_info().rss / 1e6:8.0f} MB, peak {peak_mb(this):6.0f} MB, {seconds:6.2f} s", flush=True
    )


def measure(top: Path, data: Path) -> None:
    """Walk, queue, take some."""
    with closing(open_library(data / "library.db", PARAMS)) as library:
        library.add_root(str(top))
        began = time.process_time()
        say("before", began)
        findings = Scanner(library, ScanSettings())(None, time.time() + 60)
        say("compared with an empty library", began)
        queue = AnalysisQueue()
        queue.push(findings.fresh)
        say(f"{len(queue):,} files queued", began)
        del findings
        gc.collect()
        give_back()
        say("at rest", began)
        for _ in range(HANDED_OUT):
            next(queue)
        while queue:
            queue.settle([next(queue).path])
        say("all handed out", began)


def main() -> None:
    """Make files and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=500_000)
    parser.add_argument("--folder", type=Path, help="where the files are, or are to be made")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        top = given.folder or Path(temporary) / "samples"
        if not top.exists():
            top.mkdir(parents=True)
            make_files(top, given.files)
        measure(top, Path(temporary))


if __name__ == "__main__":
    main()
