"""The straight line: hints and scans become differences, differences become analyses, analyses become answers.

One thread runs `Ingest.run`; every other thread only leaves wishes (`hint`, `request_scan`, `pause`) and reads state.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from soundkin.config import ScanSettings
from soundkin.errors import LibraryError, LibraryFullError
from soundkin.feed import Feed
from soundkin.interfaces import Analyser, Library
from soundkin.meter import Meter
from soundkin.model import AnalysisFailure, Outcome, Progress, ScanSummary
from soundkin.sweep import Findings, Sweep
from soundkin.watch import Debouncer

_log = logging.getLogger(__name__)

BATCH_FILES = 64
BATCH_S = 1.0
_TICK_S = 0.25
_RETRY_S = 5.0
_DAY_S = 86_400.0


class IndexKeeper(Protocol):
    """What ingest asks of whoever keeps the index beside the library."""

    def update(self) -> None:
        """Bring the index up to the library's newest generation."""
        ...

    def maybe_save(self, now: float, *, idle: bool) -> None:
        """Write the cache file where that is due."""
        ...


class Ingest:
    """Keeps library and index equal to the followed folders."""

    def __init__(
        self,
        library: Library,
        analyser: Analyser,
        keeper: IndexKeeper,
        settings: ScanSettings,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._library = library
        self._analyser = analyser
        self._keeper = keeper
        self._settings = settings
        self._clock = clock
        self._wall = wall
        self._sweep = Sweep(library, settings)
        self._feed = Feed()
        self._debouncer = Debouncer(settings.settle_s)
        self._wake = threading.Condition()
        self._stopping = False
        self._scan_wanted = False
        self._only: Sequence[str] | None = None
        self._next_scan = float("-inf")
        self._pauses: set[str] = set()
        self._running: Iterator[list[Outcome]] | None = None
        self._batch: list[Outcome] = []
        self._batch_since = 0.0
        self._blocked_until = float("-inf")
        self._state = "idle"
        self._meter = Meter(started=clock())
        self._pass_open = False
        self._full_pass = False
        self._scans = 0
        self._last_scan = ScanSummary()
        self._notes: dict[str, str] = {}

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

    def pause(self, reason: str) -> None:
        """Analyse nothing until `resume` with the same reason; answers and walking go on."""
        with self._wake:
            self._pauses.add(reason)

    def resume(self, reason: str) -> None:
        """Take one reason to pause back."""
        with self._wake:
            self._pauses.discard(reason)
            self._wake.notify()

    def stop(self) -> None:
        """Make `run` commit what it has and return."""
        with self._wake:
            self._stopping = True
            self._wake.notify()

    # ---- state, from any thread ----

    def progress(self) -> Progress:
        """How far the running pass is."""
        return self._meter.progress(self._state)

    @property
    def last_scan(self) -> ScanSummary:
        """What the newest complete pass over all roots did."""
        return self._last_scan

    @property
    def scans(self) -> int:
        """Complete passes over all roots so far."""
        return self._scans

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences that a person should read."""
        return tuple(self._notes.values())

    # ---- the thread ----

    def run(self) -> None:
        """Work until `stop`. Whatever goes wrong is logged and tried again; the thread does not die."""
        while not self._stopping:
            try:
                self.step(_TICK_S)
            except Exception:
                _log.exception("ingest stumbled; trying again in %s s", _RETRY_S)
                self._drop_running()
                self._wait(_RETRY_S)
        self.finish()

    def finish(self) -> None:
        """Drop what was not begun, store what came in. Called by the thread that worked, when it is done."""
        self._drop_running()
        self._commit(self._clock())

    def run_until_idle(self, targets: Sequence[str] | None = None) -> ScanSummary:
        """One complete pass over `targets` (None: all roots) in the calling thread."""
        before = self._scans
        self._only = targets
        self.request_scan()
        while self._scans == before and not self._stopping:
            self.step(_TICK_S)
        return self._last_scan

    def step(self, timeout_s: float) -> None:
        """One turn: look at what is due, take in some outcomes, commit, or wait up to `timeout_s`."""
        now = self._clock()
        self._look(now)
        if self._blocked(now):
            self._wait(timeout_s)
        elif self._pauses and (self._feed or self._running):
            self._state = "paused"
            self._commit(now)
            self._wait(timeout_s)
        elif self._running is not None or self._feed:
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
        if not targets and not everything:
            return
        if not self._pass_open:
            self._meter = Meter(started=now)
            self._pass_open = True
            self._state = "walking"
        if everything:
            self._full_pass = True
            self._next_scan = now + self._settings.interval_s
            self._library.forget_missing(self._wall() - self._settings.missing_keep_days * _DAY_S)
        findings = self._sweep(self._only if everything else targets, self._wall())
        roots = {root.path for root in self._library.roots()}
        self._note_findings(findings, whole=everything, urgent=not everything and roots.isdisjoint(targets))
        self._keeper.update()

    def _note_findings(self, findings: Findings, *, whole: bool, urgent: bool) -> None:
        meter = self._meter
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
        """Take in what the workers have ready, and commit when a batch is full or old."""
        if self._running is None:
            self._running = self._analyser.analyse(self._feed)
        outcomes = next(self._running, None)
        now = self._clock()
        if outcomes is None:
            self._running = None
            self._commit(now)
            return
        if outcomes:
            if not self._batch:
                self._batch_since = now
            self._batch += outcomes
            failed = sum(isinstance(outcome, AnalysisFailure) for outcome in outcomes)
            self._meter.note(len(outcomes) - failed, failed, now)
        if len(self._batch) >= BATCH_FILES or (self._batch and now - self._batch_since >= BATCH_S):
            self._commit(now)

    def _commit(self, now: float) -> None:
        """Store the batch and show it to the index. Without room, or on any error of the library, it is kept."""
        if not self._batch:
            return
        try:
            for start in range(0, len(self._batch), BATCH_FILES):
                self._library.put(self._batch[start : start + BATCH_FILES])
        except LibraryError as error:
            full = isinstance(error, LibraryFullError)
            self._state = "full" if full else "blocked"
            self._blocked_until = now + _RETRY_S
            self._notes["library"] = f"analysis waits: {error}"
            _log.warning("cannot store %d results: %s", len(self._batch), error)
            return
        self._notes.pop("library", None)
        self._feed.settle(outcome.path for outcome in self._batch)
        self._batch = []
        self._keeper.update()
        self._keeper.maybe_save(now, idle=False)

    def _blocked(self, now: float) -> bool:
        """Whether the library refuses to store: then nothing new is analysed, and the batch is tried now and then."""
        if self._blocked_until == float("-inf"):
            return False
        if now >= self._blocked_until:
            self._blocked_until = float("-inf")
            self._commit(now)
        return self._blocked_until != float("-inf")

    def _settle(self, now: float, timeout_s: float) -> None:
        """Nothing to analyse: close the pass, save the index when due, wait for the next hint."""
        self._commit(now)
        with self._wake:
            waiting = len(self._debouncer)
        if self._pass_open and not waiting and not self._batch:
            self._pass_open = False
            if self._full_pass:
                self._full_pass = False
                self._last_scan = self._meter.summary(now)
                self._scans += 1
                _log.info("scan complete: %s", self._last_scan)
                timeout_s = 0  # whoever waits for the pass need not wait for the next wish too
        if not self._batch:
            self._state = "idle"
        self._keeper.maybe_save(now, idle=True)
        if not self._full_pass:
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
        self._feed.settle(outcome.path for outcome in self._batch)
        if self._feed.recall():
            self._scan_wanted = True  # what was handed out and not analysed is found again on disk
