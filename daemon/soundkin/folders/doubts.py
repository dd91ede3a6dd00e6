"""Files that may still grow, whose stamp leaves a doubt, or that could not be read: which are read now, which later."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from soundkin.folders.completeness import YOUNG_S
from soundkin.folders.diff import Plan
from soundkin.folders.findings import Findings
from soundkin.folders.packed import PackedFiles
from soundkin.folders.walk import is_below
from soundkin.interfaces import ScanLibrary
from soundkin.model import DiskFile, Unread

SameContent = Callable[[DiskFile], bool]
"""Whether a file still holds what is known of it. Raises `OSError`."""

_SAMPLE = 16
"""Number of files with only another inode number that is enough to tell whether the numbers are stable."""
_LONGEST_WAIT_S = 2 * 86_400.0


def hold_back_unsettled(
    plan: Plan, written: Callable[[list[str]], set[str]], findings: Findings, settle_s: float, now_s: float
) -> None:
    """Files that may still grow are looked at again, not analysed yet. `written`: those of some that are written to."""
    groups: tuple[list[DiskFile] | PackedFiles, ...] = (plan.new, plan.changed, plan.doubtful)
    ages = ((file.path, now_s - file.stamp.mtime_ns / 1e9) for files in groups for file in files)
    young = {path: age_s for path, age_s in ages if 0 <= age_s < YOUNG_S}
    if not young or settle_s <= 0:
        return
    growing = {path for path, age_s in young.items() if age_s < settle_s}
    growing |= written([path for path in young if path not in growing])
    findings.unsettled += sorted(growing)
    for files in groups:
        _keep(files, lambda file: file.path not in growing)


def settle_renumbered(plan: Plan, library: ScanLibrary, findings: Findings, is_same: SameContent) -> None:
    """Files whose number alone is another one: replaced, or on a file system that makes its numbers up (FUSE, FAT).

    A few of them are read. Where all hold what they held, the numbers mean nothing, and all stamps are renewed
    without reading the rest; else each is in doubt. Where the disk does not answer, the next look decides.
    `is_same` reads a file.
    """
    renumbered, plan.renumbered = plan.renumbered, []
    if not renumbered:
        return
    step = max(1, len(renumbered) // _SAMPLE)
    try:
        same = all(is_same(file) for file, _ in renumbered[::step])
    except OSError:
        return
    if same:
        library.restamp([move for _, move in renumbered])
    else:
        findings.doubtful += [file for file, _ in renumbered]


def hold_back_unread(
    plan: Plan, unread: Mapping[str, Unread], library: ScanLibrary, findings: Findings, now_s: float
) -> None:
    """Files that could not be read wait for their time, unless they changed; what needs no reading is forgotten."""
    if not unread:
        return
    needed = set(findings.unsettled)
    groups: tuple[list[DiskFile] | PackedFiles, ...] = (plan.new, plan.changed, plan.doubtful, plan.stale)
    for files in groups:
        needed.update(file.path for file in files)
        _keep(files, lambda file: not _must_wait(file, unread.get(file.path), now_s))
    gone = [path for path in unread if path not in needed and not any(is_below(path, each) for each in plan.closed)]
    if gone:
        library.forget_unread(gone)


def _keep(files: list[DiskFile] | PackedFiles, wanted: Callable[[DiskFile], bool]) -> None:
    if isinstance(files, PackedFiles):
        files.keep(wanted)
    else:
        files[:] = [file for file in files if wanted(file)]


def _must_wait(file: DiskFile, entry: Unread | None, now_s: float) -> bool:
    """Whether it is too early for another try; a time that lies too far ahead is from before a clock was set back."""
    return entry is not None and entry.stamp == file.stamp and now_s < entry.retry_s <= now_s + _LONGEST_WAIT_S
