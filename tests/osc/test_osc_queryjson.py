"""Questions and hits as JSON: exact both ways, strict one way."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes_service import sample
from soundkin.errors import BadArgumentError, QueryError
from soundkin.model import Like, Neighbour, Query, SampleId
from soundkin_osc.protocol.query_json import neighbour_from_json, neighbour_to_json, query_from_json, query_to_json

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
CHARACTERS = st.characters(exclude_characters="\0", exclude_categories=()) | st.sampled_from("\udcff\ud800é")
TEXTS = st.text(CHARACTERS, max_size=30)
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


@settings(deadline=None)
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
        ('{"like": {}}', "like: expected a list, got {}"),
        ('{"like": [[]]}', r"like\[0\]: expected an object, got \[\]"),
        ('{"like": [], "unlike": [{"path": 7}]}', r"unlike\[0\].path: expected a string, got 7"),
        ('{"like": [{"id": 1}, {"vector": [true]}]}', r"like\[1\].vector\[0\]: expected a number, got true"),
        ('{"like": [], "k": 9007199254740993}', r"k: expected a number below 2\^53"),
        ('{"like": [], "k": ' + "9" * 400 + "}", r"k: expected a number below 2\^53"),
        ('{"like": [], "within": ' + "9" * 400 + "}", "within: expected a finite number, got 999"),
        ('{"like": [], "weights": {"pitch": 1, "\\udcff": null}}', r"weights.\udcff: expected a number, got null"),
        ('{"like": [], "weights": {"pitch": Infinity}}', "weights.pitch: expected a finite number, got inf"),
        ('{"like": [], "weights": [1]}', r"weights: expected an object, got \[1\]"),
        ('{"like": [], "exclude": [1, 2.5]}', r"exclude\[1\]: expected a whole number, got 2.5"),
        ('{"like": [], "\\udcff": 1}', r"the question has no field '\\udcff'"),
        ('{"like": [], "x` - at `$.k": 1}', "the question has no field 'x` - at `\\$.k'"),
        ('{"like": [], "filter": ' + "[" * 900 + "]" * 900 + "}", "filter: expected a string, got"),
    ],
)
def test_a_bad_question_is_refused_with_the_field_named(text: str, reason: str) -> None:
    with pytest.raises(BadArgumentError, match=reason):
        query_from_json(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.integers(10**300, 10**310) | st.floats() | st.text(CHARACTERS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(CHARACTERS), inner, max_size=4),
    max_leaves=12,
)
FIELDS = [field.name for field in fields(Query)]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.dictionaries(st.sampled_from([*FIELDS, "id", "path", "vector", "weight"]), JSON, max_size=5) | JSON, st.data()
)
def test_any_json_is_a_question_or_refused(table: Any, data: st.DataObject) -> None:
    if isinstance(table, dict):
        table["like"] = data.draw(
            st.just([]) | st.lists(st.dictionaries(st.sampled_from(["id", "path", "vector"]), JSON))
        )
    refusal = ""
    try:
        query_from_json(json.dumps(table))
    except BadArgumentError as error:
        refusal = str(error)
    assert len(refusal) < 600


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_question_or_refused(text: str) -> None:
    with pytest.raises(BadArgumentError):
        query_from_json(text + "!")


@pytest.mark.parametrize("name", FIELDS)
def test_a_wrong_value_in_any_field_is_refused_by_its_name(name: str) -> None:
    with pytest.raises(BadArgumentError, match=f"^{name}"):
        query_from_json(json.dumps({"like": [], name: ["x"] if name not in ("like", "unlike", "exclude") else "x"}))


def test_hits_computed_with_numpy_are_written_as_plain_numbers() -> None:
    hit = Neighbour(sample(5), cast("float", np.float32(0.5)), np.float64(0.25), MappingProxyType({"timbre": 0.125}))
    again = neighbour_from_json(neighbour_to_json(hit))
    assert (again.distance, again.similarity, again.aspect_distances) == (0.5, 0.25, {"timbre": 0.125})


def test_a_hit_of_a_newer_daemon_is_read_without_what_is_new() -> None:
    table = json.loads(neighbour_to_json(Neighbour(sample(5), 0.1, 0.9)))
    table["colour"] = table["sample"]["colour"] = table["sample"]["facts"]["colour"] = "red"
    assert neighbour_from_json(json.dumps(table)) == Neighbour(sample(5), 0.1, 0.9)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"sample": 1}', "[" * 100_000])
def test_what_is_no_hit_is_refused_as_a_failed_question(text: str) -> None:
    with pytest.raises(QueryError, match="cannot be read"):
        neighbour_from_json(text)


def test_a_hit_whose_file_name_is_not_utf8_survives() -> None:
    odd = Neighbour(replace(sample(5), path="/samples/kick \udce9.wav"), 0.1, 0.9)
    text = neighbour_to_json(odd)
    assert text.isascii()
    assert neighbour_from_json(text) == odd
