"""What a connection has still to send: kept in order, bounded, ended once, whatever the peer does."""

from __future__ import annotations

import socket
from typing import cast

import pytest

from soundkin_osc.carriers.outgoing import Outgoing


class Peer:
    """A socket whose peer reads `room` bytes and then waits; `gone` where it has left."""

    def __init__(self, room: int = 0) -> None:
        self.room = room
        self.gone = False
        self.got = b""
        self.ended = 0

    def send(self, data: bytes | bytearray) -> int:
        assert data, "an empty send says nothing"
        if self.gone:
            raise BrokenPipeError
        if not self.room:
            raise BlockingIOError
        taken = bytes(data[: self.room])
        self.room -= len(taken)
        self.got += taken
        return len(taken)

    def shutdown(self, how: int) -> None:
        assert how == socket.SHUT_WR
        if self.gone:
            raise OSError
        self.ended += 1


class Way:
    """An `Outgoing` to such a peer, and how often its carrier was woken."""

    def __init__(self, room: int = 0) -> None:
        self.peer = Peer(room)
        self.wakes = 0
        self.outgoing = Outgoing(cast("socket.socket", self.peer), self._wake)

    def _wake(self) -> None:
        self.wakes += 1


def test_what_the_peer_takes_at_once_is_sent_at_once_and_wakes_nobody() -> None:
    way = Way(room=100)
    way.outgoing.write(b"abc")
    way.outgoing.write(b"")
    way.outgoing.write(b"def")
    assert (way.peer.got, len(way.outgoing), way.wakes) == (b"abcdef", 0, 0)


def test_the_rest_waits_in_order_and_wakes_the_carrier() -> None:
    way = Way(room=2)
    way.outgoing.write(b"abc")
    assert (way.peer.got, len(way.outgoing), way.wakes, way.outgoing.sent) == (b"ab", 1, 1, 2)
    way.outgoing.write(b"def")
    assert (way.peer.got, len(way.outgoing), way.wakes) == (b"ab", 4, 2)
    way.outgoing.flush()
    assert len(way.outgoing) == 4
    for room in (3, 10):
        way.peer.room = room
        way.outgoing.flush()
    assert (way.peer.got, len(way.outgoing), way.outgoing.sent) == (b"abcdef", 0, 6)
    way.outgoing.flush()
    assert not way.outgoing.broken
    assert way.outgoing.sent == 6


def test_the_last_words_are_the_last() -> None:
    way = Way()
    way.outgoing.write(b"abc")
    way.outgoing.end(b"bye")
    way.outgoing.end(b"again")
    way.outgoing.write(b"more")
    assert (way.outgoing.ended, way.outgoing.broken, way.wakes) == (True, False, 3)
    way.peer.room = 100
    way.outgoing.flush()
    assert way.peer.got == b"abcbye"
    way.outgoing.shut()
    assert way.peer.ended == 1


@pytest.mark.parametrize(("size", "given_up"), [(1_048_576, False), (1_048_577, True)])
def test_a_reader_may_leave_a_mebibyte_unread(size: int, given_up: bool) -> None:
    way = Way()
    way.outgoing.write(bytes(size - 10))
    way.outgoing.write(bytes(10))
    found = (way.outgoing.too_slow, way.outgoing.broken, way.outgoing.ended, len(way.outgoing))
    assert found == ((True, True, True, 0) if given_up else (False, False, False, size))
    assert way.wakes == 2
    way.peer.room = 100
    way.outgoing.write(b"served on?")
    assert way.peer.got == b""


def test_a_peer_that_left_ends_it_and_wakes_the_carrier() -> None:
    way = Way()
    way.peer.gone = True
    way.outgoing.write(b"abc")
    found = (way.outgoing.broken, way.outgoing.ended, way.outgoing.too_slow, len(way.outgoing), way.wakes)
    assert found == (True, True, False, 0, 1)
    way.outgoing.shut()
    way.peer.gone = False
    way.outgoing.write(b"more")
    assert way.peer.got == b""


def test_a_peer_that_left_is_noticed_when_the_rest_is_sent() -> None:
    way = Way(room=1)
    way.outgoing.write(b"abc")
    way.peer.gone = True
    way.outgoing.flush()
    assert (way.outgoing.broken, len(way.outgoing)) == (True, 0)


def test_what_is_cut_forgets_what_waits_and_wakes_the_carrier() -> None:
    way = Way()
    way.outgoing.write(b"abc")
    way.outgoing.cut()
    assert (way.outgoing.broken, way.outgoing.ended, len(way.outgoing), way.wakes) == (True, True, 0, 2)
