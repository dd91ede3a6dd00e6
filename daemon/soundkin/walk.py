"""Lists and stats audio files on disk, folder by folder. Opens nothing, so nothing is ever downloaded."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from operator import attrgetter
from typing import TypeAlias

from soundkin.model import DiskFile, FileStamp

AUDIO_SUFFIXES = frozenset(
    {".wav", ".wave", ".bwf", ".w64", ".rf64", ".aif", ".aiff", ".aifc", ".flac"}
    | {".ogg", ".oga", ".opus", ".mp3", ".caf", ".au", ".snd"}
)
"""Endings of files worth opening (compared in lower case); what is inside decides, not the ending."""

FileRow = tuple[str, int, int]
"""Path, size, mtime_ns: a file as the walk meets it, plain because there are hundreds of thousands."""

_SKIPPED_FOLDERS = frozenset(
    {"backup", "backups", "__macosx", "@eadir", "$recycle.bin", "lost+found", "system volume information"}
)
_CLOUD_ATTRIBUTES = 0x1000 | 0x40000 | 0x400000  # Windows: OFFLINE, RECALL_ON_OPEN, RECALL_ON_DATA_ACCESS
_MACOS_DATALESS = 0x40000000
_LARGEST_INLINE = 4096  # some file systems keep so much beside the name, in no block of its own
_RUN = 1024
_NAME = attrgetter("name")
_Entry: TypeAlias = "os.DirEntry[str]"


@dataclass(slots=True)
class Walk:
    """One walk over a folder: iterate it, then read what could not be listed."""

    top: str
    ignore: tuple[str, ...] = ()
    prune: frozenset[str] = frozenset()
    """Folders not to enter, because they are followed on their own."""
    roots: tuple[str, ...] = ()
    """All followed folders: links to what they hold are not entered, its own place is walked anyway."""
    unreadable: list[str] = field(default_factory=list)
    """Folders that could not be listed: what is known below them stays as it is."""
    placeholders: int = 0
    """Files that live in the cloud only; never opened, so never downloaded."""
    entries: int = 0
    """Everything seen but hidden things, audio or not: zero in a folder that had samples means its disk is away."""
    _linked: list[str] = field(default_factory=list)
    _visited: set[tuple[int, int]] = field(default_factory=set)

    def __iter__(self) -> Iterator[DiskFile]:
        for run in self.runs():
            for path, size, mtime_ns in run:
                yield DiskFile(path, FileStamp(size, mtime_ns))

    def runs(self) -> Iterator[list[FileRow]]:
        """Every audio file, some at a time, by folder (with a separator behind it) and name, in code points."""
        run: list[FileRow] = []
        levels = [iter((self.top,))]
        while levels:
            folder = next(levels[-1], None)
            if folder is None:
                levels.pop()
                continue
            files, folders = self._list(folder)
            self._stat(files, run)
            if len(run) >= _RUN:
                yield run
                run = []
            if folders:
                levels.append(iter(folders))
        yield run

    def _list(self, folder: str) -> tuple[list[_Entry], list[str]]:
        """Audio files, and folders to enter, each in order."""
        files: list[_Entry] = []
        folders: list[str] = []
        if self._is_loop(folder):
            return files, folders
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    self._note(entry, files, folders)
        except OSError:
            self.unreadable.append(folder)
        files.sort(key=_NAME)
        folders.sort(key=_as_prefix)
        return files, folders

    def _note(self, entry: os.DirEntry[str], files: list[_Entry], folders: list[str]) -> None:
        name = entry.name
        if name[0] == "." or (self.ignore and self._ignored(entry)):
            return
        self.entries += 1
        try:
            if name[name.rfind(".") :].lower() in AUDIO_SUFFIXES and entry.is_file():
                files.append(entry)
            elif entry.is_dir() and name.lower() not in _SKIPPED_FOLDERS and self._may_enter(entry):
                folders.append(entry.path)
        except OSError:
            self.unreadable.append(entry.path)

    def _stat(self, files: list[_Entry], run: list[FileRow]) -> None:
        """Take the files of one folder into the run."""
        for entry in files:
            try:
                status = entry.stat()
            except OSError:  # vanished or unreadable between listing and stat: the next pass sees it
                self.unreadable.append(entry.path)
                continue
            if is_placeholder(status):
                self.placeholders += 1
                continue
            run.append((entry.path, status.st_size, status.st_mtime_ns))

    def _may_enter(self, entry: os.DirEntry[str]) -> bool:
        """Not what is followed on its own; a link only where it leads to a place that is walked no other way."""
        if entry.path in self.prune:
            return False
        if not entry.is_symlink():
            return True
        real = os.path.realpath(entry.path)
        if any(is_below(real, other) or is_below(other, real) for other in (self.top, *self.roots, *self._linked)):
            return False
        self._linked.append(real)
        return True

    def _is_loop(self, folder: str) -> bool:
        """Whether this very folder was walked already under another name."""
        try:
            status = os.stat(folder)
        except OSError:
            return False
        identity = (status.st_dev, status.st_ino)
        if status.st_ino and identity in self._visited:
            return True
        self._visited.add(identity)
        return False

    def _ignored(self, entry: os.DirEntry[str]) -> bool:
        return any(fnmatch(entry.name, glob) or fnmatch(entry.path, glob) for glob in self.ignore)


def _as_prefix(folder: str) -> str:
    """What the paths of a folder's files begin with."""
    return folder + os.sep


def is_wanted(path: str, top: str, ignore: tuple[str, ...] = ()) -> bool:
    """Whether a walk from `top` would yield a file of this path, judged by names alone."""
    folder, name = os.path.split(path)
    if name.startswith(".") or os.path.splitext(name)[1].lower() not in AUDIO_SUFFIXES:
        return False
    return is_entered(folder, top, ignore) and not any(fnmatch(name, glob) or fnmatch(path, glob) for glob in ignore)


def is_entered(folder: str, top: str, ignore: tuple[str, ...] = ()) -> bool:
    """Whether a walk from `top` would enter a folder of this path, judged by names alone."""
    while is_below(folder, top) and folder != top:
        name = os.path.basename(folder)
        if name.startswith(".") or name.lower() in _SKIPPED_FOLDERS:
            return False
        if any(fnmatch(name, glob) or fnmatch(folder, glob) for glob in ignore):
            return False
        folder = os.path.dirname(folder)
    return True


def stat_file(path: str) -> DiskFile | None:
    """The file as a walk would find it; None where there is none, or only a cloud placeholder."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode) or is_placeholder(status):
        return None
    return DiskFile(path, FileStamp(status.st_size, status.st_mtime_ns))


def _is_placeholder_by_blocks(status: os.stat_result) -> bool:
    return status.st_blocks == 0 and status.st_size > _LARGEST_INLINE


def _is_placeholder_by_flags(status: os.stat_result) -> bool:
    if getattr(status, "st_file_attributes", 0) & _CLOUD_ATTRIBUTES:
        return True
    if getattr(status, "st_flags", 0) & _MACOS_DATALESS:
        return True
    return status.st_size > _LARGEST_INLINE and getattr(status, "st_blocks", 1) == 0


_HAS_FLAGS = any(hasattr(os.stat_result, name) for name in ("st_file_attributes", "st_flags"))
is_placeholder = _is_placeholder_by_flags if _HAS_FLAGS else _is_placeholder_by_blocks
"""Whether the bytes are in the cloud only, so that opening the file would download it."""


def is_spelled_so(path: str) -> bool:
    """Whether the folder lists the file under this very name; a system that ignores case finds it under others too."""
    try:
        return os.path.basename(path) in os.listdir(os.path.dirname(path))
    except OSError:
        return True


def is_below(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies inside it."""
    return path == folder or path.startswith(folder if folder.endswith(os.sep) else folder + os.sep)
