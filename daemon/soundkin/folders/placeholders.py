"""Which files live in a cloud only, so that opening them would download them. One place for each system's signs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice

from soundkin.disks.mounts import tells_blocks
from soundkin.disks.shortage import raise_shortage

_CLOUD_ATTRIBUTES = 0x1000 | 0x40000 | 0x400000  # Windows: OFFLINE, RECALL_ON_OPEN, RECALL_ON_DATA_ACCESS
_MACOS_DATALESS = 0x40000000
_LARGEST_INLINE = 4096  # bytes that some file systems keep beside the name, in no block
_MOST_NEIGHBOURS = 1000


def _is_flagged(status: os.stat_result) -> bool:
    attributes, flags = getattr(status, "st_file_attributes", 0), getattr(status, "st_flags", 0)
    return bool(attributes & _CLOUD_ATTRIBUTES or flags & _MACOS_DATALESS)


_HAS_FLAGS = any(hasattr(os.stat_result, name) for name in ("st_file_attributes", "st_flags"))
_HAS_BLOCKS = hasattr(os.stat_result, "st_blocks")


def suspicious(files: list[tuple[str, os.stat_result]]) -> list[tuple[str, os.stat_result]]:
    """Those that may be placeholders: nearly none of all files, and this costs next to nothing."""
    most, found = _LARGEST_INLINE, []
    if _HAS_BLOCKS:
        found = [each for each in files if not each[1].st_blocks and each[1].st_size > most]
    if _HAS_FLAGS:
        found += [each for each in files if _is_flagged(each[1]) and each not in found]
    return found


def without_placeholders(doubtful: list[tuple[str, os.stat_result]]) -> list[tuple[str, os.stat_result]]:
    """Those of some suspicious files of one folder that are whole after all.

    A file without a single block is a placeholder only where its file system reports blocks at all: one that is
    known to, or one on which a neighbour has some. Many that run outside the system's kernel (FUSE) tell none.
    """
    left = [(path, status) for path, status in doubtful if not (_HAS_FLAGS and _is_flagged(status))]
    if not left:
        return []
    telling = {device for device in {status.st_dev for _, status in left} if tells_blocks(device)}
    telling |= {each.st_dev for each in _neighbours_of(left[0][0]) if each.st_blocks}
    return [(path, status) for path, status in left if status.st_dev not in telling]


def is_placeholder(path: str, status: os.stat_result) -> bool:
    """Whether the bytes of one file are in the cloud only."""
    doubtful = suspicious([(path, status)])
    return bool(doubtful) and not without_placeholders(doubtful)


def _neighbours_of(path: str) -> Iterator[os.stat_result]:
    """Files of the folder that holds a file, a thousand at most."""
    try:
        with os.scandir(os.path.dirname(path)) as entries:
            for entry in islice(entries, _MOST_NEIGHBOURS):
                if entry.is_file():
                    yield entry.stat()
    except OSError as error:
        raise_shortage(error)
        return
