"""One comparison of folders with the library: applies moves, returns and losses, names what is to be analysed."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from soundkin.config import ScanSettings
from soundkin.disks import DiskHangsError, Lanes
from soundkin.disks.mounts import mount_points
from soundkin.disks.shortage import raise_shortage
from soundkin.folders import places
from soundkin.folders.completeness import is_settled
from soundkin.folders.contents import Contents
from soundkin.folders.diff import Plan, plan
from soundkin.folders.disks import Disks
from soundkin.folders.doubts import hold_back_unread, hold_back_unsettled, settle_renumbered
from soundkin.folders.findings import Difference, Findings, say_many_lost, say_passed_over
from soundkin.folders.moves import find_moves
from soundkin.folders.packed import PackedFiles
from soundkin.folders.presence import is_folder
from soundkin.folders.reachability import EMPTY, NO_ANSWER, Reachability
from soundkin.folders.walk import is_below, is_entered, is_spelled_so, is_wanted, look_at_file
from soundkin.folders.walking import ForsakenError, Meanwhile, Walking
from soundkin.interfaces import ScanLibrary
from soundkin.model import DiskFile, Move, Root, SampleId, Unread

_T = TypeVar("_T")

_IGNORES_CASE = sys.platform in {"win32", "darwin"}


@dataclass(frozen=True, slots=True)
class _Run:
    """What one comparison carries from target to target."""

    todo: deque[tuple[Root, str]]
    """Roots, each with what is to be compared in it."""
    findings: Findings
    meanwhile: Meanwhile | None


class Scanner:
    """Compares folders with the library. One thread uses it, but for `forsake`; disks are asked in `lanes`.

    `wall` tells seconds since the epoch while a comparison goes on.
    """

    def __init__(
        self,
        library: ScanLibrary,
        settings: ScanSettings,
        *,
        lanes: Lanes | None = None,
        ignores_case: bool = _IGNORES_CASE,
        is_folder: Callable[[str], bool] = is_folder,
        mounts: Callable[[], frozenset[str]] = mount_points,
        wall: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._library = library
        self._wall = wall
        self._settings = settings
        self._ignores_case = ignores_case
        self._lanes = lanes or Lanes()
        self._disks = Disks(library, Reachability(self._lanes, is_folder), mounts, settings.ignore)
        self._contents = Contents(self._lanes, self._place_of)
        self._walking = Walking(library, self._lanes, self._disks, settings.ignore)

    def __call__(
        self,
        targets: Sequence[str] | None,
        now_s: float,
        meanwhile: Meanwhile | None = None,
    ) -> Findings:
        """Compare everything at or below `targets` (None: every root) with the library; `now_s` since the epoch.

        Raises `OSError`, `MemoryError` where descriptors or memory run out: then no root is offline and no file lost.
        """
        findings = Findings()
        self._walking.begin()
        self._disks.begin()
        differences: list[Difference] = []
        run = _Run(deque(_pair(self._disks.roots, targets)), findings, meanwhile)
        while run.todo:
            root, target = run.todo.popleft()
            difference = self._look(run, root, target)
            if difference is None:
                continue
            differences.append(Difference(root, target, difference))
            moment_s = max(now_s, self._wall())  # what is written meanwhile is no file of the future
            hold_back_unsettled(difference, self._written(root), findings, self._settings.settle_s, moment_s)
            hold_back_unread(difference, self._unread(root, target), self._library, findings, now_s)
            findings.fresh.extend(difference.changed)
            findings.doubtful += difference.doubtful
            findings.stale.extend(difference.stale)
            findings.found += difference.found
            findings.unchanged += difference.unchanged + len(difference.returned)
        self._apply(differences, findings, now_s)
        return findings

    def forsake(self, folder: str) -> None:
        """A folder is not followed any more: a walk through it ends soon. From any thread."""
        self._walking.forsake(folder)

    def check(self, root: Root) -> Findings:
        """Whether a root can be reached right now, marking it offline where not; nothing is compared."""
        findings = Findings()
        self._disks.begin()
        try:
            self._disks.went(root, findings)
        except DiskHangsError:
            self._note_silence(root, root.path, findings)
            findings.online[root.path] = False
        return findings

    def is_complete(self, path: str, mtime_ns: int, now_s: float) -> bool:
        """Whether a file can be analysed at once. `now_s` since the epoch."""
        return is_settled(path, mtime_ns, now_s, self._settings.settle_s, self._contents.is_written)

    # ---- what is there ----

    def _look(self, run: _Run, root: Root, target: str) -> Plan | None:
        """The difference at one target; None where its root is away, or other targets take its place."""
        try:
            return self._look_at(run, root, target)
        except DiskHangsError:
            self._note_silence(root, target, run.findings)
            return None

    def _look_at(self, run: _Run, root: Root, target: str) -> Plan | None:
        why = self._disks.why_not(root)
        holder = places.holder_of(root.path, self._disks.roots)
        if why == places.GONE and holder is not None:
            self._disks.drop_place(root, run.findings)
            run.todo.append((holder, target))
            return None
        if why:
            self._disks.note_offline(root, why, run.findings)
            return None
        if target != root.path and self._asked(root, target, lambda: self._disks.is_new_place(root, target)):
            is_link = self._asked(root, target, lambda: places.is_link(target))
            run.todo.append((self._disks.add_place(root, target, run.findings, is_link=is_link), target))
            return None
        try:
            difference = self._compare(run, root, target)
        except ForsakenError:
            return None
        if difference is None or (difference.vanished and self._disks.went(root, run.findings)):
            return None
        self._disks.note_online(root, run.findings)
        if target == root.path:
            run.findings.online[root.path] = True
        return difference

    def _compare(self, run: _Run, root: Root, target: str) -> Plan | None:
        """The difference at a target whose root can be reached; None where that turns out to be wrong."""
        if target != root.path and not self._asked(root, target, lambda: self._is_entered(root, target)):
            closed: list[str] = []
            single = self._asked(root, target, lambda: self._single(root, target, closed))
            return plan(single, self._library.stamps(target), self._library.params.version, closed, named=True)
        walk, difference = self._walking.compare(root, target, run.meanwhile)
        run.findings.unheard[target] = walk.unheard
        for path, is_link in walk.places:
            run.todo.append((self._disks.add_place(root, path, run.findings, is_link=is_link), path))
            for lost in [each for each in difference.vanished if is_below(each, path)]:
                del difference.vanished[lost]  # what was known there is the place's now
        if target == root.path:
            if target in walk.unreadable:
                self._disks.note_offline(root, "cannot be read", run.findings)
                return None
            if walk.entries == 0 and difference.vanished:
                self._disks.note_offline(root, EMPTY, run.findings)
                return None
            say_passed_over(root, walk, run.findings)
        return difference

    def _is_entered(self, root: Root, target: str) -> bool:
        """Whether the target is a folder that is walked; one that is a place of its own never comes here."""
        return is_folder(target) and is_entered(target, root.path, self._settings.ignore) and not places.is_link(target)

    def _asked(self, root: Root, target: str, question: Callable[[], _T]) -> _T:
        """The disk's answer to a question about a target. Raises `DiskHangsError`."""
        return self._lanes.ask(root.path, question, target)

    def _note_silence(self, root: Root, target: str, findings: Findings) -> None:
        """A disk does not answer: the target is to be looked at again, and after a while the root counts as away."""
        if self._lanes.is_away(root.path):
            self._disks.note_offline(root, NO_ANSWER, findings)
            target = root.path
        findings.unanswered.append((target, root.path))

    def _place_of(self, path: str) -> str:
        """The innermost root that holds a path."""
        holders = [root.path for root in self._disks.roots if is_below(path, root.path)]
        return max(holders, key=len, default=path)

    def _single(self, root: Root, target: str, closed: list[str]) -> list[DiskFile]:
        """The target as a file: at most one. Where the disk does not say, it is `closed`."""
        try:
            file = look_at_file(target)
        except OSError as error:
            raise_shortage(error)
            closed.append(target)
            return []
        if file is None or not is_wanted(target, root.path, self._settings.ignore):
            return []
        if self._ignores_case and not is_spelled_so(target):
            return []
        return [file]

    # ---- what follows from it ----

    def _written(self, root: Root) -> Callable[[list[str]], set[str]]:
        return lambda paths: self._contents.written(root.path, paths)

    def _unread(self, root: Root, target: str) -> dict[str, Unread]:
        """What could not be read at the target, but for roots inside it."""
        nested = self._disks.inside(root)
        unread = self._library.unread(target)
        return {path: each for path, each in unread.items() if not any(is_below(path, other) for other in nested)}

    def _apply(self, differences: list[Difference], findings: Findings, now_s: float) -> None:
        returned = [move for each in differences for move in each.plan.returned]
        moves, new = self._moved(differences, {move.id for move in returned})
        moved = {move.id for move in moves}
        for each in differences:
            for path in [path for path, row in each.plan.vanished.items() if row.id in moved]:
                del each.plan.vanished[path]
        gone = [row.id for each in differences for row in each.plan.vanished.values()]
        if moves or returned:
            self._library.move([*moves, *returned])
        if gone:
            self._library.mark_missing(gone, now_s)
        new.extend(findings.fresh)
        findings.fresh = new
        findings.moved += len(moves)
        findings.removed += len(gone)
        for each in differences:
            settle_renumbered(each.plan, self._library, findings, self._contents.is_same)
            if each.plan.adopted:
                self._library.restamp(each.plan.adopted)
            say_many_lost(each, findings)

    def _moved(self, differences: list[Difference], back: set[SampleId]) -> tuple[list[Move], PackedFiles]:
        """New files that are lost ones under other paths, and the other new files. `back`: those that have returned."""
        new = PackedFiles()
        for each in differences:
            new.extend(each.plan.new)
        if not new:
            return [], new
        lost = {path: row for path, row in self._library.missing().items() if row.id not in back}
        for each in differences:
            lost |= each.plan.vanished
        return find_moves(new, lost, self._contents.short_hash, self._contents.full_hash) if lost else ([], new)


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
