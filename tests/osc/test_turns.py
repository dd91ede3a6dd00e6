"""Who waits for a worker: askers in turn, each one's jobs in their order, and jobs of one order as they came in."""

from __future__ import annotations

import threading

import pytest

from soundkin_osc.turns import Turns

A, B, C = ("udp", "a"), ("udp", "b"), ("udp", "c")


def taken(turns: Turns[str], count: int) -> list[str | None]:
    return [turns.take() for _ in range(count)]


def test_who_has_eight_jobs_keeps_nobody_waiting_who_has_one() -> None:
    turns = Turns[str]()
    for number in range(8):
        turns.put(f"a{number}", A)
    turns.put("b", B)
    turns.put("c", C)
    assert taken(turns, 10) == ["a0", "b", "c", *(f"a{number}" for number in range(1, 8))]


def test_who_comes_between_two_turns_is_served_before_the_second() -> None:
    turns = Turns[str]()
    for job in ("a1", "a2", "a3"):
        turns.put(job, A)
    assert turns.take() == "a1"
    turns.put("b1", B)
    assert taken(turns, 3) == ["a2", "b1", "a3"]


def test_jobs_of_one_order_are_taken_as_they_came_whoever_asked() -> None:
    turns = Turns[str]()
    turns.put("a question", A)
    turns.put("a1", A, "main")
    turns.put("a2", A, "main")
    turns.put("b1", B, "main")
    turns.put("c1", C, "other")
    order = taken(turns, 5)
    assert [each for each in order if each in ("a1", "a2", "b1")] == ["a1", "a2", "b1"]
    assert order[:2] == ["a question", "c1"]


def test_a_job_whose_turn_cost_nothing_leaves_it_to_the_next_of_its_asker() -> None:
    turns = Turns[str]()
    turns.put("a1", A)
    turns.put("a2", A)
    turns.put("b1", B)
    assert turns.take() == "a1"
    turns.pass_on(A)
    turns.pass_on(C)
    assert taken(turns, 2) == ["a2", "b1"]


def test_a_job_that_waits_can_be_taken_out_and_holds_no_other_up() -> None:
    turns = Turns[str]()
    turns.put("a1", A, "main")
    turns.put("b1", B, "main")
    assert not turns.remove("b1", A)
    assert turns.remove("a1", A)
    assert not turns.remove("a1", A)
    assert turns.take() == "b1"
    turns.put("a2", A, "main")
    assert turns.take() == "a2"


@pytest.mark.parametrize("job", [None, "late"])
def test_who_waits_for_a_job_gets_the_next_one_or_word_of_the_end(job: str | None) -> None:
    turns = Turns[str]()
    got: list[str | None] = []
    waiting = threading.Thread(target=lambda: got.append(turns.take()))
    waiting.start()
    if job is None:
        turns.end()
    else:
        turns.put(job, A)
    waiting.join(5)
    assert got == [job]


def test_what_waits_at_the_end_is_still_taken() -> None:
    turns = Turns[str]()
    turns.put("a1", A)
    turns.end()
    assert taken(turns, 2) == ["a1", None]


def test_what_is_taken_out_or_done_leaves_nothing_of_its_order_behind() -> None:
    turns = Turns[str]()
    turns.put("plain", ("a",))
    turns.put("first", ("a",), "main")
    turns.put("second", ("b",), "main")
    turns.put("third", ("c",), "main")
    assert turns.remove("plain", ("a",))
    assert turns.remove("first", ("a",))
    assert not turns.remove("first", ("a",))
    assert turns.take() == "second"
    assert turns.remove("third", ("c",))
    assert turns._orders == {}
    turns.put("last", ("d",), "main")
    assert turns.take() == "last"
    assert turns._orders == {}
    assert turns._queues == {}
