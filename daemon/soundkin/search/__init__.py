"""Questions and answers: what is asked, which way it is answered, and in what shape. See docs/search.md."""

from soundkin.search.candidates import InMemoryCandidates
from soundkin.search.grammar import names_states, parse_filter
from soundkin.search.question import Example, checked_terms
from soundkin.search.searcher import Searcher

__all__ = [
    "Example",
    "InMemoryCandidates",
    "Searcher",
    "checked_terms",
    "names_states",
    "parse_filter",
]
