"""Address patterns: what they name, and that none of them takes long."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soundkin_osc.pattern import is_pattern, matches
from soundkin_osc.recognise import Suggestions, reachable


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
