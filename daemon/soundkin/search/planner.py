"""Which way a question is answered: by a graph where that gives the same answer sooner, exactly everywhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from soundkin.model import PRESENT
from soundkin.questions import effort
from soundkin.vectors import FEW_ROWS

if TYPE_CHECKING:
    from soundkin.interfaces import Candidates, QueryPoint, SampleFilter
    from soundkin.search.question import Question
    from soundkin.search.ranking import Ranking

SMALL_LIBRARY = FEW_ROWS
"""Number of samples up to which no graph is asked."""
MOST_CANDIDATES = 96
"""Number of candidates from which a scan is as quick as the graph."""
SPARE = 4
"""Candidates asked for besides the hits, as samples may leave while a question is answered."""


def may_be_approximate(question: Question, *, started: bool) -> bool:
    """Whether a graph may answer: one example, nothing else asked, and the first page."""
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
    )


def graph_count(point: QueryPoint, wanted: SampleFilter, count: int, among: int) -> int:
    """How many candidates to ask a graph of all findable samples for, to have `count`; 0 where a scan is as quick.

    What is struck out of them is asked for too.
    """
    plain = not wanted.terms and wanted.states == PRESENT and point.scale is None and point.within is None
    asked = count + len(wanted.excluded)
    return asked if plain and among > SMALL_LIBRARY and asked <= MOST_CANDIDATES else 0


def describe(question: Question, ranking: Ranking, found: Candidates) -> str:
    """The way that was taken in a few words, and why."""
    if found.way:
        return f"{found.way}: {ranking.total} candidates of {found.among}, ranked exactly"
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
        why = found.why or ("small library" if found.among <= SMALL_LIBRARY else "many hits, or graph busy")
    way = "exact: all matches measured" if ranking.gathered else "exact: matrix scan"
    return f"{way}, {ranking.total} of {found.among} match ({why})"


def cut_off(found: int, wanted: int) -> str:
    """What is said of an answer that ran out of time."""
    return (
        f"stopped after {effort.spent()} with the nearest {found:,} of {wanted:,} hits; a next page goes on from there"
    )
