"""How much memory this process has, and what was freed given back where a program has to ask for that."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from pathlib import Path

from soundkin.disks.mounts import file_system_of, is_silent


def may_be_mapped(folder: Path) -> bool:
    """Whether memory may be read back from a folder's disk: a mapped page that cannot be read ends the process.

    So on the disk of the user's home only, without which little would run anyway, and over no network.
    """
    try:
        is_at_home = folder.stat().st_dev == Path.home().stat().st_dev
        return is_at_home and not is_silent(file_system_of(str(folder)))
    except (OSError, RuntimeError):
        return False


def resident_mb() -> float:
    """Resident megabytes; 0 where the system does not tell, as when no descriptor is left."""
    import psutil

    try:
        return float(psutil.Process().memory_info().rss) / 1e6
    except (OSError, psutil.Error):
        return 0.0


def give_back() -> None:
    """Let glibc return the pages that it keeps after large works; other allocators do so by themselves or never."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # musl has no such call
            ctypes.CDLL(None).malloc_trim(0)
