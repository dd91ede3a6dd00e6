"""Room for connections: who goes for a newcomer, no descriptors to accept with, and peers that stop reading."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import socket
import sys
from collections.abc import Iterator
from typing import Any, Self, cast

import pytest

from fakes_service import FakeService, library
from osc_streams import StreamPeer, WebSocketPeer
from soundkin_osc.carriers.connection import StreamEndpoint
from soundkin_osc.carriers.listening import Listeners
from soundkin_osc.carriers.room import Room
from soundkin_osc.carriers.seldom import Seldom
from soundkin_osc.protocol.codec import Message
from stream_world import PING, World, open_still


@pytest.fixture
def service() -> FakeService:
    return library(100)


class Connection:
    """A connection as the room sees it."""

    def __init__(self, source: str, *, spoke: bool = True, welcome: bool = True, ended: bool = False) -> None:
        self.source = (source,)
        self.spoke, self.welcome, self.ended = spoke, welcome, ended


def filled(*connections: Connection) -> Room:
    room = Room()
    for connection in connections:
        assert room.take(cast("Any", connection)) is None
    return room


def test_what_is_ended_or_silent_or_has_no_token_goes_before_what_is_idle() -> None:
    ended, silent, stranger = Connection("e", ended=True), Connection("s", spoke=False), Connection("t", welcome=False)
    room = filled(*(Connection(str(number)) for number in range(29)), stranger, silent, ended)
    for expected in (ended, silent, stranger):
        out = room.take(cast("Any", Connection("new")))
        assert out is cast("Any", expected)
        room.release(cast("Any", out))


def test_the_newcomer_is_never_the_one_that_goes() -> None:
    room = filled(*(Connection(str(number)) for number in range(32)))
    newcomer = Connection("new", spoke=False)
    out = room.take(cast("Any", newcomer))
    assert out is not None
    assert out is not cast("Any", newcomer)
    assert cast("Any", out).source == ("0",)


def test_a_machine_with_many_connections_gives_its_own() -> None:
    polite = [Connection(str(number)) for number in range(8)]
    greedy = [Connection("greedy") for _ in range(24)]
    room = filled(*polite, *greedy)
    assert room.take(cast("Any", Connection("new"))) is cast("Any", greedy[0])


class Listener:
    """A listening socket whose process has no descriptors left."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.asked = 0

    def setblocking(self, flag: bool) -> None: ...
    def listen(self, backlog: int) -> None: ...
    def close(self) -> None: ...

    def accept(self) -> tuple[socket.socket, tuple[str, int]]:
        self.asked += 1
        if self.number:
            raise OSError(self.number, os.strerror(self.number))
        return cast("Any", None), ("127.0.0.1", 1)


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM])
def test_without_room_for_a_descriptor_nothing_is_accepted_for_a_second(
    number: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    full, other = Listener(number), Listener(0)
    watched: dict[Any, int] = {}
    clock = [0.0]
    listeners = Listeners(cast("Any", [full, other]), watched.__setitem__, Seldom(lambda: clock[0]))
    listeners.start()
    assert set(watched.values()) == {1}
    for second in range(100):
        clock[0] = float(second)
        listeners.tend(clock[0])
        assert set(watched.values()) == {1}
        assert list(listeners.accepted(cast("Any", full), clock[0])) == []
        assert set(watched.values()) == {0}
        listeners.tend(clock[0] + 0.9)
        assert set(watched.values()) == {0}
    assert full.asked == 100
    assert len(caplog.records) == 2  # a line a minute


def test_no_more_than_64_connections_are_accepted_before_the_others_are_served() -> None:
    flooded = Listener(0)
    listeners = Listeners(cast("Any", [flooded]), lambda sock, events: None, Seldom(lambda: 0.0))
    assert len(list(listeners.accepted(cast("Any", flooded), 0.0))) == 64


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of this kind")
def test_a_process_out_of_descriptors_does_not_spin_and_accepts_when_it_has_some(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    import resource

    caplog.set_level(logging.INFO)
    calls = []
    accepted = Listeners.accepted

    def counted(*args: Any) -> Iterator[tuple[socket.socket, str]]:
        calls.append(args)
        return accepted(*args)

    monkeypatch.setattr(Listeners, "accepted", counted)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.socket() as client, StreamPeer(world.port) as served:
        served.raw(PING)
        served.receive()
        before = len(calls)
        highest = max(map(int, os.listdir("/dev/fd")))
        with contextlib.ExitStack() as stack:
            resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, hard))
            stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
            with contextlib.suppress(OSError):
                while True:
                    stack.enter_context(Descriptor())
            client.connect(("127.0.0.1", world.port))
            for _ in range(50):
                served.raw(PING)
                assert served.receive() == Message("/soundkin/pong", (1,))
            assert len(calls) - before <= 2
        world.now += 1.1
        served.raw(PING)
        served.receive()
        client.settimeout(5)
        client.sendall(b"GET /?HOST_INFO HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % world.port)
        assert client.recv(100).startswith(b"HTTP/1.1 200")
    assert len([record for record in caplog.records if "new connections wait" in record.getMessage()]) == 1


class Descriptor:
    """One descriptor, taken for a while."""

    def __init__(self) -> None:
        self.number = os.open(os.devnull, os.O_RDONLY)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.number)


def fix_buffers(peer: StreamPeer, connection: StreamEndpoint) -> None:
    """The system keeps less than what waits, and never begins to take more."""
    peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    connection.outgoing._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)


@pytest.mark.parametrize("make", [StreamPeer, WebSocketPeer])
def test_who_reads_nothing_for_half_a_minute_is_closed_though_it_subscribed(
    world: World, make: type[StreamPeer], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with make(world.port) as peer:
        peer.send("/soundkin/subscribe", "status")
        peer.until("/soundkin/subscribed")
        (connection,) = world.carrier._connections
        fix_buffers(peer, connection)
        while len(connection.outgoing) < 100_000:
            connection.write(bytes(100_000))
        sent = -1
        while sent != connection.outgoing.sent:  # until the system takes nothing more
            sent = connection.outgoing.sent
            for _ in range(10):
                world.heard()
        world.passes(29)
        assert connection in world.carrier._connections
        world.passes(2.5)
        world.settled(lambda: connection not in world.carrier._connections)
        served = len(connection.outgoing)
        connection.send([b"/soundkin/page\0\0,\0\0\0"])
        assert len(connection.outgoing) == served == 0
    assert [r.getMessage() for r in caplog.records if "slowly" in r.getMessage()] == [
        f"{connection.name} reads too slowly and was closed"
    ]


def test_who_reads_a_little_all_the_time_is_not(world: World) -> None:
    with StreamPeer(world.port) as peer:
        peer.send("/soundkin/subscribe", "status")
        peer.until("/soundkin/subscribed")
        (connection,) = world.carrier._connections
        fix_buffers(peer, connection)
        for _ in range(5):
            while len(connection.outgoing) < 1_000_000:
                connection.write(bytes(10_000))
            world.passes(20)
            sent = connection.outgoing.sent
            while connection.outgoing.sent == sent:
                peer.socket.recv(65_536)
                world.heard()
        assert connection in world.carrier._connections
        assert open_still(peer.socket)
