"""Plans what differs between disk and library. Pure; the walk over the disk is in `walk` and offered here too."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from soundkin.interfaces import KnownRow
from soundkin.model import DiskFile, FileStamp, KnownFile, Move, SampleId
from soundkin.walk import AUDIO_SUFFIXES, FileRow, Walk, is_below, is_placeholder, is_wanted, stat_file

__all__ = [
    "AUDIO_SUFFIXES",
    "FileRow",
    "Plan",
    "Walk",
    "is_below",
    "is_placeholder",
    "is_wanted",
    "plan",
    "plan_in_order",
    "stat_file",
]

_BEHIND_ALL: KnownRow = ("", 0, 0, 0, b"", 0, 1, 0)


@dataclass(slots=True)
class Plan:
    """What to do so that the library matches the disk."""

    new: list[DiskFile] = field(default_factory=list)
    changed: list[DiskFile] = field(default_factory=list)
    stale: list[DiskFile] = field(default_factory=list)
    """Unchanged on disk, but analysed by another version of the features."""
    returned: list[Move] = field(default_factory=list)
    vanished: dict[str, KnownFile] = field(default_factory=dict)
    unchanged: int = 0

    @property
    def found(self) -> int:
        """Files on disk."""
        return len(self.new) + len(self.changed) + len(self.stale) + len(self.returned) + self.unchanged

    @property
    def known(self) -> int:
        """Files that were present as far as the library knew."""
        return len(self.changed) + len(self.stale) + len(self.vanished) + self.unchanged


def plan(
    disk: Iterable[DiskFile], known: Mapping[str, KnownFile], version: int, unreadable: Iterable[str] = ()
) -> Plan:
    """The difference between what is on disk and what the library knows of the same place.

    `unreadable` may be a list that fills while `disk` is consumed; nothing below such a folder counts as vanished.
    """
    result = Plan()
    seen: set[str] = set()
    for file in disk:
        seen.add(file.path)
        _place(file, known.get(file.path), version, result)
    result.vanished = {path: row for path, row in known.items() if not row.missing and path not in seen}
    _keep_closed(result, unreadable)
    return result


def plan_in_order(
    disk: Iterable[list[FileRow]],
    known: Iterable[list[KnownRow]],
    version: int,
    unreadable: Iterable[str] = (),
) -> Plan:
    """The same difference from two streams by folder and name, holding in memory only what differs.

    A rescan of a large library finds nearly everything unchanged, so that path makes no objects. The order saves
    work but is not relied on: what the two streams sort differently (undecodable names) is put right in the end.
    """
    result = Plan()
    rows: Iterator[KnownRow] = chain.from_iterable(known)
    lost: list[KnownRow] = []
    row = next(rows, _BEHIND_ALL)
    unchanged = 0
    for path, size, mtime_ns in chain.from_iterable(disk):
        if row[0] != path:
            place = _folder_and_name(path)
            while row is not _BEHIND_ALL and _folder_and_name(row[0]) < place:
                if not row[6]:
                    lost.append(row)
                row = next(rows, _BEHIND_ALL)
            if row[0] != path:
                result.new.append(DiskFile(path, FileStamp(size, mtime_ns)))
                continue
        if row[2] == size and row[3] == mtime_ns and row[5] == version and not row[6]:
            unchanged += 1
        else:
            _place(DiskFile(path, FileStamp(size, mtime_ns)), _known_file(row), version, result)
        row = next(rows, _BEHIND_ALL)
    lost += (row for row in chain((row,), rows) if not row[6])
    result.unchanged += unchanged
    result.vanished = {row[0]: _known_file(row) for row in lost}
    _reconcile(result, version)
    _keep_closed(result, unreadable)
    return result


def _folder_and_name(path: str) -> tuple[str, str]:
    start = path.rfind(os.sep) + 1
    return path[:start], path[start:]


def _reconcile(result: Plan, version: int) -> None:
    """Files that look both new and vanished were only sorted differently."""
    if not result.new or not result.vanished:
        return
    new, result.new = result.new, []
    for file in new:
        _place(file, result.vanished.pop(file.path, None), version, result)


def _keep_closed(result: Plan, unreadable: Iterable[str]) -> None:
    closed = tuple(unreadable)
    if closed and result.vanished:
        result.vanished = {
            path: row for path, row in result.vanished.items() if not any(is_below(path, folder) for folder in closed)
        }


def _known_file(row: KnownRow) -> KnownFile:
    _, id_, size, mtime_ns, content_hash, version, missing, failed = row
    return KnownFile(SampleId(id_), FileStamp(size, mtime_ns), content_hash, version, bool(missing), bool(failed))


def _place(file: DiskFile, row: KnownFile | None, version: int, result: Plan) -> None:
    if row is None:
        result.new.append(file)
    elif row.stamp != file.stamp:
        result.changed.append(file)
    elif row.missing:
        result.returned.append(Move(row.id, file.path, file.stamp))
    elif row.feature_version != version:
        result.stale.append(file)
    else:
        result.unchanged += 1
