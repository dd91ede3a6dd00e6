"""The filter string: `dur<1.5 bpm:120-130 key:Am in:Drums -name:loop`. The only parser of it (docs/search.md). Pure.

Tokens are separated by spaces, a leading `-` negates, quotes hold values with spaces. All terms must hold.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from soundkin.errors import BadArgumentError
from soundkin.model import ABSENT, KNOWN, PRESENT, Kind, State
from soundkin.model.filters import (
    AgeTerm,
    CategoryTerm,
    KeyTerm,
    KindTerm,
    NotTerm,
    NumberTerm,
    PitchClassTerm,
    Span,
    StateTerm,
    Term,
    TextTerm,
    states_in,
)
from soundkin.names.spelling import is_uri, meant
from soundkin.search.categories import categories_named, nearest_to
from soundkin.search.fact_values import folded, key_of, pitch_class_of

MOST_CHARACTERS = 1000
MOST_TERMS = 64

_TOKEN = re.compile(r"""-?[A-Za-z_]+(?:[<>]=?|[:=])'[^']*'(?!\S)|(?:[^\s"]|"[^"]*(?:"|$))+""")
_HEAD = re.compile(r"(-?)([A-Za-z_]*)(<=|>=|<|>|:|=)?(.*)", re.DOTALL)
_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))\s*([a-z]*)", re.IGNORECASE)
_OPERATORS = {"=": ":"}

_UNITS: dict[str, dict[str, float]] = {
    "dur": {"": 1.0, "s": 1.0, "ms": 0.001, "m": 60.0, "min": 60.0},
    "bpm": {"": 1.0, "bpm": 1.0},
    "loud": {"": 1.0, "db": 1.0, "lufs": 1.0},
    "sr": {"": 1.0, "hz": 1.0, "k": 1000.0, "khz": 1000.0},
    "added": {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0, "y": 31_557_600.0},
}


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    field: str
    operator: str
    value: str

    def refuse(self, expected: str) -> BadArgumentError:
        return BadArgumentError(f"filter term {self.text!r}: expected {expected}")


@lru_cache(maxsize=64)
def parse_filter(text: str) -> tuple[Term, ...]:
    """Terms of a filter string. Raises `BadArgumentError` naming the term and what was expected."""
    if len(text) > MOST_CHARACTERS:
        raise BadArgumentError(
            f"filter of {len(text)} characters ({text[:20]!r}...), expected at most {MOST_CHARACTERS}"
        )
    tokens = _TOKEN.findall(text)
    if len(tokens) > MOST_TERMS:
        raise BadArgumentError(f"filter of {len(tokens)} terms, expected at most {MOST_TERMS}")
    terms = tuple(_term(token) for token in tokens)
    if not states_in(terms):
        asked = " ".join(token for token, term in zip(tokens, terms, strict=True) if isinstance(term, StateTerm))
        raise BadArgumentError(f"filter terms {asked[:80]!r}: no sample is all of that, expected is:absent for either")
    return terms


def names_states(text: str) -> bool:
    """Whether a filter says which states samples may be in. Raises as `parse_filter` does."""
    return any(isinstance(term, StateTerm) for term in parse_filter(text))


def _term(text: str) -> Term:
    match = _HEAD.fullmatch(text)
    assert match is not None  # every part of the pattern may be empty
    minus, field, operator, value = match.groups()
    token = _Token(text, field.lower(), _OPERATORS.get(operator or "", operator or ""), value)
    if text.count('"') % 2:
        raise token.refuse("a closing quote")
    maker = _MAKERS.get(token.field)
    if maker is None or not operator:
        raise token.refuse(f"FIELD:VALUE with one of the fields {', '.join(_MAKERS)}")
    value = _unquoted(value)
    if not value.strip():
        raise token.refuse(f"a value after {token.field}{operator}")
    term = maker(_Token(text, token.field, token.operator, value))
    if isinstance(term, StateTerm) and minus:
        return StateTerm(KNOWN - term.states)
    return NotTerm(term) if minus else term


def _unquoted(value: str) -> str:
    """Double quotes hold spaces anywhere, single ones only around the whole value: names have apostrophes."""
    if len(value) > 1 and value[0] == value[-1] == "'":
        return value[1:-1]
    return value.replace('"', "")


# ---- numbers -------------------------------------------------------------------------------------------------


def _number_term(token: _Token) -> Term:
    expected = {
        "dur": "seconds such as dur<1.5, dur:0.2-2 or dur>=200ms",
        "bpm": "beats per minute such as bpm:120-130 or bpm:140~",
        "loud": "decibels such as loud:-20..-6 or loud>-12",
        "sr": "hertz such as sr:44100 or sr>=48k",
    }[token.field]
    value, doubled = token.value, False
    if token.field == "bpm" and value.endswith("~"):
        value, doubled = value[:-1], True
    span = _span(token, value, lambda part: _quantity(part, token.field), expected)
    spans = (span, _scaled(span, 0.5), _scaled(span, 2.0)) if doubled else (span,)
    return NumberTerm(token.field, spans)


def _scaled(span: Span, factor: float) -> Span:
    """Half or double count of a tempo; a single tempo keeps its width of one beat per minute."""
    middle, half_width = (span.low + span.high) / 2, (span.high - span.low) / 2
    if math.isfinite(middle) and half_width <= 0.5:
        return Span(middle * factor - half_width, middle * factor + half_width, high_open=span.high_open)
    return Span(span.low * factor, span.high * factor, span.low_open, span.high_open)


def _age_term(token: _Token) -> Term:
    expected = "an age such as added<7d, added>2w or added:1d-7d (units s m h d w y)"
    span = _span(token, token.value, lambda part: _quantity(part, "added"), expected, single=False)
    return AgeTerm(span)


_Quantity = tuple[float, float]  # value, width of its last digit


def _quantity(text: str, field: str) -> _Quantity | None:
    match = _NUMBER.fullmatch(text.strip())
    unit = _UNITS[field].get(match.group(2).lower()) if match else None
    if match is None or unit is None:
        return None
    decimals = len(match.group(1).partition(".")[2])
    return float(match.group(1)) * unit, 10.0**-decimals * unit


def _span(
    token: _Token,
    value: str,
    read: Callable[[str], _Quantity | None],
    expected: str,
    *,
    single: bool = True,
) -> Span:
    """`<x`, `>=x`, `a-b`, `a..b`, `a..`, `..b`, or a number that stands for all that rounds to it."""
    if token.operator != ":":
        bound = read(value)
        if bound is None:
            raise token.refuse(expected)
        if token.operator.startswith("<"):
            return Span(high=bound[0], high_open=token.operator == "<")
        return Span(low=bound[0], low_open=token.operator == ">")
    number = read(value)  # before ranges: the octave of C-1 is no end of one
    if number is not None and single:
        return Span(number[0] - number[1] / 2, number[0] + number[1] / 2, high_open=True)
    low_text, high_text = _ends(value)
    if low_text is None:
        raise token.refuse(expected)
    low, high = read(low_text) if low_text else (-math.inf, 0.0), read(high_text) if high_text else (math.inf, 0.0)
    if low is None or high is None or not (low_text or high_text):
        raise token.refuse(expected)
    if low[0] > high[0]:
        raise token.refuse(f"the smaller number first, got {low_text} before {high_text}")
    return Span(low[0], high[0])


def _ends(value: str) -> tuple[str | None, str]:
    """The two ends of a range; None where it is none. A minus sign at the start of a number divides nothing."""
    if ".." in value:
        low, _, high = value.partition("..")
        return low, high
    match = re.fullmatch(r"(.*[^-.\s])\s*-\s*([^-\s].*)", value)
    return (match.group(1), match.group(2)) if match else (None, "")


# ---- notes, keys, kinds, words -------------------------------------------------------------------------------


def _note(text: str) -> _Quantity | None:
    pitch_class, octave = pitch_class_of(text.strip())
    if pitch_class is None or not re.fullmatch(r"-?\d", octave):
        return None
    letter_only = pitch_class_of(text.strip()[:1])[0] or 0
    # B# and Cb belong to the octave of their letter, as musicians write them
    step = (pitch_class - letter_only + 6) % 12 - 6
    return 12.0 * (int(octave) + 1) + letter_only + step, 1.0


def _note_term(token: _Token) -> Term:
    expected = "a note such as note:C2, note:F#1-C3 or note:A (C4 is middle C)"
    pitch_class, rest = pitch_class_of(token.value.strip())
    if token.operator == ":" and pitch_class is not None and not rest:
        return PitchClassTerm(pitch_class)
    span = _span(token, token.value, _note, expected)
    if token.operator == ":" and span.high - span.low > 1:
        span = Span(span.low - 0.5, span.high + 0.5, high_open=True)
    return NumberTerm("note", (span,))


def _key_term(token: _Token) -> Term:
    key = key_of(token.value.strip()) if token.operator == ":" else None
    if key is None:
        raise token.refuse("a key such as key:Am, key:F# or key:Ebm")
    return KeyTerm(*key)


def _kind_term(token: _Token) -> Term:
    kind = _KINDS.get(token.value.strip().lower().replace("-", "")) if token.operator == ":" else None
    if kind is None:
        raise token.refuse(" or ".join(f"kind:{each}" for each in _KINDS))
    return KindTerm(kind)


def _category_term(token: _Token) -> Term:
    word = token.value.strip().lower()
    if token.operator != ":":
        raise token.refuse("a category such as cat:kick")
    if word in _UNKNOWN:
        return CategoryTerm(frozenset({None}))
    names = categories_named(word)
    if not names:
        raise token.refuse(f"a category such as {', '.join(f'cat:{each}' for each in nearest_to(word))}")
    return CategoryTerm(frozenset(names))


def _state_term(token: _Token) -> Term:
    states = _STATES.get(token.value.strip().lower()) if token.operator == ":" else None
    if states is None:
        raise token.refuse(", ".join(f"is:{name}" for name in _STATES))
    return StateTerm(states)


def _text_term(token: _Token) -> Term:
    if token.operator != ":":
        raise token.refuse(f"{token.field}:WORD")
    word = folded(meant(token.value))
    if token.field == "ext":
        word = word.removeprefix(".")
    elif token.field == "in":
        word = word.replace(os.sep if is_uri(token.value) else "\\", "/")
    if not word.strip("/") or "\0" in word:
        raise token.refuse(f"a word after {token.field}:")
    return TextTerm(token.field, word)


_KINDS = {str(kind): kind for kind in Kind}
_UNKNOWN = ("?", "none", "unknown")
_STATES = {
    "present": PRESENT,
    "missing": frozenset({State.MISSING}),
    "offline": frozenset({State.OFFLINE}),
    "absent": ABSENT,
    "any": KNOWN,
}

_MAKERS: dict[str, Callable[[_Token], Term]] = {
    "dur": _number_term,
    "bpm": _number_term,
    "key": _key_term,
    "kind": _kind_term,
    "cat": _category_term,
    "note": _note_term,
    "loud": _number_term,
    "in": _text_term,
    "ext": _text_term,
    "name": _text_term,
    "added": _age_term,
    "sr": _number_term,
    "is": _state_term,
}
