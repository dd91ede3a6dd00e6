"""Making room for others: load, battery, transport, and what comes first."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from fakes_analysis import FakeAnalyser
from fakes_index import PlainIndex
from fakes_library import FakeLibrary
from soundkin.config import AnalysisSettings, ScanSettings
from soundkin.ingest.index_sync import IndexSync
from soundkin.ingest.loop import Ingest
from soundkin.ingest.queue import AnalysisQueue, Turn
from soundkin.ingest.throttle import Throttle
from soundkin.model import Aspect, DiskFile, FeatureParams, FileStamp
from soundkin_daemon.sensors import MachineSensors

PARAMS = FeatureParams(1, 4, (Aspect("timbre", 0, 4),))
OLD_S = 1_000_000


class Machine:
    """Sensors that a test sets."""

    def __init__(self, load: float = 0.0, charge: float | None = None) -> None:
        self.load = load
        self.charge = charge
        self.asked = 0

    def others_load(self) -> float:
        self.asked += 1
        return self.load

    def battery(self) -> float | None:
        return self.charge


def file(path: str, mtime: int = 0) -> DiskFile:
    return DiskFile(path, FileStamp(1, mtime))


def order(queue: AnalysisQueue) -> list[str]:
    return [each.path for each in queue]


def test_folders_with_the_newest_files_come_first_and_each_stays_together() -> None:
    queue = AnalysisQueue()
    queue.push([file("/old/a", 5), file("/new/a", 1), file("/old/b", 1), file("/new/b", 9), file("/older/a", 2)])
    assert order(queue) == ["/new/a", "/new/b", "/old/a", "/old/b", "/older/a"]


def test_a_favoured_folder_overtakes_the_rest_once_and_nothing_comes_twice() -> None:
    queue = AnalysisQueue()
    queue.push([file(f"/a/{n}", 9) for n in range(3)] + [file(f"/b/{n}") for n in range(3)])
    queue.push([file("/b/stale")], Turn.STALE)
    assert queue.favour("/b") == 4
    assert queue.favour("/b") == 0
    assert order(queue) == ["/b/0", "/b/1", "/b/2", "/b/stale", "/a/0", "/a/1", "/a/2"]
    assert len(queue) == 0


@pytest.mark.parametrize(
    ("ceiling", "load", "paused"), [(100, 100.0, False), (60, 61.0, True), (60, 60.0, False), (60, 5.0, False)]
)
def test_a_busy_machine_pauses_analysis_where_a_ceiling_is_set(ceiling: float, load: float, paused: bool) -> None:
    throttle = Throttle(AnalysisSettings(pause_above_load=ceiling), Machine(load))
    assert ("load" in throttle.reasons(0)) == paused


def test_it_goes_on_only_well_below_the_ceiling_and_asks_every_few_seconds_only() -> None:
    machine = Machine(70.0)
    throttle = Throttle(AnalysisSettings(pause_above_load=60), machine)
    assert "pause_above_load" in throttle.reasons(0)["load"]
    machine.load = 55.0
    assert throttle.reasons(1)
    assert throttle.reasons(6)
    machine.load = 45.0
    assert not throttle.reasons(12)
    assert machine.asked == 3


@pytest.mark.parametrize(
    ("floor", "charge", "paused"),
    [(20, 15.0, True), (20, 50.0, False), (20, None, False), (0, 1.0, False), (100, 100.0, True), (100, None, False)],
)
def test_a_battery_pauses_analysis_below_the_charge_set(floor: float, charge: float | None, paused: bool) -> None:
    throttle = Throttle(AnalysisSettings(pause_below_battery=floor), Machine(charge=charge))
    assert ("battery" in throttle.reasons(0)) == paused


def test_while_others_need_the_machine_nothing_is_analysed_and_the_status_says_why(tmp_path: Path) -> None:
    machine, now = Machine(charge=10.0), [0.0]
    library = FakeLibrary(PARAMS)
    library.add_root(str(tmp_path))
    for number in range(3):
        path = tmp_path / f"{number}.wav"
        path.write_text(str(number))
        os.utime(path, (OLD_S, OLD_S))
    analyser = FakeAnalyser(PARAMS)
    index_sync = IndexSync(library, PlainIndex(PARAMS), tmp_path / "cache")
    throttle = Throttle(AnalysisSettings(), machine)
    ingest = Ingest(library, analyser, index_sync, ScanSettings(), throttle=throttle, clock=lambda: now[0])

    def turns() -> None:
        for _ in range(20):
            now[0] += 1
            ingest.step(0)

    ingest.pause("transport")
    turns()
    assert (ingest.progress().state, analyser.analysed) == ("paused", [])
    assert any("REAPER" in note for note in ingest.notes)
    assert any("battery at 10 %" in note for note in ingest.notes)
    ingest.resume("transport")
    turns()
    assert analyser.analysed == []
    machine.charge = None
    turns()
    assert len(analyser.analysed) == 3
    assert ingest.notes == ()
    machine.charge = 5.0
    (tmp_path / "late.wav").write_text("late")
    os.utime(tmp_path / "late.wav", (OLD_S, OLD_S))
    ingest.request_scan()
    turns()
    assert len(ingest.notes) == 1
    (tmp_path / "late.wav").unlink()
    ingest.run_until_idle()
    assert ingest.notes == ()


@pytest.mark.alone
def test_our_own_work_does_not_count_as_load() -> None:
    sensors = MachineSensors()
    assert sensors.others_load() == 0.0
    started, own = time.monotonic(), time.process_time()
    while time.process_time() - own < 0.4:
        pass
    load = sensors.others_load()
    share = 100 * (time.process_time() - own) / (time.monotonic() - started) / (os.cpu_count() or 1)
    assert 0 <= load <= 100 - share + 15
    assert sensors.battery() is None or 0 <= (sensors.battery() or 0) <= 100
