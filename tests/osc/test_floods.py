"""Who is shut out, for how long, and that the system then drops what they send. Time is an argument."""

from __future__ import annotations

import contextlib
import socket
import sys

import pytest

from soundkin_osc.carriers.floods import Floods
from soundkin_osc.carriers.socket_filter import drop_from

A, B = ("127.0.0.1", 5000), ("127.0.0.1", 5001)


def test_sixteen_datagrams_without_room_within_fifty_milliseconds_are_a_flood() -> None:
    floods = Floods()
    assert not floods.note({A: 15}, 0.0)
    assert floods.note({A: 1, B: 3}, 0.05)
    assert floods.shut == {A}
    slow = Floods()
    for number in range(100):
        assert not slow.note({A: 15}, 0.051 * number)


def test_a_source_is_shut_out_for_twenty_milliseconds_and_twice_as_long_each_time_after() -> None:
    floods, now = Floods(), 0.0
    for expected in (0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 0.64):
        floods.note({A: 16}, now)
        rest = floods.rest_s(now) or 0.0
        assert rest == pytest.approx(expected)
        assert not floods.note({}, now + rest - 0.001)
        assert floods.note({}, now + rest)
        assert floods.shut == frozenset()
        assert floods.rest_s(now + rest) is None
        now += rest + 0.001


def test_after_a_second_without_a_flood_it_begins_with_the_shortest_time_again() -> None:
    floods = Floods()
    floods.note({A: 16}, 0.0)
    floods.note({A: 16}, 0.03)
    floods.note({}, 2.0)
    floods.note({A: 16}, 2.1)
    assert floods.rest_s(2.1) == pytest.approx(0.02)


def test_what_still_waits_of_a_source_that_is_shut_out_does_not_lengthen_it() -> None:
    floods = Floods()
    floods.note({A: 16}, 0.0)
    floods.note({A: 500}, 0.01)
    assert floods.rest_s(0.01) == pytest.approx(0.01)


def test_256_sources_are_shut_out_at_most() -> None:
    floods = Floods()
    floods.note({("127.0.0.1", port): 16 for port in range(1_000)}, 0.0)
    assert len(floods.shut) == 256


def test_1024_sources_are_counted_at_most_and_those_that_behave_are_forgotten() -> None:
    floods = Floods()
    for number in range(5_000):
        floods.note({("127.0.0.1", number): 1}, 0.0)
    assert len(floods._records) == 1_024
    assert floods
    floods.note({}, 1.3)
    assert not floods


def test_a_flood_is_one_at_any_time_of_day_and_the_next_one_takes_sixteen_again() -> None:
    floods = Floods()
    floods.note({A: 15}, 100.0)
    assert floods.note({A: 1}, 100.04)
    other = Floods()
    other.note({A: 16}, 0.0)
    other.note({A: 15}, 0.03)
    assert other.shut == frozenset()


def test_it_has_to_behave_for_a_whole_second() -> None:
    floods = Floods()
    floods.note({A: 16}, 0.0)
    floods.note({A: 16}, 1.01)
    assert floods.rest_s(1.01) == pytest.approx(0.04)
    counted = Floods()
    counted.note({A: 1}, 0.0)
    counted.note({}, 1.0)
    assert counted


def test_who_behaves_is_looked_for_four_times_a_second_and_not_at_each_datagram() -> None:
    floods = Floods()
    floods.note({("127.0.0.1", number): 1 for number in range(1_024)}, 0.0)
    floods.note({}, 0.9)
    for sources in ((), (A,), (("127.0.0.1", 0),)):
        floods.note(dict.fromkeys(sources, 1), 1.05)
        assert len(floods._records) == 1_024
    floods.note({}, 1.15)
    assert len(floods._records) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux drops for us")
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("by_host", [False, True])
def test_the_system_drops_what_they_send_and_nothing_else(host: str, by_host: bool) -> None:
    family, other = (socket.AF_INET6, "fe80::1%1") if ":" in host else (socket.AF_INET, "192.0.2.1")
    with contextlib.ExitStack() as stack:
        sock, loud, quiet = (stack.enter_context(socket.socket(family, socket.SOCK_DGRAM)) for _ in range(3))
        sock.bind((host, 0))
        sock.setblocking(False)
        for sender in (loud, quiet):
            sender.bind((host, 0))
            sender.connect(sock.getsockname())
        port = loud.getsockname()[1]
        drop_from(sock, [other, host] if by_host else [(host, 1), (host, port)])
        loud.send(b"loud")
        quiet.send(b"quiet")
        if by_host:
            with pytest.raises(BlockingIOError):
                sock.recv(100)
        else:
            assert sock.recv(100) == b"quiet"
        drop_from(sock, ())
        loud.send(b"again")
        assert sock.recv(100) == b"again"
