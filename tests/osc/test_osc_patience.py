"""How long connections are waited for: those that say nothing, say it slowly, or do not go. Time is the test's own."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable

import pytest

from fakes_service import FakeService, library
from osc_streams import StreamPeer, WebSocketPeer, size_peer
from stream_world import PING, World, open_still


@pytest.fixture
def service() -> FakeService:
    return library(100)


def test_who_says_nothing_is_ended_after_ten_seconds(world: World) -> None:
    with socket.create_connection(("127.0.0.1", world.port), 5) as sock:
        world.has(1)
        world.passes(9.5)
        assert open_still(sock)
        world.passes(1.5)
        assert not open_still(sock)


@pytest.mark.parametrize("start", [b"\xc0/soundkin", b"\0\0\0\x20/soundkin", b"/sou"])
def test_a_packet_that_takes_ten_seconds_is_not_waited_for(world: World, start: bytes) -> None:
    with socket.create_connection(("127.0.0.1", world.port), 5) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in start:
            sock.sendall(bytes([byte]))
            world.passes(9.9 / len(start))
        assert open_still(sock)
        sock.sendall(b"x")
        world.passes(1.5)
        assert not open_still(sock)


def test_a_request_that_trickles_in_is_ended_after_ten_seconds_and_told_so(world: World) -> None:
    with socket.create_connection(("127.0.0.1", world.port), 5) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"GET / HTT":
            sock.sendall(bytes([byte]))
            world.passes(1.1)
        assert open_still(sock)
        world.passes(1.5)
        sock.settimeout(5)
        assert sock.recv(100).startswith(b"HTTP/1.1 408 ")


def test_a_connection_is_kept_two_seconds_for_the_next_request(world: World) -> None:
    request = f"GET /soundkin/go HTTP/1.1\r\nHost: 127.0.0.1:{world.port}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", world.port), 5) as sock:
        for _ in range(4):
            sock.sendall(request)
            assert sock.recv(65_536).startswith(b"HTTP/1.1 200 ")
            world.passes(1.9)
        assert open_still(sock)
        world.passes(1.5)
        assert not open_still(sock)


def test_the_next_request_may_not_trickle_in_either(world: World) -> None:
    request = f"GET /soundkin/go HTTP/1.1\r\nHost: 127.0.0.1:{world.port}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", world.port), 5) as sock:
        sock.sendall(request)
        assert sock.recv(65_536).startswith(b"HTTP/1.1 200 ")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in request[:9]:
            sock.sendall(bytes([byte]))
            world.passes(1.1)
        world.passes(1.5)
        sock.settimeout(5)
        assert sock.recv(100).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("make", [StreamPeer, size_peer])
def test_osc_over_tcp_may_be_silent_for_five_minutes(world: World, make: Callable[[int], StreamPeer]) -> None:
    with make(world.port) as peer:
        for _ in range(3):
            peer.raw(PING)
            peer.receive()
            world.passes(299)
        assert open_still(peer.socket)
        world.passes(2)
        assert not open_still(peer.socket)


def test_a_websocket_may_be_silent_for_five_minutes_and_is_told_when_it_was_longer(world: World) -> None:
    with WebSocketPeer(world.port) as peer:
        for opcode, data in ((9, b""), (10, b""), (1, b"{}"), (2, PING)):
            peer.frame(opcode, data)
            world.passes(299)
            assert peer.socket.recv(1, socket.MSG_PEEK) if opcode in (2, 9) else open_still(peer.socket)
        world.passes(2)
        assert peer.goodbye() == (1001, "nothing was said for too long")


def test_a_message_that_never_ends_does_not_count_as_something_said(world: World) -> None:
    with WebSocketPeer(world.port) as peer:
        peer.frame(2, b"/", final=False)
        for _ in range(5):
            world.passes(59)
            peer.frame(0, b"x", final=False)
        world.passes(10)
        assert peer.goodbye() == (1001, "nothing was said for too long")


def test_who_subscribed_or_listens_may_be_silent_for_ever(world: World) -> None:
    with StreamPeer(world.port) as subscriber, WebSocketPeer(world.port) as listener:
        subscriber.send("/soundkin/subscribe", "status")
        subscriber.until("/soundkin/subscribed")
        listener.command("LISTEN", "/soundkin/sel/name")
        world.passes(100_000)
        assert open_still(subscriber.socket)
        assert open_still(listener.socket)


def test_who_has_to_show_the_token_has_ten_seconds_for_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("soundkin_osc.carriers.connection.is_loopback", lambda host: False)
    with WebSocketPeer(world.port) as peer:
        peer.raw(PING)
        assert peer.receive().address == "/soundkin/error"
        world.now += 11
        world.settled(lambda: not world.carrier._connections or any(c.ended for c in world.carrier._connections))
        assert peer.goodbye() == (1008, "the token was not shown in time")


def test_who_does_not_go_after_a_goodbye_is_closed_two_seconds_later(world: World) -> None:
    with WebSocketPeer(world.port) as peer:
        peer.frame(3)
        assert peer.goodbye() is not None
        world.has(1)
        world.passes(1.9)
        assert len(world.carrier._connections) >= 1
        world.passes(1.1)
        world.settled(lambda: not any(connection.lingers for connection in world.carrier._connections))


def test_who_sends_on_for_ever_after_a_goodbye_is_closed(world: World) -> None:
    with WebSocketPeer(world.port) as peer:
        peer.frame(3)
        with pytest.raises(ConnectionError):
            peer.socket.sendall(bytes(20_000_000))


def test_who_does_not_read_the_last_words_is_closed_half_a_minute_later(world: World) -> None:
    with StreamPeer(world.port) as peer:
        peer.raw(PING)
        peer.receive()
        (connection,) = world.carrier._connections
        while len(connection.outgoing) < 300_000:
            connection.write(bytes(100_000))
        connection.end()
        world.passes(29)
        assert connection in world.carrier._connections
        world.passes(2.5)
        world.settled(lambda: connection not in world.carrier._connections)


def test_the_room_of_who_was_ended_or_has_said_nothing_goes_to_the_next(world: World) -> None:
    peers = [StreamPeer(world.port) for _ in range(30)]
    for peer in peers:
        peer.raw(PING)
        peer.receive()
    silent = socket.create_connection(("127.0.0.1", world.port), 5)
    world.has(31)
    ended = WebSocketPeer(world.port)
    ended.frame(3)
    assert ended.goodbye() is not None
    with StreamPeer(world.port) as newcomer:
        newcomer.raw(PING)
        newcomer.receive()
        assert open_still(silent)
        with WebSocketPeer(world.port) as next_one:
            assert next_one.status == 101
            assert not open_still(silent)
    for peer in (*peers, ended):
        peer.close()
    silent.close()


def test_a_connection_that_fails_is_closed_and_the_others_are_served_on(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    def fails(*_: object) -> bool:
        raise RuntimeError("a fault of ours")

    with StreamPeer(world.port) as other, monkeypatch.context() as patch:
        other.raw(PING)
        other.receive()
        patch.setattr("soundkin_osc.dispatch.Dispatcher.handle", fails)
        for _ in range(3):
            with StreamPeer(world.port) as peer:
                peer.raw(PING)
                assert peer.closed()
        patch.undo()
        other.raw(PING)
        assert other.receive().address == "/soundkin/pong"
    assert len([record for record in caplog.records if record.exc_info]) == 1
