"""What is taken ahead while the first walk goes on, and how much of it."""

from __future__ import annotations

from soundkin.folders.walk import FileRow
from soundkin.ingest.early_start import EarlyStart
from soundkin.ingest.progress import Passes, ProgressMeter
from soundkin.ingest.queue import AnalysisQueue
from soundkin.model import DiskFile, FileStamp


class Bench:
    """An early start with a clock, and what it did."""

    def __init__(self, *, may_work: bool = True) -> None:
        self.now = 100.0
        self.queue = AnalysisQueue()
        self.passes = Passes(ProgressMeter())
        self.takes: list[float] = []
        self.incomplete: set[str] = set()
        self.start = EarlyStart(
            self.queue,
            self.passes,
            take=self._take,
            may_work=lambda: may_work,
            is_complete=lambda path, mtime_ns: path not in self.incomplete,
            clock=lambda: self.now,
        )

    def _take(self) -> None:
        self.takes.append(self.now)


def rows(count: int, start: int = 0) -> list[FileRow]:
    return [(f"/r/{n:05}", n + 1, n + 2, n + 3, n + 4) for n in range(start, start + count)]


def test_files_are_queued_and_counted_and_only_the_rest_is_left_for_the_comparison() -> None:
    bench = Bench()
    bench.incomplete = {"/r/00001"}
    assert bench.start(rows(3)) == [("/r/00001", 2, 3, 4, 5)]
    assert list(bench.queue) == [
        DiskFile("/r/00000", FileStamp(1, 2, 3, 4)),
        DiskFile("/r/00002", FileStamp(3, 4, 5, 6)),
    ]
    assert (bench.passes.meter.to_do, bench.passes.meter.found) == (2, 2)
    bench.start(rows(1, 10))
    assert (bench.passes.meter.to_do, bench.passes.meter.found) == (3, 3)


def test_from_512_waiting_files_on_nothing_more_is_taken() -> None:
    bench = Bench()
    assert bench.start(rows(511)) == []
    assert bench.start(rows(1, 511)) == []
    assert len(bench.queue) == 512
    assert bench.start(rows(1, 600)) == rows(1, 600)
    assert len(bench.queue) == 512


def test_outcomes_are_stored_ten_times_a_second_at_most() -> None:
    bench = Bench()
    for hundredth in range(101):
        bench.now = 100.0 + hundredth / 100
        bench.start([])
    assert len(bench.takes) in (10, 11)
    assert bench.takes[:2] == [100.0, 100.1]


def test_while_nothing_may_be_analysed_all_of_it_is_left_as_it_is() -> None:
    bench = Bench(may_work=False)
    piece = rows(2)
    assert bench.start(piece) is piece
    assert len(bench.queue) == 0
    assert bench.takes == []
