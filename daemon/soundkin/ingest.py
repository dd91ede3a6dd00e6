"""The straight line: hints and scans become differences, differences become analyses, analyses become answers.

One thread runs `Ingest.run`; every other thread only leaves wishes (`hint`, `request_scan`, `pause`) and reads state.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from soundkin.config import AnalysisSettings, ScanSettings
from soundkin.courtesy import Courtesy, NoSensors, Pauses
from soundkin.errors import LibraryFullError
from soundkin.feed import Feed
from soundkin.head_start import HeadStart, settled_by
from soundkin.hints import Debouncer
from soundkin.interfaces import Analyser, IndexKeeper, Library
from soundkin.meter import Meter, Passes
from soundkin.model import AnalysisFailure, Outcome, Progress, ScanSummary
from soundkin.storing import RETRY_S, Storer
from soundkin.sweep import Findings, Sweep

_log = logging.getLogger(__name__)

_TICK_S = 0.25
_DAY_S = 86_400.0


class Ingest:
    """Keeps library and index equal to the followed folders."""

    def __init__(
        self,
        library: Library,
        analyser: Analyser,
        keeper: IndexKeeper,
        settings: ScanSettings,
        *,
        courtesy: Courtesy | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._library = library
        self._analyser = analyser
        self._keeper = keeper
        self._settings = settings
        self._pauses = Pauses(courtesy or Courtesy(AnalysisSettings(), NoSensors()))
        self._clock = clock
        self._wall = wall
        self._sweep = Sweep(library, settings)
        self._feed = Feed()
        self._storer = Storer(library)
        self._debouncer = Debouncer(settings.settle_s)
        self._wake = threading.Condition()
        self._stopping = False
        self._scan_wanted = False
        self._favoured: str | None = None
        self._only: Sequence[str] | None = None
        self._next_scan = float("-inf")
        self._running: Iterator[list[Outcome]] | None = None
        self._state = "idle"
        self._passes = Passes(Meter(started=clock()))
        complete = settled_by(wall, settings.settle_s)
        self._head_start = HeadStart(
            self._feed, self._passes, take=self._take, may_work=self._may_work, is_complete=complete, clock=clock
        )
        self._notes: dict[str, str] = {}
        self._costs: dict[str, float] = {}

    # ---- wishes, from any thread ----

    def hint(self, path: str) -> None:
        """Something may have changed at `path`."""
        with self._wake:
            self._debouncer.hint(path, self._clock())
            self._wake.notify()

    def request_scan(self) -> None:
        """Compare every root with the library soon."""
        with self._wake:
            self._scan_wanted = True
            self._wake.notify()

    def pause(self, reason: str, why: str = "") -> None:
        """Analyse nothing until `resume` with the same reason; answers and walking go on. `why` is for the status."""
        with self._wake:
            self._pauses.give(reason, why)

    def resume(self, reason: str) -> None:
        """Take one reason to pause back."""
        with self._wake:
            self._pauses.take_back(reason)
            self._wake.notify()

    def favour(self, folder: str) -> None:
        """Someone is interested in a folder: what waits there is analysed next."""
        if self._feed:
            self._favoured = folder

    def stop(self) -> None:
        """Make `run` commit what it has and return."""
        with self._wake:
            self._stopping = True
            self._wake.notify()

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
        trouble = (self._storer.trouble,) if self._storer.trouble else ()
        return (*self._pauses.sentences, *trouble, *self._notes.copy().values())

    def cost(self, root: str) -> float:
        """How many seconds the newest comparison of a root as a whole took; 0 where there was none."""
        return self._costs.get(root, 0.0)

    # ---- the thread ----

    def run(self) -> None:
        """Work until `stop`. Whatever goes wrong is logged and tried again; the thread does not die."""
        while not self._stopping:
            try:
                self.step(_TICK_S)
            except Exception:
                _log.exception("ingest stumbled; trying again in %s s", RETRY_S)
                self._drop_running()
                self._wait(RETRY_S)
        self.finish()

    def finish(self) -> None:
        """Drop what was not begun, store what came in. Called by the thread that worked, when it is done."""
        self._drop_running()
        self._store(self._clock())

    def run_until_idle(self, targets: Sequence[str] | None = None) -> ScanSummary:
        """One complete pass over `targets` (None: all roots) in the calling thread, whatever battery and load say."""
        self._pauses.ignore_machine()
        before = self._passes.complete
        self._only = targets
        self.request_scan()
        while self._passes.complete == before and not self._stopping:
            self.step(_TICK_S)
        return self._passes.last

    def step(self, timeout_s: float) -> None:
        """One turn: look at what is due, take in some outcomes, commit, or wait up to `timeout_s`."""
        now = self._clock()
        if self._storer.must_wait(now):
            self._state = "full" if self._storer.full else "blocked"
            self._wait(timeout_s)
            return
        if self._storer.trouble:
            self._store(now)
        self._look(now)
        work = bool(self._feed) or self._running is not None
        if self._storer.trouble:
            return
        if self._pauses.needed(now, work=work) and work:
            self._state = "paused"
            self._store(now)
            self._wait(timeout_s)
        elif work:
            self._state = "analysing"
            self._take()
        else:
            self._settle(now, timeout_s)

    def _look(self, now: float) -> None:
        """Compare with the disk what hints or the schedule ask for."""
        with self._wake:
            targets = self._debouncer.ready(now)
            everything = self._scan_wanted or now >= self._next_scan
            self._scan_wanted = False
        favoured, self._favoured = self._favoured, None
        if favoured is not None:
            self._feed.favour(favoured)
        if not targets and not everything:
            return
        if self._passes.begin(now, everything=everything):
            self._state = "walking"
        try:
            self._compare(targets, now, everything=everything)
        except BaseException as error:
            self._scan_wanted = True  # what was hinted at is looked at again with all the rest
            if not isinstance(error, LibraryFullError):
                raise
            self._storer.refused(error, now)

    def _compare(self, targets: list[str], now: float, *, everything: bool) -> None:
        if everything:
            self._library.forget_missing(self._wall() - self._settings.missing_keep_days * _DAY_S)
        meanwhile = self._head_start if everything and self._library.is_empty() else None
        findings = self._sweep(self._only if everything else targets, self._wall(), meanwhile)
        if everything:
            self._next_scan = now + self._settings.interval_s
        if self._storer.trouble and not self._storer:
            self._storer.accepted()
        if everything or len(targets) == 1:
            each_s = (self._clock() - now) / max(1, len(findings.online))
            self._costs.update(dict.fromkeys(findings.online, each_s))
        roots = {root.path for root in self._library.roots()}
        self._note_findings(findings, whole=everything, urgent=not everything and roots.isdisjoint(targets))
        self._keeper.update()

    def _may_work(self) -> bool:
        return not (self._stopping or self._storer.trouble or self._pauses.needed(self._clock(), work=True))

    def _note_findings(self, findings: Findings, *, whole: bool, urgent: bool) -> None:
        meter = self._passes.meter
        meter.moved += findings.moved
        meter.removed += findings.removed
        added = self._feed.push(findings.fresh, urgent=urgent)
        meter.to_do += added + self._feed.push(findings.stale, late=True)
        if whole:
            meter.found += findings.found
            meter.unchanged += findings.unchanged
        else:  # a look at a part of what the pass counts as a whole
            meter.found += added
        for path in findings.unsettled:
            self.hint(path)
        for root, note in findings.notes.items():
            if note:
                self._notes[root] = note
            else:
                self._notes.pop(root, None)

    def _take(self) -> None:
        """Take in what the workers have ready, and store when a batch is full or old."""
        if self._running is None:
            self._running = self._analyser.analyse(self._feed)
        outcomes = next(self._running, None)
        now = self._clock()
        if outcomes is None:
            self._running = None
            self._store(now)
            return
        if outcomes:
            self._storer.add(outcomes, now)
            failed = sum(isinstance(outcome, AnalysisFailure) for outcome in outcomes)
            self._passes.meter.note(len(outcomes) - failed, failed, now)
        if self._storer.is_due(now):
            self._store(now)

    def _store(self, now: float) -> None:
        """Store the batch and show it to the index."""
        stored = self._storer.store(now)
        if stored:
            self._feed.settle(stored)
            self._keeper.update()
            self._keeper.maybe_save(now, idle=False)

    def _settle(self, now: float, timeout_s: float) -> None:
        """Nothing to analyse: close the pass, save the index when due, wait for the next hint."""
        self._store(now)
        with self._wake:
            waiting = len(self._debouncer)
        closes = self._passes.is_open and not waiting and not self._storer
        if closes:
            summary = self._passes.close(now)
            if summary is not None:
                _log.info("scan complete: %s", summary)
        if not self._storer:
            self._state = "idle"
        self._keeper.maybe_save(now, idle=True)
        if not closes:  # whoever waits for the pass need not wait for the next wish too
            self._wait(timeout_s)

    def _wait(self, timeout_s: float) -> None:
        with self._wake:
            due = self._debouncer.next_due()
            wait_s = timeout_s if due is None else min(timeout_s, max(0.0, due - self._clock()))
            if not self._stopping and not self._scan_wanted and wait_s > 0:
                self._wake.wait(wait_s)

    def _drop_running(self) -> None:
        """Tell the analyser to drop what it has not begun."""
        running, self._running = self._running, None
        close = getattr(running, "close", None)
        if close is not None:
            close()
        self._feed.settle(self._storer.paths)
        if self._feed.recall():
            self._scan_wanted = True  # what was handed out and not analysed is found again on disk
