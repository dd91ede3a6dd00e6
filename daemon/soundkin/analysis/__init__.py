"""From a file to a vector and facts. This package alone touches soundfile, librosa and the worker processes.

Importing it is light (no numpy): what is heavy is imported inside the workers, or where it is first called.
"""

from __future__ import annotations

from soundkin.analysis.params import PARAMS
from soundkin.analysis.pool import ProcessAnalyser, analyse_in_process
from soundkin.analysis.similarity import similarity

__all__ = ["PARAMS", "ProcessAnalyser", "analyse_in_process", "self_check", "similarity"]


def self_check() -> list[str]:
    """What is wrong with signal arithmetic on this machine, one sentence each; empty where all agrees with librosa."""
    from soundkin.analysis.reference import self_check as check

    return check()
