"""The bounds of a question that docs/search.md promises, each from both sides."""

from __future__ import annotations

from typing import Any

import pytest

from soundkin.errors import BadArgumentError
from soundkin.model import Like, Query, SampleId
from soundkin.questions.limits import check_kit_question, check_question
from soundkin.search import parse_filter

ONE = Like(id=SampleId(1))


def fits(**changes: Any) -> bool:
    """Whether a question with these values may be asked."""
    try:
        check_question(Query(**{"like": (ONE,), **changes}))
    except BadArgumentError:
        return False
    return True


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("k", (1, 10_000), (0, 10_001)),
        ("per_folder", (None, 1, 10_000), (0, 10_001)),
        ("novelty", (0.0, 1.0), (-0.01, 1.01)),
        ("within", (None, 0.0, 1e9), (-0.01,)),
        ("weights", ({}, {"timbre": 0.0}, {"timbre": 4.0}), ({"timbre": -0.01}, {"timbre": 4.01})),
        (
            "like",
            ((ONE,) * 64, (Like(id=SampleId(1), weight=1_000.0),)),
            ((ONE,) * 65, (), (Like(id=SampleId(1), weight=1_000.1),)),
        ),
        ("unlike", ((), (ONE,) * 63), ((ONE,) * 64,)),
    ],
)
def test_each_value_may_be_at_its_bounds_and_not_beyond(
    name: str, inside: tuple[object, ...], outside: tuple[object, ...]
) -> None:
    assert [value for value in inside if not fits(**{name: value})] == []
    assert [value for value in outside if fits(**{name: value})] == []


def test_a_page_may_end_at_the_ten_thousandth_hit() -> None:
    assert fits(k=100, offset=9_900)
    assert not fits(k=100, offset=9_901)


def test_a_question_asks_for_16_hits_unless_it_says_otherwise() -> None:
    assert Query((ONE,)).k == 16


def test_a_kit_has_64_slots_at_most_and_64_alternates_for_each() -> None:
    for slots, each, good in ((64, 64, True), (1, 1, True), (65, 1, False), (1, 65, False), (1, 0, False)):
        question = Query((ONE,) * slots)
        if good:
            check_kit_question(question, each, ())
        else:
            with pytest.raises(BadArgumentError):
                check_kit_question(question, each, ())


def test_a_filter_has_1000_characters_and_64_terms_at_most() -> None:
    name = "name:" + "x" * 995
    assert len(parse_filter(name)) == 1
    with pytest.raises(BadArgumentError, match="1001 characters"):
        parse_filter(name + "x")
    assert len(parse_filter("dur<1 " * 64)) == 64
    with pytest.raises(BadArgumentError, match="65 terms"):
        parse_filter("dur<1 " * 65)
