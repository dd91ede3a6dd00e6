"""`soundkin doctor`: what a support thread would ask, each answered in a sentence with its remedy. Changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from soundkin_daemon.doctor import library as libraries
from soundkin_daemon.doctor import machine as machines
from soundkin_daemon.doctor import settings as settings_checks
from soundkin_daemon.doctor.case import Case, Check, Machine
from soundkin_daemon.places import Places

if TYPE_CHECKING:
    from soundkin.config import Judgement, Settings

_log = logging.getLogger(__name__)


Examination = Callable[[Case], Iterator[Check]]


def run_checks(
    data_dir: Path,
    settings: Settings,
    port: int,
    machine: Machine | None = None,
    *,
    quick: bool = False,
    judged: Judgement | None = None,
) -> list[Check]:
    """All checks, in the order in which a person would look; takes seconds, unless `quick` leaves out the slow one.

    A check that breaks is a finding itself.
    """
    case = Case(Places(data_dir), settings, port, machine or Machine(), judged)
    examinations: list[tuple[str, Examination]] = [
        ("versions", machines.versions_complete),
        ("settings", settings_checks.settings),
        ("data directory", machines.data_directory),
        ("mailbox", machines.mailbox),
        ("daemon", machines.daemon),
        ("port", machines.port),
        ("library", libraries.library),
        ("reaper", machines.reaper),
    ]
    if not quick:
        examinations.append(("analysis", machines.analysis))
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
