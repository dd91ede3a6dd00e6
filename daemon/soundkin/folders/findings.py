"""What a comparison found, and its sentences for people."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from soundkin.folders.diff import Plan
from soundkin.folders.packed import PackedFiles
from soundkin.folders.walk import Walk
from soundkin.model import DiskFile, Root

_log = logging.getLogger(__name__)

_MANY_LOST = 50
_MANY_LOST_SHARE = 0.05


@dataclass(slots=True)
class Findings:
    """What one comparison found; the library already knows of everything but the files to analyse."""

    fresh: PackedFiles = field(default_factory=PackedFiles)
    """New or changed."""
    doubtful: list[DiskFile] = field(default_factory=list)
    """Perhaps changed: their content is to be compared with the one that is known."""
    stale: PackedFiles = field(default_factory=PackedFiles)
    """Only to be analysed again because the features changed."""
    unsettled: list[str] = field(default_factory=list)
    """Still being written: to be looked at again soon."""
    unanswered: list[tuple[str, str]] = field(default_factory=list)
    """Targets whose disk does not answer, to be looked at again, each with the root that it belongs to."""
    found: int = 0
    unchanged: int = 0
    moved: int = 0
    removed: int = 0
    unheard: dict[str, dict[str, int]] = field(default_factory=dict)
    """For every folder that was walked, how many files there are, by ending, of kinds that cannot be heard."""
    notes: dict[str, str] = field(default_factory=dict)
    """Matter to a sentence that a person should read; "" takes an older sentence back."""
    online: dict[str, bool] = field(default_factory=dict)
    """Every root that was looked at as a whole, and whether it can be reached."""
    back: list[str] = field(default_factory=list)
    """Roots that were offline and are not any more."""
    new_places: bool = False
    """Whether there are other places to watch than before."""


@dataclass(slots=True)
class Difference:
    """What one target of a comparison differs in."""

    root: Root
    target: str
    plan: Plan


def say_many_lost(difference: Difference, findings: Findings) -> None:
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


def say_passed_over(root: Root, walk: Walk, findings: Findings) -> None:
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
