"""A lock on a folder itself, which no deleting of a file in it undoes. Where platforms differ in this, it is here.

POSIX systems let a descriptor of the folder be locked, even on a disk that cannot be written. On Windows a file that
is locked cannot be deleted, so a lock file is enough.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path


def lock_folder(folder: Path, *, shared: bool = False) -> int | None:
    """A descriptor that holds the lock until it is closed; None where the system or the disk has no such locks.

    `shared`: beside others that want it so. Raises `BlockingIOError` where another process holds it.
    """
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            raise BlockingIOError(error.errno, error.strerror) from error
        return None
    return descriptor
