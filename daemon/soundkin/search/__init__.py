"""Questions and answers: what is asked, which way it is answered, and in what shape. See docs/search.md."""

from soundkin.search.catching_up import catch_up
from soundkin.search.duplicates import DuplicateGroup
from soundkin.search.explain import bars
from soundkin.search.grammar import names_states, parse_filter
from soundkin.search.kit import KitSlot
from soundkin.search.listing import listed
from soundkin.search.question import Example, check_query
from soundkin.search.searcher import NEAR_IDENTICAL, Searcher

__all__ = [
    "NEAR_IDENTICAL",
    "DuplicateGroup",
    "Example",
    "KitSlot",
    "Searcher",
    "bars",
    "catch_up",
    "check_query",
    "listed",
    "names_states",
    "parse_filter",
]
