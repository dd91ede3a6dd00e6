"""Counts passes over the folders: what was found and done, how fast, how long still. Time is an argument."""

from __future__ import annotations

from dataclasses import dataclass, field

from soundkin.model import Progress, ScanSummary

_SMOOTHING_S = 10.0


@dataclass(slots=True)
class Meter:
    """Running totals of a pass, from which `Progress` and `ScanSummary` are read."""

    started: float = 0.0
    found: int = 0
    """Files on disk."""
    to_do: int = 0
    """Files that need analysis."""
    analysed: int = 0
    failed: int = 0
    unchanged: int = 0
    moved: int = 0
    removed: int = 0
    _rate: float = 0.0
    _marks: list[tuple[float, int]] = field(default_factory=list)

    @property
    def done(self) -> int:
        """Files dealt with, one way or the other."""
        return self.analysed + self.failed

    def note(self, analysed: int, failed: int, now: float) -> None:
        """Some outcomes came in."""
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
            unchanged=self.unchanged,
            moved=self.moved,
            removed=self.removed,
            failed=self.failed,
            seconds=now - self.started,
        )


@dataclass(slots=True)
class Passes:
    """The running pass, and what complete ones did."""

    meter: Meter
    complete: int = 0
    """Passes over all roots that are over."""
    last: ScanSummary = field(default_factory=ScanSummary)
    """What the newest of them did."""
    is_open: bool = False
    _is_full: bool = False

    def begin(self, now: float, *, everything: bool) -> bool:
        """Something is looked at, in the running pass or a new one; whether it is new."""
        is_new = not self.is_open
        if is_new:
            self.meter = Meter(started=now)
            self.is_open = True
        self._is_full = self._is_full or everything
        return is_new

    def close(self, now: float) -> ScanSummary | None:
        """Nothing is left to do; what was done, where that was a pass over all roots."""
        self.is_open = False
        if not self._is_full:
            return None
        self._is_full = False
        self.last = self.meter.summary(now)
        self.complete += 1
        return self.last
