"""What a distance means in numbers of 0..1. Light: no numpy."""

from __future__ import annotations

HALF = 5.0
STEEPNESS = 4


def similarity(distance: float) -> float:
    """Similarity of two sounds at a Euclidean distance of their vectors: 1 at distance 0, 0.5 at `HALF`.

    Roughly the chance that two samples so far apart would be filed under the same label (kick, snare, ride...),
    as measured on labelled sample sets (docs/features.md). The same distance gives the same number in every
    query and every library, because vectors are standardised by constants that ship with Soundkin.
    """
    return 1.0 / (1.0 + (max(0.0, distance) / HALF) ** STEEPNESS)
