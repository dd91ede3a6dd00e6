"""What a peer on another machine may send and get, number by number; time is an argument."""

from __future__ import annotations

from soundkin_osc.carriers.rate_limit import RateLimit


def entered(limit: RateLimit, now_s: float, packets: int = 1_000) -> int:
    return sum(limit.enter(20, now_s) for _ in range(packets))


def test_four_hundred_packets_come_in_at_once_and_then_two_hundred_a_second() -> None:
    limit = RateLimit()
    assert entered(limit, 0.0) == 400
    assert entered(limit, 0.0) == 0
    assert entered(limit, 1.0) == 200
    assert entered(limit, 1.5) == 100


def test_a_long_silence_earns_no_more_than_four_hundred_packets() -> None:
    limit = RateLimit()
    entered(limit, 0.0)
    assert entered(limit, 3_600.0) == 400


def test_a_clock_that_goes_back_takes_nothing_away() -> None:
    limit = RateLimit()
    entered(limit, 10.0, 399)
    assert limit.enter(20, 5.0)
    assert not limit.enter(20, 5.0)


def test_a_part_of_a_packet_earned_lets_none_in() -> None:
    limit = RateLimit()
    entered(limit, 0.0)
    assert not limit.enter(20, 0.9 / 200)
    assert limit.enter(20, 1.0 / 200)


def test_three_bytes_go_out_for_each_that_came_in_and_not_one_more() -> None:
    limit = RateLimit()
    assert not limit.leave(1)
    assert limit.enter(100, 0.0)
    assert not limit.leave(301, own=1_000)
    assert limit.leave(300, own=1_000)
    assert not limit.leave(1, own=1_000)


def test_what_goes_out_is_paid_for_from_all_that_came_in() -> None:
    limit = RateLimit()
    assert limit.enter(10, 0.0)
    assert limit.enter(20, 0.0)
    assert limit.leave(50, own=60)
    assert limit.leave(40, own=60)
    assert not limit.leave(1, own=60)


def test_an_answer_longer_than_its_packet_earned_leaves_a_kibibyte_for_the_short_ones() -> None:
    limit = RateLimit()
    assert limit.enter(700, 0.0)
    assert not limit.leave(1_077, own=60)
    assert limit.leave(1_076, own=60)
    assert not limit.leave(61, own=60)
    assert limit.leave(60, own=60)


def test_a_packet_that_is_not_let_in_earns_nothing() -> None:
    limit = RateLimit()
    entered(limit, 0.0)
    assert limit.leave(3 * 20 * 400, own=1 << 20)
    assert not limit.enter(20, 0.0)
    assert not limit.leave(1, own=1)


def test_credit_for_answers_ends_at_a_mebibyte() -> None:
    limit = RateLimit()
    for _ in range(100):
        limit.enter(60_000, 0.0)
    assert not limit.leave(1024 * 1024 + 1, own=1 << 21)
    assert limit.leave(1024 * 1024, own=1 << 21)
