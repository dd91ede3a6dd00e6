"""Lists of samples by the words of their paths and a filter, without any sound to compare with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from soundkin.search.grammar import parse_filter
from soundkin.search.terms import states_in

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from soundkin.model import Sample, State


class Listed(Protocol):
    """What a list needs of a library."""

    def search(
        self, text: str, limit: int, states: Collection[State], fits: Callable[[Sample], bool] | None, /
    ) -> list[Sample]: ...


def listed(library: Listed, text: str, limit: int, matching: str, now_s: float) -> list[Sample]:
    """Up to `limit` samples whose path holds every word of `text` and that match the filter, by path.

    Raises `BadArgumentError` for what is no filter.
    """
    terms = parse_filter(matching)
    return library.search(
        text, limit, states_in(terms), lambda sample: all(term.holds(sample, now_s) for term in terms)
    )
