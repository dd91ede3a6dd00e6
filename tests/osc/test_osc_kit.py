"""The kit question over a real socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fakes_service import library
from osc_peer import Peer, serving


@pytest.fixture
def peer() -> Iterator[Peer]:
    with serving(library(100)) as daemon, Peer(daemon.port) as peer:
        yield peer


def test_every_slot_gets_its_alternates_and_no_sample_comes_twice(peer: Peer) -> None:
    *results, done = peer.ask("/soundkin/find/kit", 5, 3, "", '{"like": [{"id": 10}, {"id": 11}, {"id": 50}]}')
    assert done.address == "/soundkin/done"
    assert done.args[:3] == (5, 9, 9)
    assert [line.args[1] for line in results] == list(range(9))
    ids = [line.args[2] for line in results]
    assert len(set(ids)) == 9
    assert not {10, 11, 50} & set(ids)
    assert all(isinstance(number, int) and abs(number - 50) <= 2 for number in ids[6:])


def test_a_locked_slot_gets_none(peer: Peer) -> None:
    *results, _ = peer.ask("/soundkin/find/kit", 5, 2, "0 2", '{"like": [{"id": 10}, {"id": 11}, {"id": 50}]}')
    assert [line.args[1] for line in results] == [2, 3]


@pytest.mark.parametrize(
    ("args", "fragment"),
    [
        ((0, "", '{"like": [{"id": 1}]}'), "each"),
        ((2, "first", '{"like": [{"id": 1}]}'), "'first'"),
        ((2, "", "nonsense"), "JSON"),
        ((2, "", '{"like": [{"id": 999}]}'), "999"),
    ],
)
def test_a_bad_kit_question_names_what_is_wrong(peer: Peer, args: tuple[object, ...], fragment: str) -> None:
    (answer,) = peer.ask("/soundkin/find/kit", 5, *args)
    assert answer.address == "/soundkin/error"
    assert fragment in str(answer.args[3])
