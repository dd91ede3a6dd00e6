"""Files on disk and what the library remembers of them."""

from __future__ import annotations

import enum
import os
import sys
from dataclasses import dataclass
from typing import NewType

_INODE_BITS = 0 if sys.platform == "win32" else 2**63 - 1  # what SQLite can hold

SampleId = NewType("SampleId", int)
"""Dense positive int below 2**24, exact in a float32 fader; never reused while the library lives."""


class State(enum.StrEnum):
    """Whether the file of a sample can be reached."""

    PRESENT = "present"
    MISSING = "missing"
    """It vanished while its folder could be looked at; so it stays when the folder goes offline afterwards."""
    OFFLINE = "offline"
    """Its folder, or the disk that holds it, cannot be reached."""


PRESENT = frozenset({State.PRESENT})
ABSENT = frozenset({State.MISSING, State.OFFLINE})
KNOWN = PRESENT | ABSENT


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What tells cheaply that a file has not changed: one `stat` tells all of it."""

    size: int
    mtime_ns: int
    ctime_ns: int = 0
    """When content, name or rights last changed, on Windows when the file was made; 0 where it is not known yet."""
    inode: int = 0
    """Number of the file on its disk; 0 where a listing does not tell (Windows)."""

    @classmethod
    def of(cls, status: os.stat_result) -> FileStamp:
        """The stamp that a `stat` tells."""
        return cls(*rows_of([("", status)])[0][1:])


def rows_of(files: list[tuple[str, os.stat_result]]) -> list[tuple[str, int, int, int, int]]:
    """Paths and the fields of their `FileStamp`. The one place that knows what each system's `stat` means.

    Many at a time, since a walk asks for hundreds of thousands. Windows tells the number of a file to `os.stat` but not
    to `os.scandir`, so there it counts for nothing.
    """
    return [(path, s.st_size, s.st_mtime_ns, s.st_ctime_ns, s.st_ino & _INODE_BITS) for path, s in files]


@dataclass(frozen=True, slots=True)
class DiskFile:
    """One audio file as the walk found it."""

    path: str
    stamp: FileStamp
    known: bytes = b""
    """Content hash that the library has for it, where the file may well be the same; b"" where it is to be analysed."""
    briefly: bool = False
    """Whether the short hash is enough to tell that it is the same."""


@dataclass(frozen=True, slots=True)
class KnownFile:
    """What the library remembers of a file, enough to plan the difference to the disk."""

    id: SampleId
    stamp: FileStamp
    content_hash: bytes
    feature_version: int
    """Version of the features stored for it; a failure carries the version it failed under."""
    missing: bool
    failed: bool


@dataclass(frozen=True, slots=True)
class Move:
    """A known file that turned up under another path (or came back) with the same content."""

    id: SampleId
    path: str
    stamp: FileStamp


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that could not be read for a reason outside it. What was known of it before stays."""

    path: str
    stamp: FileStamp
    """As it was when it was tried."""
    code: str
    message: str
    tries: int
    """How often it was tried in a row."""
    retry_s: float
    """When it may be tried again, seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class Root:
    """A followed folder. `online` is False while it is unmounted or unreachable."""

    id: int
    path: str
    online: bool
    samples: int = 0
    """Files of it that can be found right now."""
    within: int | None = None
    """Id of the root that brought it: it is a disk mounted below that one, or a link there. None: a person asked."""
    is_link: bool = False
    """Whether such a place is a link."""
