"""Datagrams that wait for their turn: bounded, in turn by source, and the one with most waiting gives way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from soundkin_osc.carriers.arrivals import Arrivals

FLOOD = ("127.0.0.1", 5000)
QUIET = ("127.0.0.1", 6000)


@pytest.fixture
def arrivals() -> Arrivals[str]:
    return Arrivals()


def sources(count: int) -> Iterator[tuple[str, int]]:
    return (("127.0.0.1", 10_000 + number) for number in range(count))


def taken(arrivals: Arrivals[str]) -> list[bytes | str]:
    found = []
    while arrivals:
        found.append(arrivals.take()[2])
    return found


def test_what_one_source_sent_is_taken_in_its_order(arrivals: Arrivals[str]) -> None:
    for number in range(10):
        arrivals.put(FLOOD, b"%d" % number, FLOOD)
    assert len(arrivals) == 10
    assert taken(arrivals) == [b"%d" % number for number in range(10)]
    with pytest.raises(KeyError):
        arrivals.take()


def test_a_source_keeps_its_256_newest_and_another_loses_nothing(arrivals: Arrivals[str]) -> None:
    arrivals.put(QUIET, b"hi", QUIET)
    for number in range(1_000):
        arrivals.put(FLOOD, b"%d" % number, FLOOD)
    assert len(arrivals) == 257
    assert arrivals.dropped() == {FLOOD: 744}
    assert arrivals.dropped() == {}
    found = taken(arrivals)
    assert b"hi" in found
    assert found[-1] == b"999"


def test_sources_take_turns_and_who_had_nothing_waiting_comes_at_once(arrivals: Arrivals[str]) -> None:
    for source in sources(16):
        for _ in range(20):
            arrivals.put(source, b"flood", source)
    for _ in range(40):
        arrivals.take()
    arrivals.put(QUIET, b"hi", QUIET)
    assert b"hi" in [arrivals.take()[2] for _ in range(2)]


def test_newcomers_do_not_keep_a_backlog_from_its_turns(arrivals: Arrivals[str]) -> None:
    for _ in range(20):
        arrivals.put(FLOOD, b"backlog", FLOOD)
    found = []
    for source in sources(40):
        arrivals.put(source, b"new", source)
        found.append(arrivals.take()[2])
    assert found.count(b"backlog") >= 5


def test_many_sources_share_1024_places_evenly(arrivals: Arrivals[str]) -> None:
    arrivals.put(QUIET, b"hi", QUIET)
    for _ in range(100):
        for source in sources(64):
            arrivals.put(source, b"flood", source)
    assert len(arrivals) <= 1_024
    dropped = arrivals.dropped()
    assert set(dropped) == set(sources(64))
    assert max(dropped.values()) - min(dropped.values()) <= 241  # the first had more room until the others came
    assert b"hi" in taken(arrivals)


def test_with_more_sources_than_places_one_that_has_just_sent_is_not_the_one_that_goes(arrivals: Arrivals[str]) -> None:
    for source in sources(3_000):
        arrivals.put(source, b"flood", source)
    assert len(arrivals) == 1_024
    arrivals.put(QUIET, b"hi", QUIET)
    assert len(arrivals) == 1_024
    assert QUIET not in arrivals.dropped()


def test_large_datagrams_count_by_their_bytes(arrivals: Arrivals[str]) -> None:
    arrivals.put(QUIET, b"hi", QUIET)
    for source in (FLOOD, *sources(16)):
        for _ in range(50):
            arrivals.put(source, bytes(65_000), source)
    waiting = taken(arrivals)
    assert sum(map(len, waiting)) <= 4 << 20
    assert b"hi" in waiting
    for _ in range(50):
        arrivals.put(FLOOD, bytes(65_000), FLOOD)
    assert len(arrivals) == 16  # one source: a mebibyte


def test_the_rest_of_a_datagram_has_the_next_turn_of_its_source_and_is_never_dropped(arrivals: Arrivals[str]) -> None:
    arrivals.put(FLOOD, b"long", FLOOD)
    source, address, _ = arrivals.take()
    arrivals.later(source, address, "rest")
    assert len(arrivals) == 1
    for _ in range(1_000):
        arrivals.put(FLOOD, b"next", FLOOD)
    arrivals.put(QUIET, b"hi", QUIET)
    assert [arrivals.take()[2] for _ in range(3)] in (["rest", b"hi", b"next"], [b"hi", "rest", b"next"])


def test_among_many_sources_one_of_which_only_the_rest_waits_nothing_is_taken_from_that(
    arrivals: Arrivals[str],
) -> None:
    for source in sources(1_023):
        arrivals.put(source, b"x", source)
    for _ in range(1_023):
        whose, address, _ = arrivals.take()
        arrivals.later(whose, address, "rest")
    for port in range(3_000, 5_000):
        arrivals.put(("127.0.0.1", port), b"new", ("127.0.0.1", port))
    found = taken(arrivals)
    assert found.count("rest") == 1_023
    assert found.count(b"new") == 1_024


def test_of_very_many_sources_those_that_have_waited_longest_come_to_their_turn(arrivals: Arrivals[str]) -> None:
    for number, source in enumerate(sources(5_000)):
        arrivals.put(source, b"%d" % number, source)
    found = taken(arrivals)
    assert {b"%d" % number for number in range(1_000)} <= set(found)
    assert b"4999" in found


def test_of_very_many_that_had_nothing_waiting_the_newest_and_the_oldest_are_taken_in_turn(
    arrivals: Arrivals[str],
) -> None:
    for number, source in enumerate(sources(500)):
        arrivals.put(source, b"%d" % number, source)
    assert {arrivals.take()[2] for _ in range(4)} == {b"499", b"0", b"498", b"1"}


def test_a_source_that_was_served_before_does_not_wait_behind_a_storm_of_new_ones(arrivals: Arrivals[str]) -> None:
    for _ in range(2):
        arrivals.put(QUIET, b"known", QUIET)
        arrivals.take()
    storm = sources(2_000)
    for _ in range(600):
        source = next(storm)
        arrivals.put(source, b"storm", source)
    arrivals.put(QUIET, b"hi", QUIET)
    found = []
    for _ in range(4):
        for _ in range(50):
            source = next(storm)
            arrivals.put(source, b"storm", source)
        found.append(arrivals.take()[2])
    assert b"hi" in found


def test_once_is_not_enough_and_a_storm_of_single_packets_forgets_nobody(arrivals: Arrivals[str]) -> None:
    for _ in range(2):
        arrivals.put(QUIET, b"known", QUIET)
        arrivals.take()
    for source in sources(3_000):
        arrivals.put(source, b"once", source)
        arrivals.take()
    for source in sources(600):
        arrivals.put(source, b"storm", source)
    arrivals.put(QUIET, b"hi", QUIET)
    assert b"hi" in [arrivals.take()[2] for _ in range(4)]


def test_where_there_is_no_room_the_newest_of_a_storm_leave_and_not_who_was_served_before(
    arrivals: Arrivals[str],
) -> None:
    for _ in range(2):
        arrivals.put(QUIET, b"known", QUIET)
        arrivals.take()
    storm = list(sources(3_000))
    for source in storm[:1_500]:
        arrivals.put(source, b"storm", source)
    arrivals.put(QUIET, b"hi", QUIET)
    for source in storm[1_500:]:
        arrivals.put(source, b"storm", source)
    assert QUIET not in arrivals.dropped()
    assert b"hi" in taken(arrivals)


def names_taken(arrivals: Arrivals[str], count: int) -> str:
    return "".join(str(arrivals.take()[0]) for _ in range(count))


def send(arrivals: Arrivals[str], source: str, count: int = 1, size: int = 1) -> None:
    for _ in range(count):
        arrivals.put(source, bytes(size), FLOOD)


def test_one_source_keeps_a_mebibyte_and_not_a_byte_more(arrivals: Arrivals[str]) -> None:
    send(arrivals, "A", 16, 1 << 16)
    assert arrivals.dropped() == {}
    send(arrivals, "A")
    assert arrivals.dropped() == {"A": 1}


def test_all_sources_keep_four_mebibytes_and_not_a_byte_more(arrivals: Arrivals[str]) -> None:
    for number in range(64):
        send(arrivals, str(number), 1, 1 << 16)
    assert arrivals.dropped() == {}
    send(arrivals, "64")
    assert arrivals.dropped() == {"0": 1}


def test_where_places_are_lacking_it_is_the_most_datagrams_that_count_and_where_bytes_are_the_most_bytes(
    arrivals: Arrivals[str],
) -> None:
    send(arrivals, "small", 256, 4_000)
    for name in ("A", "B", "C"):
        send(arrivals, name, 256, 4_096)
    send(arrivals, "new", 1, (4 << 20) - 256 * 4_000 - 3 * (1 << 20))  # four mebibytes, and one datagram too many
    assert arrivals.dropped() == {"small": 1}
    send(arrivals, "new", 1, 4_050)
    assert arrivals.dropped() == {"A": 1}


def test_of_few_the_one_with_most_loses_and_of_several_with_as_much_not_the_one_that_has_just_sent(
    arrivals: Arrivals[str],
) -> None:
    for name, count in (("A", 100), ("B", 256), ("C", 256), ("D", 256), ("new", 156)):
        send(arrivals, name, count)
    send(arrivals, "new")
    assert arrivals.dropped() == {"B": 1}
    other: Arrivals[str] = Arrivals()
    for name, count in (("new", 14), ("A", 15), ("B", 15), ("C", 15), ("D", 5)):
        send(other, name, count, 1 << 16)
    send(other, "new", 1, 1 << 16)
    assert other.dropped() == {"A": 1}


def test_among_128_sources_the_one_with_most_loses_and_among_more_the_newest(arrivals: Arrivals[str]) -> None:
    for names, more, loser in ((range(128), 60_000, "0"), (range(129), 30_000, "128")):
        arrivals = Arrivals()
        for name in names:
            send(arrivals, str(name), 1 if name else 7, 31_000)
        send(arrivals, "5", 1, more)
        assert arrivals.dropped() == {loser: 1}


def test_of_128_newcomers_the_oldest_comes_first_and_of_more_the_newest() -> None:
    for count, first in ((128, "0"), (129, "128")):
        arrivals: Arrivals[str] = Arrivals()
        for number in range(count):
            send(arrivals, str(number))
        assert names_taken(arrivals, 1) == first


def test_a_source_has_its_share_of_the_places_and_one_at_least(arrivals: Arrivals[str]) -> None:
    for number in range(7):
        send(arrivals, str(number))
    send(arrivals, "A", 129)
    assert arrivals.dropped() == {"A": 1}
    for number in range(7, 700):
        send(arrivals, str(number))
    arrivals.dropped()
    send(arrivals, "650")
    assert arrivals.dropped() == {"650": 1}


def known(arrivals: Arrivals[str], *names: str) -> None:
    """Let each be served twice."""
    for name in names * 2:
        send(arrivals, name)
        arrivals.take()


def test_1024_sources_are_known_and_who_was_served_longest_ago_is_forgotten(arrivals: Arrivals[str]) -> None:
    known(arrivals, "A", "B")
    known(arrivals, *map(str, range(1_022)))
    known(arrivals, "A", "new")
    assert len(arrivals._known) == 1_024
    assert {"A", "new", "0", "1021"} <= set(arrivals._known)
    assert "B" not in arrivals._known


def test_new_sources_backlogs_and_known_ones_take_turns_in_a_round_of_four(arrivals: Arrivals[str]) -> None:
    known(arrivals, *"KLMN")
    send(arrivals, "a", 12)
    assert names_taken(arrivals, 1) == "a"  # no newcomer any more
    for name in "nopqKLMN":
        send(arrivals, name, 2)
    assert names_taken(arrivals, 20) == "aKnopLqMNaKnopLqMNaa"


def test_who_was_served_has_its_next_turn_behind_the_others(arrivals: Arrivals[str]) -> None:
    for name in "AB":
        send(arrivals, name, 6)
    assert names_taken(arrivals, 12) == "ABABABABABAB"


def test_a_rest_takes_nothing_from_what_waits_behind_it_and_leaves_nothing_when_it_is_done(
    arrivals: Arrivals[str],
) -> None:
    send(arrivals, "A", 2)
    arrivals.take()
    arrivals.later("A", FLOOD, "rest")
    assert [arrivals.take()[2] for _ in range(2)] == ["rest", b"\0"]
    arrivals.later("A", FLOOD, "rest")
    assert arrivals.take()[2] == "rest"
    with pytest.raises(KeyError, match="nothing waits"):
        arrivals.take()


def test_a_known_source_that_lost_all_it_had_has_no_turn(arrivals: Arrivals[str]) -> None:
    names = [str(number) for number in range(132)]
    known(arrivals, *names)
    for name in names:
        send(arrivals, name, 1, 32_000)
    assert sum(arrivals.dropped().values()) == 1
    assert len(taken(arrivals)) == 131
