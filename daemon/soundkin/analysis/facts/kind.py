"""One-shot or loop, from what the sound does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from soundkin.model import Kind

if TYPE_CHECKING:
    from soundkin.analysis.facts.tempo import Tempo
    from soundkin.analysis.features.shape import Shape

SHORT_S = 0.8
"""Nothing shorter is called a loop."""
FEWEST_ONSETS = 4
"""Of a loop, where no name and no chunk calls it one."""
_REGULAR = 0.3
_DIES_DB = -30.0


def ending_db(shape: Shape) -> float:
    """Level of the last tenth of the sound against its loudest 5 ms, dB."""
    level = shape.level
    tail = level[-max(1, level.size // 10) :]
    return float(10 * np.log10((tail.mean() + 1e-12) / (level.max() + 1e-12)))


def kind_of(shape: Shape, onsets: int, duration_s: float, tempo: Tempo | None) -> Kind | None:
    """A loop has several regular onsets and goes on to its end; a one-shot has one and dies, or is short."""
    if shape.silent:
        return None
    if duration_s < SHORT_S:
        return Kind.ONESHOT if onsets <= 2 else None
    if onsets <= 2 and ending_db(shape) < _DIES_DB:
        return Kind.ONESHOT
    if onsets >= FEWEST_ONSETS and tempo and tempo.confidence >= _REGULAR and tempo.whole_beats:
        return Kind.LOOP
    return None
