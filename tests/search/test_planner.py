"""When voyager may answer, and how an answer says which way it was found."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest

from soundkin.interfaces import Candidates
from soundkin.model import ABSENT, PRESENT, FeatureParams, Like, Query
from soundkin.search.grammar import parse_filter
from soundkin.search.planner import describe, graph_count, may_be_approximate
from soundkin.search.question import Push, Question
from soundkin.vectors import assembled

if TYPE_CHECKING:
    from soundkin.search.ranking import Ranking

NOTHING: frozenset[int] = frozenset()
PARAMS = FeatureParams(1, 2, ())
PLAIN = Question(Query((Like(),)), PARAMS, np.zeros(2, np.float32), None, (), (), PRESENT, NOTHING, NOTHING, False)
PUSH = Push(np.zeros(2, np.float32), 1.0)


@dataclass
class Ranks:
    """As much of a ranking as the planner looks at."""

    gathered: bool
    total: int


def asked_for(question: Question, need: int = 16, count: int = 1_000_000) -> int:
    return graph_count(question.query_point, question.wanted(0.0), need + 4, count)


def may(question: Question, need: int = 16, count: int = 1_000_000, *, started: bool = False) -> bool:
    return may_be_approximate(question, started=started) and asked_for(question, need, count) > 0


def found(among: int, way: str = "") -> Candidates:
    view = assembled(PARAMS, ())
    return Candidates(view, np.zeros(0, np.intp), among, math.inf, None, way)


def asked(**shape: Any) -> Question:
    return replace(PLAIN, query=Query((Like(),), **shape))


DIFFERENT = [
    (replace(PLAIN, terms=tuple(parse_filter("dur<1"))), "filter"),
    (replace(PLAIN, states=ABSENT), "filter"),
    (replace(PLAIN, scale=np.ones(2)), "weights"),
    (replace(PLAIN, blended=True), "blend"),
    (replace(PLAIN, pushes=(PUSH,)), "unlike"),
    (asked(within=1.0), "within"),
    (asked(within=0.0), "within"),
    (asked(per_folder=1), "per folder"),
    (asked(fold_duplicates=True), "folding"),
    (asked(novelty=0.1), "novelty"),
]


def test_a_plain_question_of_many_samples_is_answered_by_voyager() -> None:
    assert may(PLAIN) is True


@pytest.mark.parametrize(("question", "reason"), DIFFERENT)
def test_anything_else_is_measured_exactly_and_the_plan_says_why(question: Question, reason: str) -> None:
    assert may(question) is False
    said = describe(question, cast("Ranking", Ranks(False, 7)), found(9_000))
    assert said == f"exact: matrix scan, 7 of 9000 match ({reason})"


def test_a_later_page_is_measured_exactly() -> None:
    assert may(PLAIN, started=True) is False


def test_up_to_4096_samples_are_scanned() -> None:
    assert may(PLAIN, count=4_096) is False
    assert may(PLAIN, count=4_097) is True


def test_voyager_is_asked_for_96_candidates_at_most_four_of_them_to_spare() -> None:
    assert asked_for(PLAIN, 16) == 20
    assert may(PLAIN, need=92) is True
    assert may(PLAIN, need=93) is False
    excluding = replace(PLAIN, excluded=frozenset({1, 2, 3}))
    assert asked_for(excluding, 16) == 23
    assert may(excluding, need=89) is True
    assert may(excluding, need=90) is False


@pytest.mark.parametrize(
    "question",
    [question for question, reason in DIFFERENT if reason in ("filter", "weights", "within")],
)
def test_a_graph_of_all_samples_names_nothing_for_a_question_about_others_or_another_distance(
    question: Question,
) -> None:
    assert asked_for(question) == 0


def test_candidates_that_were_chosen_elsewhere_say_by_whom() -> None:
    said = describe(PLAIN, cast("Ranking", Ranks(True, 88)), found(9_000, "voyager"))
    assert said == "voyager: 88 candidates of 9000, ranked exactly"


@pytest.mark.parametrize(
    ("ranks", "count", "said"),
    [
        (Ranks(False, 50), 4_096, "exact: matrix scan, 50 of 4096 match (small library)"),
        (Ranks(False, 50), 4_097, "exact: matrix scan, 50 of 4097 match (many hits, or graph busy)"),
        (Ranks(True, 50), 9, "exact: all matches measured, 50 of 9 match (small library)"),
    ],
)
def test_a_plain_question_says_why_voyager_did_not_answer(ranks: Ranks, count: int, said: str) -> None:
    assert describe(PLAIN, cast("Ranking", ranks), found(count)) == said


def test_several_reasons_are_all_told() -> None:
    question = replace(asked(within=1.0, novelty=0.5), blended=True)
    said = describe(question, cast("Ranking", Ranks(True, 1)), found(9))
    assert said == "exact: all matches measured, 1 of 9 match (blend, within, novelty)"
