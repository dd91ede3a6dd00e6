"""Counts passes over the folders: what was found and done, how fast, how long still. Time is an argument."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from soundkin import formats
from soundkin.folders.findings import Findings
from soundkin.model import AnalysisFailure, Outcome, Progress, ScanSummary, Unchanged

_SMOOTHING_S = 10.0


@dataclass(slots=True)
class ProgressMeter:
    """Running totals of a pass, from which `Progress` and `ScanSummary` are read."""

    started: float = 0.0
    found: int = 0
    """Files on disk."""
    to_do: int = 0
    """Files that need analysis."""
    analysed: int = 0
    failed: int = 0
    unread: int = 0
    """Files that could not be read."""
    rechecked: int = 0
    """Files that turned out to be what they were."""
    unchanged: int = 0
    moved: int = 0
    removed: int = 0
    unheard: dict[str, int] = field(default_factory=dict)
    """Files, by ending, of kinds that cannot be heard."""
    _rate: float = 0.0
    _marks: list[tuple[float, int]] = field(default_factory=list)

    @property
    def done(self) -> int:
        """Files dealt with, one way or the other."""
        return self.analysed + self.failed + self.unread + self.rechecked

    def look(self, findings: Findings, waiting: int, *, fresh: int | None) -> None:
        """A comparison ended: `waiting` more files wait; `fresh` of them are new where it saw only a part."""
        self.to_do += waiting
        self.moved += findings.moved
        self.removed += findings.removed
        if fresh is None:
            self.found += findings.found
            self.unchanged += findings.unchanged
        else:  # of what the pass counts as a whole
            self.found += fresh
        self.unheard = formats.added([self.unheard, *findings.unheard.values()])

    def count(self, outcomes: Sequence[Outcome], now: float) -> None:
        """Outcomes came in."""
        failures = [outcome for outcome in outcomes if isinstance(outcome, AnalysisFailure)]
        failed = sum(failure.is_verdict for failure in failures)
        rechecked = sum(isinstance(outcome, Unchanged) for outcome in outcomes)
        self.unread += len(failures) - failed
        self.rechecked += rechecked
        self.note(len(outcomes) - len(failures) - rechecked, failed, now)

    def note(self, analysed: int, failed: int, now: float) -> None:
        """Count files that were analysed and files that are not audio."""
        self.analysed += analysed
        self.failed += failed
        if not self._marks:
            self._marks.append((self.started, 0))
        self._marks.append((now, self.done))
        while len(self._marks) > 2 and now - self._marks[0][0] > _SMOOTHING_S:
            self._marks.pop(0)
        since, count = self._marks[0]
        self._rate = (self.done - count) / (now - since) if now > since else 0.0

    def progress(self, state: str) -> Progress:
        """How far the pass is."""
        left = max(0, self.to_do - self.done)
        busy = state != "idle"
        rate = self._rate if busy else 0.0
        eta = left / rate if busy and rate > 0 else None
        return Progress(state, max(self.to_do, self.done), self.done, self.failed, rate, eta)

    def summary(self, now: float) -> ScanSummary:
        """What the pass did."""
        return ScanSummary(
            found=self.found,
            analysed=self.analysed,
            unchanged=self.unchanged + self.rechecked,
            moved=self.moved,
            removed=self.removed,
            failed=self.failed,
            unread=self.unread,
            seconds=now - self.started,
            unheard=self.unheard,
        )


@dataclass(slots=True)
class Passes:
    """The running pass, and what complete ones did."""

    meter: ProgressMeter
    complete: int = 0
    """Passes over all roots that are over."""
    last: ScanSummary = field(default_factory=ScanSummary)
    """What the newest of them did."""
    newest: ScanSummary = field(default_factory=ScanSummary)
    """What the newest pass did, over all roots or over a part."""
    costs: dict[str, float] = field(default_factory=dict)
    """How many seconds the newest comparison of a root as a whole took."""
    is_open: bool = False
    _is_full: bool = False

    def begin(self, now: float, *, everything: bool) -> bool:
        """Something is looked at, in the running pass or a new one; whether it is new."""
        is_new = not self.is_open
        if is_new:
            self.meter = ProgressMeter(started=now)
            self.is_open = True
        self._is_full = self._is_full or everything
        return is_new

    def note_cost(self, roots: Collection[str], seconds: float) -> None:
        """Roots were compared as a whole, all together within a time."""
        self.costs.update(dict.fromkeys(roots, seconds / max(1, len(roots))))

    def close(self, now: float) -> ScanSummary | None:
        """Nothing is left to do; what was done, where that was a pass over all roots."""
        self.is_open = False
        self.newest = self.meter.summary(now)
        if not self._is_full:
            return None
        self._is_full = False
        self.last = self.newest
        self.complete += 1
        return self.last
