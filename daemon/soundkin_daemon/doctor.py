"""`soundkin doctor`: what a support thread would ask, each answered in a sentence with its remedy. Changes nothing."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from soundkin_daemon.places import Places

if TYPE_CHECKING:
    from soundkin.config import Settings

_log = logging.getLogger(__name__)


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
    now_s: float = field(default_factory=time.time)


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a check may look at."""

    places: Places
    settings: Settings
    port: int
    machine: Machine


Examination = Callable[[Case], Iterator[Check]]


def run_checks(
    data_dir: Path, settings: Settings, port: int, machine: Machine | None = None, *, quick: bool = False
) -> list[Check]:
    """All checks, in the order in which a person would look; takes seconds, unless `quick` leaves out the slow one.

    A check that breaks is a finding itself.
    """
    from soundkin_daemon import doctor_library, doctor_machine

    case = Case(Places(data_dir), settings, port, machine or Machine())
    examinations: list[tuple[str, Examination]] = [
        ("versions", doctor_machine.versions_complete),
        ("data directory", doctor_machine.data_directory),
        ("daemon", doctor_machine.daemon),
        ("port", doctor_machine.port),
        ("library", doctor_library.library),
        ("reaper", doctor_machine.reaper),
    ]
    if not quick:
        examinations.append(("analysis", doctor_machine.analysis))
    return [check for name, examine in examinations for check in _guarded(name, examine, case)]


def _guarded(name: str, examine: Examination, case: Case) -> list[Check]:
    found: list[Check] = []
    try:
        found.extend(examine(case))
    except Exception as error:
        _log.exception("the check %s broke", name)
        sentence = f"This could not be checked: {type(error).__name__}: {error}."
        found.append(Check(name, False, sentence, "Please report this as a bug."))
    return found
