"""A folder that one user alone may use, and the plain files in it. The one place where systems differ in this.

On POSIX systems everything is done through an open descriptor of the folder: another folder that takes its place
between two steps is not touched. Links are not followed (`O_NOFOLLOW`), new files are new (`O_EXCL`), and owner and
rights are checked. Windows has no such descriptor and no `O_NOFOLLOW`: there a file that is read must be the same plain
file before and after it was opened, and the access list that the folder inherits from the user's profile keeps others
out.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import secrets
import stat
import sys
import threading
from typing import TYPE_CHECKING

from soundkin.errors import SoundkinError

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

_THROUGH_FOLDER = {os.open, os.stat, os.unlink, os.rename, os.rmdir} <= os.supports_dir_fd and (
    os.listdir in os.supports_fd
)
_COMMON = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | _COMMON
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _COMMON
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _COMMON
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LINK_ERRORS = {errno.ELOOP, getattr(errno, "EMLINK", errno.ELOOP)}
_REPARSE_POINT = 0x400


class MailboxError(SoundkinError):
    """The folder cannot be used."""

    code = "mailbox"


class UnfitFileError(SoundkinError):
    """What has the name of a file of ours is none that can be read; the text says why."""

    code = "unfit-file"


class LinkError(UnfitFileError):
    """It is a link, which may lead anywhere."""


class TooLargeFileError(UnfitFileError):
    """It holds more bytes than are read."""


class PrivateFolder:
    """One such folder. `check` opens it, again when another took its place. Any thread writes, one calls the rest."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None
        self._identity: tuple[int, int] | None = None
        self._lock = threading.RLock()
        """The number of a descriptor that is closed may mean another folder a moment later."""

    def check(self) -> os.stat_result:
        """What the system says of the folder, which can be used. Raises `MailboxError`, `OSError`."""
        with self._lock:
            return self._checked()

    def _checked(self) -> os.stat_result:
        status = self._status()
        if status is None or self._identity != (status.st_dev, status.st_ino):
            self._open()
            status = self._status()
        assert status is not None
        if why := _refusal(status):
            self.close()
            raise MailboxError(f"{self.path} {why}")
        if _is_open_to_others(status):
            log.warning("other users could get at %s; they cannot any more", self.path)
            self._close_to_others()
        return status

    def close(self) -> None:
        """Let go of it."""
        with self._lock:
            fd, self._fd, self._identity = self._fd, None, None
            if fd is not None:
                os.close(fd)

    def names(self) -> list[str]:
        """What lies in it. Raises `OSError`."""
        return os.listdir(self.path if self._fd is None else self._fd)

    def status(self, name: str) -> os.stat_result:
        """What the system says of what lies there, a link not followed. Raises `OSError`."""
        return os.stat(self._at(name), dir_fd=self._fd, follow_symlinks=False)

    def read(self, name: str, most: int) -> bytes:
        """Bytes of a plain file of this user. Raises `UnfitFileError`, `OSError`."""
        if sys.platform == "win32":
            return read_plain(self.path / name, most)
        return _read(_opened(name, self._fd), most)

    def write(self, name: str, data: bytes) -> None:
        """Put a file there, whole or not at all, in the place of any other file or link. Raises `OSError`."""
        with self._lock:
            if self._identity is None:
                raise FileNotFoundError(errno.ENOENT, "the folder is not open", str(self.path))
            _write(self._at(name), data, self._fd)

    def remove(self, name: str) -> None:
        """Take a file, a link or an empty folder away. Raises `OSError`."""
        try:
            os.unlink(self._at(name), dir_fd=self._fd)
        except (IsADirectoryError, PermissionError):  # which of them for a folder depends on the system
            os.rmdir(self._at(name), dir_fd=self._fd)

    def _at(self, name: str) -> str:
        return name if self._fd is not None else str(self.path / name)

    def _status(self) -> os.stat_result | None:
        try:
            return self.path.lstat()
        except FileNotFoundError:
            return None

    def _open(self) -> None:
        """Make it where it is missing, close it to others, and see whether it can be written."""
        self.close()
        try:
            with contextlib.suppress(FileExistsError):  # as what, is looked at now
                self.path.mkdir(mode=0o700, parents=True)
            if why := _refusal(self.path.lstat()):
                raise MailboxError(f"{self.path} {why}")
            self._fd = os.open(self.path, _FOLDER) if _THROUGH_FOLDER else None
            status = self.path.lstat() if self._fd is None else os.fstat(self._fd)
            self._identity = status.st_dev, status.st_ino
            if _is_open_to_others(status):
                self._close_to_others()
            self.write("res-probe.probe", b"")
            self.remove("res-probe.probe")
        except OSError as error:
            self.close()
            raise MailboxError(f"{self.path}: {error.strerror or error}") from error
        except MailboxError:
            self.close()
            raise

    def _close_to_others(self) -> None:
        os.chmod(self.path if self._fd is None else self._fd, 0o700)
        if _is_open_to_others(self.path.lstat()):
            raise MailboxError(f"{self.path} can be used by others: its disk keeps no rights")


def inspect(path: Path) -> str:
    """Why the folder cannot be used, "" where it can or is still to be made. Changes nothing."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"cannot be looked at: {error.strerror or error}"
    if why := _refusal(status):
        return why
    if _is_open_to_others(status):
        return "can be used by other users"
    return "" if os.access(path, os.W_OK) else "cannot be written"


def read_plain(path: Path, most: int) -> bytes:
    """Bytes of a plain file of this user, no link followed. Raises `UnfitFileError`, `OSError`."""
    before = path.lstat()
    if stat.S_ISLNK(before.st_mode) or getattr(before, "st_file_attributes", 0) & _REPARSE_POINT:
        raise LinkError("a link, expected a file")
    fd = _opened(str(path), None)
    after = os.fstat(fd)
    if (before.st_dev, before.st_ino) != (after.st_dev, after.st_ino):
        os.close(fd)
        raise UnfitFileError("another file took its place")
    return _read(fd, most)


def write_plain(path: Path, data: bytes) -> None:
    """Put a file there, whole or not at all, no link followed. Raises `OSError`."""
    _write(str(path), data, None)


def _write(name: str, data: bytes, folder: int | None) -> None:
    """By way of a new file whose name cannot be guessed."""
    draft = f"{name.rpartition('.')[0]}-{secrets.token_hex(8)}.tmp"
    try:
        with open(os.open(draft, _NEW, 0o600, dir_fd=folder), "wb") as file:
            file.write(data)
        os.replace(draft, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(draft, dir_fd=folder)
        raise


def _opened(name: str, folder: int | None) -> int:
    try:
        return os.open(name, _READ, dir_fd=folder)
    except OSError as error:
        if error.errno in _LINK_ERRORS:
            raise LinkError("a link, expected a file") from error
        raise


def _read(fd: int, most: int) -> bytes:
    """Everything; the descriptor is closed in any case, a folder's too."""
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode):
            raise UnfitFileError("not a regular file")
        if sys.platform != "win32" and status.st_uid != os.getuid():
            raise UnfitFileError("a file of another user")
        data = b""
        while len(data) <= most and (more := os.read(fd, most + 1 - len(data))):
            data += more
    finally:
        os.close(fd)
    if len(data) > most:
        raise TooLargeFileError(f"more than {most} bytes")
    return data


def _refusal(status: os.stat_result) -> str:
    """Why this is no folder of ours; "" where it is."""
    if not stat.S_ISDIR(status.st_mode) or getattr(status, "st_file_attributes", 0) & _REPARSE_POINT:
        return "is not a folder"
    if sys.platform != "win32" and status.st_uid != os.getuid():
        return "belongs to another user"
    return ""


def _is_open_to_others(status: os.stat_result) -> bool:
    return sys.platform != "win32" and bool(stat.S_IMODE(status.st_mode) & _OTHERS)
