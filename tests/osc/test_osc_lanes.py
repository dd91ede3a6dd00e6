"""Which thread does what: the receive threads never ask the library, and reading audio holds nothing else up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daemon_process import until
from fakes_service import FakeService, library
from osc_peer import Daemon, Peer, serving
from osc_streams import StreamPeer
from soundkin.model import Like
from soundkin_osc.protocol.addresses import TABLE
from soundkin_osc.protocol.codec import Message, bundle, encode

FROM_MEMORY = {"rescan", "pause", "resume", "transport"}
"""Wishes that only set a flag."""
ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "find/path": (1, "/samples/kick 0007.wav", 4),
    "find/region": (1, "/samples/kick 0007.wav", 0.0, 0.5),
    "find/query": (1, '{"like": [{"path": "/samples/kick 0007.wav"}, {"id": 3}], "k": 4}'),
    "find/kit": (1, 2, "", '{"like": [{"id": 3}, {"path": "/samples/kick 0007.wav"}]}'),
    "sel/path": ("/samples/kick 0007.wav",),
    "sel/region": ("/samples/kick 0007.wav", 0.0, 0.5),
    "transport": ("stopped",),
    "filter/type": ("loop",),
    "at": (2000, "/soundkin/find/id", 1, 5),
    "session": ("main",),
}
LEFT_OUT = {"quit", "log"}


class WatchedService(FakeService):
    """Notes which thread called what."""

    def __getattribute__(self, name: str) -> Any:
        value = super().__getattribute__(name)
        if callable(value) and not name.startswith("_"):
            super().__getattribute__("called").add((name, threading.current_thread().name))
        return value


@pytest.fixture
def service() -> Iterator[FakeService]:
    watched = WatchedService(samples=library(100).samples)
    watched.__dict__["called"] = set()
    return watched


def settle(peer: Peer | StreamPeer) -> None:
    """Wait until the first lane has done what the peer asked before."""
    peer.send("/soundkin/report", 424242)
    ended = False
    while not ended:
        heard = peer.receive()
        messages = heard if isinstance(heard, list) else [heard]
        ended = any(m.address == "/soundkin/done" and m.args[0] == 424242 for m in messages)


def ask_everything(peer: Peer | StreamPeer) -> None:
    """Each with an id of its own: what has the id of a question that is still open is taken for the same one."""
    for rid, entry in enumerate(TABLE.values(), 1_000):
        if entry.kind not in ("request", "control") or entry.name in LEFT_OUT:
            continue
        args = ARGUMENTS.get(entry.name)
        if args is None:
            numbers = {"i": 1, "f": 0.5, "s": "x", "p": 1.0, "*": 0}
            args = tuple(numbers[each.type] for each in entry.parameters if not each.optional or each.name == "rid")
        names = [each.name for each in entry.parameters]
        if "rid" in names:
            at = names.index("rid")
            args = (*args[:at], rid, *args[at + 1 :])
        peer.send(entry.path, *args)
        settle(peer)


@pytest.mark.parametrize("carrier", ["udp", "tcp"])
def test_whatever_is_asked_no_receive_thread_asks_the_library(service: FakeService, carrier: str) -> None:
    called: set[tuple[str, str]] = service.__dict__["called"]
    with serving(service) as daemon, {"udp": Peer, "tcp": StreamPeer}[carrier](daemon.port) as peer:
        for address, *args in (("sel/id", 50), ("go",), ("commit",)):
            peer.send(f"/soundkin/{address}", *args)
            settle(peer)
        ask_everything(peer)
        settle(peer)
        until(lambda: "remove_root" in {name for name, _ in called}, "what asks disks, in a lane of its own")
    asked = {(name, thread) for name, thread in called if name not in FROM_MEMORY}
    assert {thread for _, thread in asked} == {"osc-query"}
    assert {name for name, _ in asked} >= {
        "resolve", "answer", "answer_kit", "sample", "by_path", "search", "roots", "problems", "status", "committed",
        "add_root", "remove_root",
    }  # fmt: skip


def test_controls_that_come_behind_a_look_into_the_library_are_done_in_their_order(
    peer: Peer, service: FakeService
) -> None:
    controls = [
        ("sel/id", 50), ("go",), ("weight/pitch", 0.8), ("filter/type", "loop"), ("sel/id", 60), ("filter/here", 1),
        *(("weight/rhythm", step / 100) for step in range(20)), ("go",),
    ]  # fmt: skip
    peer.send("/soundkin/subscribe", "cursor")
    peer.settled()
    for _ in range(20):
        packet = bundle([encode(Message(f"/soundkin/{name}", args)) for name, *args in map(list, controls)])  # type: ignore[arg-type]
        peer.socket.send(packet)
        heard = peer.settled()
        assert "/soundkin/error" not in {message.address for message in heard}
        heard += peer.settled()  # the list is filled behind the first look
        assert service.last is not None
        assert service.last.like == (Like(id=service.samples[60].id),)
        assert service.last.filter == 'kind:loop in:"/samples/"'
        assert peer.ask("/soundkin/find/sel", 5, 1)[-1].args[0] == 5
        peer.send("/soundkin/filter/reset")
        peer.send("/soundkin/sel/clear")
        peer.settled()


def test_a_selection_that_does_not_exist_leaves_the_one_before(peer: Peer, service: FakeService) -> None:
    peer.send("/soundkin/sel/id", 50)
    peer.socket.send(bundle([encode(Message("/soundkin/sel/id", (12345,))), encode(Message("/soundkin/go"))]))
    assert [message.args[:3] for message in peer.settled()] == [(0, 4, "/soundkin/sel/id")]
    peer.settled()
    assert service.last is not None
    assert service.last.like == (Like(id=service.samples[50].id),)


def test_what_reads_audio_holds_up_nothing_that_does_not(
    peer: Peer, daemon: Daemon, service: FakeService, tmp_path: Path
) -> None:
    files = [tmp_path / f"{number}.wav" for number in range(6)]
    for file in files:
        file.write_bytes(b"RIFF")
        service.readable[str(file)] = 1.0
    service.gate.clear()
    for rid, file in enumerate(files[:4], 1):
        peer.send("/soundkin/find/path", rid, str(file), 1)
    peer.send("/soundkin/sel/path", str(files[4]))
    peer.send("/soundkin/go")
    with Peer(daemon.port) as other:
        for rid in range(20):
            assert other.ask("/soundkin/find/id", rid, 50, 1)[-1].address == "/soundkin/done"
    service.gate.set()
    assert {peer.until("/soundkin/done")[-1].args[0] for _ in range(4)} == {1, 2, 3, 4}


def test_a_question_that_goes_on_in_the_slow_lane_can_still_be_cancelled_and_is_not_asked_twice(
    peer: Peer, service: FakeService, tmp_path: Path
) -> None:
    file = tmp_path / "slow.wav"
    file.write_bytes(b"RIFF")
    service.readable[str(file)] = 1.0
    service.gate.clear()
    peer.send("/soundkin/find/path", 4, str(file), 1)
    peer.settled()
    peer.send("/soundkin/find/path", 4, str(file), 1)
    (answer,) = peer.ask("/soundkin/cancel", 4)
    assert answer.args[:2] == (4, 10)
    service.gate.set()
    assert peer.silent()


def test_room_for_questions_is_given_back_however_they_end(peer: Peer, service: FakeService, tmp_path: Path) -> None:
    file = tmp_path / "read.wav"
    file.write_bytes(b"RIFF")
    service.readable[str(file)] = 1.0
    for rid in range(1, 601):  # more than may be pending in all
        peer.ask("/soundkin/find/path", rid, str(file) if rid % 3 else "/nowhere.wav", 1)
    service.crash = True
    for rid in range(1, 301):
        assert peer.ask("/soundkin/find/id", rid, 1, 1)[-1].args[1] == 9
    service.crash = False
    assert peer.ask("/soundkin/find/id", 1, 1, 1)[-1].address == "/soundkin/done"
