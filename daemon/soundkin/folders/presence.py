"""Whether something is at a path. Asks for its status alone, and raises where the system could not even look."""

from __future__ import annotations

import os
import stat

from soundkin.disks.shortage import raise_shortage


def is_folder(path: str) -> bool:
    """Whether a folder is there, links followed. Raises `OSError` where descriptors or memory run out."""
    status = _status(path)
    return status is not None and stat.S_ISDIR(status.st_mode)


def is_there(path: str) -> bool:
    """Whether anything is there, links followed. Raises as `is_folder`."""
    return _status(path) is not None


def is_named(path: str) -> bool:
    """Whether the name is taken, if only by a link that leads nowhere. Raises as `is_folder`."""
    return _status(path, follow_symlinks=False) is not None


def _status(path: str, *, follow_symlinks: bool = True) -> os.stat_result | None:
    try:
        return os.stat(path, follow_symlinks=follow_symlinks)
    except (OSError, ValueError) as error:
        raise_shortage(error)
        return None
