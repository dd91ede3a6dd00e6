"""Identity of the shipped features: version, dimensions, aspects. Light: no numpy.

The one list of aspects: OSC addresses, the web page, controller layouts, REAPER's sliders, help, shell completion and
the tables of the docs are made from `PARAMS.aspects`.
"""

from __future__ import annotations

from soundkin.model import Aspect, FeatureParams

FEATURE_VERSION = 4
"""Grows whenever a vector of the same file would come out differently."""
FACTS_VERSION = 2
"""Grows whenever facts of the same file may come out differently. 2: with tags, and chunks held to the length."""

_SIZES = {  # numbers that each aspect takes in the vector, in the order of their slices
    "timbre": 12,
    "motion": 18,
    "spectrum": 6,
    "envelope": 8,
    "pitch": 2,
    "rhythm": 2,
}


def _aspects() -> tuple[Aspect, ...]:
    aspects, at = [], 0
    for name, size in _SIZES.items():
        aspects.append(Aspect(name, at, at + size))
        at += size
    return tuple(aspects)


PARAMS = FeatureParams(
    version=FEATURE_VERSION, num_dimensions=sum(_SIZES.values()), aspects=_aspects(), facts_version=FACTS_VERSION
)
