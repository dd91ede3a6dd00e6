"""Makes the calling process give way to everything else. The one place with each system's own calls for it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys

_NICENESS = 10
# macOS: setiopolicy_np(IOPOL_TYPE_DISK, IOPOL_SCOPE_PROCESS, IOPOL_UTILITY), from <sys/resource.h>
_DARWIN_DISK, _DARWIN_PROCESS, _DARWIN_UTILITY = 0, 0, 4


def give_way() -> None:
    """Lower the CPU and disk priority of this process as far as the system allows; never raises."""
    import psutil

    with contextlib.suppress(psutil.Error, OSError, ValueError, AttributeError):
        if sys.platform == "win32":
            process = psutil.Process()
            process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
            process.ionice(psutil.IOPRIO_LOW)
        else:
            os.nice(_NICENESS)
            if sys.platform == "linux":
                psutil.Process().ionice(psutil.IOPRIO_CLASS_IDLE)
            elif sys.platform == "darwin":
                ctypes.CDLL(None).setiopolicy_np(_DARWIN_DISK, _DARWIN_PROCESS, _DARWIN_UTILITY)
