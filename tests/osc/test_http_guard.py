"""Which Host and which Origin are ours, and how often the same refusal is logged."""

from __future__ import annotations

import pytest

from soundkin_osc.carriers.guard import Guard
from soundkin_osc.carriers.seldom import Seldom

GUARD = Guard({"https://friend.example"}, lambda: 27400)
OWN = "192.168.1.7"


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "localhost:27400", "LOCALHOST:27400", "127.0.0.1", "127.0.0.1:27400", "[::1]", "[::1]:27400"),
        *(OWN, f"{OWN}:27400"),
    ],
)
def test_these_hosts_are_ours(host: str) -> None:
    assert GUARD.is_ours(host, OWN)


def test_the_address_that_was_connected_to_is_ours_in_brackets_too() -> None:
    assert GUARD.is_ours("[fe80::1]:27400", "fe80::1")
    assert GUARD.is_ours("[fe80::1]", "fe80::1")
    assert not GUARD.is_ours("[fe80::2]", "fe80::1")


@pytest.mark.parametrize(
    "host",
    [
        *("", ":", ":27400", "localhost:1", "localhost:27400x", "localhost:027400", "localhost, evil"),
        *(
            "localhost.evil.example",
            "evil.example:27400",
            "evil@localhost",
            "::1",
            "[::1",
            "[::1]x",
            "127.0.0.1.",
            "127.1",
        ),
        *("192.168.1.8", "[192.168.1.8]", "localhost localhost", "localhost:27400:27400"),
    ],
)
def test_these_hosts_are_not(host: str) -> None:
    assert not GUARD.is_ours(host, OWN)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://friend.example", True),
        ("https://friend.example:443", False),
        ("http://friend.example", False),
        ("http://localhost:27400", True),
        ("HTTP://LOCALHOST:27400", True),
        (f"http://{OWN}:27400", True),
        ("http://[::1]:27400", True),
        ("https://localhost:27400", False),
        ("http://localhost", False),
        ("http://localhost:1", False),
        ("http://evil.example:27400", False),
        ("null", False),
        ("", False),
        ("file://", False),
        ("https://friend.example, https://evil.example", False),
    ],
)
def test_a_page_of_ours_or_one_that_is_listed_may_connect(origin: str, allowed: bool) -> None:
    assert GUARD.is_allowed(origin, OWN) is allowed


def test_each_kind_is_logged_once_a_minute() -> None:
    now = 100.0
    seldom = Seldom(lambda: now)
    assert (seldom("a"), seldom("a"), seldom("b"), seldom("b")) == (True, False, True, False)
    now = 159.9
    assert seldom("a") is False
    now = 160.0
    assert (seldom("a"), seldom("a")) == (True, False)
