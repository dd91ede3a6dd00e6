"""What a sample is, by its name and by its sound, and which of the two counts where they differ. Pure.

The one place that decides it: answers, filters and reports follow (docs/adr/0054-category-by-name-and-sound.md).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import NamedTuple

from soundkin.model.categories import CATEGORIES
from soundkin.model.files import SampleId
from soundkin.model.named import Named

WRONG_NAMES = 0.02
"""Share of names that are taken to be wrong; what is less likely by the sound than this speaks against a name."""
CONFIDENT = 0.8
"""How likely another category has to be for the sound to contradict a name."""
_SURE = 0.5
_LEAST = 0.01
"""No name is taken to be less likely than this: what a classifier says of the unlikeliest is not to be relied on."""
_ALL = 255
"""Likelihoods are kept as bytes: this one is 1."""


class Source(enum.StrEnum):
    """What says which category a sample is of."""

    NAME = "name"
    SOUND = "sound"


class Heard(NamedTuple):
    """What the sound says. A tuple, because a million of them are made when filters are made ready."""

    place: int
    """In `CATEGORIES`; -1: unsure."""
    likely: bytes
    """How likely each of `CATEGORIES` is, 0 to 255 for 0 to 1."""


@dataclass(frozen=True, slots=True)
class Labels:
    """The category of a sample, and what it comes from. None: unsure."""

    category: str | None = None
    confidence: float | None = None
    """0..1; None where the sound has not been asked yet."""
    source: Source | None = None
    named: tuple[str, ...] = ()
    """Categories that the name or a folder allows; several where its word means several; empty: it says none."""
    heard: str | None = None
    """What the sound alone says."""
    heard_confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A sample whose sound says strongly that its name or folder is wrong."""

    id: SampleId
    path: str
    named: tuple[str, ...]
    heard: str
    confidence: float
    """0..1: how likely what is heard is."""


def labels_of(named: Named, heard: Heard | None) -> Labels:
    """All that is said of a sample."""
    place, confidence, source = judged(named, heard)
    sure = heard is not None and heard.place >= 0
    return Labels(
        category=_name(place),
        confidence=None if confidence is None else round(confidence, 3),
        source=source,
        named=named.names,
        heard=_name(heard.place) if heard else None,
        heard_confidence=round(heard.likely[heard.place] / _ALL, 3) if heard and sure else None,
    )


def judged(named: Named, heard: Heard | None) -> tuple[int, float | None, Source | None]:
    """Place in `CATEGORIES` (-1: unsure), confidence 0..1 and source: the name's, unless the sound contradicts it.

    With a name the confidence is that of the sound, given that one name in fifty is wrong.
    """
    allowed, otherwise = named.allowed, named.otherwise
    if heard is None:
        return otherwise, None, Source.NAME if otherwise >= 0 else None
    place, likely = heard
    total: float = sum([likely[each] for each in allowed])
    if not allowed or _speaks_against(total, place, likely):
        return (-1, None, None) if place < 0 else (place, likely[place] / _ALL, Source.SOUND)
    total = max(_LEAST * _ALL, total)
    whole = total + WRONG_NAMES * (_ALL - total)
    best = max(allowed, key=likely.__getitem__)
    chosen = best if likely[best] >= _SURE * whole else otherwise
    return (chosen, max(_LEAST * _ALL, likely[chosen]) / whole, Source.NAME) if chosen >= 0 else (-1, None, None)


def contradicts(named: Named, heard: Heard) -> bool:
    """Whether the sound speaks strongly against a name: nothing that it allows is likely, and another one surely is."""
    place, likely = heard
    return bool(named.allowed) and _speaks_against(sum([likely[each] for each in named.allowed]), place, likely)


def _speaks_against(total: float, place: int, likely: bytes) -> bool:
    """The same where `total` is how likely the sound finds what the name allows, 0..255."""
    return total < WRONG_NAMES * _ALL and place >= 0 and likely[place] >= CONFIDENT * _ALL


def category_code(name: str | None) -> int:
    """Small number for a column: 1 and up in the order of `CATEGORIES`, 0 where unsure."""
    return 0 if name is None else _CODES[name]


def _name(place: int) -> str | None:
    return CATEGORIES[place].name if place >= 0 else None


_CODES = {category.name: place + 1 for place, category in enumerate(CATEGORIES)}
