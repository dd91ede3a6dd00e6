"""Lists of samples by the words of their paths and a filter, without any sound to compare with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from soundkin.model import SampleId
from soundkin.model.filters import StateTerm, states_in
from soundkin.questions import effort
from soundkin.search.grammar import parse_filter
from soundkin.search.matching import fits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soundkin.interfaces import CandidateSource, SampleSource
    from soundkin.model import Sample, State
    from soundkin.model.filters import Term

_READ = 1024
"""Most samples that are read from the library at a time."""
_FEW = 8192
"""Number of samples that fit up to which these are put in order; of more, some come soon in the order of all."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a filter says, its terms on states apart. `now_s`: seconds since the epoch, from which ages count."""

    facts: tuple[Term, ...]
    states: frozenset[State]
    now_s: float

    @classmethod
    def of(cls, matching: str, now_s: float) -> Terms:
        """Read a filter. Raises `BadArgumentError`."""
        terms = parse_filter(matching)
        return cls(tuple(term for term in terms if not isinstance(term, StateTerm)), states_in(terms), now_s)


def listed(library: SampleSource, source: CandidateSource, text: str, limit: int, terms: Terms) -> list[Sample]:
    """Up to `limit` samples whose path holds every word of `text` and that satisfy the terms, by folder and name."""
    found: list[Sample] = []
    for ids in _matching(library, source, text, terms):
        for start in range(0, len(ids), _READ):
            effort.insist("A list")
            part = ids[start : min(start + _READ, start + limit - len(found))]
            samples = library.samples(part, terms.states)
            found += [sample for sample in samples.values() if fits(terms.facts, sample, terms.now_s)]
            if len(found) >= limit:
                return found
    return found


def _matching(library: SampleSource, source: CandidateSource, text: str, terms: Terms) -> Iterator[list[SampleId]]:
    """Blocks of ids by folder and name; the facts of all samples are compared at once, before any path is read."""
    effort.insist("A list")
    if not terms.facts:
        yield from library.ids_by_path(text, terms.states)
        return
    fitting = source.fitting(terms.facts, terms.states, terms.now_s)
    if len(fitting) <= _FEW:
        yield from library.ids_by_path(text, terms.states, [SampleId(each) for each in fitting.tolist()])
        return
    for ids in library.ids_by_path(text, terms.states):
        effort.insist("A list")
        places = np.minimum(np.searchsorted(fitting, ids), len(fitting) - 1)
        keep = fitting[places] == np.array(ids, np.int64)
        yield [each for each, fit in zip(ids, keep.tolist(), strict=True) if fit]
