"""Questions and hits as JSON: exact both ways, strict one way."""

from __future__ import annotations

from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes_service import sample
from soundkin.errors import BadArgumentError
from soundkin.model import Like, Neighbour, Query, SampleId
from soundkin_osc.queryjson import neighbour_from_json, neighbour_to_json, query_from_json, query_to_json

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(blacklist_characters="\0"), max_size=30)
IDS = st.integers(1, 2**24 - 1).map(SampleId)
LIKES = st.one_of(
    st.builds(Like, id=IDS, weight=FLOATS),
    st.builds(Like, path=TEXTS, start_s=st.none() | FLOATS, end_s=st.none() | FLOATS),
    st.builds(Like, vector=st.lists(FLOATS, max_size=5).map(tuple)),
)
QUERIES = st.builds(
    Query,
    like=st.lists(LIKES, max_size=3).map(tuple),
    unlike=st.lists(LIKES, max_size=2).map(tuple),
    k=st.integers(1, 1000),
    offset=st.integers(0, 1000),
    snapshot=st.none() | TEXTS,
    filter=TEXTS,
    weights=st.dictionaries(TEXTS, FLOATS, max_size=3),
    within=st.none() | FLOATS,
    per_folder=st.none() | st.integers(1, 9),
    fold_duplicates=st.booleans(),
    exclude=st.lists(IDS, max_size=3).map(tuple),
    include_self=st.booleans(),
    novelty=FLOATS,
    explain=st.booleans(),
)


@given(QUERIES)
def test_a_question_survives_json(query: Query) -> None:
    text = query_to_json(query)
    assert text.isascii()
    assert query_from_json(text) == query


def test_a_hit_survives_json() -> None:
    hit = Neighbour(sample(5), 0.1, 0.9, MappingProxyType({"timbre": 0.25}), stands_for=3)
    assert neighbour_from_json(neighbour_to_json(hit)) == hit


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON"),
        ("[1]", r"the question: expected an object, got \[1\]"),
        ("{}", "like: expected a list of examples, got nothing"),
        ('{"like": 1}', "like: expected a list, got 1"),
        ('{"like": [{}]}', r"like\[0\]: expected exactly one of id, path, vector"),
        ('{"like": [{"id": 1, "path": "x"}]}', "exactly one"),
        ('{"like": [{"id": "1"}]}', r'like\[0\].id: expected a whole number, got "1"'),
        ('{"like": [{"id": true}]}', r"like\[0\].id: expected a whole number, got true"),
        ('{"like": [{"id": 1, "colour": 2}]}', r"like\[0\] has no field 'colour'"),
        ('{"like": [], "size": 3}', "the question has no field 'size'; known: like, unlike, k"),
        ('{"like": [], "k": 1.5}', "k: expected a whole number, got 1.5"),
        ('{"like": [], "novelty": NaN}', "novelty: expected a finite number, got nan"),
        ('{"like": [], "within": 1e999}', "within: expected a finite number, got inf"),
        ('{"like": [], "weights": {"timbre": "x"}}', "weights.timbre: expected a number"),
        ('{"like": [], "explain": 1}', "explain: expected true or false, got 1"),
        ('{"like": [{"vector": [1, "x"]}]}', r"like\[0\].vector\[1\]: expected a number"),
        ('{"like": [{"path": "a\\u0000b"}]}', "a NUL cannot be part of it"),
        ("[" * 100_000, "not JSON|expected an object"),
    ],
)
def test_a_bad_question_is_refused_with_the_field_named(text: str, reason: str) -> None:
    with pytest.raises(BadArgumentError, match=reason):
        query_from_json(text)
