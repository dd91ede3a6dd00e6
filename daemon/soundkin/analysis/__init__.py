"""From a file to a vector and facts. This package alone touches soundfile, librosa and the worker processes.

Importing it is light (neither numpy nor the worker processes): every command asks it for the aspects' names. What is
heavier is imported where it is first used, or inside the workers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from soundkin.analysis.params import PARAMS
from soundkin.analysis.similarity import similarity

if TYPE_CHECKING:
    from soundkin.analysis.pool import ProcessAnalyser, analyse_in_process

__all__ = ["PARAMS", "ProcessAnalyser", "analyse_in_process", "self_check", "similarity"]


def __getattr__(name: str) -> object:
    """The names of `pool`, which is imported when one of them is first used."""
    if name in ("ProcessAnalyser", "analyse_in_process"):
        from soundkin.analysis import pool

        return getattr(pool, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def self_check() -> list[str]:
    """What is wrong with signal arithmetic on this machine, one sentence each; empty where all agrees with librosa."""
    from soundkin.analysis.reference import self_check as check

    return check()
