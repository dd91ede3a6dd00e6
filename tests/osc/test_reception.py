"""Receiving many datagrams by one call says the same as receiving them one after the other."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import pytest

from soundkin_osc.carriers import reception as module
from soundkin_osc.carriers.reception import Reception, reception

Make = Callable[[socket.socket], Reception]


@pytest.fixture(params=["127.0.0.1", "::1"])
def server(request: pytest.FixtureRequest) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET6 if ":" in request.param else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        sock.bind((request.param, 0))
        sock.setblocking(False)
        yield sock


@pytest.fixture(params=["the quickest", "one after the other"])
def receive(request: pytest.FixtureRequest, server: socket.socket, monkeypatch: pytest.MonkeyPatch) -> Reception:
    if request.param != "the quickest":
        monkeypatch.setattr("sys.platform", "darwin")
    return reception(server)


def peer(server: socket.socket) -> socket.socket:
    sock = socket.socket(server.family, socket.SOCK_DGRAM)
    sock.connect(server.getsockname())
    return sock


def test_datagrams_come_whole_in_order_and_with_their_senders(server: socket.socket, receive: Reception) -> None:
    assert receive() == []
    with peer(server) as one, peer(server) as other:
        sent = []
        for number, size in enumerate((0, 1, 20, 1_472, 65_000, 65_507)):
            sender = (one, other)[number % 2]
            sender.send(bytes([number]) * size)
            sent.append((bytes([number]) * size, sender.getsockname()[:2]))
        assert receive() == sent
    assert receive() == []


def test_more_than_one_batch_is_taken_by_one_call(server: socket.socket, receive: Reception) -> None:
    with peer(server) as one:
        for number in range(200):
            one.send(b"%d" % number)
    assert [packet for packet, _ in receive()] == [b"%d" % number for number in range(200)]


def test_one_call_takes_about_a_thousand_at_most(
    server: socket.socket, receive: Reception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 64)
    with peer(server) as one:
        for _ in range(200):
            one.send(b"x")
    assert len(receive()) == 64


def test_a_closed_socket_is_an_error(server: socket.socket, receive: Reception) -> None:
    server.close()
    with pytest.raises(OSError):
        receive()
