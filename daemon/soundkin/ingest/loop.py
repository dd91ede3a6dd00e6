"""The straight line: hints and scans become differences, differences become analyses, analyses become answers.

One thread runs `Ingest.run`; every other thread only leaves wishes (`hint`, `request_scan`, `pause`) and reads state.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

from soundkin.config import AnalysisSettings, ScanSettings
from soundkin.disks import Lanes
from soundkin.disks.shortage import is_shortage
from soundkin.errors import LibraryError
from soundkin.ingest.analysing import Analysing
from soundkin.ingest.batch import RETRY_S, BatchWriter
from soundkin.ingest.comparisons import Comparisons
from soundkin.ingest.early_start import EarlyStart
from soundkin.ingest.in_flight import InFlight
from soundkin.ingest.progress import Passes, ProgressMeter
from soundkin.ingest.queue import AnalysisQueue
from soundkin.ingest.retries import Retries
from soundkin.ingest.shortages import Shortages
from soundkin.ingest.throttle import NoSensors, Pauses, Throttle
from soundkin.ingest.wishes import Wishes
from soundkin.ingest.work import Work
from soundkin.interfaces import BatchAnalyser, IndexKeeper, IngestLibrary
from soundkin.model import Progress, ScanSummary

_log = logging.getLogger(__name__)

_TICK_S = 0.25


class Ingest:
    """Keeps library and index equal to the followed folders."""

    def __init__(
        self,
        library: IngestLibrary,
        analyser: BatchAnalyser,
        index_sync: IndexKeeper,
        settings: ScanSettings,
        *,
        lanes: Lanes | None = None,
        throttle: Throttle | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self.lanes = lanes or Lanes()
        """In which disks are asked."""
        self._pauses = Pauses(throttle or Throttle(AnalysisSettings(), NoSensors()))
        self._shortages = Shortages()
        self._index_sync = index_sync
        self._wishes = Wishes(settings.settle_s, clock)
        self._queue = AnalysisQueue()
        self._batch = BatchWriter(library)
        self._passes = Passes(ProgressMeter(started=clock()))
        self._in_flight = InFlight()
        self._retries = Retries(library, wall)
        work = Work(
            library=library,
            index_sync=index_sync,
            wishes=self._wishes,
            queue=self._queue,
            batch=self._batch,
            passes=self._passes,
            in_flight=self._in_flight,
            retries=self._retries,
            clock=clock,
            wall=wall,
        )
        self._comparisons = Comparisons(work, settings, self.lanes)
        self._analysing = Analysing(work, analyser, self._comparisons.outages)
        self._early_start = EarlyStart(
            self._queue,
            self._passes,
            take=self._analysing.take,
            may_work=self._may_work,
            is_complete=self._comparisons.is_complete,
            clock=clock,
        )
        self._state = "idle"
        self.on_new_places: Callable[[], None] = lambda: None
        """Called when disks or links below the roots came or went, so that others watch them."""
        self.on_pass: Callable[[ScanSummary], None] = lambda _: None
        """Called by the thread that works with what a pass did, over all roots or over a part."""

    # ---- wishes, from any thread ----

    def hint(self, path: str) -> None:
        """Something may have changed at `path`."""
        self._wishes.hint(path)

    def request_scan(self) -> None:
        """Compare every root with the library soon."""
        self._wishes.scan()

    def forsake(self, folder: str) -> None:
        """A folder is not followed any more: what waits there is dropped at once, and nothing is said of it."""
        self._comparisons.forsake(folder)
        self._wishes.forsake()

    def pause(self, reason: str, why: str = "") -> None:
        """Analyse nothing until `resume` with the same reason; answers and walking go on. `why` is for the status."""
        self._pauses.give(reason, why)

    def resume(self, reason: str) -> None:
        """Take one reason to pause back."""
        self._pauses.take_back(reason)
        self._wishes.wake()

    def favour(self, folder: str) -> None:
        """Someone is interested in a folder: what waits there is analysed next."""
        if self._queue:
            self._wishes.favour(folder)

    def stop(self) -> None:
        """Make `run` commit what it has and return."""
        self._wishes.stop()

    # ---- state, from any thread ----

    def progress(self) -> Progress:
        """How far the running pass is."""
        return self._passes.meter.progress(self._state)

    @property
    def last_scan(self) -> ScanSummary:
        """What the newest complete pass over all roots did."""
        return self._passes.last

    @property
    def scans(self) -> int:
        """Complete passes over all roots so far."""
        return self._passes.complete

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that a person should read."""
        troubles = filter(None, (self._batch.trouble, self._shortages.sentence))
        return (*self._pauses.sentences, *troubles, *self._comparisons.sentences)

    def cost(self, root: str) -> float:
        """How many seconds the newest comparison of a root as a whole took; 0 where there was none."""
        return self._passes.costs.get(root, 0.0)

    # ---- the thread ----

    def run(self) -> None:
        """Work until `stop`. Errors are logged and the work is tried again; the thread does not end."""
        while not self._wishes.stopping:
            try:
                self._turn()
            except Exception:
                _log.exception("ingest stumbled; trying again in %s s", RETRY_S)
                self._analysing.drop()
                self._wishes.rest(RETRY_S)
        self.finish()

    def _turn(self) -> None:
        """One step; where descriptors or memory run out in it, a rest."""
        try:
            self.step(_TICK_S)
        except (OSError, MemoryError, RuntimeError) as error:
            if not is_shortage(error):
                raise
            self._shortages.met(error, self._clock())
            self._analysing.drop()
            self._wishes.rest(RETRY_S)

    def finish(self) -> None:
        """Drop what was not begun, store what came in. Called by the thread that worked, when it is done."""
        self._analysing.drop()
        self._analysing.store(self._clock())

    def run_until_idle(self, targets: Sequence[str] | None = None) -> ScanSummary:
        """One complete pass over `targets` (None: all roots) in the calling thread; battery and load are ignored."""
        self._pauses.ignore_machine()
        before = self._passes.complete
        self._comparisons.only = targets
        self.request_scan()
        while self._passes.complete == before and not self._wishes.stopping:
            self._turn()
        return self._passes.last

    def step(self, timeout_s: float) -> None:
        """One turn: look at what is due, take in some outcomes, commit, or wait up to `timeout_s`."""
        now = self._clock()
        if self._batch.must_wait(now):
            self._state = "full" if self._batch.full else "blocked"
            self._wishes.wait(timeout_s)
            return
        if self._batch.trouble:
            self._analysing.store(now)
        self._look(now)
        work = self._analysing.is_busy
        if self._batch.trouble:
            return
        if self._pauses.needed(now, work=work) and work:
            self._state = "paused"
            self._analysing.store(now)
            self._wishes.wait(timeout_s)
        elif work:
            self._state = "analysing"
            self._analysing.take()
        else:
            self._settle(self._clock(), timeout_s)  # looking may have taken long

    def _look(self, now: float) -> None:
        """Compare with the disk what hints or the schedule ask for."""
        if self._shortages.is_due(now):
            self._wishes.scan()  # what that comparison was about, and all the rest
        self._analysing.leave_stalled_disks(now)
        due = self._wishes.take()
        if due.forsaken:
            self._comparisons.follow()
        if due.favoured is not None:
            self._queue.favour(due.favoured)
        again = [
            *self._in_flight.due(),
            *self._comparisons.again(now),
            *self._retries.due(now, busy=self._analysing.is_busy),
        ]
        targets = [*due.targets, *again]
        everything = due.everything or self._comparisons.is_due(now)
        if not targets and not everything:
            return
        if self._passes.begin(now, everything=everything):
            self._state = "walking"
        self._compare(targets, now, everything=everything)

    def _compare(self, targets: list[str], now: float, *, everything: bool) -> None:
        """Make a comparison. One that fails is made again: of everything, for what was hinted at is forgotten."""
        try:
            if self._comparisons.compare(targets, now, self._early_start, everything=everything):
                self.on_new_places()
        except BaseException as error:
            if is_shortage(error):
                self._shortages.met(error, now)
                return
            self._wishes.scan()
            if not isinstance(error, LibraryError):
                raise
            self._batch.refused(error, now)
        else:
            self._shortages.over()

    def _may_work(self) -> bool:
        return not (self._wishes.stopping or self._batch.trouble or self._pauses.needed(self._clock(), work=True))

    def _settle(self, now: float, timeout_s: float) -> None:
        """Nothing to analyse: close the pass, save the index when due, wait for the next hint."""
        self._analysing.store(now)
        waits = self._batch or self._in_flight or self._shortages or self._comparisons.is_waiting
        looked = self._comparisons.has_looked(now)
        closes = self._passes.is_open and looked and not waits
        if closes:
            summary = self._passes.close(now)
            if summary is not None:
                _log.info("scan complete: %s", summary)
            self.on_pass(self._passes.newest)
        if not self._batch:
            self._state = "idle"
        self._index_sync.maybe_save(now, idle=True)
        if not closes:  # a caller that waits for the pass waits neither for a graph nor for the next request
            self._index_sync.keep_up()
            self._wishes.wait(timeout_s)
