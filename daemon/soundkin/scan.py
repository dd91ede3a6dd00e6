"""Walks the disk and plans what differs from the library. `walk` only lists and stats; `plan` is pure."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatch

from soundkin.model import DiskFile, FileStamp, KnownFile, Move

AUDIO_SUFFIXES = frozenset(
    {".wav", ".wave", ".bwf", ".w64", ".rf64", ".aif", ".aiff", ".aifc", ".flac"}
    | {".ogg", ".oga", ".opus", ".mp3", ".caf", ".au", ".snd"}
)
"""Endings of files worth opening (compared in lower case); what is inside decides, not the ending."""

_SKIPPED_FOLDERS = frozenset({"backup", "backups", "__macosx", "@eadir", "$recycle.bin", "lost+found"})
_CLOUD_ATTRIBUTES = 0x1000 | 0x40000 | 0x400000  # Windows: OFFLINE, RECALL_ON_OPEN, RECALL_ON_DATA_ACCESS
_MACOS_DATALESS = 0x40000000


@dataclass(slots=True)
class Walk:
    """One walk over a folder: iterate it, then read what could not be listed."""

    top: str
    ignore: tuple[str, ...] = ()
    prune: frozenset[str] = frozenset()
    """Folders not to enter, because they are followed on their own."""
    unreadable: list[str] = field(default_factory=list)
    """Folders that could not be listed: what is known below them stays as it is."""
    placeholders: int = 0
    """Files that live in the cloud only; never opened, so never downloaded."""
    entries: int = 0
    """Everything seen, audio or not: zero in a folder that had samples means its disk is away."""

    def __iter__(self) -> Iterator[DiskFile]:
        pending = [self.top]
        visited: set[tuple[int, int]] = set()
        while pending:
            folder = pending.pop()
            if _is_loop(folder, visited):
                continue
            try:
                with os.scandir(folder) as entries:
                    yield from self._files(entries, pending)
            except OSError:
                self.unreadable.append(folder)

    def _files(self, entries: Iterable[os.DirEntry[str]], pending: list[str]) -> Iterator[DiskFile]:
        for entry in entries:
            self.entries += 1
            name = entry.name
            if name.startswith(".") or self._ignored(entry):
                continue
            try:
                if os.path.splitext(name)[1].lower() in AUDIO_SUFFIXES and entry.is_file():
                    status = entry.stat()
                    if is_placeholder(status):
                        self.placeholders += 1
                    else:
                        yield DiskFile(entry.path, FileStamp(status.st_size, status.st_mtime_ns))
                elif entry.is_dir() and name.lower() not in _SKIPPED_FOLDERS and entry.path not in self.prune:
                    pending.append(entry.path)
            except OSError:  # vanished or unreadable between listing and stat: the next pass sees it
                self.unreadable.append(entry.path)

    def _ignored(self, entry: os.DirEntry[str]) -> bool:
        return any(fnmatch(entry.name, glob) or fnmatch(entry.path, glob) for glob in self.ignore)


def is_wanted(path: str, top: str, ignore: tuple[str, ...] = ()) -> bool:
    """Whether a walk from `top` would yield a file of this path, judged by names alone."""
    relative = os.path.relpath(path, top)
    *folders, name = relative.split(os.sep)
    if name.startswith(".") or os.path.splitext(name)[1].lower() not in AUDIO_SUFFIXES:
        return False
    if any(part.startswith(".") or part.lower() in _SKIPPED_FOLDERS for part in folders):
        return False
    return not any(
        fnmatch(part, glob)
        or fnmatch(os.path.join(top, *folders[: i + 1], *([name] if i == len(folders) else [])), glob)
        for glob in ignore
        for i, part in enumerate([*folders, name])
    )


def stat_file(path: str) -> DiskFile | None:
    """The file as a walk would find it; None where there is none, or only a cloud placeholder."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode) or is_placeholder(status):
        return None
    return DiskFile(path, FileStamp(status.st_size, status.st_mtime_ns))


def is_placeholder(status: os.stat_result) -> bool:
    """Whether the bytes are in the cloud only, so that opening the file would download it."""
    if getattr(status, "st_file_attributes", 0) & _CLOUD_ATTRIBUTES:
        return True
    if getattr(status, "st_flags", 0) & _MACOS_DATALESS:
        return True
    return status.st_size > 4096 and getattr(status, "st_blocks", 1) == 0


def _is_loop(folder: str, visited: set[tuple[int, int]]) -> bool:
    """Whether this very folder was walked already, through a link."""
    try:
        status = os.stat(folder)
    except OSError:
        return False
    identity = (status.st_dev, status.st_ino)
    if status.st_ino and identity in visited:
        return True
    visited.add(identity)
    return False


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
    gone = {path: row for path, row in known.items() if not row.missing and path not in seen}
    closed = tuple(unreadable)
    if gone and closed:
        gone = {path: row for path, row in gone.items() if not any(is_below(path, folder) for folder in closed)}
    result.vanished = gone
    return result


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


def is_below(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies inside it."""
    return path == folder or path.startswith(folder if folder.endswith(os.sep) else folder + os.sep)
