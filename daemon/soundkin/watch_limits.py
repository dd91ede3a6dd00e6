"""Whether the system lets us watch one more folder. watchdog says nothing where only the folders below are refused."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path

_IN_DELETE_SELF = 0x400
_QUEUE = Path("/proc/sys/fs/inotify/max_queued_events")
_BURST = 2_000


def watch_error(folder: str) -> OSError | None:
    """What happens when one more watch is set up on `folder`: None where it works, or where no limit exists."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.inotify_init1(os.O_CLOEXEC)
    if descriptor < 0:
        return _last_error()
    try:
        if libc.inotify_add_watch(descriptor, os.fsencode(folder), _IN_DELETE_SELF) < 0:
            return _last_error()
        return None
    finally:
        os.close(descriptor)


def burst_size() -> int:
    """So many events in a row that some may have been lost: a part of what the system's queue holds."""
    try:
        return max(1, min(_BURST, int(_QUEUE.read_text()) // 4))
    except (OSError, ValueError):
        return _BURST


def explain(root: str, error: OSError) -> str:
    """A sentence for a folder that gives no events, with the remedy."""
    if error.errno in {errno.ENOSPC, errno.EMFILE}:
        which = "max_user_watches" if error.errno == errno.ENOSPC else "max_user_instances"
        return f"{root}: the system's limit on watched folders is reached; raise fs.inotify.{which}"
    return f"{root}: cannot be watched ({error.strerror or error})"


def _last_error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
