"""One list of scenarios over every carrier: UDP, TCP with both framings, WebSocket, mailbox."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fakes_service import FakeService, library
from osc_peer import Daemon, Peer, serving
from osc_streams import Asker, MailPeer, StreamPeer, UdpAsker, WebSocketPeer, get, size_peer
from soundkin_osc.carriers.framing import SlipFrames
from soundkin_osc.protocol.codec import Message, bundle, encode


@pytest.fixture
def service() -> FakeService:
    return library(2000)


@pytest.fixture
def daemon(service: FakeService, tmp_path: Path) -> Iterator[Daemon]:
    with serving(service, mailbox=tmp_path / "box") as daemon:
        yield daemon


CARRIERS: dict[str, Callable[[int], Asker]] = {
    "udp": UdpAsker,
    "slip": StreamPeer,
    "size": size_peer,
    "websocket": WebSocketPeer,
}


@pytest.fixture(params=["udp", "slip", "size", "websocket", "mailbox"])
def asker(request: pytest.FixtureRequest, daemon: Daemon, tmp_path: Path) -> Iterator[Asker]:
    name = request.param
    asker = MailPeer(tmp_path / "box") if name == "mailbox" else CARRIERS[name](daemon.port)
    yield asker
    asker.close()


def test_find_lists_hits_then_done(asker: Asker) -> None:
    *hits, done = asker.ask("/soundkin/find/id", 7, 50, 4)
    assert [hit.args[:3] for hit in hits] == [(7, 0, 49), (7, 1, 51), (7, 2, 48), (7, 3, 52)]
    assert done == Message("/soundkin/done", (7, 4, 1999, "s2000"))


def test_an_unknown_address_is_answered_with_what_was_meant(asker: Asker) -> None:
    (error,) = asker.ask("/soundkin/find/paht", 3)
    assert error.args[:2] == (3, 2)
    assert "/soundkin/find/path" in str(error.args[3])


def test_bad_arguments_name_what_was_expected(asker: Asker) -> None:
    (error,) = asker.ask("/soundkin/find/id", 3, "x")
    assert error.args == (3, 1, "/soundkin/find/id", "id: expected a whole number, got 'x'")


def test_a_file_outside_the_library_is_analysed(asker: Asker, service: FakeService, tmp_path: Path) -> None:
    file = tmp_path / "new é.wav"
    file.write_bytes(b"RIFF")
    service.readable[str(file)] = 60.0
    *hits, _ = asker.ask("/soundkin/find/path", 1, str(file), 1)
    assert hits[0].args[2] == 60


def test_bundles_run_whole_or_not_at_all(asker: Asker, service: FakeService) -> None:
    asker.raw(bundle([encode(Message("/soundkin/pause")), encode(Message("/soundkin/resume"))]))
    deadline = time.monotonic() + 5
    while len(service.calls) < 2 and time.monotonic() < deadline:
        time.sleep(0.005)
    assert service.calls == ["pause", "resume"]
    asker.raw(bundle([encode(Message("/soundkin/pause")), b"/x\0\0zzzz"]))
    time.sleep(0.05)
    assert service.calls == ["pause", "resume"]


def test_orders_from_this_machine_are_obeyed_but_not_through_patterns(asker: Asker, daemon: Daemon) -> None:
    asker.raw(encode(Message("/soundkin/{quit,stop}")))
    assert not daemon.quit.wait(0.1)
    assert asker.ask("/soundkin/quit", 5)[-1].args[0] == 5
    assert daemon.quit.wait(5)


def test_streams_carry_more_hits_than_a_datagram(daemon: Daemon) -> None:
    for kind in (StreamPeer, size_peer, WebSocketPeer):
        with kind(daemon.port) as peer:
            assert len(peer.ask("/soundkin/find/id", 1, 50, 1000)) == 1001


def test_a_connection_is_pushed_to_for_as_long_as_it_lasts(daemon: Daemon) -> None:
    with StreamPeer(daemon.port) as peer, Peer(daemon.port) as other:
        peer.send("/soundkin/subscribe", "cursor")
        assert peer.until("/soundkin/subscribed")[-1].args == (0, "cursor")
        peer.until("/soundkin/weight/rhythm")
        other.send("/soundkin/sel/id", 9)
        assert peer.until("/soundkin/sel/name")[-1].args == ("kick 0009.wav",)


def test_bytes_that_are_neither_osc_nor_http_close_the_connection(daemon: Daemon) -> None:
    for junk in (b"\xff\xff\xff\xff", b"hello\r\n", b"\x16\x03\x01\x02\x00", b"\0\0\0\x05abcde", b"\xc0/a\xc0"):
        with StreamPeer(daemon.port) as peer:
            peer.socket.sendall(junk)
            assert peer.closed(), junk


def test_a_stream_cut_into_single_bytes_is_understood(daemon: Daemon) -> None:
    for make in (StreamPeer, size_peer):
        with make(daemon.port) as peer:
            for byte in peer.frames.wrap(encode(Message("/soundkin/ping", (5,)))):
                peer.socket.sendall(bytes([byte]))
            assert peer.receive() == Message("/soundkin/pong", (5,))


def test_slip_with_one_end_between_packets_is_understood(daemon: Daemon) -> None:
    with StreamPeer(daemon.port) as peer:
        packet = encode(Message("/soundkin/ping", (5,)))
        peer.socket.sendall(packet + b"\xc0" + packet + b"\xc0")
        assert [peer.receive(), peer.receive()] == [Message("/soundkin/pong", (5,))] * 2


def test_quiet_connections_keep_no_newcomer_out_and_the_longest_idle_is_told(daemon: Daemon) -> None:
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(StreamPeer(daemon.port)) for _ in range(32)]
        for peer in (*peers, peers[0]):
            peer.send("/soundkin/ping", 1)
            assert peer.receive().address == "/soundkin/pong"
        late = stack.enter_context(StreamPeer(daemon.port))
        assert late.ask("/soundkin/find/id", 1, 1, 1)[-1].address == "/soundkin/done"
        told = peers[1].receive()
        assert (told.address, told.args[1]) == ("/soundkin/error", 5)
        assert peers[1].closed()
        assert get(daemon.port, "/?HOST_INFO")[0] == 200
        assert peers[2].closed()
        for peer in (peers[0], *peers[3:]):
            peer.send("/soundkin/ping", 2)
            assert peer.receive().args == (2,)


def test_a_reader_that_does_not_read_is_given_up(daemon: Daemon) -> None:
    with StreamPeer(daemon.port) as peer, Peer(daemon.port) as other:
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        ask = SlipFrames().wrap(encode(Message("/soundkin/find/id", (0, 50, 1000))))
        peer.socket.settimeout(0.5)
        deadline = time.monotonic() + 30
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < deadline:
                peer.socket.sendall(ask)
                time.sleep(0.005)
        assert time.monotonic() < deadline
        other.send("/soundkin/ping", 1)
        assert other.receive()


def test_a_client_that_vanishes_leaves_no_thread_and_no_question(
    daemon: Daemon, service: FakeService, tmp_path: Path
) -> None:
    file = tmp_path / "slow.wav"
    file.write_bytes(b"RIFF")
    service.readable[str(file)] = 1.0
    service.gate.clear()
    before = threading.active_count()
    for _ in range(10):
        with StreamPeer(daemon.port) as peer:
            peer.send("/soundkin/find/path", 1, str(file))
    service.gate.set()
    with StreamPeer(daemon.port) as peer:
        assert peer.ask("/soundkin/find/path", 1, str(file), 1)[-1].address == "/soundkin/done"
    assert threading.active_count() == before


def test_all_carriers_share_one_port(daemon: Daemon) -> None:
    assert get(daemon.port, "/?HOST_INFO")[1]["OSC_PORT"] == daemon.port
