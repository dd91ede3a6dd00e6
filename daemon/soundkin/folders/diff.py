"""Plans what differs between disk and library. Pure: it is given what a walk found."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from operator import itemgetter
from typing import TypeAlias

from soundkin.folders.packed import PackedFiles
from soundkin.folders.walk import FileRow, is_below
from soundkin.interfaces import KnownRow
from soundkin.model import DiskFile, FileStamp, KnownFile, Move, SampleId

_MANY = 4096
_STAMP, _VERSION, _MISSING = itemgetter(slice(0, 5)), itemgetter(7), itemgetter(8)

Adopt: TypeAlias = Callable[[list[Move]], None]
"""Takes stamps of files whose content is known to be the same."""


@dataclass(slots=True)
class Plan:
    """What to do so that the library matches the disk."""

    new: PackedFiles = field(default_factory=PackedFiles)
    changed: list[DiskFile] = field(default_factory=list)
    doubtful: list[DiskFile] = field(default_factory=list)
    """As large as they were, with another date or number: their content tells whether they changed."""
    renumbered: list[tuple[DiskFile, Move]] = field(default_factory=list)
    """Only the number is another one; some file systems make numbers up. The move renews the stamp."""
    stale: PackedFiles = field(default_factory=PackedFiles)
    """Unchanged on disk, but analysed by another version of the features."""
    adopted: list[Move] = field(default_factory=list)
    """Unchanged as far as the library's stamp goes, and the disk tells more."""
    returned: list[Move] = field(default_factory=list)
    """Were missing. Those that are doubtful too keep the stamp they had until their content is known."""
    vanished: dict[str, KnownFile] = field(default_factory=dict)
    closed: tuple[str, ...] = ()
    """Folders that could not be listed and files that could not be looked at: nothing is known of them."""
    unchanged: int = 0
    _returned_in_doubt: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether the disk is as the library knows it, as far as it can be told."""
        lists = (self.new, self.changed, self.doubtful, self.renumbered, self.stale, self.adopted, self.returned)
        return not (any(len(each) for each in lists) or self.vanished or self.closed)

    @property
    def found(self) -> int:
        """Files on disk."""
        return len(self.new) + len(self.returned) + self._still_there - self._returned_in_doubt

    @property
    def known(self) -> int:
        """Files that were present as far as the library knew."""
        return len(self.vanished) + self._still_there - self._returned_in_doubt

    @property
    def _still_there(self) -> int:
        return len(self.changed) + len(self.doubtful) + len(self.renumbered) + len(self.stale) + self.unchanged


def plan(
    disk: Iterable[DiskFile],
    known: Mapping[str, KnownFile],
    version: int,
    unreadable: Iterable[str] = (),
    *,
    named: bool = False,
) -> Plan:
    """The difference between what is on disk and what the library knows of the same place.

    `unreadable` may be a list that fills while `disk` is consumed; nothing below such a folder counts as vanished.
    Of files that were `named`, because something happened to them, the content counts and not the stamp.
    """
    result = Plan()
    seen: set[str] = set()
    for file in disk:
        seen.add(file.path)
        _place(file, known.get(file.path), version, result, named=named)
    result.vanished = {path: row for path, row in known.items() if not row.missing and path not in seen}
    _keep_closed(result, unreadable)
    return result


def plan_in_order(
    disk: Iterable[list[FileRow]],
    known: Iterable[list[KnownRow]],
    version: int,
    unreadable: Iterable[str] = (),
    adopt: Adopt | None = None,
) -> Plan:
    """The same difference from two streams by folder and name, holding in memory only what differs.

    A rescan of a large library finds nearly everything unchanged, so that path makes no objects. The order saves
    work but is not relied on: what the two streams sort differently (undecodable names) is put right in the end.
    With `adopt`, stamps to be taken over are handed out by the thousand: after an update, that is every one.
    """
    result = Plan()
    unchanged, files, rows = _skip_unchanged(chain.from_iterable(disk), iter(known), version)
    lost: list[KnownRow] = []
    row = next(rows, None)
    for found in files:
        if row and row[:5] == found and row[7] == version and not row[8]:
            unchanged += 1
            row = next(rows, None)
            continue
        path = found[0]
        place = _folder_and_name(path)
        while row and _folder_and_name(row[0]) < place:
            if not row[8]:
                lost.append(row)
            row = next(rows, None)
        file = DiskFile(path, FileStamp(*found[1:]))
        if not row or row[0] != path:
            result.new.append(file)
            continue
        _place(file, _known_file(row), version, result)
        if adopt and len(result.adopted) >= _MANY:
            adopt(result.adopted)
            result.adopted = []
        row = next(rows, None)
    lost += (row for row in chain((row,) if row else (), rows) if not row[8])
    result.unchanged += unchanged
    result.vanished = {row[0]: _known_file(row) for row in lost}
    _reconcile(result, version)
    _keep_closed(result, unreadable)
    return result


def _skip_unchanged(
    files: Iterator[FileRow], known: Iterator[list[KnownRow]], version: int
) -> tuple[int, Iterator[FileRow], Iterator[KnownRow]]:
    """Pass over the blocks that both streams have in common; how many files, and both streams from there on."""
    unchanged = 0
    for rows in known:
        found = list(islice(files, len(rows)))
        if found != list(map(_STAMP, rows)) or set(map(_VERSION, rows)) != {version} or any(map(_MISSING, rows)):
            return unchanged, chain(found, files), chain(rows, chain.from_iterable(known))
        unchanged += len(rows)
    return unchanged, files, iter(())


def _folder_and_name(path: str) -> tuple[str, str]:
    start = path.rfind(os.sep) + 1
    return path[:start], path[start:]


def _reconcile(result: Plan, version: int) -> None:
    """Files that look both new and vanished were only sorted differently."""
    if not result.vanished:
        return
    new, result.new = result.new, PackedFiles()
    for file in new:
        _place(file, result.vanished.pop(file.path, None), version, result)


def _keep_closed(result: Plan, unreadable: Iterable[str]) -> None:
    result.closed = tuple(unreadable)
    result.vanished = {
        path: row
        for path, row in result.vanished.items()
        if not any(is_below(path, folder) for folder in result.closed)
    }


def _known_file(row: KnownRow) -> KnownFile:
    _, size, mtime_ns, ctime_ns, inode, id_, content_hash, version, missing, failed = row
    stamp = FileStamp(size, mtime_ns, ctime_ns, inode)
    return KnownFile(SampleId(id_), stamp, content_hash, version, bool(missing), bool(failed))


def _place(file: DiskFile, row: KnownFile | None, version: int, result: Plan, *, named: bool = False) -> None:
    """Where one file belongs in the plan."""
    if row is None:
        result.new.append(file)
    elif _differs(row.stamp, file.stamp) or (named and not row.missing):
        _place_different(file, row, version, result)
    elif row.missing:
        result.returned.append(Move(row.id, file.path, file.stamp))
    elif row.feature_version != version:
        result.stale.append(file)
    else:
        result.unchanged += 1
        if row.stamp != file.stamp:
            result.adopted.append(Move(row.id, file.path, file.stamp))


def _place_different(file: DiskFile, row: KnownFile, version: int, result: Plan) -> None:
    """Where a file belongs whose stamp leaves a doubt."""
    known, found = row.stamp, file.stamp
    if found.size != known.size or not row.content_hash or row.feature_version != version:
        result.changed.append(file)
        return
    same_date = found.mtime_ns == known.mtime_ns
    doubtful = DiskFile(file.path, found, row.content_hash, briefly=same_date)
    if row.missing and same_date:
        result.returned.append(Move(row.id, file.path, known))
        result._returned_in_doubt += 1
    if same_date and found.ctime_ns == known.ctime_ns and found.inode != known.inode and not row.missing:
        result.renumbered.append((doubtful, Move(row.id, file.path, found)))
    else:
        result.doubtful.append(doubtful)


def _differs(known: FileStamp, found: FileStamp) -> bool:
    """Whether a stamp leaves a doubt. What the library never noted (an older one) says nothing."""
    if (found.size, found.mtime_ns) != (known.size, known.mtime_ns):
        return True
    noted = (known.ctime_ns, known.inode)
    return noted not in ((0, 0), (found.ctime_ns, found.inode))
