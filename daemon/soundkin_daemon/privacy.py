"""Library, backups, index and log are for their owner alone, under any umask: those of before, and those to come.

Where the system has no such permissions (Windows), the folder's access list decides.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from soundkin_daemon.places import Places

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OURS = ("library.db*", "library-*.db*", "index.cache*", ".index.cache*", "soundkin.log*", "daemon.*", "endpoint")


@contextmanager
def private_files(places: Places) -> Iterator[None]:
    """Tighten what is there, and let every file of this process be private until the end of the block."""
    if os.name != "posix":
        yield
        return
    before = os.umask(_OTHERS)
    try:
        tighten(places)
        yield
    finally:
        os.umask(before)


def tighten(places: Places) -> None:
    """Take the rights of others from what earlier versions, or another umask, left open. What refuses stays."""
    for folder, patterns in ((places.data_dir, _OURS), (places.backups, ("library-*.db*",))):
        for pattern in patterns:
            for path in folder.glob(pattern):
                _close(path)
    _close(places.backups)


def _close(path: Path) -> None:
    with contextlib.suppress(OSError):
        status = path.lstat()
        if not stat.S_ISLNK(status.st_mode) and status.st_mode & _OTHERS:
            path.chmod(stat.S_IMODE(status.st_mode) & ~_OTHERS)
