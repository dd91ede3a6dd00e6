"""Identity of the shipped features: version, dimensions, aspects. Light: no numpy."""

from __future__ import annotations

from soundkin.model import Aspect, FeatureParams

FEATURE_VERSION = 1
"""Grows whenever a vector of the same file would come out differently."""

_SIZES = {"timbre": 12, "motion": 16, "spectrum": 7, "envelope": 7, "pitch": 3, "rhythm": 3}


def _aspects() -> tuple[Aspect, ...]:
    aspects, at = [], 0
    for name, size in _SIZES.items():
        aspects.append(Aspect(name, at, at + size))
        at += size
    return tuple(aspects)


PARAMS = FeatureParams(version=FEATURE_VERSION, num_dimensions=sum(_SIZES.values()), aspects=_aspects())
