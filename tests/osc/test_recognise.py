"""What of a packet is ours, how much of it is answered, and what was probably meant."""

from __future__ import annotations

import pytest

from soundkin_osc.protocol.addresses import TABLE
from soundkin_osc.protocol.codec import Message
from soundkin_osc.protocol.recognise import Suggestions, asked, nearest, ours, reachable, rid_of, too_many, transcript


def pings(count: int) -> list[Message]:
    return [Message("/soundkin/ping")] * count


def patterns(count: int) -> list[Message]:
    return [Message("/soundkin/nav/*")] * count


def test_what_may_be_meant_for_us_begins_with_our_name_or_is_a_pattern() -> None:
    messages = [
        Message(a) for a in ("/soundkin/ping", "/accxyz", "/soundkin", "/soundkinx/a", "/*/ping", "/s?undkin/x")
    ]
    assert [message.address for message in ours(messages)] == ["/soundkin/ping", "/*/ping", "/s?undkin/x"]


def test_requests_and_unknown_addresses_are_answered_controls_and_replies_are_not() -> None:
    messages = [Message(f"/soundkin/{name}") for name in ("ping", "nonsense", "nav/next", "done", "cursor/name")]
    assert [asked([message]) for message in messages] == [1, 1, 0, 0, 0]
    assert asked(messages) == 2


def test_a_packet_with_64_requests_is_answered_and_one_with_65_is_refused_whole() -> None:
    assert too_many(pings(64)) == ""
    assert too_many(pings(65)) == "65 requests and 0 patterns in a packet, at most 64 and 8"
    assert too_many([*pings(64), Message("/soundkin/nav/next")]) == ""


def test_a_packet_may_hold_eight_patterns() -> None:
    assert too_many(patterns(8)) == ""
    assert too_many(patterns(9)) == "9 requests and 9 patterns in a packet, at most 64 and 8"


@pytest.mark.parametrize(
    ("address", "args", "rid"),
    [
        ("/soundkin/find/id", (7, 1), 7),
        ("/soundkin/find/id", (7.0, 1), 7),
        ("/soundkin/find/id", ("x", 1), 0),
        ("/soundkin/find/id", (), 0),
        ("/soundkin/reply_to", (9000,), 0),
    ],
)
def test_the_request_id_is_found_where_there_is_one(address: str, args: tuple[int | str, ...], rid: int) -> None:
    assert rid_of(TABLE[address], args) == rid


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_twenty_misspelt_addresses_are_looked_at_in_a_second() -> None:
    clock = Clock()
    suggestions = Suggestions(clock)
    found = 0
    for number in range(1000):
        clock.now = 100.0 + number / 1000
        found += suggestions.near(f"/soundkin/find/pth{number}") != ""
    assert found == 20
    clock.now = 100.949
    again = Suggestions(clock)
    assert again.near("/soundkin/find/pth")
    clock.now += 0.0499
    assert again.near("/soundkin/nav/nxt") == ""
    clock.now += 0.0002
    assert again.near("/soundkin/nav/nxt") == "/soundkin/nav/next"


def test_a_twentieth_of_a_second_is_long_enough() -> None:
    clock = Clock()
    clock.now = 0.0
    suggestions = Suggestions(clock)
    assert suggestions.near("/soundkin/find/pth")
    clock.now = 0.05
    assert suggestions.near("/soundkin/nav/nxt") == "/soundkin/nav/next"


def test_64_suggestions_are_remembered_and_the_oldest_is_forgotten() -> None:
    clock = Clock()
    suggestions = Suggestions(clock)
    for number in range(64):
        clock.now += 1
        assert suggestions.near(f"/soundkin/find/pth{number}") == "/soundkin/find/path"
    assert suggestions.near("/soundkin/find/pth0") == "/soundkin/find/path"
    clock.now += 1
    assert suggestions.near("/soundkin/find/pth64") == "/soundkin/find/path"
    assert suggestions.near("/soundkin/find/pth0") == ""
    assert suggestions.near("/soundkin/find/pth1") == "/soundkin/find/path"


def test_what_was_found_near_nothing_is_remembered_too() -> None:
    clock = Clock()
    suggestions = Suggestions(clock)
    assert suggestions.near("/soundkin/xyzzy") == ""
    clock.now += 1
    assert suggestions.near("/soundkin/find/pth") == "/soundkin/find/path"
    assert suggestions.near("/soundkin/xyzzy") == ""
    assert suggestions.near("/soundkin/nav/nxt") == ""


@pytest.mark.parametrize(
    ("meant", "found"),
    [
        ("/soundkin/find/pth", "/soundkin/find/path"),
        ("/soundkin/nav/nexxt", "/soundkin/nav/next"),
        ("/soundkin/don", ""),
        ("/soundkin/xyzzy", ""),
        ("/soundkin/" + "x" * 5000, ""),
        ("/soundkin/find/path" + "x" * 70, ""),
    ],
)
def test_the_address_that_is_spelled_most_alike_is_what_was_meant(meant: str, found: str) -> None:
    assert nearest(meant) == found


def test_a_suggestion_is_something_that_can_be_asked_and_is_alike_in_seven_letters_of_ten() -> None:
    assert nearest("/soundkin/cursor/nam") == ""  # feedback is never suggested
    assert nearest("/soundkin/pinged") == "/soundkin/ping"  # 0.8 alike
    assert nearest("/soundkin/pi") == ""  # 0.67 alike
    assert nearest("/soundkin/pinx") == "/soundkin/ping"  # 0.75 alike, and 0.67 were the slash compared too


def test_a_pattern_reaches_requests_and_controls_in_the_table_order_and_no_admin_verb() -> None:
    found = reachable("/soundkin/*")
    assert "/soundkin/ping" in found
    assert "/soundkin/go" in found
    assert [path for path in TABLE if path in found] == list(found)
    assert not any(TABLE[path].admin for path in found)
    assert {TABLE[path].kind for path in found} == {"request", "control"}
    assert reachable("/soundkin/{quit,done,cursor}") == ()


def test_a_line_of_the_traffic_log_is_printable_and_500_characters_long_at_most() -> None:
    assert transcript(Message("/soundkin/a", (1, 0.5, "é\n", b"x", None))) == r"/soundkin/a 1 0.5 '\xe9\n' b'x' None"
    assert transcript(Message("/\x1b[2J", ())) == "/\\x1b[2J "
    line = transcript(Message("/a", ("x" * 495,)))
    assert len(line) == 500
    assert line.endswith("x'")
    longer = transcript(Message("/a", ("x" * 496,)))
    assert len(longer) == 500
    assert longer.endswith("x...")
