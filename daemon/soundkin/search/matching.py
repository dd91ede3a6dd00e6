"""Whether filter terms hold: for one sample, and for all of them at once over the columns. Pure.

Both forms compare numbers at single precision, so that they always agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from soundkin.model import category_code
from soundkin.model.categories import CATEGORIES
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
)
from soundkin.questions import effort
from soundkin.search.fact_values import key_code, key_of, kind_code, number_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from soundkin.model import Sample
    from soundkin.search.columns import Columns

    Mask = NDArray[np.bool_]


def fits(terms: Iterable[Term], sample: Sample, now_s: float) -> bool:
    """Whether all terms hold for one sample; `now_s` seconds since the epoch."""
    return all(_holds(term, sample, now_s) for term in terms)


def mask_of(terms: Iterable[Term], columns: Columns, now_s: float) -> Mask:
    """The same for every id of the columns, shape (columns.size,).

    The columns hold no states of files: callers bring only rows in the wanted states.
    """
    out = np.ones(columns.size, np.bool_)
    for term in terms:
        effort.insist("A filter over all samples")
        out &= _mask(term, columns, now_s)
    return out


def _holds(term: Term, sample: Sample, now_s: float) -> bool:
    match term:
        case NumberTerm(field, spans):
            out = bool(_in_any(spans, np.array([number_of(field, sample)], np.float32))[0])
        case AgeTerm(span):
            out = bool(_aged(span, np.array([sample.added_s], np.float64), now_s)[0])
        case PitchClassTerm(pitch_class):
            out = bool(_of_class(pitch_class, np.array([number_of("note", sample)], np.float32))[0])
        case KeyTerm(pitch_class, minor):
            out = key_of(sample.facts.key) == (pitch_class, minor)
        case KindTerm(kind):
            out = sample.facts.kind is kind
        case CategoryTerm(names):
            out = sample.labels.category in names
        case TextTerm(field, word):
            text = text_of(field, sample.path, sample.root)
            out = text == word if field == "ext" else word in text
        case StateTerm(states):
            out = sample.state in states
        case NotTerm(inner):
            out = not _holds(inner, sample, now_s)
    return out


def _mask(term: Term, columns: Columns, now_s: float) -> Mask:
    match term:
        case NumberTerm(field, spans):
            out = _in_any(spans, columns.numbers[field])
        case AgeTerm(span):
            out = _aged(span, columns.added_s, now_s)
        case PitchClassTerm(pitch_class):
            out = _of_class(pitch_class, columns.numbers["note"])
        case KeyTerm(pitch_class, minor):
            out = np.asarray(columns.keys == key_code((pitch_class, minor)))
        case KindTerm(kind):
            out = np.asarray(columns.kinds == kind_code(kind))
        case CategoryTerm(names):
            out = _of_category(names, columns.categories)
        case TextTerm(field, word):
            out = columns.text_mask(field, word)
        case StateTerm():
            out = np.ones(columns.size, np.bool_)
        case NotTerm(inner):
            out = ~_mask(inner, columns, now_s)
    return out


def _in_any(spans: tuple[Span, ...], values: NDArray[np.float32]) -> Mask:
    out = _within(spans[0], values)
    for span in spans[1:]:
        out |= _within(span, values)
    return out


def _within(span: Span, values: NDArray[np.float32]) -> Mask:
    """Which values lie within the span; NaN never does."""
    low, high = np.float32(span.low), np.float32(span.high)
    above = values > low if span.low_open else values >= low
    return above & (values < high if span.high_open else values <= high)


def _aged(span: Span, added_s: NDArray[np.float64], now_s: float) -> Mask:
    return _within(span, (now_s - added_s).astype(np.float32))


def _of_category(names: frozenset[str | None], categories: NDArray[np.int8]) -> Mask:
    codes = [category_code(name) for name in names]
    if len(codes) == 1:
        return np.asarray(categories == codes[0])
    wanted = np.zeros(len(CATEGORIES) + 1, np.bool_)
    wanted[codes] = True
    return wanted[categories]


def _of_class(pitch_class: int, notes: NDArray[np.float32]) -> Mask:
    return np.asarray(np.mod(np.rint(notes), np.float32(12)) == pitch_class)
