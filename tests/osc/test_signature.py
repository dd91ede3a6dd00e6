"""How the address table's argument lists are read, and how untrusted values are fitted to them."""

from __future__ import annotations

import pytest

from soundkin.errors import BadArgumentError
from soundkin_osc.protocol.codec import Arg
from soundkin_osc.protocol.signature import Parameter, fit, parse, tags

NAN, INF = float("nan"), float("inf")


def test_a_signature_says_names_types_ranges_and_what_may_be_left_out() -> None:
    assert parse("rid:i path:s [count:i=1..64 part:f=0..1.5 rest:s]") == (
        Parameter("rid", "i"),
        Parameter("path", "s"),
        Parameter("count", "i", True, 1.0, 64.0),
        Parameter("part", "f", True, 0.0, 1.5),
        Parameter("rest", "s", True),
    )
    assert parse("") == ()
    assert parse("X:i [Y:s]") == (Parameter("X", "i"), Parameter("Y", "s", True))


def test_a_button_may_always_be_pressed_without_a_value_and_the_next_argument_may_not() -> None:
    assert parse("press:p id:i") == (Parameter("press", "p", True), Parameter("id", "i", False))


@pytest.mark.parametrize(
    ("kind", "value", "fitted"),
    [
        ("i", 3, 3),
        ("i", 3.0, 3),
        ("i", True, 1),
        ("i", False, 0),
        ("i", 2**31 - 1, 2**31 - 1),
        ("i", -(2**31), -(2**31)),
        ("f", 3, 3.0),
        ("f", 0.25, 0.25),
        ("f", True, 1.0),
        ("p", 1, 1.0),
        ("s", "a", "a"),
        ("s", "", ""),
        ("*", b"x", b"x"),
        ("*", None, None),
    ],
)
def test_a_value_is_given_the_type_that_is_wanted(kind: str, value: Arg, fitted: Arg) -> None:
    found = Parameter("it", kind).fit(value)
    assert found == fitted
    assert type(found) is type(fitted)


@pytest.mark.parametrize(
    ("kind", "value", "wanted"),
    [
        ("i", 3.5, "a whole number"),
        ("i", 2**31, "a whole number"),
        ("i", -(2**31) - 1, "a whole number"),
        ("i", "3", "a whole number"),
        ("i", NAN, "a whole number"),
        ("i", INF, "a whole number"),
        ("i", None, "a whole number"),
        ("f", "x", "a number"),
        ("f", NAN, "a number"),
        ("f", -INF, "a number"),
        ("f", b"1", "a number"),
        ("f", (1,), "a number"),
        ("p", "x", "nothing or a number"),
        ("s", 1, "a string"),
        ("s", b"a", "a string"),
        ("s", None, "a string"),
    ],
)
def test_what_does_not_fit_is_named_with_what_was_expected(kind: str, value: Arg, wanted: str) -> None:
    with pytest.raises(BadArgumentError) as caught:
        Parameter("it", kind).fit(value)
    shown = "nothing" if value is None else ascii(value)
    assert str(caught.value) == f"it: expected {wanted}, got {shown}"


def test_numbers_are_brought_into_their_range() -> None:
    (part,) = parse("part:f=-2..1.5")
    assert [part.fit(value) for value in (-3, -2, 0, 1.5, 2)] == [-2.0, -2.0, 0.0, 1.5, 1.5]
    (count,) = parse("count:i=1..64")
    assert [count.fit(value) for value in (0, 1, 64, 65, 2**40, -(2**40))] == [1, 1, 64, 64, 64, 1]
    assert all(type(count.fit(value)) is int for value in (0, 65))


def test_a_long_value_is_shown_by_its_beginning() -> None:
    with pytest.raises(BadArgumentError) as caught:
        Parameter("it", "i").fit("x" * 58)
    assert str(caught.value).endswith("got '" + "x" * 58 + "'")
    with pytest.raises(BadArgumentError) as caught:
        Parameter("it", "i").fit("x" * 59)
    assert str(caught.value).endswith("got '" + "x" * 56 + "...")


def test_what_is_left_out_is_nothing_and_what_must_be_there_is_asked_for() -> None:
    parameters = parse("rid:i [count:i=1..64 rest:s]")
    assert fit(parameters, (7,)) == (7, None, None)
    assert fit(parameters, (7, None, "x")) == (7, None, "x")
    assert fit(parameters, (7, 100, "x")) == (7, 64, "x")
    with pytest.raises(BadArgumentError, match="rid: expected a whole number, got nothing"):
        fit(parameters, ())


def test_arguments_too_many_are_counted_and_those_wanted_named() -> None:
    with pytest.raises(BadArgumentError) as caught:
        fit(parse("rid:i path:s"), (1, "a", 2))
    assert str(caught.value) == "3 arguments, expected at most 2 (rid, path)"
    with pytest.raises(BadArgumentError) as caught:
        fit((), (1,))
    assert str(caught.value) == "1 arguments, expected at most 0 (none)"
    assert fit((), ()) == ()


def test_a_star_takes_whatever_follows_as_it_is() -> None:
    parameters = parse("port:i address:s args:*")
    assert fit(parameters, (9000, "/a", 1.5, None, b"x")) == (9000, "/a", 1.5, None, b"x")
    assert fit(parameters, (9000, "/a")) == (9000, "/a")
    with pytest.raises(BadArgumentError, match="port"):
        fit(parameters, ("x", "/a"))
    with pytest.raises(BadArgumentError, match="address"):
        fit(parameters, (9000, 7))
    assert fit(parse("args:*"), (1, 2)) == (1, 2)


@pytest.mark.parametrize(
    ("signature", "shown"),
    [("", ","), ("rid:i path:s", ",is"), ("rid:i [count:i offset:i filter:s]", ",i[iis]"), ("press:p", ",[f]")],
)
def test_type_tags_show_in_brackets_what_may_be_left_out(signature: str, shown: str) -> None:
    assert tags(parse(signature)) == shown
