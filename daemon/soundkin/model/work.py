"""State of the work: what a pass did, how far it is, what the daemon is doing."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from soundkin.model.files import Root


class Transport(enum.StrEnum):
    """What the DAW is doing; analysis may pause for it."""

    PLAYING = "playing"
    RECORDING = "recording"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class ScanSummary:
    """What one pass over the folders did."""

    found: int = 0
    analysed: int = 0
    unchanged: int = 0
    moved: int = 0
    removed: int = 0
    failed: int = 0
    """Files that are not audio."""
    seconds: float = 0.0
    unheard: Mapping[str, int] = field(default_factory=dict)
    """How many files there are, by ending, that hold sounds and cannot be heard."""
    unread: int = 0
    """Files that could not be read (disk, rights, time, memory); they are tried again automatically."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the running pass is."""

    state: str = "idle"
    """"idle", "walking", "analysing", "paused", "full" (no room on the disk), "blocked" (the library refuses)."""
    found: int = 0
    """Files that the pass has to analyse, as known so far."""
    done: int = 0
    failed: int = 0
    rate: float = 0.0
    """Files per second, smoothed."""
    eta_s: float | None = None

    @property
    def queued(self) -> int:
        """Files found and not yet done."""
        return max(0, self.found - self.done)


@dataclass(frozen=True, slots=True)
class IndexStatus:
    """State of the similarity index."""

    size: int
    state: str
    """"ready", "loading", "building" or "empty"; questions are answered in all of them."""


@dataclass(frozen=True, slots=True)
class Status:
    """What the daemon is doing, for `status` everywhere."""

    version: str
    pid: int
    port: int
    roots: tuple[Root, ...]
    samples: int
    failed: int
    """Files that are not audio."""
    progress: Progress
    index: IndexStatus
    memory_mb: float
    notes: tuple[str, ...] = ()
    """Sentences that a person should read, such as a watch limit that was reached."""
    scans: int = 0
    """Complete passes over all folders since the start."""
    last_scan: ScanSummary = field(default_factory=ScanSummary)
    """What the newest complete pass did."""
    unheard: Mapping[str, int] = field(default_factory=dict)
    """How many files of the followed folders, by ending, hold sounds and cannot be heard."""
    unread: int = 0
    """Files that could not be read (disk, rights, time, memory); they are tried again automatically."""
