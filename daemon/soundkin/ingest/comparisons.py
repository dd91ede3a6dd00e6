"""Compares followed folders with the library, queues what is to be analysed, and notes what a person should know."""

from __future__ import annotations

from collections.abc import Sequence

from soundkin.config import ScanSettings
from soundkin.disks import Lanes
from soundkin.disks.shortage import is_shortage
from soundkin.folders.findings import Findings
from soundkin.folders.scanner import Scanner
from soundkin.ingest.early_start import EarlyStart
from soundkin.ingest.growing import Growing
from soundkin.ingest.notes import Notes
from soundkin.ingest.outages import Outages
from soundkin.ingest.queue import Turn
from soundkin.ingest.silence import Silence
from soundkin.ingest.work import Work
from soundkin.model import Root

_DAY_S = 86_400.0


class Comparisons:
    """One thread uses it, but for `forsake` and `sentences`."""

    def __init__(self, work: Work, settings: ScanSettings, lanes: Lanes) -> None:
        self._work = work
        self._settings = settings
        self._scanner = Scanner(work.library, settings, lanes=lanes, wall=work.wall)
        self._silence = Silence(lanes)
        self._growing = Growing()
        self._notes = Notes()
        self._next_scan = float("-inf")
        self.outages = Outages(work.queue, self._is_away)
        """Files that are held because their disk is away."""
        self.only: Sequence[str] | None = None
        """What is looked at when everything is to be compared; None: every root."""

    def forsake(self, folder: str) -> None:
        """A folder is not followed any more: a walk through it ends soon. From any thread."""
        self._scanner.forsake(folder)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What a person should read of folders and disks."""
        growing = self._growing.sentence
        return (*((growing,) if growing else ()), *self._notes.sentences, *self.outages.sentences)

    def is_complete(self, path: str, mtime_ns: int) -> bool:
        """Whether a file can be analysed at once."""
        return self._scanner.is_complete(path, mtime_ns, self._work.wall())

    def is_due(self, now: float) -> bool:
        """Whether the schedule asks for a comparison of everything."""
        return now >= self._next_scan

    def again(self, now: float) -> list[str]:
        """What to look at again now, because its disk did not answer or was away."""
        return [*self._silence.due(), *self.outages.due(now)]

    @property
    def is_waiting(self) -> bool:
        """Whether something is to be looked at, or read, as soon as its disk answers."""
        return bool(self._silence) or self.outages.is_waiting

    def has_looked(self, now: float) -> bool:
        """Whether all that was hinted at has been looked at, but for files that go on growing, which are noted."""
        return self._growing.are_all(self._work.wishes.pending, now)

    def follow(self) -> tuple[Root, ...]:
        """The roots as they are now; what waits or is said of others goes."""
        roots = self._work.library.roots()
        self._work.passes.meter.to_do -= self.outages.follow(roots)
        self._silence.follow(root.path for root in roots)
        self._notes.keep_only(root.path for root in roots)
        return roots

    def compare(self, targets: list[str], now: float, early_start: EarlyStart, *, everything: bool) -> bool:
        """Compare targets or everything with the disk; whether there are other places to watch than before.

        `early_start` takes files out of the first walk over an empty library.
        """
        work = self._work
        self.follow()
        if everything:
            work.library.forget_missing(work.wall() - self._settings.missing_keep_days * _DAY_S)
        meanwhile = early_start if everything and work.library.is_empty() else None
        looked_at = self.only if everything else targets
        findings = self._scanner(looked_at, work.wall(), meanwhile)
        if meanwhile is None:  # else what is out was found by this very walk
            work.in_flight.compared(work.queue.out, findings, looked_at)
        if everything:
            self._next_scan = now + self._settings.interval_s
        if work.batch.trouble and not work.batch:
            work.batch.accepted()
        if everything or len(targets) == 1:
            work.passes.note_cost(findings.online, work.clock() - now)
        roots = self.follow()
        urgent = not everything and {root.path for root in roots}.isdisjoint(targets)
        self._queue_up(findings, now, whole=everything, urgent=urgent)
        self._note(findings, roots, now)
        work.index_sync.update()
        return findings.new_places

    def _note(self, findings: Findings, roots: tuple[Root, ...], now: float) -> None:
        """Keep what a person should know, and what is to be looked at again."""
        for followed in roots:
            if followed.path in findings.unheard:
                self._work.library.note_unheard(followed.id, findings.unheard[followed.path])
        self._silence.note(findings.unanswered)
        self._growing.note(findings.unsettled, now)
        for path in findings.unsettled:
            self._work.wishes.hint(path)
        for root in findings.back:
            if not findings.online.get(root):
                self._work.wishes.hint(root)  # only a part was looked at
        self._notes.take(findings.notes)

    def _queue_up(self, findings: Findings, now: float, *, whole: bool, urgent: bool) -> None:
        """Put what was found into the queue, or hold it where its disk is away, and count it."""
        queue = self._work.queue
        reached = {path for path, online in findings.online.items() if online}
        waiting = self.outages.back(reached.union(findings.back))
        waiting -= self.outages.gone((path for path, online in findings.online.items() if not online), now)
        fresh = queue.push(findings.fresh, Turn.URGENT if urgent else Turn.FRESH)
        fresh += queue.push(findings.doubtful, Turn.URGENT if urgent else Turn.DOUBTFUL)
        waiting += fresh + queue.push(findings.stale, Turn.STALE)
        waiting -= self.outages.hold_new()
        self._work.passes.meter.look(findings, waiting, fresh=None if whole else fresh)

    def _is_away(self, root: Root) -> bool:
        """Whether the disk of a root is away, asked after a file of it could not be read."""
        try:
            findings = self._scanner.check(root)
        except (OSError, MemoryError, RuntimeError) as error:
            if not is_shortage(error):
                raise
            return False
        self._notes.take(findings.notes)
        return not all(findings.online.values())
