"""The check of `soundkin doctor` that looks at the settings: every problem that would keep the daemon from starting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from soundkin_daemon.doctor.case import Check

if TYPE_CHECKING:
    from soundkin_daemon.doctor.case import Case


def settings(case: Case) -> Iterator[Check]:
    """A check for each problem; the other checks go on with the defaults in its place."""
    judged = case.judged
    if judged is None:
        return
    for problem in judged.option_problems:
        yield Check("settings", False, f"{problem}.", "Give another value, or leave the option out.")
    for problem in judged.problems:
        yield Check("settings", False, f"{problem}.", f"Correct it in {judged.file}.")
    if not judged.text:
        used = Path(judged.file).exists()
        sentence = f"{judged.file} can be used." if used else f"There is no {judged.file}: the defaults are in force."
        yield Check("settings", True, sentence)
