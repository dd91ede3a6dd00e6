"""What guessing the token costs: a machine that guesses waits, longer each time, and no other does."""

from __future__ import annotations

import logging

import pytest

from soundkin_osc.peers.tokens import TokenGate, WaitError
from soundkin_osc.protocol.error_codes import DeniedError

RIGHT, HOST, OTHER = "correct horse battery", "192.168.1.7", "192.168.1.8"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(clock: Clock) -> TokenGate:
    return TokenGate(RIGHT, clock)


def wrong(gate: TokenGate, host: str = HOST, token: str = "wrong") -> float:
    """How long the machine has to wait; 0 where the token was looked at."""
    with pytest.raises(DeniedError) as caught:
        gate.check(token, host)
    return caught.value.wait_s if isinstance(caught.value, WaitError) else 0


@pytest.mark.parametrize("token", ["", "correct horse batter", RIGHT + "x", RIGHT + " ", "\ud800", RIGHT.upper()])
def test_only_the_whole_token_is_right(gate: TokenGate, token: str) -> None:
    gate.check(RIGHT, HOST)
    assert wrong(gate, token=token) == 0


@pytest.mark.parametrize("token", ["", "anything at all"])
def test_without_a_token_in_the_settings_none_is_right(clock: Clock, token: str) -> None:
    assert wrong(TokenGate("", clock), token=token) == 0


def test_after_three_wrong_ones_each_has_the_machine_wait_twice_as_long(gate: TokenGate, clock: Clock) -> None:
    for _ in range(3):
        assert wrong(gate) == 0
    for expected in (1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300):
        assert wrong(gate) == 0
        assert wrong(gate) == expected
        clock.now += expected - 0.1
        assert wrong(gate) == 1
        clock.now += 0.2


def test_who_waits_is_not_told_that_a_token_is_right(gate: TokenGate, clock: Clock) -> None:
    for _ in range(4):
        wrong(gate)
    assert wrong(gate, token=RIGHT) == 1
    clock.now += 1
    gate.check(RIGHT, HOST)


def test_asking_while_it_waits_does_not_lengthen_it(gate: TokenGate, clock: Clock) -> None:
    for _ in range(4):
        wrong(gate)
    for _ in range(1_000):
        assert wrong(gate) == 1
    clock.now += 1
    gate.check(RIGHT, HOST)


def test_the_right_token_and_an_hour_of_silence_make_good(gate: TokenGate, clock: Clock) -> None:
    for _ in range(3):
        wrong(gate)
    gate.check(RIGHT, HOST)
    for _ in range(3):
        assert wrong(gate) == 0
    clock.now += 3_601
    for _ in range(4):
        assert wrong(gate) == 0


def test_what_one_machine_guesses_costs_no_other(gate: TokenGate) -> None:
    for _ in range(1_000):
        wrong(gate)
    gate.check(RIGHT, OTHER)
    assert wrong(gate, OTHER) == 0


def test_all_machines_together_get_thirty_wrong_ones_and_one_a_second(gate: TokenGate, clock: Clock) -> None:
    gate.check(RIGHT, OTHER)
    looked_at = sum(wrong(gate, f"10.0.{number // 250}.{number % 250}") == 0 for number in range(1_000))
    assert looked_at == 30
    assert wrong(gate, "10.1.1.1", RIGHT) == 1
    gate.check(RIGHT, OTHER)  # has shown it before
    clock.now += 5
    looked_at = sum(wrong(gate, f"10.2.0.{number}") == 0 for number in range(100))
    assert looked_at == 5


def test_guesses_are_logged_once_a_minute_with_their_machine(
    gate: TokenGate, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for _ in range(100):
        wrong(gate)
    assert [record.getMessage() for record in caplog.records] == [f"a wrong token came from {HOST} (1 so far)"]
    clock.now += 61
    wrong(gate)
    assert len(caplog.records) == 2
    assert RIGHT not in caplog.text
