"""A burst of 20,000 real events, read by the real watcher: when it is over, the library is equal to the disk."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from daemon_process import until
from fakes_analysis import FakeAnalyser
from fakes_index import PlainIndex
from library_samples import PARAMS
from soundkin.config import ScanSettings
from soundkin.ingest.index_sync import IndexSync
from soundkin.ingest.loop import Ingest
from soundkin.library import open_library
from soundkin.watch.watcher import FolderWatcher

EVENTS = 20_000
OLD_S = 1_000_000


def write(path: Path, content: str) -> None:
    path.write_text(content)
    os.utime(path, (OLD_S, OLD_S + len(content)))


def storm(top: Path) -> int:
    """Write, rename, replace and delete as fast as it goes; how many events that makes at least."""
    events, number = 0, 0
    while events < EVENTS:
        number += 1
        path = top / f"{number % 9}/{number % 40}.wav"
        path.parent.mkdir(exist_ok=True)
        write(path, f"take {number % 40} {number % 7}")
        events += 4
        if number % 5 == 0:
            path.rename(path.with_name(f"renamed {number % 11}.wav"))
            events += 2
        if number % 50 == 0:
            path.parent.rename(
                top / f"folder {number % 3}" if not (top / f"folder {number % 3}").exists() else path.parent
            )
            events += 2
    return events


def on_disk(top: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in top.rglob("*.wav")}


# a folder that is renamed in the storm may be announced twice, which watchdog only warns of; as an error it would
# kill watchdog's thread, which has a test of its own in tests/watch
@pytest.mark.filterwarnings("ignore:Callback with id:RuntimeWarning")
def test_after_a_burst_of_20_000_events_nothing_is_missed_and_the_watcher_did_not_choke(tmp_path: Path) -> None:
    top = tmp_path.resolve() / "samples"
    top.mkdir()
    library = open_library(tmp_path / "library.db", PARAMS)
    library.add_root(str(top))
    index_sync = IndexSync(library, PlainIndex(PARAMS), tmp_path / "cache")
    analyser = FakeAnalyser(PARAMS)
    ingest = Ingest(library, analyser, index_sync, ScanSettings(interval_s=86_400, settle_s=0.1))
    watcher = FolderWatcher(ingest.hint)
    thread = threading.Thread(target=ingest.run)
    thread.start()
    watcher.follow([str(top)])
    watcher.start()
    try:
        until(lambda: ingest.scans, "the first pass")
        assert storm(top) >= EVENTS

        def equal() -> bool:
            known = library.stamps(str(top))
            return {path: row.stamp.mtime_ns for path, row in known.items() if not row.missing} == on_disk(top)

        until(lambda: equal() and ingest.progress().state == "idle", "the library to equal the disk", 30)
        assert ingest.scans == 1, "hints did it, not the schedule"
    finally:
        watcher.stop()
        ingest.stop()
        thread.join()
        library.close()
