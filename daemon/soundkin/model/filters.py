"""Conditions on samples as plain data: what a filter says, to be evaluated in memory or in a database.

Numbers are compared at single precision, bounds rounded first. A positive condition does not hold where the fact is
unsure; a negated one does.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from soundkin.model.files import PRESENT, State
from soundkin.model.sound import Kind


@dataclass(frozen=True, slots=True)
class Span:
    """Numbers from `low` to `high`; open ends leave the bound itself out."""

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False


@dataclass(frozen=True, slots=True)
class NumberTerm:
    """A measured fact lies in one of the spans."""

    field: str
    """"dur" (seconds), "bpm", "loud" (dB), "sr" (Hz) or "note" (MIDI note number of the root)."""
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class AgeTerm:
    """Age of the sample in the library, in seconds."""

    span: Span


@dataclass(frozen=True, slots=True)
class PitchClassTerm:
    """The root, rounded to the nearest note, is this one in any octave."""

    pitch_class: int
    """0 for C to 11 for B."""


@dataclass(frozen=True, slots=True)
class KeyTerm:
    """The key is this one, however it is spelled."""

    pitch_class: int
    """0 for C to 11 for B."""
    minor: bool


@dataclass(frozen=True, slots=True)
class KindTerm:
    """The sample is of this kind."""

    kind: Kind


@dataclass(frozen=True, slots=True)
class CategoryTerm:
    """The sample is of one of these categories."""

    names: frozenset[str | None]
    """None stands for an unknown one."""


@dataclass(frozen=True, slots=True)
class TextTerm:
    """The file's name or folder contains a word, or its extension is it, in any case."""

    field: str
    """"name", "in" (the folder, from the followed folder's own name downwards) or "ext" (without its dot)."""
    word: str
    """Folded: one spelling for all cases and compositions."""


@dataclass(frozen=True, slots=True)
class StateTerm:
    """The file is in one of these states."""

    states: frozenset[State]


@dataclass(frozen=True, slots=True)
class NotTerm:
    """The other condition does not hold."""

    term: Term


Term = NumberTerm | AgeTerm | PitchClassTerm | KeyTerm | KindTerm | CategoryTerm | TextTerm | StateTerm | NotTerm


def states_in(terms: Iterable[Term]) -> frozenset[State]:
    """States that every term allows; only what is present where none speaks of it."""
    asked = [term.states for term in terms if isinstance(term, StateTerm)]
    return frozenset.intersection(*asked) if asked else PRESENT
