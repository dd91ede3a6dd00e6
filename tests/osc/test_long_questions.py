"""One question that would take for ever holds nobody up, and ends when its asker gives it up or goes."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from fakes_service import FakeService, library
from osc_peer import Daemon, Peer, serving
from osc_streams import StreamPeer
from soundkin.errors import GivenUpError, TooLongError
from soundkin.model import Answer, Resolved
from soundkin.questions import effort

PATIENCE_S = 10.0
ENDLESS = '{"like": [{"id": 1}], "novelty": 1.0}'
TOO_LONG = '{"like": [{"id": 1}], "novelty": 0.5}'


@dataclass
class Endless(FakeService):
    """Works on what prefers novelty until it may not any more."""

    ended: queue.Queue[str] = field(default_factory=queue.Queue)
    begun: queue.Queue[str] = field(default_factory=queue.Queue)

    def answer(self, resolved: Resolved) -> Answer:
        novelty = resolved.query.novelty
        self.begun.put(threading.current_thread().name)
        try:
            if novelty == 0.5:
                raise TooLongError("a question that takes too long")
            while novelty and effort.goes_on():
                pass
        except effort.TurnOverError:
            self.ended.put("turn over")
            raise
        except GivenUpError:
            self.ended.put("given up")
            raise
        return super().answer(resolved)


@pytest.fixture
def service() -> Endless:
    return Endless(samples=library(100).samples)


@pytest.fixture
def daemon(service: Endless) -> Iterator[Daemon]:
    with serving(service) as daemon:
        yield daemon


def test_a_plain_question_is_answered_beside_eight_endless_ones(daemon: Daemon, service: Endless) -> None:
    with Peer(daemon.port, PATIENCE_S) as greedy, Peer(daemon.port, PATIENCE_S) as modest:
        for rid in range(1, 9):
            greedy.send("/soundkin/find/query", rid, ENDLESS)
        for rid in range(1, 10):
            assert modest.ask("/soundkin/find/id", rid, 5, 1)[-1].address == "/soundkin/done"
        for rid in range(1, 9):
            greedy.send("/soundkin/cancel", rid)
        codes = [greedy.until("/soundkin/error")[-1].args[:2] for _ in range(8)]
        assert sorted(codes) == [(rid, 10) for rid in range(1, 9)]
        while service.ended.get(timeout=PATIENCE_S) != "given up":
            pass
        assert greedy.ask("/soundkin/find/query", 20, ENDLESS.replace("1.0", "0.0"))[-1].address == "/soundkin/done"


def test_a_question_whose_connection_is_gone_ends(daemon: Daemon, service: Endless) -> None:
    with StreamPeer(daemon.port) as peer:
        peer.send("/soundkin/find/query", 1, ENDLESS)
        assert service.ended.get(timeout=PATIENCE_S) == "turn over"
        service.begun.get(timeout=PATIENCE_S)
        service.begun.get(timeout=PATIENCE_S)
    assert service.ended.get(timeout=PATIENCE_S) == "given up"


def test_what_takes_too_long_is_an_error_with_its_reason(daemon: Daemon) -> None:
    with Peer(daemon.port, PATIENCE_S) as peer:
        (answer,) = peer.ask("/soundkin/find/query", 3, TOO_LONG)
    assert answer.args == (3, 7, "/soundkin/find/query", "a question that takes too long")


def test_an_answer_that_ran_out_of_time_says_so_and_has_what_was_found(
    daemon: Daemon, service: Endless, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = FakeService.answer

    def cut(self: FakeService, resolved: Resolved) -> Answer:
        answer = whole(self, resolved)
        return Answer(answer.neighbours[:3], 99, "s", "exact", None, "stopped after 3 s")

    monkeypatch.setattr(FakeService, "answer", cut)
    with Peer(daemon.port, PATIENCE_S) as peer:
        *lines, field, done = peer.ask("/soundkin/find/id", 3, 1, 10)
    assert [line.address for line in lines] == ["/soundkin/result"] * 3
    assert field.args == (3, 0, "unfinished", "stopped after 3 s")
    assert done.args == (3, 3, 99, "s")
