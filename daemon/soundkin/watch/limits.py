"""Whether the system lets us watch one more folder. watchdog says nothing where only the folders below are refused."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from pathlib import Path

from soundkin.disks.shortage import reason_of

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
    """Number of events in a row from which some may have been lost: a part of what the system's queue holds."""
    try:
        return max(1, min(_BURST, int(_QUEUE.read_text()) // 4))
    except (OSError, ValueError):
        return _BURST


def explain(root: str, error: BaseException) -> str:
    """A sentence for a folder that gives no events, with the remedy."""
    number = getattr(error, "errno", None)
    if number == errno.ENOSPC:
        return f"{root}: the system's limit on watched folders is reached; raise fs.inotify.max_user_watches"
    if number == errno.EMFILE and may_open():
        return (
            f"{root}: the system's limit on watched folders is reached, for too many programs watch any; raise "
            "fs.inotify.max_user_instances"
        )
    return f"{root}: cannot be watched ({reason_of(error)})"


def may_open() -> bool:
    """Whether this process may open one more file: then what it has too many of are inotify instances."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        return False
    return True


def _last_error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
