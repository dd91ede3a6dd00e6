"""One comparison of folders with the library: applies moves, returns and losses, names what is to be analysed."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from soundkin.config import ScanSettings
from soundkin.interfaces import KnownRow, Library
from soundkin.model import DiskFile, Move, Root
from soundkin.moves import find_moves
from soundkin.reach import Reach
from soundkin.scan import Plan, Walk, is_below, is_wanted, plan, plan_in_order, stat_file
from soundkin.settled import is_settled
from soundkin.walk import FileRow, is_entered, is_spelled_so

_log = logging.getLogger(__name__)

Meanwhile = Callable[[list[FileRow]], list[FileRow]]
"""Sees each piece of a walk and says what of it is left to compare."""

_MANY_LOST = 50
_MANY_LOST_SHARE = 0.05
_IGNORES_CASE = sys.platform in {"win32", "darwin"}


@dataclass(slots=True)
class Findings:
    """What one comparison found; the library already knows of everything but the files to analyse."""

    fresh: list[DiskFile] = field(default_factory=list)
    """New or changed."""
    stale: list[DiskFile] = field(default_factory=list)
    """Only to be analysed again because the features changed."""
    unsettled: list[str] = field(default_factory=list)
    """Still being written: to be looked at again soon."""
    found: int = 0
    unchanged: int = 0
    moved: int = 0
    removed: int = 0
    notes: dict[str, str] = field(default_factory=dict)
    """Matter to a sentence that a person should read; "" takes an older sentence back."""
    online: dict[str, bool] = field(default_factory=dict)
    """Every root that was looked at as a whole, and whether it can be reached."""


@dataclass(slots=True)
class Difference:
    """What one target of a sweep differs in."""

    root: Root
    target: str
    plan: Plan


class Sweep:
    """Compares folders with the library. One thread uses it."""

    def __init__(
        self,
        library: Library,
        settings: ScanSettings,
        *,
        ignores_case: bool = _IGNORES_CASE,
        reach: Reach | None = None,
    ) -> None:
        self._library = library
        self._settings = settings
        self._ignores_case = ignores_case
        self._reach = reach or Reach()
        self._asked: dict[str, str] = {}

    def __call__(
        self,
        targets: Sequence[str] | None,
        now_s: float,
        meanwhile: Meanwhile | None = None,
    ) -> Findings:
        """Compare everything at or below `targets` (None: every root) with the library; `now_s` since the epoch."""
        findings = Findings()
        roots = self._library.roots()
        self._asked.clear()
        differences: list[Difference] = []
        for root, target in _pair(roots, targets):
            difference = self._compare(root, target, roots, findings, meanwhile)
            if difference is None:
                continue
            differences.append(Difference(root, target, difference))
            self._hold_back_unsettled(difference, findings, now_s)
            findings.fresh += difference.changed
            findings.stale += difference.stale
            findings.found += difference.found
            findings.unchanged += difference.unchanged + len(difference.returned)
        self._apply(differences, findings, now_s)
        return findings

    def _apply(self, differences: list[Difference], findings: Findings, now_s: float) -> None:
        new = [file for each in differences for file in each.plan.new]
        returned = [move for each in differences for move in each.plan.returned]
        moves: list[Move] = []
        if new:
            back = {move.id for move in returned}
            lost = {path: row for path, row in self._library.missing().items() if row.id not in back}
            for each in differences:
                lost |= each.plan.vanished
            moves, new = find_moves(new, lost)
        moved = {move.id for move in moves}
        for each in differences:
            for path in [path for path, row in each.plan.vanished.items() if row.id in moved]:
                del each.plan.vanished[path]
        gone = [row.id for each in differences for row in each.plan.vanished.values()]
        if moves or returned:
            self._library.move([*moves, *returned])
        if gone:
            self._library.mark_missing(gone, now_s)
        findings.fresh[:0] = new
        findings.moved += len(moves)
        findings.removed += len(gone)
        for each in differences:
            _say_many_lost(each, findings)

    def _compare(
        self, root: Root, target: str, roots: Iterable[Root], findings: Findings, meanwhile: Meanwhile | None
    ) -> Plan | None:
        """The difference at one target; None where its root cannot be reached, which is then marked offline."""
        if not self._can_reach(root, findings):
            return None
        version = self._library.params.version
        if not os.path.isdir(target) or not is_entered(target, root.path, self._settings.ignore):
            difference = plan(self._single(root, target), self._library.stamps(target), version)
        else:
            nested = frozenset(other.path for other in roots if other.id != root.id and is_below(other.path, root.path))
            walk = Walk(target, self._settings.ignore, nested, tuple(each.path for each in roots))
            runs = map(meanwhile, walk.runs()) if meanwhile else walk.runs()
            difference = plan_in_order(runs, self._known(target, nested), version, walk.unreadable)
            if target == root.path:
                if target in walk.unreadable:
                    self._offline(root, "cannot be read", findings)
                    return None
                if walk.entries == 0 and difference.vanished:
                    self._offline(root, "is suddenly empty", findings)
                    return None
                _say_passed_over(root, walk, findings)
        if not root.online:
            _log.info("%s is back", root.path)
            self._library.set_online(root.id, True)
        if target == root.path:
            findings.online[root.path] = True
        return difference

    def _can_reach(self, root: Root, findings: Findings) -> bool:
        """Whether the root's disk is there; asked once a sweep."""
        if root.path not in self._asked:
            self._asked[root.path] = self._reach.why_not(root.path)
            if self._asked[root.path]:
                self._offline(root, self._asked[root.path], findings)
        return not self._asked[root.path]

    def _known(self, target: str, nested: frozenset[str]) -> Iterator[list[KnownRow]]:
        """What the library knows below the target, but for roots inside it."""
        for rows in self._library.rows_in_order(target):
            if nested:
                yield [row for row in rows if not any(is_below(row[0], other) for other in nested)]
            else:
                yield rows

    def _single(self, root: Root, target: str) -> list[DiskFile]:
        """The target as a file: at most one."""
        if not is_wanted(target, root.path, self._settings.ignore):
            return []
        file = stat_file(target)
        if file is None or (self._ignores_case and not is_spelled_so(target)):
            return []
        return [file]

    def _hold_back_unsettled(self, difference: Plan, findings: Findings, now_s: float) -> None:
        """Files that may still grow are looked at again, not analysed yet."""
        settle_s = self._settings.settle_s
        for files in (difference.new, difference.changed):
            growing = {file.path for file in files if not is_settled(file.path, file.stamp.mtime_ns, now_s, settle_s)}
            if growing:
                findings.unsettled += sorted(growing)
                files[:] = [file for file in files if file.path not in growing]

    def _offline(self, root: Root, why: str, findings: Findings) -> None:
        sentence = f"{root.path} {why}: it is offline, and all that is known of its files is kept"
        findings.notes[root.path] = sentence
        findings.online[root.path] = False
        if root.online:
            _log.warning("%s", sentence)
            self._library.set_online(root.id, False)


def _say_many_lost(difference: Difference, findings: Findings) -> None:
    """A sentence where so much is gone that someone may have made a mistake; moved files are not gone."""
    lost, known = len(difference.plan.vanished), difference.plan.known
    root, target = difference.root, difference.target
    if lost >= _MANY_LOST and lost >= known * _MANY_LOST_SHARE:
        sentence = (
            f"{target}: {lost:,} of {known:,} files are gone; they are kept as missing and come back with the files"
        )
        findings.notes[root.path] = sentence
        _log.warning("%s", sentence)
    elif target == root.path:
        findings.notes[root.path] = ""


def _say_passed_over(root: Root, walk: Walk, findings: Findings) -> None:
    """Sentences about what is there and cannot be analysed."""
    cloud, closed = walk.placeholders, len(walk.unreadable)
    findings.notes[f"{root.path} cloud"] = (
        f"{root.path}: {cloud:,} files are online-only; they are passed over, never downloaded" if cloud else ""
    )
    findings.notes[f"{root.path} closed"] = (
        f"{walk.unreadable[0]} cannot be read"
        + (f", and {closed - 1:,} more" if closed > 1 else "")
        + "; what is known of it is kept. Check its permissions"
        if closed
        else ""
    )


def _pair(roots: Sequence[Root], targets: Sequence[str] | None) -> list[tuple[Root, str]]:
    """Each target with the innermost root that holds it; a target above roots stands for them, others are left out."""
    if targets is None:
        return [(root, root.path) for root in roots]
    pairs: list[tuple[Root, str]] = []
    for target in targets:
        pairs += [(root, root.path) for root in roots if root.path != target and is_below(root.path, target)]
        holders = [root for root in roots if is_below(target, root.path)]
        if holders:
            pairs.append((max(holders, key=lambda root: len(root.path)), target))
    return pairs
