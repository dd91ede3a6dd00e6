"""One comparison of folders with the library: applies moves, returns and losses, names what is to be analysed."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from soundkin.config import ScanSettings
from soundkin.interfaces import Library
from soundkin.model import DiskFile, KnownFile, Move, Root
from soundkin.moves import find_moves
from soundkin.scan import Plan, Walk, is_below, is_wanted, plan, stat_file

_log = logging.getLogger(__name__)

_MANY_LOST = 50
_MANY_LOST_SHARE = 0.05


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
    """Root to a sentence that a person should read; "" takes an older sentence back."""


class Sweep:
    """Compares folders with the library. One thread uses it."""

    def __init__(self, library: Library, settings: ScanSettings) -> None:
        self._library = library
        self._settings = settings

    def __call__(self, targets: Sequence[str] | None, now_s: float) -> Findings:
        """Compare everything at or below `targets` (None: every root) with the library; `now_s` since the epoch."""
        findings = Findings()
        roots = self._library.roots()
        new: list[DiskFile] = []
        vanished: dict[str, KnownFile] = {}
        returned: list[Move] = []
        for root, target in _pair(roots, targets):
            difference = self._compare(root, target, roots, findings, now_s)
            if difference is None:
                continue
            new += difference.new
            vanished |= difference.vanished
            returned += difference.returned
            findings.fresh += difference.changed
            findings.stale += difference.stale
            findings.found += difference.found
            findings.unchanged += difference.unchanged + len(difference.returned)
        self._apply(new, vanished, returned, findings, now_s)
        return findings

    def _apply(
        self,
        new: list[DiskFile],
        vanished: dict[str, KnownFile],
        returned: list[Move],
        findings: Findings,
        now_s: float,
    ) -> None:
        moves: list[Move] = []
        if new:
            back = {move.id for move in returned}
            lost = {path: row for path, row in self._library.missing().items() if row.id not in back} | vanished
            moves, new = find_moves(new, lost)
        moved = {move.id for move in moves}
        gone = [row.id for row in vanished.values() if row.id not in moved]
        if moves or returned:
            self._library.move([*moves, *returned])
        if gone:
            self._library.mark_missing(gone, now_s)
        findings.fresh[:0] = new
        findings.moved += len(moves)
        findings.removed += len(gone)

    def _compare(self, root: Root, target: str, roots: Iterable[Root], findings: Findings, now_s: float) -> Plan | None:
        """The difference at one target; None where its root cannot be reached, which is then marked offline."""
        if not os.path.isdir(root.path):
            self._offline(root, "is not there", findings)
            return None
        nested = frozenset(other.path for other in roots if other.id != root.id and is_below(other.path, root.path))
        known = {
            path: row
            for path, row in self._library.stamps(target).items()
            if not any(is_below(path, other) for other in nested)
        }
        if os.path.isdir(target):
            walk = Walk(target, self._settings.ignore, nested)
            difference = plan(walk, known, self._library.params.version, walk.unreadable)
            if target in walk.unreadable and target == root.path:
                self._offline(root, "cannot be read", findings)
                return None
            if target == root.path and walk.entries == 0 and difference.vanished:
                self._offline(root, "is suddenly empty", findings)
                return None
        else:
            wanted = is_wanted(target, root.path, self._settings.ignore)
            file = stat_file(target) if wanted else None
            difference = plan([file] if file else [], known, self._library.params.version)
        self._online(root, target, difference, len(known), findings)
        self._hold_back_unsettled(difference, findings, now_s)
        return difference

    def _hold_back_unsettled(self, difference: Plan, findings: Findings, now_s: float) -> None:
        """Files written to a moment ago may still grow: they are looked at again, not analysed yet."""
        settle_s = self._settings.settle_s
        for files in (difference.new, difference.changed):
            young = [file for file in files if 0 <= now_s - file.stamp.mtime_ns / 1e9 < settle_s]
            if young:
                findings.unsettled += [file.path for file in young]
                paths = set(findings.unsettled)
                files[:] = [file for file in files if file.path not in paths]

    def _offline(self, root: Root, why: str, findings: Findings) -> None:
        sentence = f"{root.path} {why}: it is offline, and all that is known of its files is kept"
        findings.notes[root.path] = sentence
        if root.online:
            _log.warning("%s", sentence)
            self._library.set_online(root.id, False)

    def _online(self, root: Root, target: str, difference: Plan, known: int, findings: Findings) -> None:
        lost = len(difference.vanished)
        if lost >= _MANY_LOST and lost >= known * _MANY_LOST_SHARE:
            sentence = (
                f"{target}: {lost:,} of {known:,} files are gone; they are kept as missing and come back with the files"
            )
            findings.notes[root.path] = sentence
            _log.warning("%s", sentence)
        elif target == root.path:
            findings.notes[root.path] = ""
        if not root.online:
            _log.info("%s is back", root.path)
            self._library.set_online(root.id, True)


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
