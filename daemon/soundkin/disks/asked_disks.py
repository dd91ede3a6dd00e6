"""What questions and wishes ask of disks: in lanes of their own, with an error where a disk does not answer."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

from soundkin.disks import DiskHangsError, Kind, Lanes
from soundkin.disks.mounts import mount_points
from soundkin.errors import NoAnswerError

_T = TypeVar("_T")


class AskedDisks:
    """Asks for paths of people, followed or not. Safe to use from any thread."""

    def __init__(self, lanes: Lanes, mounts: Callable[[], frozenset[str]] = mount_points) -> None:
        self._lanes = lanes
        self._mounts = mounts

    def ask(self, path: str, call: Callable[[], _T], place: str | None = None) -> _T:
        """What `call` returns or raises. Raises `NoAnswerError` where the disk of the path is silent for too long.

        `place`: the followed folder that holds the path, where that is known.
        """
        try:
            return self._lanes.ask(place or self._disk_of(path), call, path, kind=Kind.ASK)
        except DiskHangsError as error:
            since = f" since {error.hang.since} ({error.hang.what})" if error.hang is not None else ""
            raise NoAnswerError(f"{path!r}: its disk has not answered{since}; ask again later") from error

    def _disk_of(self, path: str) -> str:
        """The disk that a path lies on, as far as its name tells."""
        holders = [point for point in self._mounts() if path.startswith(point.rstrip(os.sep) + os.sep)]
        return max(holders, key=len, default=os.path.splitdrive(path)[0])
