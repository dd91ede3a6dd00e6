"""Slow answers: how many may be pending, what cancelling and forgetting do, and in which lane they wait."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import pytest

from fakes_service import library
from osc_wire import Wire
from soundkin.questions import effort
from soundkin_osc.handlers.whole import WholeHandlers
from soundkin_osc.jobs import Jobs
from soundkin_osc.peers.endpoint import Endpoint, Later, Request
from soundkin_osc.peers.sessions import Sessions
from soundkin_osc.protocol.address import Address
from soundkin_osc.protocol.addresses import TABLE
from soundkin_osc.protocol.codec import Message
from soundkin_osc.protocol.error_codes import BusyError
from soundkin_osc.protocol.signature import fit

ASKED = Address("find/id", "rid:i id:i", "similar samples")
CONTROL = Address("sel/id", "id:i", "select a sample", kind="control", replies="")
PATIENCE_S = 5.0


def peer(name: str) -> Wire:
    return Wire(name, Sessions())


def request(wire: Wire, rid: int) -> Request:
    return Request(wire, ASKED, (rid, 5), rid)


def later(*, slow: bool = False, lasting: bool = False) -> Later:
    return Later(lambda: (), slow=slow, lasting=lasting)


class Answers:
    """An answerer that notes what it is given, and whether it was still wanted."""

    def __init__(self, gate: threading.Event | None = None) -> None:
        self.finished: queue.Queue[tuple[int, bool]] = queue.Queue()
        self.begun: queue.Queue[int] = queue.Queue()
        self.sent: list[tuple[object, Message]] = []
        self.threads: list[int] = []
        self._gate = gate

    def finish(self, request: Request, later: Later, wanted: Callable[[], bool], /) -> Later | None:
        self.begun.put(request.rid)
        self.threads.append(threading.get_ident())
        rest = later.run()
        if isinstance(rest, Later):
            return rest
        if self._gate is not None:
            assert self._gate.wait(PATIENCE_S)
        if request.rid == 666:
            raise RuntimeError("an answer that fails")
        self.finished.put((request.rid, wanted()))
        return None

    def send(self, endpoint: Endpoint, messages: Iterable[Message], /) -> None:
        self.sent += [(endpoint.key, message) for message in messages]

    def next(self) -> tuple[int, bool]:
        return self.finished.get(timeout=PATIENCE_S)


@contextmanager
def working(slow_threads: int = 2) -> Iterator[Jobs]:
    jobs = Jobs(slow_threads)
    jobs.start()
    try:
        yield jobs
    finally:
        jobs.stop(PATIENCE_S)


def test_eight_questions_of_an_endpoint_may_be_pending_and_no_more() -> None:
    jobs, answers, one, other = Jobs(), Answers(), peer("a"), peer("b")
    for rid in range(1, 9):
        jobs.submit(request(one, rid), later(), answers)
    with pytest.raises(BusyError, match="8 questions"):
        jobs.submit(request(one, 9), later(), answers)
    jobs.submit(request(other, 9), later(), answers)


def test_256_questions_of_all_endpoints_may_be_pending_and_no_more() -> None:
    jobs, answers = Jobs(), Answers()
    for number in range(256):
        jobs.submit(request(peer(str(number)), 1), later(), answers)
    with pytest.raises(BusyError, match="256 in all"):
        jobs.submit(request(peer("late"), 1), later(), answers)


def test_a_question_sent_again_waits_once() -> None:
    jobs, answers, one = Jobs(), Answers(), peer("a")
    for _ in range(20):
        jobs.submit(request(one, 7), later(), answers)
    jobs.start()
    assert answers.next() == (7, True)
    jobs.stop(PATIENCE_S)
    assert answers.finished.empty()


def test_questions_without_an_id_are_all_answered() -> None:
    jobs, answers, one = Jobs(), Answers(), peer("a")
    for _ in range(8):
        jobs.submit(request(one, 0), later(), answers)
    with pytest.raises(BusyError):
        jobs.submit(request(one, 0), later(), answers)
    jobs.start()
    assert [answers.next() for _ in range(8)] == [(0, True)] * 8
    jobs.stop(PATIENCE_S)


def test_an_answered_question_makes_room_for_the_next() -> None:
    with working() as jobs:
        answers, one = Answers(), peer("a")
        for rid in range(1, 600):
            jobs.submit(request(one, rid), later(), answers)
            assert answers.next() == (rid, True)
            settled(jobs)


def settled(jobs: Jobs) -> None:
    """Wait until the worker has counted its answer off, which it does after giving it."""
    marker, answers = peer("marker"), Answers()
    jobs.submit(request(marker, 1), later(), answers)
    answers.next()


def test_a_cancelled_question_is_answered_with_error_ten_at_once_and_never_again() -> None:
    jobs, answers, one = Jobs(), Answers(), peer("a")
    jobs.submit(request(one, 7), later(), answers)
    jobs.submit(request(one, 8), later(), answers)
    assert jobs.cancel(one.key, 7) is True
    assert answers.sent == [(one.key, Message("/soundkin/error", (7, 10, "/soundkin/find/id", "cancelled")))]
    assert jobs.cancel(one.key, 7) is False
    assert jobs.cancel(("udp", "nobody"), 8) is False
    jobs.start()
    assert answers.next() == (8, True)
    jobs.stop(PATIENCE_S)
    assert answers.finished.empty()


def test_a_question_cancelled_while_it_is_worked_on_is_wanted_no_more() -> None:
    gate = threading.Event()
    with working() as jobs:
        answers, one = Answers(gate), peer("a")
        jobs.submit(request(one, 7), later(), answers)
        assert answers.begun.get(timeout=PATIENCE_S) == 7
        assert jobs.cancel(one.key, 7)
        gate.set()
        assert answers.next() == (7, False)


def test_cancelled_questions_take_up_room_until_a_worker_has_passed_them() -> None:
    jobs, answers, one = Jobs(), Answers(), peer("a")
    for rid in range(1, 257):
        jobs.submit(request(one, rid), later(), answers)
        assert jobs.cancel(one.key, rid)
    with pytest.raises(BusyError):
        jobs.submit(request(one, 300), later(), answers)
    jobs.start()
    jobs.stop(PATIENCE_S)
    assert set(jobs._sizes.values()) == {0}


def test_an_endpoint_that_is_gone_is_answered_nothing_but_what_others_wait_for_runs() -> None:
    jobs, answers, one, other = Jobs(), Answers(), peer("a"), peer("b")
    jobs.submit(request(one, 1), later(), answers)
    jobs.submit(request(one, 2), later(lasting=True), answers)
    jobs.submit(request(other, 3), later(), answers)
    jobs.forget(one.key)
    jobs.forget(("udp", "nobody"))
    jobs.start()
    assert [answers.next(), answers.next()] == [(2, False), (3, True)]
    jobs.stop(PATIENCE_S)
    assert answers.finished.empty()
    assert answers.sent == []


def test_an_endpoint_that_is_gone_leaves_room_for_whoever_comes_from_its_address() -> None:
    jobs, answers, one = Jobs(), Answers(), peer("a")
    for rid in range(1, 9):
        jobs.submit(request(one, rid), later(), answers)
    jobs.forget(one.key)
    for rid in range(11, 19):
        jobs.submit(request(one, rid), later(), answers)
    with pytest.raises(BusyError):
        jobs.submit(request(one, 19), later(), answers)


def test_two_answers_that_read_audio_hold_up_each_other_but_none_that_do_not() -> None:
    gate = threading.Event()
    with working() as jobs:
        reading, quick = Answers(gate), Answers()
        for rid in (1, 2, 3):
            jobs.submit(request(peer(str(rid)), rid), later(slow=True), reading)
        assert {reading.begun.get(timeout=PATIENCE_S) for _ in range(2)} == {1, 2}
        jobs.submit(request(peer("q"), 4), later(), quick)
        assert quick.next() == (4, True)
        assert reading.begun.empty()  # two threads read; the third question waits
        gate.set()
        assert {reading.next()[0] for _ in range(3)} == {1, 2, 3}


def test_quick_answers_come_one_after_the_other_in_order() -> None:
    jobs, answers = Jobs(), Answers()
    for rid in range(1, 100):
        jobs.submit(request(peer(str(rid)), rid), later(), answers)
    jobs.start()
    assert [answers.next()[0] for _ in range(1, 100)] == list(range(1, 100))
    jobs.stop(PATIENCE_S)


def test_an_answer_that_fails_leaves_room_and_workers_behind(caplog: pytest.LogCaptureFixture) -> None:
    with working(slow_threads=1) as jobs:
        answers, one = Answers(), peer("a")
        for _ in range(20):
            jobs.submit(request(one, 666), later(slow=True), answers)
            jobs.submit(request(peer("next"), 1), later(slow=True), answers)
            assert answers.next() == (1, True)
        assert "/soundkin/find/id" in caplog.text
        settled(jobs)
        assert jobs._pending == {}


def test_while_it_stops_nothing_new_is_taken_and_nothing_old_is_sent() -> None:
    jobs, answers = Jobs(), Answers()
    jobs.submit(request(peer("a"), 1), later(), answers)
    jobs.submit(request(peer("b"), 2), later(lasting=True), answers)
    jobs.stop(0.0)
    with pytest.raises(BusyError, match="stopping"):
        jobs.submit(request(peer("a"), 3), later(), answers)
    jobs.start()
    jobs.stop(PATIENCE_S)
    assert answers.finished.get(timeout=PATIENCE_S) == (2, False)
    assert answers.finished.empty()


def test_stopping_waits_for_workers_and_ends_every_one() -> None:
    before = threading.active_count()
    jobs = Jobs()
    jobs.start()
    names = [thread.name for thread in threading.enumerate()]
    assert threading.active_count() == before + 5
    assert names.count("osc-query") >= 5
    assert all(thread.daemon for thread in threading.enumerate() if thread.name == "osc-query")
    jobs.stop(PATIENCE_S)
    assert threading.active_count() == before


@pytest.mark.parametrize(("slow_threads", "waits"), [(2, [2.0, 2.0, 2.0]), (0, [6.0])])
def test_stopping_divides_its_time_among_the_workers(
    monkeypatch: pytest.MonkeyPatch, slow_threads: int, waits: list[float]
) -> None:
    noted: list[float | None] = []
    join = threading.Thread.join

    def noting(thread: threading.Thread, timeout: float | None = None) -> None:
        noted.append(timeout)
        join(thread, PATIENCE_S)

    jobs = Jobs(slow_threads)
    jobs.start()
    monkeypatch.setattr(threading.Thread, "join", noting)
    jobs.stop(6.0)
    assert noted == waits


def test_stopping_leaves_a_worker_behind_that_is_reading() -> None:
    gate = threading.Event()
    jobs, answers = Jobs(), Answers(gate)
    jobs.start()
    jobs.submit(request(peer("a"), 1), later(slow=True), answers)
    answers.begun.get(timeout=PATIENCE_S)
    jobs.stop(0.01)
    assert any(thread.name == "osc-query" for thread in threading.enumerate())
    gate.set()
    assert answers.next() == (1, False)


def test_what_is_left_of_an_answer_goes_on_in_its_own_lane_and_counts_as_one_question_until_it_is_done() -> None:
    gate = threading.Event()
    with working(slow_threads=1) as jobs:
        reading, answers, one = Answers(gate), Answers(), peer("a")
        jobs.submit(request(peer("b"), 1), later(slow=True), reading)
        assert reading.begun.get(timeout=PATIENCE_S) == 1
        jobs.submit(request(one, 7), Later(lambda: later(slow=True)), answers)
        settled(jobs)
        jobs.submit(request(one, 7), later(), answers)  # sent again while the rest waits
        settled(jobs)
        assert answers.finished.empty()
        gate.set()
        assert answers.next() == (7, True)
        settled(jobs)
        assert answers.finished.empty()
        assert len(set(answers.threads)) == 2
        for _ in range(600):
            jobs.submit(request(one, 8), Later(lambda: Later(lambda: later(slow=True))), answers)
            assert answers.next() == (8, True)
            jobs.submit(request(peer("marker"), 1), later(slow=True), answers)
            assert answers.next() == (1, True)


def test_the_rest_of_a_cancelled_answer_is_not_begun_unless_others_wait_for_it() -> None:
    gate = threading.Event()
    with working(slow_threads=1) as jobs:
        reading, answers, one = Answers(gate), Answers(), peer("a")
        jobs.submit(request(peer("b"), 1), later(slow=True), reading)
        jobs.submit(request(one, 7), Later(lambda: later(slow=True)), answers)
        jobs.submit(request(one, 8), Later(lambda: later(slow=True, lasting=True)), answers)
        settled(jobs)
        assert jobs.cancel(one.key, 7)
        assert jobs.cancel(one.key, 8)
        gate.set()
        assert answers.next() == (8, False)
        assert answers.finished.empty()


def test_controls_that_wait_have_room_of_their_own_as_much_as_a_packet_holds() -> None:
    jobs, answers, one = Jobs(), Answers(), peer("a")
    for rid in range(1, 9):
        jobs.submit(request(one, rid), later(), answers)
    control = Request(one, CONTROL, (5,), 0)
    for _ in range(256):
        jobs.submit(control, later(), answers)
    with pytest.raises(BusyError, match="256 questions"):
        jobs.submit(control, later(), answers)
    for number in range(3):
        for _ in range(256):
            jobs.submit(Request(peer(str(number)), CONTROL, (5,), 0), later(), answers)
    with pytest.raises(BusyError, match="1024 in all"):
        jobs.submit(Request(peer("late"), CONTROL, (5,), 0), later(), answers)
    jobs.submit(request(peer("late"), 1), later(), answers)


def test_endpoints_take_turns_and_the_questions_of_one_keep_their_order() -> None:
    jobs, answers, greedy = Jobs(), Answers(), peer("greedy")
    for rid in range(1, 9):
        jobs.submit(request(greedy, rid), later(), answers)
    jobs.submit(request(peer("modest"), 20), later(), answers)
    jobs.submit(request(peer("other"), 30), later(), answers)
    jobs.start()
    assert [answers.next()[0] for _ in range(10)] == [1, 20, 30, 2, 3, 4, 5, 6, 7, 8]
    jobs.stop(PATIENCE_S)


def test_who_asks_through_many_ports_has_one_turn() -> None:
    jobs, answers = Jobs(), Answers()
    for rid in range(1, 9):
        jobs.submit(request(Wire(f"port {rid}", Sessions(), source="greedy"), rid), later(), answers)
    jobs.submit(request(peer("modest"), 20), later(), answers)
    jobs.start()
    assert [answers.next()[0] for _ in range(9)] == [1, 20, 2, 3, 4, 5, 6, 7, 8]
    jobs.stop(PATIENCE_S)


def test_a_single_question_is_never_refused_because_others_have_many() -> None:
    jobs, answers = Jobs(), Answers()
    for number in range(48):
        for rid in range(1, 9 if number < 16 else 5):
            jobs.submit(request(peer(f"greedy {number}"), rid), later(), answers)
    for number in range(20):
        jobs.submit(request(peer(f"modest {number}"), 1), later(), answers)
    refused = {key for key, message in answers.sent if message.args[1] == 5}
    assert len(answers.sent) == 20
    assert all("greedy" in str(key) for key in refused)
    jobs.start()
    ended = [answers.next() for _ in range(256)]
    jobs.stop(PATIENCE_S)
    assert len(ended) == 256
    assert answers.finished.empty()
    assert set(jobs._sizes.values()) == {0}


def crowd(jobs: Jobs, answers: Answers, count: int = 128) -> None:
    """Endpoints with two questions each."""
    for number in range(count):
        for rid in (1, 2):
            jobs.submit(request(peer(f"crowd {number}"), rid), later(), answers)


def test_who_has_two_questions_makes_room_for_who_has_none_and_is_counted_no_more() -> None:
    jobs, answers, refused = Jobs(), Answers(), list[str]()
    first = peer("first")
    jobs.submit(request(first, 1), later(), answers)
    jobs.submit(request(first, 2), Later(lambda: (), refused=lambda: refused.append("first")), answers)
    crowd(jobs, answers, 127)
    jobs.submit(request(peer("late"), 1), later(), answers)
    assert [(key, message.args[0]) for key, message in answers.sent] == [(first.key, 2)]
    assert refused == ["first"]
    assert sum(map(len, jobs._pending.values())) == 256


def test_a_question_that_is_worked_on_makes_no_room() -> None:
    gate = threading.Event()
    with working() as jobs:
        at_work, answers, busy = Answers(gate), Answers(), peer("busy")
        jobs.submit(request(busy, 1), later(), at_work)
        assert at_work.begun.get(timeout=PATIENCE_S) == 1
        jobs.submit(request(busy, 2), later(lasting=True), at_work)
        crowd(jobs, answers, 127)
        jobs.submit(request(peer("late"), 1), later(), answers)
        assert at_work.sent == []
        assert len(answers.sent) == 1
        gate.set()
        assert at_work.next() == (1, True)


def test_long_answers_and_reports_have_one_thread_each_that_does_not_wait_for_the_other() -> None:
    gate = threading.Event()
    with working() as jobs:
        first, second, reports = Answers(gate), Answers(), Answers()
        jobs.submit(request(peer("a"), 1), Later(lambda: (), long=True), first)
        assert first.begun.get(timeout=PATIENCE_S) == 1
        for rid in (2, 3):
            jobs.submit(request(peer("b"), rid), Later(lambda: (), long=True, longest_s=60.0), reports)
            assert reports.next() == (rid, True)
            jobs.submit(request(peer("c"), rid), Later(lambda: (), long=True), second)
        assert len(set(reports.threads)) == 1
        assert second.begun.empty()
        gate.set()
        assert {second.next()[0], second.next()[0]} == {2, 3}
        assert set(first.threads) == set(second.threads) != set(reports.threads)


def test_who_has_most_pending_gets_no_room_from_others() -> None:
    jobs, answers, greedy = Jobs(), Answers(), peer("greedy")
    for number in range(124):
        for rid in (1, 2):
            jobs.submit(request(peer(str(number)), rid), later(), answers)
    for rid in range(1, 9):
        jobs.submit(request(greedy, rid), later(), answers)
    with pytest.raises(BusyError):
        jobs.submit(request(greedy, 9), later(), answers)
    jobs.submit(request(peer("late"), 1), later(), answers)
    ((key, message),) = answers.sent
    assert key == greedy.key
    assert message == Message("/soundkin/error", (8, 5, "/soundkin/find/id", message.args[3]))


def test_jobs_of_one_order_run_as_they_came_whoever_sent_them() -> None:
    jobs, answers, one, other = Jobs(), Answers(), peer("a"), peer("b")
    for rid in (1, 2, 3):
        jobs.submit(request(one, rid), Later(lambda: (), order="main"), answers)
    jobs.submit(request(other, 4), Later(lambda: (), order="main"), answers)
    jobs.submit(request(other, 5), later(), answers)
    jobs.start()
    assert [answers.next()[0] for _ in range(5)] == [1, 2, 3, 4, 5]
    jobs.stop(PATIENCE_S)


def test_an_answer_may_go_on_as_long_as_it_is_wanted_and_its_time_lasts() -> None:
    found: list[object] = []

    def look() -> tuple[()]:
        found.append(effort.goes_on())
        return ()

    with working() as jobs:
        answers, one = Answers(), peer("a")
        jobs.submit(request(one, 1), Later(look), answers)
        answers.next()
        jobs.submit(request(one, 2), Later(look, long=True, longest_s=-1.0), answers)
        answers.next()
    assert found == [True, False]


def test_what_others_wait_for_has_its_time_too_and_no_more() -> None:
    found: list[bool] = []

    def look() -> tuple[()]:
        found.append(effort.goes_on())
        return ()

    with working() as jobs:
        answers = Answers()
        jobs.submit(request(peer("a"), 1), Later(look, lasting=True, longest_s=-1.0), answers)
        answers.next()
    assert found == [False]


def test_a_turn_ends_in_the_quick_lane_and_not_in_that_of_long_answers() -> None:
    found: list[str] = []

    def work() -> tuple[()]:
        end = time.monotonic() + 0.3  # longer than five turns by the clock
        try:
            while effort.goes_on() and time.monotonic() < end:
                pass
            found.append("on")
        except effort.TurnOverError:
            found.append("over")
        return ()

    with working() as jobs:
        answers, one = Answers(), peer("a")
        for rid, long in ((1, False), (2, True)):
            jobs.submit(request(one, rid), Later(work, long=long), answers)
            answers.next()
    assert found == ["over", "on"]


def test_an_answer_has_three_seconds_a_report_a_minute_and_a_turn_a_twentieth_of_a_second() -> None:
    turns: list[float] = []

    def look() -> tuple[()]:
        turns.append(effort._in_force.get()._turn_s)
        return ()

    with working() as jobs:
        answers = Answers()
        jobs.submit(request(peer("a"), 1), Later(look), answers)
        answers.next()
    assert turns == [0.05]
    assert Later(look).longest_s == 3.0
    listing = TABLE["/soundkin/list"]
    asked = Request(peer("a"), listing, fit(listing.parameters, (1, "kick")), 1)
    assert WholeHandlers(library(3)).list(asked).longest_s == 60.0
