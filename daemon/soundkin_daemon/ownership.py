"""Who owns a data directory: one daemon at a time, held by a lock that the operating system drops at its death."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soundkin.errors import DaemonRunningError

if TYPE_CHECKING:
    from soundkin_daemon.places import Places


@dataclass(frozen=True, slots=True)
class Owner:
    """The daemon that owns a data directory."""

    pid: int
    host: str
    port: int


class Ownership:
    """Owning a data directory, from `take` to `release`. A crash releases it too."""

    def __init__(self, places: Places) -> None:
        from filelock import FileLock

        self._places = places
        places.data_dir.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(places.lock, timeout=0)

    def take(self) -> None:
        """Own the directory. Raises `DaemonRunningError` naming the owner's pid."""
        from filelock import Timeout

        try:
            self._lock.acquire()
        except Timeout:
            owner = read_owner(self._places)
            who = f"pid {owner.pid}, port {owner.port}" if owner else "it is just starting or stopping"
            raise DaemonRunningError(
                f"a Soundkin daemon already runs on {self._places.data_dir} ({who}); `soundkin stop` ends it"
            ) from None

    def announce(self, host: str, port: int) -> None:
        """Write where this process listens, for commands to find."""
        record = json.dumps({"pid": os.getpid(), "host": host, "port": port})
        draft = self._places.daemon.with_suffix(".tmp")
        draft.write_text(record, "utf-8")
        os.replace(draft, self._places.daemon)

    def release(self) -> None:
        """Give the directory up."""
        if self._lock.is_locked:
            self._places.daemon.unlink(missing_ok=True)
            self._lock.release()


def read_owner(places: Places) -> Owner | None:
    """What the record says, whether or not that daemon still lives."""
    try:
        record = json.loads(places.daemon.read_text("utf-8"))
        return Owner(int(record["pid"]), str(record["host"]), int(record["port"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_owned(places: Places) -> bool:
    """Whether a living daemon holds the lock."""
    from filelock import FileLock, Timeout

    if not places.lock.exists():
        return False
    lock = FileLock(places.lock, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return True
    lock.release()
    return False
