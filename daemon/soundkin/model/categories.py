"""What a sample can be: categories in families. The one list, which filters, answers and the classifier follow."""

from __future__ import annotations

from dataclasses import dataclass

CATEGORIES_VERSION = 2
"""Grows whenever the same vector would be given another category: what is stored is then worked out again."""


@dataclass(frozen=True, slots=True)
class Category:
    """One answer to "what is it?"."""

    name: str
    """A single word without spaces, as filters and answers spell it."""
    family: str
    """Name of the group it belongs to, as filters spell it."""


CATEGORIES = (
    Category("kick", "drum"),
    Category("snare", "drum"),
    Category("rim", "drum"),
    Category("clap", "drum"),
    Category("hat-closed", "drum"),
    Category("hat-open", "drum"),
    Category("hat-pedal", "drum"),
    Category("crash", "drum"),
    Category("ride", "drum"),
    Category("tom", "drum"),
    Category("conga", "drum"),  # bongos too
    Category("shaker", "drum"),
    Category("tambourine", "drum"),
    Category("cowbell", "drum"),  # agogo too
    Category("woodblock", "drum"),  # claves too
    Category("percussion", "drum"),  # any other
    Category("beat", "drum"),  # a loop of drums
    Category("bass", "tonal"),
    Category("keys", "tonal"),  # piano, electric piano, organ
    Category("pluck", "tonal"),  # guitar, harp
    Category("mallet", "tonal"),  # bells, vibraphone
    Category("wind", "tonal"),  # brass, reeds, flutes
    Category("lead", "tonal"),
    Category("pad", "tonal"),  # strings too
    Category("vocal", "voice"),
    Category("effect", "effect"),
)
"""In the order of the classifier's numbers."""
