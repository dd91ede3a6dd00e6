"""The straight line with real files, a fake library and a fake analyser, on a clock that tests move."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from fakes_analysis import FakeAnalyser
from fakes_index import PlainIndex
from fakes_library import FakeLibrary
from soundkin.config import ScanSettings
from soundkin.disks import Lanes
from soundkin.errors import LibraryError, LibraryFullError
from soundkin.folders.walk import FileRow, Walk
from soundkin.ingest.index_sync import IndexSync
from soundkin.ingest.loop import Ingest
from soundkin.model import AnalysisFailure, Aspect, FeatureParams, FileStamp, Outcome

PARAMS = FeatureParams(1, 4, (Aspect("timbre", 0, 4),))
OLD_S = 1_000_000.0


class Clock:
    """Both clocks of ingest, moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def wall(self) -> float:
        return OLD_S + 1000 + self.now


class FullableLibrary(FakeLibrary):
    """A library whose disk can be filled."""

    error: LibraryError | None = None
    put_sizes: tuple[int, ...] = ()

    def put(self, outcomes: Sequence[Outcome]) -> None:
        if self.error is not None:
            raise self.error
        self.put_sizes += (len(outcomes),)
        super().put(outcomes)


class House:
    """Ingest with everything around it."""

    def __init__(self, folder: Path, **settings: float) -> None:
        self.folder = folder
        self.clock = Clock()
        self.library = FullableLibrary(PARAMS)
        self.analyser = FakeAnalyser(PARAMS)
        self.index = PlainIndex(PARAMS)
        self.ingest = Ingest(
            self.library,
            self.analyser,
            IndexSync(self.library, self.index, folder.parent / "cache"),
            ScanSettings(**settings),  # type: ignore[arg-type]
            clock=self.clock,
            wall=self.clock.wall,
        )
        self.library.add_root(str(folder))

    def file(self, name: str, data: bytes = b"", mtime: float = OLD_S) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data or name.encode())
        os.utime(path, (mtime, mtime))
        return str(path)

    def settle(self) -> None:
        """Let time pass and work until nothing is left."""
        self.clock.now += 1.0
        for _ in range(10_000):
            self.ingest.step(0)
            if self.ingest.progress().state == "idle":
                return
        raise AssertionError("ingest does not come to rest")

    def paths(self) -> set[str]:
        return {os.path.relpath(sample.path, self.folder) for sample in self.library.search("", 1000)}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_the_first_step_scans_all_roots_and_analyses_what_is_new(house: House) -> None:
    house.file("a.wav")
    house.file("b.wav", b"bad")
    house.settle()
    assert house.paths() == {"a.wav"}
    assert [problem.code for problem in house.library.problems()] == ["decode"]
    summary = house.ingest.last_scan
    assert (summary.found, summary.analysed, summary.failed, summary.unchanged) == (2, 1, 1, 0)
    assert house.index.generation == house.library.generation() > 0


def test_a_second_scan_analyses_nothing(house: House) -> None:
    house.file("a.wav")
    house.file("b.wav", b"bad")
    house.settle()
    house.analyser.analysed.clear()
    summary = house.ingest.run_until_idle()
    assert (summary.unchanged, summary.analysed, summary.failed) == (2, 0, 0)
    assert house.analyser.analysed == []


def test_a_hinted_file_is_analysed_without_a_scan_of_everything(house: House) -> None:
    house.settle()
    house.file("late.wav")
    house.file("unhinted.wav")
    house.ingest.hint(str(house.folder / "late.wav"))
    house.settle()
    assert house.paths() == {"late.wav"}


def test_the_periodic_scan_finds_what_no_hint_told(house: House) -> None:
    house.settle()
    house.file("quiet.wav")
    house.clock.now += 299
    house.settle()
    assert house.paths() == {"quiet.wav"}


def test_a_changed_file_keeps_its_id_and_gets_a_new_vector(house: House) -> None:
    path = house.file("a.wav", b"one")
    house.settle()
    before = house.library.by_path(path)
    assert before is not None
    old = house.library.vectors([before.id])[before.id]
    house.file("a.wav", b"two!", mtime=OLD_S + 1)
    house.ingest.hint(path)
    house.settle()
    after = house.library.by_path(path)
    assert after is not None
    assert after.id == before.id
    assert not (house.library.vectors([after.id])[after.id] == old).all()


def test_a_deleted_file_leaves_the_answers_and_comes_back_without_analysis(house: House) -> None:
    path = house.file("a.wav")
    house.file("b.wav")
    house.settle()
    shutil.move(path, house.folder.parent / "aside.wav")
    house.ingest.hint(path)
    house.settle()
    assert house.paths() == {"b.wav"}
    shutil.move(house.folder.parent / "aside.wav", path)
    house.ingest.hint(path)
    house.settle()
    assert house.paths() == {"a.wav", "b.wav"}
    assert len(house.analyser.analysed) == 2


def test_moving_a_folder_moves_its_rows_and_analyses_nothing(house: House) -> None:
    for number in range(30):
        house.file(f"drums/{number}.wav")
    house.settle()
    ids = {sample.id for sample in house.library.search("", 100)}
    (house.folder / "drums").rename(house.folder / "percussion")
    house.ingest.hint(str(house.folder / "drums"))
    house.ingest.hint(str(house.folder / "percussion"))
    house.settle()
    assert {os.path.dirname(path) for path in house.paths()} == {"percussion"}
    assert {sample.id for sample in house.library.search("", 100)} == ids
    assert len(house.analyser.analysed) == 30


def test_a_move_is_recognised_even_when_its_two_halves_are_seen_apart(house: House) -> None:
    path = house.file("a.wav")
    house.file("stay.wav")
    house.settle()
    os.rename(path, house.folder / "b.wav")
    house.ingest.hint(path)
    house.settle()
    house.ingest.hint(str(house.folder / "b.wav"))
    house.settle()
    assert house.paths() == {"b.wav", "stay.wav"}
    assert len(house.analyser.analysed) == 2


def test_a_root_that_is_gone_goes_offline_keeps_its_rows_and_returns_without_analysis(house: House) -> None:
    house.file("a.wav")
    house.settle()
    away = house.folder.with_name("away")
    house.folder.rename(away)
    house.ingest.run_until_idle()
    assert house.paths() == set()
    assert [root.online for root in house.library.roots()] == [False]
    assert "offline" in " ".join(house.ingest.notes)
    away.rename(house.folder)
    house.ingest.run_until_idle()
    assert house.paths() == {"a.wav"}
    assert house.ingest.notes == ()
    assert len(house.analyser.analysed) == 1


def test_a_root_that_is_suddenly_empty_counts_as_away_not_as_deleted(house: House) -> None:
    path = house.file("a.wav")
    house.settle()
    shutil.move(path, house.folder.parent / "aside.wav")
    summary = house.ingest.run_until_idle()
    assert summary.removed == 0
    assert [root.online for root in house.library.roots()] == [False]
    shutil.move(house.folder.parent / "aside.wav", path)
    house.ingest.run_until_idle()
    assert house.paths() == {"a.wav"}
    assert len(house.analyser.analysed) == 1


def test_many_files_gone_at_once_are_said_in_the_notes(house: House) -> None:
    for number in range(100):
        house.file(f"{number}.wav")
    house.settle()
    for number in range(60):
        (house.folder / f"{number}.wav").unlink()
    house.ingest.run_until_idle()
    assert any("60 of 100" in note for note in house.ingest.notes)


def test_a_file_written_to_a_moment_ago_waits_until_it_is_still(house: House) -> None:
    house.settle()
    path = house.file("growing.wav", mtime=house.clock.wall() + 0.5)
    house.ingest.hint(path)
    house.clock.now += 0.6
    house.ingest.step(0)
    assert house.analyser.analysed == []
    house.clock.now += 1.5
    house.settle()
    assert house.paths() == {"growing.wav"}


def test_results_are_committed_in_batches_of_at_most_64(house: House) -> None:
    for number in range(150):
        house.file(f"{number}.wav")
    house.settle()
    assert max(house.library.put_sizes) <= 64
    assert sum(house.library.put_sizes) == 150
    assert len(house.library.put_sizes) <= 4


def test_a_slow_batch_is_committed_after_a_second(house: House) -> None:
    for number in range(3):
        house.file(f"{number}.wav")

    def slow(path: str) -> None:
        house.clock.now += 1.1

    house.analyser._on_file = slow
    house.settle()
    assert len(house.library.put_sizes) >= 2


def test_a_file_dropped_during_a_long_scan_is_analysed_before_the_rest(house: House) -> None:
    for number in range(50):
        house.file(f"old/{number:02}.wav")
    dropped = house.folder / "fresh.wav"

    def drop(path: str) -> None:
        if len(house.analyser.analysed) == 5:
            house.file("fresh.wav")
            house.ingest.hint(str(dropped))
            house.clock.now += 2

    house.analyser._on_file = drop
    house.settle()
    assert house.analyser.analysed.index(str(dropped)) < 10
    assert len(house.paths()) == 51


@pytest.fixture
def long_walk(house: House, monkeypatch: pytest.MonkeyPatch) -> tuple[House, list[int]]:
    """200 files, met ten at a time; the list says how many were analysed when each ten were met."""
    monkeypatch.setattr("soundkin.folders.walk._RUN", 10)
    for number in range(200):
        house.file(f"{number // 10:02}/{number:03}.wav", mtime=OLD_S + number // 10)
    met: list[int] = []
    runs = Walk.runs

    def counted(walk: Walk) -> Iterator[list[FileRow]]:
        for run in runs(walk):
            met.append(len(house.analyser.analysed))
            yield run
            house.clock.now += 1

    monkeypatch.setattr(Walk, "runs", counted)
    monkeypatch.setattr(Lanes, "stream", lambda _self, _place, make, _what: iter(make()))  # no piece is walked ahead
    return house, met


def test_the_workers_do_not_wait_for_the_end_of_the_first_walk(long_walk: tuple[House, list[int]]) -> None:
    house, met = long_walk
    house.settle()
    assert met[1] > 0
    assert met[-1] >= 19, "some at every piece of the walk"
    assert sorted(house.analyser.analysed) == sorted(set(house.analyser.analysed))
    assert len(house.paths()) == 200
    last = house.ingest.last_scan
    assert (last.found, last.analysed, last.unchanged, last.removed) == (200, 200, 0, 0)
    house.ingest.request_scan()
    house.settle()
    assert house.ingest.last_scan.unchanged == 200


def test_only_as_much_is_taken_ahead_as_keeps_the_workers_busy(
    long_walk: tuple[House, list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    house, _ = long_walk
    monkeypatch.setattr("soundkin.ingest.early_start._AHEAD", 20)
    house.settle()
    folders = [os.path.basename(os.path.dirname(path)) for path in house.analyser.analysed]
    walked = folders.index("19")
    assert 20 <= walked < 60
    assert folders[walked:] == sorted(folders[walked:], reverse=True), "the rest in its due order, newest first"


def test_a_walk_over_a_library_that_knows_something_begins_no_work(long_walk: tuple[House, list[int]]) -> None:
    house, met = long_walk
    other = house.folder.parent / "other"
    other.mkdir()
    house.library.add_root(str(other))
    house.library.put([AnalysisFailure(str(other / "x.wav"), FileStamp(1, 1), "decode", "bad")])
    house.settle()
    assert met == [0] * len(met)
    assert len(house.paths()) == 200


def test_a_pause_holds_for_the_head_start_too(long_walk: tuple[House, list[int]]) -> None:
    house, met = long_walk
    house.ingest.pause("asked")
    house.ingest.step(0)
    assert met == [0] * len(met)
    assert house.analyser.analysed == []
    house.ingest.resume("asked")
    house.settle()
    assert len(house.paths()) == 200


def test_a_file_still_written_to_gets_no_head_start(long_walk: tuple[House, list[int]]) -> None:
    house, _ = long_walk
    path = house.file("00/000.wav", b"more", mtime=OLD_S + 999.9)
    house.ingest.step(0)
    assert path not in house.analyser.analysed
    house.clock.now += 60
    house.settle()
    assert path in house.analyser.analysed


def test_pausing_stops_analysis_keeps_what_came_in_and_resuming_goes_on(house: House) -> None:
    for number in range(10):
        house.file(f"{number}.wav")

    def pause(path: str) -> None:
        if len(house.analyser.analysed) == 3:
            house.ingest.pause("recording")

    house.analyser._on_file = pause
    house.clock.now += 1
    for _ in range(50):
        house.ingest.step(0)
    assert house.ingest.progress().state == "paused"
    assert len(house.paths()) == 4
    house.analyser._on_file = lambda path: None
    house.ingest.resume("recording")
    house.settle()
    assert len(house.paths()) == 10
    assert len(house.analyser.analysed) == 10


@pytest.mark.parametrize("error", [LibraryFullError("the disk is full"), LibraryError("disk I/O error")])
def test_when_the_library_cannot_store_nothing_is_lost_and_work_goes_on_later(
    house: House, error: LibraryError
) -> None:
    for number in range(5):
        house.file(f"{number}.wav")
    house.library.error = error
    house.clock.now += 1
    for _ in range(20):
        house.ingest.step(0)
    assert house.ingest.progress().state in {"full", "blocked"}
    assert str(error) in " ".join(house.ingest.notes)
    house.library.error = None
    house.clock.now += 10
    house.settle()
    assert len(house.paths()) == 5
    assert len(house.analyser.analysed) == 5
    assert house.ingest.notes == ()


def test_files_of_older_features_are_analysed_again_after_everything_else(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.file("a.wav")
    house.settle()
    newer = FeatureParams(2, 4, PARAMS.aspects)
    house.library._params = newer
    house.analyser.params = newer
    house.file("b.wav")
    house.analyser.analysed.clear()
    house.ingest.run_until_idle()
    assert [os.path.basename(path) for path in house.analyser.analysed] == ["b.wav", "a.wav"]


def test_a_root_inside_a_root_is_followed_once(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.file("a.wav")
    house.file("inner/b.wav")
    house.library.add_root(str(tmp_path / "inner"))
    house.settle()
    assert house.ingest.last_scan.found == 2
    assert len(house.analyser.analysed) == 2
    summary = house.ingest.run_until_idle()
    assert (summary.unchanged, summary.removed) == (2, 0)


def test_vanished_rows_are_forgotten_after_the_time_set(tmp_path: Path) -> None:
    house = House(tmp_path, missing_keep_days=1)
    path = house.file("a.wav")
    house.file("b.wav")
    house.settle()
    os.unlink(path)
    house.ingest.run_until_idle()
    assert len(house.library.missing()) == 1
    house.clock.now += 2 * 86_400
    house.ingest.run_until_idle()
    assert len(house.library.missing()) == 0


def test_a_look_at_a_whole_root_during_a_scan_counts_nothing_twice_and_hurries_nothing(house: House) -> None:
    for number in range(30):
        house.file(f"old/{number:02}.wav")
    dropped = house.folder / "zz-fresh.wav"

    def look(path: str) -> None:
        if len(house.analyser.analysed) == 5:
            house.ingest.hint(str(house.folder))
            house.clock.now += 2
        if len(house.analyser.analysed) == 10:
            house.file("zz-fresh.wav")
            house.ingest.hint(str(dropped))
            house.clock.now += 2

    house.analyser._on_file = look
    house.settle()
    assert house.ingest.last_scan.found == 31
    assert house.ingest.last_scan.analysed == 31
    assert house.analyser.analysed.index(str(dropped)) < 15


def test_what_cannot_be_heard_is_counted_by_whole_looks_at_a_root_and_forgotten_when_it_is_gone(house: House) -> None:
    loop = house.file("loops/a.rx2")
    house.file("b.zip")
    house.file("c.wav")
    house.settle()
    assert house.ingest.last_scan.unheard == {".rx2": 1, ".zip": 1}
    assert house.library.unheard() == {".rx2": 1, ".zip": 1}
    house.ingest.hint(os.path.dirname(loop))
    house.settle()
    assert house.library.unheard() == {".rx2": 1, ".zip": 1}
    os.remove(loop)
    house.ingest.request_scan()
    house.settle()
    assert house.library.unheard() == {".zip": 1}


def test_the_index_builds_what_it_lacks_when_nothing_waits_and_never_for_one_pass(house: House) -> None:
    told: list[tuple[str, int]] = []
    house.index.keep_up = lambda: told.append((house.ingest.progress().state, len(house.index)))  # type: ignore[method-assign]
    for number in range(200):
        house.file(f"{number}.wav")
    house.ingest.run_until_idle()
    assert (len(house.index), told) == (200, [])
    for number in range(200, 300):
        house.file(f"{number}.wav")
    house.ingest.request_scan()
    house.settle()
    house.ingest.step(0.0)  # the turn after the one that closed the pass
    assert set(told) == {("idle", 300)}


def test_a_pass_counts_the_time_that_looking_took(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    compare = house.ingest._comparisons.compare

    def slowly(*args: Any, **kwargs: Any) -> bool:
        house.clock.now += 3.0
        return compare(*args, **kwargs)

    monkeypatch.setattr(house.ingest._comparisons, "compare", slowly)
    assert house.ingest.run_until_idle().seconds == 3.0
