"""Conditions on samples: each answers for one sample, and for all of them at once over the columns. Pure.

Numbers are compared at single precision in both forms, so that both always agree. A positive condition does not
hold where the fact is unsure; a negated one does.
"""

from __future__ import annotations

import math
import os
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from soundkin.model import PRESENT, State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from soundkin.model import Facts, Sample
    from soundkin.search.columns import Columns

    Mask = NDArray[np.bool_]

PITCH_CLASSES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


class Term(Protocol):
    """One condition."""

    def holds(self, sample: Sample, now_s: float, /) -> bool:
        """For one sample."""
        ...

    def mask(self, columns: Columns, now_s: float, /) -> Mask:
        """For all ids, shape (largest id + 1,)."""
        ...


@dataclass(frozen=True, slots=True)
class Span:
    """Numbers from `low` to `high`; open ends leave the bound itself out."""

    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False

    def contains(self, values: NDArray[np.float32]) -> Mask:
        """Which values lie within; NaN never does."""
        low, high = np.float32(self.low), np.float32(self.high)
        above = values > low if self.low_open else values >= low
        return above & (values < high if self.high_open else values <= high)


@dataclass(frozen=True, slots=True)
class NumberTerm:
    """A measured fact lies in one of the spans."""

    field: str
    spans: tuple[Span, ...]

    def holds(self, sample: Sample, _now_s: float) -> bool:
        """For one sample."""
        value = np.array([number_of(self.field, sample)], np.float32)
        return any(bool(span.contains(value)[0]) for span in self.spans)

    def mask(self, columns: Columns, _now_s: float) -> Mask:
        """For all ids."""
        values = columns.numbers[self.field]
        out = self.spans[0].contains(values)
        for span in self.spans[1:]:
            out |= span.contains(values)
        return out


@dataclass(frozen=True, slots=True)
class AgeTerm:
    """The library first saw the sample so long ago, in seconds."""

    span: Span

    def holds(self, sample: Sample, now_s: float) -> bool:
        """For one sample."""
        return bool(self._contains(np.array([sample.added_s], np.float64), now_s)[0])

    def mask(self, columns: Columns, now_s: float) -> Mask:
        """For all ids."""
        return self._contains(columns.added_s, now_s)

    def _contains(self, added_s: NDArray[np.float64], now_s: float) -> Mask:
        return self.span.contains((now_s - added_s).astype(np.float32))


@dataclass(frozen=True, slots=True)
class PitchClassTerm:
    """The root is this note in whatever octave."""

    pitch_class: int

    def holds(self, sample: Sample, _now_s: float) -> bool:
        """For one sample."""
        return bool(self._contains(np.array([number_of("note", sample)], np.float32))[0])

    def mask(self, columns: Columns, _now_s: float) -> Mask:
        """For all ids."""
        return self._contains(columns.numbers["note"])

    def _contains(self, notes: NDArray[np.float32]) -> Mask:
        return np.asarray(np.mod(np.rint(notes), np.float32(12)) == self.pitch_class)


@dataclass(frozen=True, slots=True)
class CodeTerm:
    """A fact with few values (key, kind) is this one."""

    field: str
    code: int

    def holds(self, sample: Sample, _now_s: float) -> bool:
        """For one sample."""
        return code_of(self.field, sample.facts) == self.code

    def mask(self, columns: Columns, _now_s: float) -> Mask:
        """For all ids."""
        return np.asarray(columns.codes[self.field] == self.code)


@dataclass(frozen=True, slots=True)
class TextTerm:
    """The file's name, folder or extension contains (for the extension: is) a word, whatever the case."""

    field: str
    word: str
    """As `folded` gives it."""

    def holds(self, sample: Sample, _now_s: float) -> bool:
        """For one sample."""
        text = text_of(self.field, sample.path, sample.root)
        return text == self.word if self.field == "ext" else self.word in text

    def mask(self, columns: Columns, _now_s: float) -> Mask:
        """For all ids."""
        return columns.text_mask(self.field, self.word)


@dataclass(frozen=True, slots=True)
class StateTerm:
    """The file is in one of these states. The columns know nothing of that: who asks them brings rows in it only."""

    states: frozenset[State]

    def holds(self, sample: Sample, _now_s: float) -> bool:
        """For one sample."""
        return sample.state in self.states

    def mask(self, columns: Columns, _now_s: float) -> Mask:
        """For all ids."""
        return np.ones(columns.size, np.bool_)


@dataclass(frozen=True, slots=True)
class NotTerm:
    """The other condition does not hold."""

    term: Term

    def holds(self, sample: Sample, now_s: float) -> bool:
        """For one sample."""
        return not self.term.holds(sample, now_s)

    def mask(self, columns: Columns, now_s: float) -> Mask:
        """For all ids."""
        return ~self.term.mask(columns, now_s)


def states_in(terms: Iterable[Term]) -> frozenset[State]:
    """States that every term allows; only what is present where none speaks of it."""
    asked = [term.states for term in terms if isinstance(term, StateTerm)]
    return frozenset.intersection(*asked) if asked else PRESENT


def number_of(field: str, sample: Sample) -> float:
    """A measured fact; NaN where unsure."""
    facts = sample.facts
    value: float | None
    if field == "note":
        value = note_of(facts.root_hz)
    else:
        value = {
            "dur": facts.duration_s,
            "bpm": facts.tempo_bpm,
            "loud": facts.loudness_db,
            "sr": facts.sample_rate,
        }[field]
    return math.nan if value is None else value


def note_of(root_hz: float | None) -> float | None:
    """MIDI note number, 60 for middle C (C4), 69 for 440 Hz."""
    return 69.0 + 12.0 * math.log2(root_hz / 440.0) if root_hz and root_hz > 0 else None


def code_of(field: str, facts: Facts) -> int:
    """Small number for key (1..24, see `key_code`) or kind (1 one-shot, 2 loop); 0 where unsure."""
    if field == "key":
        return key_code(facts.key) or 0
    return kind_code(facts.kind.value if facts.kind else None)


def kind_code(kind: str | None) -> int:
    """1 for a one-shot, 2 for a loop, 0 where unsure."""
    return {"oneshot": 1, "loop": 2}.get(kind or "", 0)


def key_code(key: str | None) -> int | None:
    """1..12 for C to B major, 13..24 for C to B minor, whatever the spelling; None where it is no key."""
    if not key:
        return None
    pitch_class, rest = pitch_class_of(key)
    mode = rest.strip().lower()
    minor = mode in ("m", "min", "minor") and rest[:1] != "M"
    if pitch_class is None or not (minor or mode in ("", "m", "maj", "major")):
        return None
    return pitch_class + (13 if minor else 1)


def pitch_class_of(text: str) -> tuple[int | None, str]:
    """Pitch class at the start of a text (letter, then # or b), and what follows."""
    letter = text[:1].upper()
    if letter not in PITCH_CLASSES:
        return None, text
    rest = text[1:]
    step = {"#": 1, "♯": 1, "b": -1, "♭": -1}.get(rest[:1], 0)
    return (PITCH_CLASSES[letter] + step) % 12, rest[1:] if step else rest


def folded(text: str) -> str:
    """One spelling for all cases and compositions of a text."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def text_of(field: str, path: str, root: str) -> str:
    """The folded part of a path that a text condition looks at."""
    if field == "in":
        return folder_text(os.path.dirname(path), root)
    name = os.path.basename(path)
    return folded(name) if field == "name" else extension(name)


def folder_text(folder: str, root: str) -> str:
    """A folder from the followed folder's own name downwards, with slashes: `drums/kicks/808`."""
    top = os.path.dirname(root.rstrip(os.sep))
    return folded(folder.removeprefix(top).replace(os.sep, "/").strip("/"))


def extension(name: str) -> str:
    """Folded extension without its dot."""
    return folded(os.path.splitext(name)[1][1:])
