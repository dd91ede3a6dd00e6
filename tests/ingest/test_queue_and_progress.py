"""The queue of files to analyse and the counters of a pass."""

from __future__ import annotations

import pytest

from soundkin.ingest.progress import ProgressMeter
from soundkin.ingest.queue import AnalysisQueue, Turn
from soundkin.model import DiskFile, FileStamp


def file(name: str, mtime: int = 1) -> DiskFile:
    return DiskFile(name, FileStamp(1, mtime))


def test_urgent_files_come_first_and_stale_ones_last_even_while_the_feed_is_consumed() -> None:
    queue = AnalysisQueue()
    queue.push([file("stale")], Turn.STALE)
    queue.push([file("a"), file("b")])
    stream = iter(queue)
    assert next(stream).path == "a"
    queue.push([file("dropped")], Turn.URGENT)
    assert [each.path for each in stream] == ["dropped", "b", "stale"]


def test_a_path_waits_once_and_a_newer_stamp_takes_the_place_of_the_older() -> None:
    queue = AnalysisQueue()
    assert queue.push([file("a"), file("a")]) == 1
    assert queue.push([file("a", mtime=2)]) == 0
    assert [each.stamp.mtime_ns for each in queue] == [2]
    assert len(queue) == 0


def test_a_waiting_file_can_be_made_urgent() -> None:
    queue = AnalysisQueue()
    queue.push([file("a"), file("b")])
    queue.push([file("b")], Turn.URGENT)
    assert [each.path for each in queue] == ["b", "a"]


def test_a_file_being_worked_on_is_not_queued_again_until_it_is_settled_or_changes() -> None:
    queue = AnalysisQueue()
    queue.push([file("a"), file("b")])
    stream = iter(queue)
    assert next(stream).path == "a"
    assert queue.push([file("a")], Turn.URGENT) == 0
    assert queue.push([file("a", mtime=2)]) == 1
    queue.settle(["a"])
    assert [each.path for each in stream] == ["b", "a"]
    assert queue.recall()
    assert not queue.recall()
    assert queue.push([file("b")]) == 1


def test_the_meter_tells_rate_and_time_left() -> None:
    meter = ProgressMeter(started=100.0, to_do=100)
    meter.note(analysed=18, failed=2, now=102.0)
    progress = meter.progress("analysing")
    assert (progress.done, progress.failed, progress.queued) == (20, 2, 80)
    assert progress.rate == pytest.approx(10.0)
    assert progress.eta_s == pytest.approx(8.0)
    assert meter.progress("idle").eta_s is None


def test_the_rate_forgets_what_is_long_ago() -> None:
    meter = ProgressMeter(started=0.0, to_do=10_000)
    for second in range(1, 31):
        meter.note(analysed=100 if second <= 15 else 10, failed=0, now=float(second))
    assert meter.progress("analysing").rate < 20
