"""Address patterns: what they name, and that none of them takes long."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soundkin_osc.protocol.pattern import is_pattern, matches
from soundkin_osc.protocol.recognise import Suggestions, reachable


@pytest.mark.parametrize(
    ("pattern", "address", "named"),
    [
        ("/a/b", "/a/b", True),
        ("/a/*", "/a/b", True),
        ("/a/*", "/a/b/c", False),
        ("/*/b", "/a/b", True),
        ("/a/?", "/a/b", True),
        ("/a/?", "/a/", False),
        ("/a/[a-c]x", "/a/bx", True),
        ("/a/[!a-c]x", "/a/bx", False),
        ("/a/[!a-c]x", "/a/dx", True),
        ("/a/[c-a]", "/a/b", True),
        ("/a/[a-]", "/a/-", True),
        ("/a/{foo,bar}1", "/a/bar1", True),
        ("/a/{foo,}1", "/a/1", True),
        ("/a/{foo,bar", "/a/foo", False),
        ("/a/[ab", "/a/a", False),
        ("/a/*x*y", "/a/zxzzy", True),
        ("/a/*x*y", "/a/zyzzx", False),
        ("/a/]}", "/a/]}", True),
    ],
)
def test_patterns_name_what_osc_says(pattern: str, address: str, named: bool) -> None:
    assert matches(pattern, address) is named


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_stars_and_question_marks_agree_with_a_regular_expression(pattern: str, name: str) -> None:
    expected = re.fullmatch(pattern.replace("*", "[^/]*").replace("?", "[^/]"), name) is not None
    assert matches(f"/{pattern}", f"/{name}") is expected


@pytest.mark.alone
@pytest.mark.parametrize(
    "part", ["*" * 240, "*a" * 120, "{*,*}" * 40, "[a-z]*" * 40, "{a,aa,aaa}" * 24, "?*" * 120, "*" * 200 + "!"]
)
def test_no_pattern_takes_long(part: str) -> None:
    began = time.perf_counter()
    for _ in range(20):
        matches(f"/soundkin/{part}"[:256], "/soundkin/" + "a" * 25)
    assert (time.perf_counter() - began) / 20 < 0.05


def test_patterns_never_reach_replies_or_what_changes_the_daemon() -> None:
    assert "/soundkin/quit" not in reachable("/soundkin/*")
    assert "/soundkin/done" not in reachable("/soundkin/*")
    assert reachable("/soundkin/{quit,ping}") == ("/soundkin/ping",)
    assert reachable("/soundkin/index/*") == ()


def test_plain_addresses_are_no_patterns() -> None:
    assert not is_pattern("/soundkin/find/path")
    assert is_pattern("/soundkin/find/{path,id}")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_looking_for_what_was_meant_is_done_now_and_then_only() -> None:
    clock = Clock()
    suggestions = Suggestions(clock)
    assert suggestions.near("/soundkin/find/pth") == "/soundkin/find/path"
    assert suggestions.near("/soundkin/nav/nxt") == ""
    assert suggestions.near("/soundkin/find/pth") == "/soundkin/find/path"
    clock.now += 0.1
    assert suggestions.near("/soundkin/nav/nxt") == "/soundkin/nav/next"
    assert suggestions.near("/soundkin/xyzzy") == ""


def test_a_pattern_has_256_characters_at_most() -> None:
    for length, named in ((256, True), (257, False)):
        pattern = "/" + "?" * (length - 1)
        assert matches(pattern, "/" + "a" * (length - 1)) is named


@pytest.mark.parametrize(
    ("pattern", "address", "named"),
    [
        ("/a?", "/a", False),
        ("/?", "/ab", False),
        ("/a**b", "/aXb", True),
        ("/***", "/", True),
        ("/[!a]", "/!", True),
        ("/[!a]", "/a", False),
        ("/[]x", "/x", False),
        ("/[abc]", "/c", True),
        ("/[abc]", "/d", False),
        ("/[a-c-e]", "/-", True),
        ("/[a-c-e]", "/d", False),
        ("/[b-d]", "/a", False),
        ("/[b-d]", "/b", True),
        ("/[b-d]", "/d", True),
        ("/[b-d]", "/e", False),
        ("/[d-b]", "/b", True),
        ("/[xb-d]", "/x", True),
        ("/[b-dx]", "/x", True),
        ("/[b-dx]", "/-", False),
        ("/[-x]", "/-", True),
        ("/{ab,cd}e", "/cde", True),
        ("/{ab,cd}e", "/ade", False),
        ("/{a,ab}c", "/abc", True),
        ("/x{a}y", "/xay", True),
        ("/x{a}y", "/xy", False),
        ("/{a,b", "/{a,b", False),
        ("/a[b", "/a[b", False),
        ("/[ab", "/xab", False),
        ("/[xya-d]", "/c", True),
        ("/[xya-d]", "/-", False),
        ("/[uvwxya-d]", "/-", False),
        ("/[a-z]?*", "/ab", True),
        ("/[a-z]?*", "/a", False),
        ("/*b", "/abab", True),
        ("/a*", "/", False),
        ("/*a*", "/bbb", False),
        ("/b[x]", "/b", False),
    ],
)
def test_each_form_of_a_pattern_names_neither_too_much_nor_too_little(pattern: str, address: str, named: bool) -> None:
    assert matches(pattern, address) is named


def test_a_range_holds_129_characters_at_most_however_wide_it_is_written() -> None:
    wide = "/[\u0100-\U0010ffff]"
    assert matches(wide, "/\u0100")
    assert matches(wide, "/\u0180")
    assert not matches(wide, "/\u0181")


@pytest.mark.parametrize("char", "*?[{")
def test_each_reserved_character_makes_a_pattern(char: str) -> None:
    assert is_pattern(f"/a{char}") is True
    assert is_pattern("/a]}!,-") is False
