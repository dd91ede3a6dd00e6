"""Why a hit is where it is: its distance in each aspect, and bars to show that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from soundkin.index import View
    from soundkin.model import Neighbour
    from soundkin.search.pages import Hit
    from soundkin.search.question import Question

_EIGHTHS = " ▏▎▍▌▋▊▉█"


def explain(view: View, page: Sequence[Hit], question: Question) -> dict[int, Mapping[str, float]]:
    """Distance from the asked point in each aspect alone, unweighted, by id. Their squares add up to the default
    distance's square; hits that have left the view are absent."""
    out: dict[int, Mapping[str, float]] = {}
    for hit in page:
        vector = view.vector(hit.id)
        if vector is None:
            continue
        squares = (vector.astype(np.float64) - question.point.astype(np.float64)) ** 2
        out[hit.id] = {
            aspect.name: float(np.sqrt(squares[aspect.start : aspect.stop].sum())) for aspect in view.params.aspects
        }
    return out


def bars(neighbours: Sequence[Neighbour], width: int = 8) -> list[dict[str, str]]:
    """For each hit a small bar for each aspect's distance; all share one scale, the longest fills `width` cells."""
    longest = max((value for each in neighbours for value in each.aspect_distances.values()), default=0.0)
    return [
        {name: bar(value / longest if longest else 0.0, width) for name, value in each.aspect_distances.items()}
        for each in neighbours
    ]


def bar(part: float, width: int) -> str:
    """A bar of `width` characters of which `part` (0..1) is filled, in eighths of a character."""
    eighths = round(min(1.0, max(0.0, part)) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width)
