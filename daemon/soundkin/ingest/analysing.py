"""Hands the queue to the analyser, takes in what comes back, and stores it in batches that the index then hears of."""

from __future__ import annotations

from collections.abc import Iterator

from soundkin.ingest.outages import Outages
from soundkin.ingest.work import Work
from soundkin.interfaces import BatchAnalyser
from soundkin.model import Outcome


class Analysing:
    """One thread uses it."""

    def __init__(self, work: Work, analyser: BatchAnalyser, outages: Outages) -> None:
        self._work = work
        self._analyser = analyser
        self._outages = outages
        self._running: Iterator[list[Outcome]] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether files wait for analysis or are in it."""
        return bool(self._work.queue) or self._running is not None

    def take(self) -> None:
        """Take in what the workers have ready, and store when a batch is full or old."""
        work = self._work
        if self._running is None:
            self._running = self._analyser.analyse(work.queue)
        outcomes = next(self._running, None)
        now = work.clock()
        if outcomes is None:
            self._running = None
            self.store(now)
        elif outcomes:
            kept, fewer = self._outages.sift(outcomes, now)
            work.batch.add(kept, now)
            work.passes.meter.to_do -= fewer
            work.passes.meter.count(kept, now)
            work.retries.note(kept)
        if outcomes is not None and work.batch.is_due(now):
            self.store(now)

    def store(self, now: float) -> None:
        """Store the batch and show it to the index."""
        work = self._work
        stored = work.batch.store(now)
        if stored:
            work.queue.settle(stored)
            work.in_flight.stored(stored)
            work.index_sync.update()
            work.index_sync.maybe_save(now, idle=False)

    def leave_stalled_disks(self, now: float) -> None:
        """What workers wait for a disk with holds up no files of others."""
        work = self._work
        work.passes.meter.to_do += self._outages.stall(self._analyser.stalled(), now)
        if back := self._analyser.take_back():
            work.queue.put_back(back)
            work.passes.meter.to_do -= self._outages.hold_new()

    def drop(self) -> None:
        """Tell the analyser to drop what it has not begun."""
        running, self._running = self._running, None
        if close := getattr(running, "close", None):
            close()
        self._work.queue.settle(self._work.batch.paths)
        if self._work.queue.recall():
            self._work.wishes.scan()  # what was handed out and not analysed is found again on disk
