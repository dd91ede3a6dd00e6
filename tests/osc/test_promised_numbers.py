"""Numbers that docs/osc.md promises to clients, asked for over the wire."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from fakes_service import FakeService, library
from osc_peer import Daemon, Peer
from osc_streams import StreamPeer
from soundkin.config import OscSettings
from soundkin_osc.peers.heartbeat import Heartbeat
from soundkin_osc.protocol.codec import Message, decode


@pytest.fixture
def service() -> FakeService:
    return library(2_000)


def results(messages: list[Message]) -> int:
    return [message.address for message in messages].count("/soundkin/result")


def test_one_port_number_serves_everything_unless_another_is_set() -> None:
    assert OscSettings().port == 27_400
    assert OscSettings().host == "127.0.0.1"


@pytest.mark.parametrize("address", ["/soundkin/find/id", "/soundkin/find/text"])
def test_a_question_without_a_count_gets_16_hits_and_64_over_udp_at_most(peer: Peer, address: str) -> None:
    about: int | str = "kick" if address.endswith("text") else 50
    assert results(peer.ask(address, 1, about)) == 16
    assert results(peer.ask(address, 1, about, 64)) == 64
    assert results(peer.ask(address, 1, about, 65)) == 64


def test_over_a_stream_it_gets_1000_hits_at_most(daemon: Daemon) -> None:
    with StreamPeer(daemon.port) as peer:
        assert results(peer.ask("/soundkin/find/id", 1, 50, 1_000)) == 1_000
        assert results(peer.ask("/soundkin/find/id", 1, 50, 1_001)) == 1_000


def test_an_offset_may_go_up_to_the_largest_whole_number_that_a_float_holds(peer: Peer, service: FakeService) -> None:
    for offset in (16_777_215, 16_777_216):
        peer.ask("/soundkin/find/id", 1, 50, 1, offset)
        assert service.last is not None
        assert service.last.offset == 16_777_215


def test_bundles_are_filled_up_to_1232_bytes(peer: Peer) -> None:
    peer.packets.clear()
    peer.ask("/soundkin/find/id", 1, 50, 64)
    sizes = [len(packet) for packet in peer.packets]
    assert max(sizes) <= 1_232
    hit = (sizes[0] - 16) // len(decode(peer.packets[0]))
    assert sizes[0] > 1_232 - hit  # there was no room for one more


def test_64_bytes_of_a_ping_come_back_and_more_is_an_error(peer: Peer) -> None:
    for args in (("x" * 64,), tuple(range(16)), (b"y" * 60, 0.5)):
        peer.send("/soundkin/ping", *args)
        assert peer.receive() == [Message("/soundkin/pong", args)]
    for args in (("x" * 65,), tuple(range(17)), (b"y" * 61, 0.5)):
        peer.send("/soundkin/ping", *args)
        (error,) = peer.receive()
        assert error.args[1] == 1


def test_answers_can_be_sent_to_ports_from_1024_up(peer: Peer) -> None:
    assert peer.ask("/soundkin/reply_to", 1_023)[-1].args[1] == 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(5)
        peer.send("/soundkin/reply_to", ear.getsockname()[1])
        assert decode(ear.recv(9_000))[0].address == "/soundkin/replying_to"


@pytest.mark.parametrize(("asked", "given"), [((), 60), ((1,), 1), ((0,), 1), ((3_600,), 3_600), ((3_601,), 3_600)])
def test_a_subscription_lasts_a_minute_unless_it_says_otherwise_and_an_hour_at_most(
    peer: Peer, asked: tuple[int, ...], given: int
) -> None:
    peer.send("/soundkin/subscribe", "status", *asked)
    assert peer.until("/soundkin/subscribed")[-1].args == (given, "status")


def test_eight_questions_of_an_endpoint_may_be_open_and_the_ninth_ends_in_error_five(
    peer: Peer, service: FakeService, tmp_path: Path
) -> None:
    file = tmp_path / "slow.wav"
    file.write_bytes(b"RIFF")
    service.readable[str(file)] = 50.0
    service.gate.clear()
    for rid in range(1, 10):
        peer.send("/soundkin/find/path", rid, str(file), 1)
    (busy,) = peer.until("/soundkin/error")
    assert busy.args[:2] == (9, 5)
    service.gate.set()
    ended = [peer.until("/soundkin/done", "/soundkin/error")[-1] for _ in range(8)]
    assert {(message.address, message.args[0]) for message in ended} == {("/soundkin/done", n) for n in range(1, 9)}


def test_a_kit_has_at_most_64_alternates_for_a_slot(peer: Peer) -> None:
    question = json.dumps({"like": [{"id": 50}]})
    assert results(peer.ask("/soundkin/find/kit", 1, 4, "", question)) == 4
    assert results(peer.ask("/soundkin/find/kit", 1, 64, "", question)) == 64
    assert peer.ask("/soundkin/find/kit", 1, 65, "", question)[-1].args[1] == 1


class Beats:
    """Waits instead of the heart and notes for how long, three times."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def wait(self, timeout: float) -> bool:
        self.waits.append(timeout)
        return len(self.waits) > 3

    def set(self) -> None: ...


def test_the_heart_beats_every_two_seconds() -> None:
    class Told:
        def __init__(self) -> None:
            self.beats: list[Message] = []

        def expire(self) -> None: ...

        def publish(self, topic: str, messages: list[Message]) -> None:
            assert topic == "status"
            self.beats += messages

    told, beats = Told(), Beats()
    heart = Heartbeat(told)  # type: ignore[arg-type]
    heart._stop = beats  # type: ignore[assignment]
    heart.start()
    heart.stop(5)
    heart._thread.join(5)
    assert beats.waits == [2.0] * 4
    assert [message.args for message in told.beats] == [(1,), (0,), (1,)]


def test_a_number_from_one_half_up_presses_a_button(peer: Peer) -> None:
    peer.send("/soundkin/subscribe", "cursor")
    peer.send("/soundkin/sel/id", 50)
    peer.settled()
    peer.send("/soundkin/go")
    peer.until("/soundkin/cursor/total")
    peer.settled()
    for pressed, moves in ((0.49, False), (0.5, True), (0, False), (1, True)):
        peer.send("/soundkin/nav/next", pressed)
        heard = [message.address for message in peer.settled()]
        assert ("/soundkin/cursor/index" in heard) is moves, pressed
