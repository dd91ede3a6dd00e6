"""What a distance means in words of 0..1. Light: no numpy."""

from __future__ import annotations

HALF = 6.0
"""Distance of similarity 0.5: half of all pairs of unrelated samples are farther apart (docs/features.md)."""


def similarity(distance: float) -> float:
    """Similarity of two sounds at a Euclidean distance: 1 at distance 0, 0.5 at `HALF`, towards 0 beyond.

    The same distance gives the same number in every query and every library, because vectors are standardised
    by constants that ship with Soundkin.
    """
    return 1.0 / (1.0 + (max(0.0, distance) / HALF) ** 2)
