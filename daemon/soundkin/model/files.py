"""Files on disk and what the library remembers of them."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NewType

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
    """What tells cheaply that a file has not changed."""

    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class DiskFile:
    """One audio file as the walk found it."""

    path: str
    stamp: FileStamp


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
class Root:
    """A followed folder. `online` is False while it is unmounted or unreachable."""

    id: int
    path: str
    online: bool
    samples: int = 0
    """Files of it that can be found right now."""
