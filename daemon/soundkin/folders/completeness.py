"""Whether a file is complete: still for a while, open for writing nowhere. One place for each system's way to ask."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

from soundkin.disks.shortage import is_shortage

STILL_WRITTEN = "still being written"
"""What a sentence about files that are not complete begins with."""
YOUNG_S = 60.0
"""A file quiet for longer is taken for complete without asking who has it open."""


def is_settled(
    path: str, mtime_ns: int, now_s: float, settle_s: float, is_written: Callable[[str], bool] | None = None
) -> bool:
    """Whether the file has been still for `settle_s`, and, when it is young, has no writer. `now_s` since the epoch.

    `is_written` opens it to know; by default `has_writer`.
    """
    age_s = now_s - mtime_ns / 1e9
    if age_s >= YOUNG_S or age_s < 0 or settle_s <= 0:  # a date in the future says nothing
        return True
    return age_s >= settle_s and not (is_written or has_writer)(path)


def has_writer(path: str) -> bool:
    """Whether some program has the file open for writing; False where the system does not tell."""
    if sys.platform != "linux":
        return False
    import fcntl

    # A read lease is refused while anyone has the file open for writing. Should someone open it in the moment between
    # the two calls, the system tells us by a signal, here one that is ignored by default, and waits for the second.
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        return is_shortage(error)  # who cannot look waits
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except BlockingIOError:
        return True
    except OSError:  # not our file, or a file system without leases
        return False
    finally:
        os.close(descriptor)
    return False
