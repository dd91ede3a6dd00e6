"""The addresses that our own client reads: everything known as JSON, page by page, whatever the wire loses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from fakes_service import FakeService, library
from lossy_relay import LossyRelay, stop
from osc_peer import Daemon, Peer, serving
from osc_wire import Wire
from soundkin.errors import BadArgumentError, QueryError, UnknownSampleError
from soundkin.interfaces import Door
from soundkin.model import Answer, Like, Query, Resolved, SampleId, State
from soundkin_osc.client.reply_lines import number
from soundkin_osc.client.udp_client import SoundkinClient
from soundkin_osc.handlers.reports import Reports
from soundkin_osc.handlers.whole import WholeHandlers
from soundkin_osc.peers.endpoint import Later, Request
from soundkin_osc.peers.sessions import Sessions
from soundkin_osc.protocol import signature
from soundkin_osc.protocol.addresses import TABLE
from soundkin_osc.protocol.codec import Message

KIT = '{"like": [{"id": 10}, {"id": 50}]}'


@pytest.fixture
def service() -> FakeService:
    made = library(300)
    made.alike = [tuple(range(1, 71)), (100, 101)]
    made.samples[2] = replace(made.samples[2], state=State.MISSING)
    return made


@pytest.fixture
def client(daemon: Daemon) -> Iterator[SoundkinClient]:
    with SoundkinClient("127.0.0.1", daemon.port) as client:
        yield client


def lines(answer: list[Message], address: str) -> list[Message]:
    return [message for message in answer if message.address == f"/soundkin/{address}"]


def test_a_list_says_everything_of_each_sample(peer: Peer, service: FakeService) -> None:
    *listed, done = peer.ask("/soundkin/list", 3, "kick 00", 2, 5)
    assert [line.args[:2] for line in listed] == [(3, 5), (3, 6)]
    told = json.loads(str(listed[0].args[2]))
    assert (told["id"], told["path"], told["facts"]["sample_rate"]) == (7, "/samples/kick 0007.wav", 44_100)
    assert done.args[:3] == (3, 2, 8)


def test_a_sample_is_looked_up_by_its_id_or_by_its_path(peer: Peer) -> None:
    for args in ((7,), (0, "/samples/kick 0007.wav")):
        line, done = peer.ask("/soundkin/lookup", 3, *args)
        assert (line.args[:2], json.loads(str(line.args[2]))["id"]) == ((3, 0), 7)
        assert done.args == (3, 1, 1, "")
    assert peer.ask("/soundkin/lookup", 3, 999)[-1].args[1:2] == (4,)
    assert peer.ask("/soundkin/lookup", 3)[-1].args[1:2] == (4,)
    (unknown,) = peer.ask("/soundkin/lookup", 3, 0, "/nowhere.wav")
    assert unknown.args[1:] == (3, "/soundkin/lookup", "'/nowhere.wav' is not in the library")


def test_duplicates_come_in_pages_that_fit_one_another(peer: Peer, service: FakeService) -> None:
    first = peer.ask("/soundkin/duplicates", 3, 0.5, "", 64)
    rows = lines(first, "duplicate")
    assert [row.args[1:4] for row in rows[:2]] == [(0, 0, 1), (1, 0, 3)]  # 2 is missing
    assert rows[0].args[4:] == (1000.0, "/samples/kick 0001.wav")
    copy = json.loads(str(lines(first, "copy")[0].args[2]))
    assert (copy["group"], copy["bytes"], copy["sample"]["id"]) == (0, 1000, 1)
    assert first[-1].args[1:3] == (64, 71)
    snapshot = first[-1].args[3]
    service.alike = []
    second = peer.ask("/soundkin/duplicates", 3, 0.5, "", 64, 64, snapshot)
    assert [row.args[1:4] for row in lines(second, "duplicate")][-2:] == [(69, 1, 100), (70, 1, 101)]
    assert second[-1].args[1:] == (7, 71, snapshot)
    other = peer.ask("/soundkin/duplicates", 3, 0.6, "", 64, 64, snapshot)
    assert other[-1].args[1:3] == (0, 0)
    assert other[-1].args[3] != snapshot


def test_a_kit_comes_in_pages_that_fit_one_another_and_says_what_each_slot_asks_about(
    peer: Peer, service: FakeService
) -> None:
    first = peer.ask("/soundkin/kit", 3, 40, "", 64, 0, "", KIT)
    assert [line.args for line in lines(first, "kit.slot")] == [(3, 0, 10), (3, 1, 50)]
    hits = lines(first, "neighbour")
    assert [hit.args[1] for hit in hits] == list(range(64))
    assert first[-1].args[1:3] == (64, 80)
    service.samples.clear()
    second = peer.ask("/soundkin/kit", 3, 40, "", 64, 64, first[-1].args[3], KIT)
    assert [line.args[1] for line in second[:-1]] == list(range(64, 80))
    assert second[-1].args[3] == first[-1].args[3]


@pytest.mark.parametrize("greedy", [1, 12])
def test_who_pages_through_a_report_gets_it_whole_though_others_ask_for_many(
    peer: Peer, daemon: Daemon, greedy: int
) -> None:
    """One socket that asks for many reports between two pages, and a dozen of them with a few each."""
    first = peer.ask("/soundkin/duplicates", 3, 0.5, "", 10)
    read, snapshot = number(first[-1], 1), first[-1].args[3]
    with ExitStack() as others:
        sockets = [others.enter_context(Peer(daemon.port)) for _ in range(greedy)]
        asked = 0
        while read < 71:
            for other in sockets:
                for _ in range(40 // greedy):
                    asked += 1
                    other.ask("/soundkin/duplicates", 4, 0.5 + asked / 1000, "", 10)
                    other.ask("/soundkin/kit", 5, 40, "", 64, 0, "", KIT)
            page = peer.ask("/soundkin/duplicates", 3, 0.5, "", 10, read, snapshot)
            assert page[-1].args[3] == snapshot
            read += number(page[-1], 1)


def test_a_kit_that_reads_audio_is_not_in_the_way_of_other_questions(
    peer: Peer, daemon: Daemon, service: FakeService
) -> None:
    service.readable["/elsewhere.wav"] = 3.0
    service.gate.clear()
    peer.send("/soundkin/kit", 3, 4, "", 64, 0, "", '{"like": [{"path": "/elsewhere.wav"}]}')
    with Peer(daemon.port) as other:
        assert other.ask("/soundkin/find/id", 1, 50, 1)[-1].address == "/soundkin/done"
    service.gate.set()
    assert peer.until("/soundkin/done")[-1].args[:3] == (3, 4, 4)


def test_missing_files_are_listed_and_forgotten(peer: Peer, service: FakeService) -> None:
    line, done = peer.ask("/soundkin/missing", 3)
    assert line.args == (3, 0, "/samples/kick 0002.wav")
    assert done.args[1:3] == (1, 1)
    assert peer.ask("/soundkin/index/forget", 1.5, 4)[-1].args[:2] == (4, 1)
    assert service.calls == ["forget 129600"]
    (refused,) = peer.ask("/soundkin/index/forget", -1.0, 4)
    assert refused.address == "/soundkin/error"
    assert refused.args[:2] == (4, 1)
    assert service.calls == ["forget 129600"]


def test_a_hit_that_was_used_is_noted(peer: Peer, service: FakeService) -> None:
    assert peer.ask("/soundkin/committed", 7, 4)[-1].address == "/soundkin/done"
    assert service.calls == ["committed 7"]


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def answer(handlers: WholeHandlers, wire: Wire, address: str, *args: object) -> list[Message]:
    """What a handler answers, without threads."""
    entry = TABLE[f"/soundkin/{address}"]
    fitted = signature.fit(entry.parameters, args)  # type: ignore[arg-type]
    found = handlers.routes()[entry.path](Request(wire, entry, fitted, 3))
    while isinstance(found, Later):
        found = found.run()
    return list(found)


def test_an_answer_is_kept_for_two_minutes_from_the_last_page_that_was_read(service: FakeService) -> None:
    clock = Clock()
    handlers, wire = WholeHandlers(service, clock), Wire("a", Sessions())
    snapshot = answer(handlers, wire, "duplicates", 3, 0.5, "", 10)[-1].args[3]
    for _ in range(3):
        clock.now += 119.9
        assert answer(handlers, wire, "duplicates", 3, 0.5, "", 10, 10, snapshot)[-1].args[3] == snapshot
    clock.now += 120.1
    assert answer(handlers, wire, "duplicates", 3, 0.5, "", 10, 10, snapshot)[-1].args[3] != snapshot


def test_four_answers_of_a_source_are_kept_and_only_such_as_are_longer_than_a_page() -> None:
    reports: Reports[int] = Reports(lambda: 0.0)
    kept = [reports.made(("q", n), [1, 2, 3], page=2, source=("me",)) for n in range(4)]
    reports.made(("short",), [1, 2, 3], page=3, source=("me",))
    assert [reports.find(each.snapshot, each.key) for each in kept] == kept
    reports.find(kept[0].snapshot, kept[0].key)
    reports.made(("fifth",), [1, 2, 3], page=2, source=("me",))
    assert [reports.find(each.snapshot, each.key) is not None for each in kept] == [True, False, True, True]
    assert reports.find(kept[0].snapshot, ("another question",)) is None


@pytest.mark.parametrize("address", ["list", "lookup", "kit"])
def test_paths_are_not_told_to_whoever_may_not_see_them(service: FakeService, address: str) -> None:
    wire = Wire("far", Sessions(), sees_paths=False)
    arguments = {"list": (3, ""), "lookup": (3, 7), "kit": (3, 4, "", 64, 0, "", KIT)}
    with pytest.raises(Exception, match="paths are only told to callers on this machine"):
        answer(WholeHandlers(service), wire, address, *arguments[address])


def test_duplicates_are_told_by_name_to_whoever_may_not_see_paths(service: FakeService) -> None:
    told = answer(WholeHandlers(service), Wire("far", Sessions(), sees_paths=False), "duplicates", 3)
    assert lines(told, "copy") == []
    assert lines(told, "duplicate")[0].args[5] == "kick 0001.wav"


def everything(door: Door) -> list[object]:
    kit = Query((Like(id=SampleId(10)), Like(id=SampleId(50)), Like(id=SampleId(90))))
    return [
        door.kit(kit, 30, [1]),
        door.duplicates(),
        door.search("kick", 150, "is:any"),
        door.sample(SampleId(7)),
        door.problems(),
        door.contradictions(),
        door.missing(),
        door.roots(),
        door.status(),
    ]


def test_whatever_is_lost_the_answers_arrive_whole(daemon: Daemon, service: FakeService) -> None:
    with SoundkinClient("127.0.0.1", daemon.port) as client:
        whole = everything(client)
    assert whole == everything(service)
    relay = LossyRelay(daemon.port, drop=set())
    with SoundkinClient("127.0.0.1", relay.front.getsockname()[1]) as client:
        assert everything(client) == whole
    stop(relay)
    packets = relay.count
    assert packets > 100
    for lost in range(0, packets, 7):
        relay = LossyRelay(daemon.port, drop={lost, lost + 1})
        with SoundkinClient("127.0.0.1", relay.front.getsockname()[1]) as client:
            assert everything(client) == whole, lost
        stop(relay)


class Wordy(FakeService):
    """Its plan takes a datagram of its own."""

    def answer(self, resolved: Resolved) -> Answer:
        return replace(super().answer(resolved), plan="x" * 1_200)


def test_lines_beside_the_hits_that_were_lost_are_asked_for_again(service: FakeService) -> None:
    """Those that stand in datagrams without hits: the slots of a large kit, and how a question was searched."""
    large = Query(tuple(Like(id=SampleId(number)) for number in range(3, 67)))
    small = Query((Like(id=SampleId(50)),), k=3)
    with serving(Wordy(samples=service.samples)) as daemon:
        with SoundkinClient("127.0.0.1", daemon.port) as client:
            whole = client.kit(large, 1), client.find(small)
        for lost in range(6):
            relay = LossyRelay(daemon.port, drop={lost})
            with SoundkinClient("127.0.0.1", relay.front.getsockname()[1]) as client:
                assert client.kit(large, 1) == whole[0], lost
            stop(relay)
            relay = LossyRelay(daemon.port, drop={lost})
            with SoundkinClient("127.0.0.1", relay.front.getsockname()[1]) as client:
                assert client.find(small) == whole[1], lost
            stop(relay)


def test_an_answer_that_was_let_go_while_it_was_read_is_begun_again(
    service: FakeService, client: SoundkinClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Reports.find
    let_go = iter([True, True])

    def find(self: Reports[object], snapshot: str, key: tuple[object, ...]) -> object:
        return None if snapshot and next(let_go, False) else found(self, snapshot, key)

    monkeypatch.setattr(Reports, "find", find)
    assert client.duplicates() == service.duplicates()
    monkeypatch.setattr(Reports, "find", lambda self, snapshot, key: None)
    with pytest.raises(QueryError, match="let go before it was read, 3 times"):
        client.duplicates()


def test_what_the_wire_cannot_carry_is_refused_by_name(client: SoundkinClient) -> None:
    long = tuple(Like(path="/" + "é" * 2_000) for _ in range(10))
    with pytest.raises(BadArgumentError, match=r"the question takes 1\d+,\d+ bytes as JSON, expected at most 60,000"):
        client.find(Query(long))
    with pytest.raises(BadArgumentError, match="NUL"):
        client.search("a\0b", 5)


def test_a_long_question_gets_through_in_many_strings(client: SoundkinClient, service: FakeService) -> None:
    excluded = tuple(SampleId(number) for number in range(1000, 10_000))
    query = Query((Like(id=SampleId(50)),), k=3, exclude=excluded)
    assert len(client.find(query).neighbours) == 3
    assert service.last is not None
    assert service.last.exclude == excluded


def test_a_long_path_is_named_in_full_in_an_error(client: SoundkinClient) -> None:
    path = "/nowhere" + "/folder" * 300 + "/x.wav"
    with pytest.raises(UnknownSampleError) as caught:
        client.find(Query((Like(path=path),)))
    assert path in str(caught.value)
