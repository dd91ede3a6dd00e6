"""Lists and stats audio files on disk, folder by folder. Opens nothing, so nothing is ever downloaded."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from itertools import islice
from operator import attrgetter
from typing import NamedTuple, TypeAlias

from soundkin import formats
from soundkin.disks import beat
from soundkin.disks.shortage import raise_shortage
from soundkin.folders.placeholders import is_placeholder, suspicious, without_placeholders
from soundkin.model import DiskFile, FileStamp, rows_of

FileRow: TypeAlias = tuple[str, int, int, int, int]
"""Path and the numbers of a `FileStamp`: a file as the walk meets it, plain because there are hundreds of thousands."""

_SKIPPED_FOLDERS = frozenset(
    {"backup", "backups", "__macosx"}
    # what file systems, systems and network disks (Synology, QNAP, NetApp, Samba) throw away or keep to themselves
    | {"$recycle.bin", "recycler", "recycled", "lost+found", "system volume information", "network trash folder"}
    | {"#recycle", "#snapshot", "@eadir", "@tmp", "@recycle", "@recently-snapshot", "@sharebin", "~snapshot"}
)
_RUN = 1024
_LISTED, _STATTED = 1000, 64
"""Number of entries, and of files, after which a walk gives a sign of life: a slow disk is not one that hangs."""
_JUNCTION = 0xA0000003  # stat.IO_REPARSE_TAG_MOUNT_POINT, which only Windows has
_NAME = attrgetter("name")
_Entry: TypeAlias = "os.DirEntry[str]"


class _Level(NamedTuple):
    """A folder that the walk is in, so that what leads back into it is not entered."""

    folder: str
    device: int
    inode: int
    left: Iterator[str]
    """Folders in it that are still to be walked."""


@dataclass(slots=True)
class Walk:
    """One walk over a folder: iterate it, then read what could not be listed.

    Raises `OSError` where descriptors or memory run out: what was not met then may be there all the same.
    """

    top: str
    ignore: tuple[str, ...] = ()
    prune: frozenset[str] = frozenset()
    """Folders not to enter, because they are followed on their own."""
    roots: tuple[str, ...] = ()
    """Real paths of all followed folders: links to what they hold are passed over, its own place is walked anyway."""
    mounts: frozenset[str] = frozenset()
    """Where the system says that disks are mounted; that a folder is on another one is seen without."""
    places: list[tuple[str, bool]] = field(default_factory=list)
    """Disks mounted below, and links (True) to folders that are walked no other way: met and not entered."""
    unreadable: list[str] = field(default_factory=list)
    """Folders that could not be listed: what is known below them stays as it is."""
    placeholders: int = 0
    """Files that live in the cloud only; never opened, so never downloaded."""
    entries: int = 0
    """Everything seen but hidden things, audio or not: zero in a folder that had samples means its disk is away."""
    unheard: dict[str, int] = field(default_factory=dict)
    """How many files there are, by ending, of kinds that cannot be heard."""
    _walked: frozenset[str] = field(default_factory=formats.walked)
    _counted: frozenset[str] = field(default_factory=formats.counted)
    _linked: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[DiskFile]:
        for run in self.runs():
            for path, *numbers in run:
                yield DiskFile(path, FileStamp(*numbers))

    def runs(self) -> Iterator[list[FileRow]]:
        """Every audio file, some at a time, by folder (with a separator behind it) and name, in code points."""
        run: list[FileRow] = []
        levels = [_Level("", 0, 0, iter((self.top,)))]
        while levels:
            folder = next(levels[-1].left, None)
            if folder is None:
                levels.pop()
                continue
            level = self._list(folder, levels, run)
            if len(run) >= _RUN:
                yield run
                run = []
            if level is not None:
                levels.append(level)
        yield run

    def _list(self, folder: str, levels: list[_Level], run: list[FileRow]) -> _Level | None:
        """Take the files of one folder into the run; the folder as a level to go on in, unless nothing is in it."""
        beat(folder)
        try:
            status = os.stat(folder)
            if len(levels) > 1 and (status.st_dev != levels[-1].device or folder in self.mounts):
                self.places.append((folder, False))
                return None
            found = _listed(folder)
        except OSError as error:
            raise_shortage(error)
            self.unreadable.append(folder)
            return None
        if any(_is_same(level, status, found) for level in levels):
            return None
        files, folders = self._audio_and_folders(found)
        files.sort(key=_NAME)
        self._stat(files, run)
        folders.sort(key=_as_prefix)
        return _Level(folder, status.st_dev, status.st_ino, iter(folders)) if folders else None

    def _audio_and_folders(self, found: list[_Entry]) -> tuple[list[_Entry], list[str]]:
        """Of what a folder lists: files worth opening, and folders to enter."""
        files: list[_Entry] = []
        folders: list[str] = []
        for first in range(0, len(found), _LISTED):
            beat()
            self._sort_out(found[first : first + _LISTED], files, folders)
        return files, folders

    def _sort_out(self, found: list[_Entry], files: list[_Entry], folders: list[str]) -> None:
        """Take what is worth it into `files` and `folders`, in one loop: there are hundreds of thousands of them."""
        walked, counted, prune, ignore = self._walked, self._counted, self.prune, self.ignore
        passed_over = 0
        for entry in found:
            name = entry.name
            if name[0] == "." or (ignore and self._ignored(entry)):
                passed_over += 1
                continue
            if prune and entry.path in prune:  # not even asked: it may lead to a disk that hangs
                continue
            try:
                ending = name[name.rfind(".") :].lower()
                if ending in walked and entry.is_file():
                    files.append(entry)
                elif ending in counted and entry.is_file():
                    self.unheard[ending] = self.unheard.get(ending, 0) + 1
                elif entry.is_dir() and name.lower() not in _SKIPPED_FOLDERS and self._may_enter(entry):
                    folders.append(entry.path)
            except OSError as error:
                raise_shortage(error)
                self.unreadable.append(entry.path)
        self.entries += len(found) - passed_over

    def _stat(self, files: list[_Entry], run: list[FileRow]) -> None:
        """Take the files of one folder into the run, few at a time, so that no garbage piles up."""
        doubtful: list[tuple[str, os.stat_result]] = []
        start = len(run)
        for first in range(0, len(files), _STATTED):
            beat()
            found = []
            for entry in files[first : first + _STATTED]:
                try:
                    found.append((entry.path, entry.stat()))
                except OSError as error:  # vanished or unreadable between listing and stat: the next pass sees it
                    raise_shortage(error)
                    self.unreadable.append(entry.path)
            doubtful += suspicious(found)
            run += rows_of(found)
        if doubtful:
            cloud = {path for path, _ in doubtful} - {path for path, _ in without_placeholders(doubtful)}
            self.placeholders += len(cloud)
            run[start:] = [row for row in run[start:] if row[0] not in cloud]

    def _may_enter(self, entry: os.DirEntry[str]) -> bool:
        """A link is not: it is a place of its own, if it leads to what is walked no other way."""
        if not _is_link(entry):
            return True
        real = os.path.realpath(entry.path)
        if not meets(real, (self.top, *self.roots, *self._linked)):
            self._linked.append(real)
            self.places.append((entry.path, True))
        return False

    def _ignored(self, entry: os.DirEntry[str]) -> bool:
        return any(fnmatch(entry.name, glob) or fnmatch(entry.path, glob) for glob in self.ignore)


def _listed(folder: str) -> list[_Entry]:
    """What a folder holds. Raises `OSError`."""
    found: list[_Entry] = []
    with os.scandir(folder) as entries:
        while part := list(islice(entries, _LISTED)):
            found += part
            beat()
    return found


def _is_link(entry: os.DirEntry[str]) -> bool:
    """Whether an entry leads to another folder: a symbolic link, or a junction of Windows."""
    if sys.platform == "win32" and entry.stat(follow_symlinks=False).st_reparse_tag == _JUNCTION:
        return True
    return entry.is_symlink()


def _is_same(level: _Level, status: os.stat_result, found: list[_Entry]) -> bool:
    """Whether a folder is one that the walk is in, met again through another name.

    Its number alone does not say so: some file systems give many folders one number, or none.
    """
    if status.st_ino == 0 or (status.st_dev, status.st_ino) != (level.device, level.inode):
        return False
    try:
        return set(os.listdir(level.folder)) == {entry.name for entry in found}
    except OSError as error:
        raise_shortage(error)
        return True


def _as_prefix(folder: str) -> str:
    """What the paths of a folder's files begin with."""
    return folder + os.sep


def is_wanted(path: str, top: str, ignore: tuple[str, ...] = ()) -> bool:
    """Whether a walk from `top` would yield a file of this path, judged by names alone."""
    folder, name = os.path.split(path)
    if name.startswith(".") or formats.ending(name) not in formats.walked():
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


def look_at_file(path: str) -> DiskFile | None:
    """The file as a walk would find it; None where there is none, or only a cloud placeholder.

    Raises `OSError` where the disk does not say whether there is one: that is not the same.
    """
    try:
        status = os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(status.st_mode) or is_placeholder(path, status):
        return None
    return DiskFile(path, FileStamp.of(status))


def is_spelled_so(path: str) -> bool:
    """Whether the folder lists the file under this very name; a system that ignores case finds it under others too."""
    try:
        return os.path.basename(path) in os.listdir(os.path.dirname(path))
    except OSError:
        return True


def meets(folder: str, others: Iterable[str]) -> bool:
    """Whether a folder holds one of the others, or lies in one."""
    return any(is_below(folder, other) or is_below(other, folder) for other in others)


def is_below(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies inside it."""
    return path == folder or path.startswith(folder if folder.endswith(os.sep) else folder + os.sep)
