"""Why a hit is where it is: its distance in each aspect, and nothing about how that is shown. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from soundkin.model import Vector
    from soundkin.search.question import Question


def explain(vectors: Mapping[int, Vector], question: Question) -> dict[int, Mapping[str, float]]:
    """Distance from the asked point in each aspect alone, unweighted, by id, of those vectors that can be compared.

    Their squares add up to the square of the default distance.
    """
    out: dict[int, Mapping[str, float]] = {}
    for sample_id, vector in vectors.items():
        if vector.shape != question.point.shape:  # the features changed since the question was asked
            continue
        squares = (vector.astype(np.float64) - question.point.astype(np.float64)) ** 2
        out[sample_id] = {
            aspect.name: float(np.sqrt(squares[aspect.start : aspect.stop].sum())) for aspect in question.params.aspects
        }
    return out
