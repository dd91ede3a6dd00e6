"""`soundkin doctor`: what a support thread would ask, each answered in a sentence with its remedy. Changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from soundkin_daemon import doctor_library, doctor_machine
from soundkin_daemon.doctor_case import Case, Check, Machine
from soundkin_daemon.places import Places

if TYPE_CHECKING:
    from soundkin.config import Settings

_log = logging.getLogger(__name__)


Examination = Callable[[Case], Iterator[Check]]


def run_checks(
    data_dir: Path, settings: Settings, port: int, machine: Machine | None = None, *, quick: bool = False
) -> list[Check]:
    """All checks, in the order in which a person would look; takes seconds, unless `quick` leaves out the slow one.

    A check that breaks is a finding itself.
    """
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
