"""Who owns a data directory: one daemon at a time, by locks that the system releases when the process ends."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import stat
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from soundkin.errors import DaemonRunningError
from soundkin_daemon.folder_lock import lock_folder

if TYPE_CHECKING:
    from soundkin_daemon.places import Places

_log = logging.getLogger(__name__)

_LOOKING_S, _AGAIN_S = 0.5, 0.02
"""How long another command may look at the lock, which keeps a daemon from taking it for a moment."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The daemon that owns a data directory."""

    pid: int
    host: str
    port: int


class Ownership:
    """Owning a data directory, from `take` to `release`. A crash releases it too.

    The folder is locked and a file in it, so that neither deleting the file nor a disk that cannot be written lets a
    second daemon onto the same data.
    """

    def __init__(self, places: Places) -> None:
        from filelock import FileLock

        self._places = places
        places.make_data_dir()
        self._folder: int | None = None
        self._lock = FileLock(places.lock, timeout=0, mode=0o600)

    def take(self) -> None:
        """Own the directory. Raises `DaemonRunningError` naming the owner's pid."""
        self._lock_folder()
        try:
            self._lock_file()
        except BaseException:
            self._unlock_folder()
            raise

    def _lock_folder(self) -> None:
        deadline = time.monotonic() + _LOOKING_S
        while True:
            try:
                self._folder = lock_folder(self._places.data_dir)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise self._refusal() from None
                time.sleep(_AGAIN_S)
            else:
                return

    def _lock_file(self) -> None:
        from filelock import Timeout

        try:
            self._lock.acquire()
        except Timeout:
            raise self._refusal() from None
        except OSError as error:
            if self._folder is None:
                raise DaemonRunningError(f"{self._places.lock} cannot be locked: {error}") from error
            _log.warning("%s cannot be locked (%s); the lock of its folder is enough", self._places.lock, error)

    def _refusal(self) -> DaemonRunningError:
        owner = read_owner(self._places)
        who = f"pid {owner.pid}, port {owner.port}" if owner else "it is just starting or stopping"
        return DaemonRunningError(
            f"a Soundkin daemon already runs on {self._places.data_dir} ({who}); `soundkin stop` ends it"
        )

    def announce(self, host: str, port: int) -> None:
        """Write where this process listens, for commands to find; elsewhere if the data directory takes nothing."""
        record = json.dumps({"pid": os.getpid(), "host": host, "port": port})
        try:
            _write(self._places.daemon, record)
            with contextlib.suppress(OSError):
                self._places.daemon_elsewhere.unlink(missing_ok=True)
        except OSError as error:
            elsewhere = self._places.daemon_elsewhere
            _log.warning("%s cannot be written (%s): commands look at %s", self._places.daemon, error, elsewhere)
            with contextlib.suppress(OSError):
                self._places.daemon.unlink(missing_ok=True)  # one that a killed daemon left would be believed
            with contextlib.suppress(OSError):
                elsewhere.parent.mkdir(mode=0o700, exist_ok=True)
                if _is_ours(elsewhere.parent):
                    _write(elsewhere, record)

    def release(self) -> None:
        """Give the directory up; who does not own it gives nothing up."""
        if self._folder is None and not self._lock.is_locked:
            return
        for record in (self._places.daemon, self._places.daemon_elsewhere):
            with contextlib.suppress(OSError):
                record.unlink(missing_ok=True)
        if self._lock.is_locked:
            self._lock.release()
        self._unlock_folder()

    def _unlock_folder(self) -> None:
        if self._folder is not None:
            os.close(self._folder)
            self._folder = None


def _write(path: Path, text: str) -> None:
    draft = path.with_suffix(".tmp")
    try:
        draft.write_text(text, "utf-8")
        os.replace(draft, path)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def read_owner(places: Places) -> Owner | None:
    """What the record says, whether or not that daemon still lives."""
    if places.daemon.exists() and os.access(places.data_dir, os.W_OK):
        return _read(places.daemon)
    elsewhere = places.daemon_elsewhere
    return (_read(elsewhere) if _is_ours(elsewhere.parent) else None) or _read(places.daemon)


def living_owner(places: Places) -> Owner | None:
    """What the record says, unless the daemon that wrote it is surely gone: its port may be another one's by now."""
    owner = read_owner(places)
    if owner is None:
        return None
    try:
        descriptor = lock_folder(places.data_dir, shared=True)
    except BlockingIOError:
        return owner
    if descriptor is None:  # the disk has no such locks
        return owner
    os.close(descriptor)
    return None


def _is_ours(folder: Path) -> bool:
    """Whether a folder in a place that all users share was made by this one, for itself alone."""
    try:
        status = folder.lstat()
    except OSError:
        return False
    if os.name != "posix":
        return True
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o077


def _read(path: Path) -> Owner | None:
    try:
        record = json.loads(path.read_text("utf-8"))
        return Owner(int(record["pid"]), str(record["host"]), int(record["port"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_owned(places: Places) -> bool:
    """Whether a living daemon holds the lock."""
    from filelock import FileLock, Timeout

    try:
        descriptor = lock_folder(places.data_dir, shared=True)
    except BlockingIOError:
        return True
    if descriptor is not None:
        os.close(descriptor)
    if not places.lock.exists():
        return False
    lock = FileLock(places.lock, timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        return True
    except OSError:
        return False
    lock.release()
    return False
