"""The counters of a pass and what `status` shows of them."""

from __future__ import annotations

from library_samples import analysed
from soundkin.folders.findings import Findings
from soundkin.ingest.progress import Passes, ProgressMeter
from soundkin.model import AnalysisFailure, FileStamp, Progress, ScanSummary, Unchanged


def test_the_rate_is_that_of_the_last_ten_seconds() -> None:
    meter = ProgressMeter(started=0.0, to_do=1_000)
    meter.note(100, 0, 1.0)
    assert meter.progress("analysing").rate == 100.0
    meter.note(10, 0, 10.0)
    assert meter.progress("analysing").rate == 11.0  # 110 files in ten seconds: the start still counts
    meter.note(10, 0, 10.5)
    assert meter.progress("analysing").rate == 20 / 9.5  # since 1 s


def test_after_a_long_pause_the_rate_is_that_of_the_newest_stretch() -> None:
    meter = ProgressMeter(started=0.0, to_do=1_000)
    meter.note(100, 0, 1.0)
    meter.note(1, 0, 101.0)
    assert meter.progress("analysing").rate == 0.01
    meter.note(1, 0, 102.0)
    assert meter.progress("analysing").rate == 1.0


def test_without_any_time_gone_by_there_is_no_rate_and_no_time_left_to_tell() -> None:
    meter = ProgressMeter(started=5.0, to_do=10)
    meter.note(1, 1, 5.0)
    assert meter.progress("analysing") == Progress("analysing", 10, 2, 1, 0.0, None)


def test_time_left_is_what_is_to_do_by_the_rate() -> None:
    meter = ProgressMeter(started=0.0, to_do=100)
    meter.note(15, 5, 2.0)
    assert meter.done == 20
    assert meter.progress("analysing") == Progress("analysing", 100, 20, 5, 10.0, 8.0)
    assert meter.progress("paused") == Progress("paused", 100, 20, 5, 10.0, 8.0)
    assert meter.progress("idle") == Progress("idle", 100, 20, 5, 0.0, None)


def test_time_left_is_told_of_slow_work_too() -> None:
    meter = ProgressMeter(started=0.0, to_do=3)
    meter.note(1, 0, 4.0)
    assert meter.progress("analysing") == Progress("analysing", 3, 1, 0, 0.25, 8.0)


def test_more_done_than_was_to_do_leaves_nothing() -> None:
    meter = ProgressMeter(started=0.0, to_do=1)
    meter.note(2, 1, 1.0)
    assert meter.progress("analysing") == Progress("analysing", 3, 3, 1, 3.0, 0.0)


def test_a_summary_holds_every_count_and_the_seconds_since_the_start() -> None:
    meter = ProgressMeter(started=10.0, found=1, to_do=2, analysed=3, failed=4, unchanged=5, moved=6, removed=7)
    assert meter.summary(12.5) == ScanSummary(1, 3, 5, 6, 7, 4, 2.5)
    assert ProgressMeter().summary(0.0) == ScanSummary()


def test_a_new_meter_has_counted_nothing() -> None:
    assert ProgressMeter().progress("walking") == Progress("walking", 0, 0, 0, 0.0, None)


def test_a_pass_begins_once_and_counts_when_it_was_over_everything() -> None:
    passes = Passes(ProgressMeter(started=1.0, found=99))
    assert passes.begin(5.0, everything=False) is True
    assert (passes.meter.found, passes.meter.started, passes.is_open) == (0, 5.0, True)
    passes.meter.found = 3
    assert passes.begin(6.0, everything=True) is False
    assert passes.meter.found == 3
    assert passes.begin(6.5, everything=False) is False  # what was everything stays so
    assert passes.close(7.0) == ScanSummary(found=3, seconds=2.0)
    assert (passes.complete, passes.last.found, passes.is_open) == (1, 3, False)


def test_a_look_at_one_folder_is_no_complete_pass() -> None:
    passes = Passes(ProgressMeter())
    passes.begin(0.0, everything=True)
    passes.close(1.0)
    assert passes.begin(2.0, everything=False) is True
    assert passes.close(3.0) is None
    assert (passes.complete, passes.last.seconds, passes.is_open) == (1, 1.0, False)
    assert Passes(ProgressMeter()).last == ScanSummary()


def test_a_comparison_of_everything_adds_what_it_found() -> None:
    meter = ProgressMeter()
    for _ in range(2):
        meter.look(Findings(found=10, unchanged=4, moved=2, removed=1, unheard={"/a": {".rx2": 1}}), 5, fresh=None)
    assert meter.to_do == 10
    assert meter.summary(0.0) == ScanSummary(20, 0, 8, 4, 2, 0, 0.0, {".rx2": 2})


def test_a_look_at_a_part_adds_only_what_is_new_to_what_the_pass_found_as_a_whole() -> None:
    meter = ProgressMeter(found=100, unchanged=90)
    for _ in range(2):
        meter.look(Findings(found=50, unchanged=49, moved=3, removed=2), 7, fresh=1)
    assert (meter.to_do, meter.found, meter.unchanged, meter.moved, meter.removed) == (14, 102, 90, 6, 4)


def test_what_cannot_be_heard_is_added_up_over_folders_and_looks() -> None:
    meter = ProgressMeter()
    assert meter.summary(0.0).unheard == {}
    meter.look(Findings(unheard={"/a": {".rx2": 1, ".zip": 2}, "/b": {".zip": 3}}), 0, fresh=None)
    meter.look(Findings(unheard={"/c": {".zip": 4}}), 0, fresh=0)
    assert meter.summary(0.0).unheard == {".rx2": 1, ".zip": 9}


def test_outcomes_are_counted_by_their_kind() -> None:
    meter = ProgressMeter(started=0.0, to_do=20)
    stamp = FileStamp(1, 1)
    failures = [
        AnalysisFailure(f"/{code}", stamp, code, "x")
        for code in ("decode", "unreadable", "timeout", "too-short", "decode")
    ]
    unchanged = [Unchanged(f"/{n}", stamp, b"hash") for n in range(4)]
    for now in (1.0, 2.0):
        meter.count([analysed("/a.wav", 1), *failures, *unchanged], now)
    assert (meter.analysed, meter.failed, meter.unread, meter.rechecked, meter.done) == (2, 6, 4, 8, 20)
    assert meter.progress("analysing") == Progress("analysing", 20, 20, 6, 10.0, 0.0)
    assert meter.summary(5.0) == ScanSummary(0, 2, 8, 0, 0, 6, 5.0, {}, 4)


def test_the_time_that_a_comparison_took_is_shared_among_its_roots() -> None:
    passes = Passes(ProgressMeter())
    assert passes.costs == {}
    passes.note_cost(["/a", "/b"], 3.0)
    passes.note_cost(["/c"], 4.0)
    passes.note_cost([], 9.0)
    assert passes.costs == {"/a": 1.5, "/b": 1.5, "/c": 4.0}
    passes.note_cost(["/a"], 2.0)
    assert passes.costs["/a"] == 2.0


def test_each_pass_over_everything_counts() -> None:
    passes = Passes(ProgressMeter())
    for complete in (1, 2, 3):
        passes.begin(0.0, everything=True)
        passes.close(1.0)
        assert passes.complete == complete


def test_before_the_first_pass_none_is_open_or_complete() -> None:
    passes = Passes(ProgressMeter())
    assert (passes.is_open, passes.complete, passes.close(1.0)) == (False, 0, None)
