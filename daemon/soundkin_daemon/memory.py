"""Gives freed memory back to the system, where somebody has to ask for it."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress


def give_back() -> None:
    """Let glibc return the pages that it keeps after large works; other allocators do so by themselves or never."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # musl has no such call
            ctypes.CDLL(None).malloc_trim(0)
