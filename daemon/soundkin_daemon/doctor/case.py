"""What a check of `soundkin doctor` is given, and what it says."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from soundkin_daemon.places import Places

if TYPE_CHECKING:
    from soundkin.config import Judgement, Settings


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    ok: bool
    sentence: str
    remedy: str = ""
    """What to do; empty where nothing needs doing."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What the checks know of the machine they run on; tests bring their own."""

    platform: str = sys.platform
    proc: Path = Path("/proc")
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    home: Path = field(default_factory=Path.home)


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a check may look at."""

    places: Places
    settings: Settings
    port: int
    machine: Machine
    judged: Judgement | None = None
    """Where the settings come from and what is wrong with them; None: they were made by code."""
