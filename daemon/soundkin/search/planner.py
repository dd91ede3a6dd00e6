"""Which way a question is answered: voyager where it gives the same answer sooner, exact arithmetic everywhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from soundkin.index import View
    from soundkin.search.question import Question
    from soundkin.search.ranking import Ranking

SMALL_LIBRARY = 4096
"""Up to so many samples a scan is as quick as the graph."""
MOST_CANDIDATES = 96
_SPARE = 4


def choose(question: Question, view: View, need: int, *, started: bool) -> bool:
    """Whether voyager may answer: one example, nothing else asked, few hits of many samples, and the first page."""
    query = question.query
    return not (
        started
        or question.filtered
        or question.blended
        or question.pushes
        or question.scale is not None
        or query.within is not None
        or query.per_folder is not None
        or query.fold_duplicates
        or query.novelty
        or view.count <= SMALL_LIBRARY
        or wanted_candidates(question, need) > MOST_CANDIDATES
    )


def wanted_candidates(question: Question, need: int) -> int:
    """How many candidates voyager is asked for: the hits, what is struck out of them, and some to spare."""
    return need + len(question.excluded) + _SPARE


def describe(question: Question, ranking: Ranking, view: View) -> str:
    """The exact way in a few words, and why it was taken."""
    query = question.query
    reasons = {
        "filter": question.filtered,
        "weights": question.scale is not None,
        "blend": question.blended,
        "unlike": bool(question.pushes),
        "within": query.within is not None,
        "per folder": query.per_folder is not None,
        "folding": query.fold_duplicates,
        "novelty": bool(query.novelty),
    }
    why = ", ".join(name for name, holds in reasons.items() if holds)
    if not why:
        why = "small library" if view.count <= SMALL_LIBRARY else "many hits, or graph busy"
    way = "exact: all matches measured" if ranking.gathered else "exact: matrix scan"
    return f"{way}, {ranking.total} of {view.count} match ({why})"
