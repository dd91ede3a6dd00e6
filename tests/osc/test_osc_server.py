"""The UDP server over a real socket with a fake service."""

from __future__ import annotations

import logging
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from fakes_service import FakeService, library
from osc_peer import Daemon, Peer, serving
from soundkin.config import OscSettings
from soundkin.model import Contradiction, Labels, Problem, SampleId, State
from soundkin_osc.carriers.ports import PortBusyError
from soundkin_osc.protocol.addresses import TABLE
from soundkin_osc.protocol.codec import Message, bundle, encode

UNREADABLE = "is not in the library and not a readable file here"


@pytest.fixture
def service() -> FakeService:
    return library(100)


def error(code: int, what: str, text: str, rid: int = 0) -> Message:
    return Message("/soundkin/error", (rid, code, what, text))


def test_ping_comes_back_with_its_arguments(peer: Peer) -> None:
    peer.send("/soundkin/ping", 1, 0.5, "hi")
    assert peer.receive() == [Message("/soundkin/pong", (1, 0.5, "hi"))]


def test_a_long_ping_is_refused_so_that_nobody_is_flooded(peer: Peer) -> None:
    (answer,) = peer.ask("/soundkin/ping", "x" * 65)
    assert answer.args[1] == 1


def test_hello_is_answered_with_who_is_here(peer: Peer, daemon: Daemon) -> None:
    peer.send("/soundkin/hello", "test", 1)
    assert peer.receive() == [Message("/soundkin/welcome", (1, daemon.port, "0.1.0", "soundkin", 100))]


def test_status_is_answered_in_one_message(peer: Peer) -> None:
    peer.send("/soundkin/status")
    assert peer.receive() == [Message("/soundkin/status.reply", ("analysing", 100, 0.25, 150, "0.1.0"))]


def test_find_by_id_lists_hits_then_done(peer: Peer) -> None:
    *hits, done = peer.ask("/soundkin/find/id", 7, 50, 4)
    assert [hit.args[:3] for hit in hits] == [(7, 0, 49), (7, 1, 51), (7, 2, 48), (7, 3, 52)]
    assert hits[0].args[5] == "/samples/kick 0049.wav"
    assert [type(arg) for arg in hits[0].args] == [int, int, int, float, float, str]
    assert done == Message("/soundkin/done", (7, 4, 99, "s100"))


def test_find_by_path_in_the_library(peer: Peer) -> None:
    *hits, done = peer.ask("/soundkin/find/path", 8, "/samples/kick 0001.wav", 2)
    assert [hit.args[2] for hit in hits] == [2, 3]
    assert done.args[:2] == (8, 2)


def test_pages_continue_where_the_last_one_ended(peer: Peer) -> None:
    *hits, done = peer.ask("/soundkin/find/id", 7, 1, 3, 96)
    assert [hit.args[1:3] for hit in hits] == [(96, 98), (97, 99), (98, 100)]
    assert done.args[1:3] == (3, 99)


def test_a_controller_may_send_all_numbers_as_floats(peer: Peer) -> None:
    *hits, done = peer.ask("/soundkin/find/id", 7.0, 50.0, 2.0)
    assert len(hits) == 2
    assert done.args[0] == 7


def test_sixty_four_hits_come_in_bundles_that_fit_the_smallest_network(peer: Peer) -> None:
    answer = peer.ask("/soundkin/find/id", 7, 50, 500)
    assert len(answer) == 65
    assert max(map(len, peer.packets)) <= 1232
    assert len(peer.packets) <= 8


def test_without_bundles_each_message_is_a_datagram(peer: Peer) -> None:
    peer.ask("/soundkin/config/bundles", 0)
    peer.packets.clear()
    assert len(peer.ask("/soundkin/find/id", 7, 50, 16)) == len(peer.packets) == 17


def test_detail_follows_each_result_once_it_is_asked_for(peer: Peer) -> None:
    peer.ask("/soundkin/config/detail", 1)
    result, detail, *_ = peer.ask("/soundkin/find/id", 7, 3, 1)
    assert result.args[2] == 2
    assert detail == Message("/soundkin/detail", (7, 2, -12.0, 0.0, 55.0, "", "oneshot"))


def test_what_a_hit_is_follows_its_detail_where_it_is_known(peer: Peer, service: FakeService) -> None:
    service.samples[4] = replace(service.samples[4], labels=Labels())
    assert len(peer.ask("/soundkin/find/id", 7, 3, 2)) == 3, "no one asked for details"
    peer.ask("/soundkin/config/detail", 1)
    _, _, *fields, last, detail, done = peer.ask("/soundkin/find/id", 7, 3, 2)
    assert [field.args for field in fields] == [
        (7, 2, "category", "kick"),
        (7, 2, "category_confidence", "0.971"),
        (7, 2, "category_source", "name"),
    ]
    assert (last.args[2], detail.address, done.address) == (4, "/soundkin/detail", "/soundkin/done")


def test_samples_that_do_not_sound_like_their_name_come_in_pages(peer: Peer, service: FakeService) -> None:
    service.contradicted = [
        Contradiction(SampleId(n), f"/samples/hat {n}.wav", ("hat-closed", "hat-open"), "clap", 0.9)
        for n in range(1, 4)
    ]
    _, first, done = peer.ask("/soundkin/contradictions", 2, 2, 1)[:3]
    assert first.args[:6] == (2, 2, 3, "/samples/hat 3.wav", "hat-closed hat-open", "clap")
    assert first.args[6] == pytest.approx(0.9)
    assert done.args == (2, 2, 3, "")


def test_info_tells_everything(peer: Peer) -> None:
    result, detail, *fields, done = peer.ask("/soundkin/info", 9, 20)
    assert result.args[2] == 20
    assert detail.args[2:] == (-10.0, 120.0, 55.0, "Am", "loop")
    named = {field.args[2]: field.args[3] for field in fields}
    assert named["sample_rate"] == "44100"
    assert named["loudness_unit"] == "LUFS"
    assert named["root"] == "/samples"
    assert named["state"] == "present"
    assert (named["category"], named["category_source"]) == ("kick", "name")
    assert (named["category_named"], named["category_confidence"]) == ("kick", "0.978")
    assert done.args == (9, 1, 1, "")


def test_the_state_follows_each_result_of_a_question_whose_filter_asks_for_it(peer: Peer, service: FakeService) -> None:
    service.samples[2] = replace(service.samples[2], state=State.MISSING)
    question = '{"like": [{"id": 1}], "k": 2, "filter": "is:any"}'
    for address, args in (
        ("find/id", (1, 2, 0, "is:any")),
        ("find/path", ("/samples/kick 0001.wav", 2, 0, "is:any")),
        ("find/query", (question,)),
        ("find/text", ("000", 2, 1, "is:any")),
    ):
        lines = peer.ask(f"/soundkin/{address}", 5, *args)
        assert [line.args[2] for line in lines if line.address == "/soundkin/result"] == [2, 3], address
        states = [line.args for line in lines if line.address == "/soundkin/field"]
        assert states == [(5, 2, "state", "missing"), (5, 3, "state", "present")], address
        assert lines[-1].args[:2] == (5, 2)
    assert {line.address for line in peer.ask("/soundkin/find/id", 5, 1, 2, 0, "kind:loop")} == {
        "/soundkin/result",
        "/soundkin/done",
    }


def test_find_by_words_takes_a_filter(peer: Peer) -> None:
    *hits, done = peer.ask("/soundkin/find/text", 3, "kick", 3, 1, "kind:loop")
    assert [hit.args[1:3] for hit in hits] == [(1, 8), (2, 12), (3, 16)]
    assert done.args[1] == 3
    (refused,) = peer.ask("/soundkin/find/text", 4, "kick", 3, 0, "is:lost")
    assert refused.args[1] == 1
    assert "is:missing" in str(refused.args[3])


def test_find_by_words(peer: Peer) -> None:
    *hits, done = peer.ask("/soundkin/find/text", 3, "KICK 009", 4)
    assert [hit.args[2] for hit in hits] == [9, 90, 91, 92]
    assert done.args[1] == 4
    assert done.args[2] == 5  # there are more


def test_a_region_reaches_the_service_as_part_of_the_file(peer: Peer, service: FakeService) -> None:
    peer.ask("/soundkin/find/region", 1, "/samples/kick 0001.wav", 0.5, 1.25, 4, 2, "kind:loop")
    assert service.last is not None
    (like,) = service.last.like
    assert (like.path, like.start_s, like.end_s) == ("/samples/kick 0001.wav", 0.5, 1.25)
    assert (service.last.k, service.last.offset, service.last.filter) == (4, 2, "kind:loop")


@pytest.mark.parametrize(
    ("asked", "args", "code", "text"),
    [
        ("find/id", (5, 12345), 4, "no sample has the id 12345"),
        ("find/path", (5, "/nowhere/x.wav"), 3, f"'/nowhere/x.wav' {UNREADABLE}: No such file or directory"),
        ("find/path", (5, ""), 1, "path: expected a file's path, got an empty string"),
        ("find/path", (5, "x.wav"), 3, "x.wav: expected an absolute path"),
        ("find/path", (5, "/dev/null"), 3, f"'/dev/null' {UNREADABLE}: not a regular file"),
        ("find/path", (5,), 1, "path: expected a string, got nothing"),
        ("find/path", (), 1, "rid: expected a whole number, got nothing"),
        ("find/id", (5, "x"), 1, "id: expected a whole number, got 'x'"),
        ("find/id", (5, 1.5), 1, "id: expected a whole number, got 1.5"),
        ("find/id", (5, float("nan")), 1, "id: expected a whole number, got nan"),
        ("find/id", (5, 1, 16, 0, "colour:red"), 1, "filter: 'colour:red' is no filter"),
        ("find/id", (5, 1, 9, 0, "", 9), 1, "6 arguments, expected at most 5 (rid, id, count, offset, filter)"),
        ("find/region", (5, "/a.wav", 2.0, 1.0), 1, "start_s and end_s: expected 0 <= start < end, got 2 and 1"),
        ("find/query", (5, "[]"), 1, "the question: expected an object, got []"),
        ("find/query", (5, '{"like": [{"id": 1}], "k": 65}'), 1, "k: expected 1 to 64 over this carrier, got 65"),
        ("find/pth", (5, "/a.wav"), 2, "no such address; did you mean /soundkin/find/path?"),
        ("map/xy", (0.5, 0.5), 6, "/soundkin/map/xy: this library has no map"),
        ("find/xy", (5, 0.5, 0.5), 6, "/soundkin/find/xy: this library has no map"),
        ("xyzzy", (), 2, "no such address"),
    ],
)
def test_what_cannot_be_answered_ends_in_one_error(
    peer: Peer, asked: str, args: tuple[object, ...], code: int, text: str
) -> None:
    address = f"/soundkin/{asked}"
    assert peer.ask(address, *args) == [error(code, address, text, rid=5 if 5 in args else 0)]
    assert peer.silent(0.03)


def test_an_unforeseen_error_is_logged_and_its_details_kept(
    peer: Peer, service: FakeService, caplog: pytest.LogCaptureFixture
) -> None:
    service.crash = True
    (answer,) = peer.ask("/soundkin/find/id", 5, 1)
    assert answer.args[1] == 9
    assert "secret" not in str(answer.args)
    assert "secret" in caplog.text
    peer.send("/soundkin/ping")
    assert peer.receive()


def test_a_file_outside_the_library_is_read_off_the_receive_thread(
    peer: Peer, service: FakeService, tmp_path: Path
) -> None:
    file = tmp_path / "new.wav"
    file.write_bytes(b"RIFF")
    service.readable[str(file)] = 60.0
    service.gate.clear()
    peer.send("/soundkin/find/path", 11, str(file), 2)
    peer.send("/soundkin/ping", 1)
    assert peer.receive() == [Message("/soundkin/pong", (1,))]
    service.gate.set()
    *hits, done = peer.until("/soundkin/done")
    assert [hit.args[2] for hit in hits] == [60, 59]
    assert done.args[0] == 11


def test_a_file_that_is_no_audio_is_an_error_with_its_reason(peer: Peer, tmp_path: Path) -> None:
    file = tmp_path / "text.wav"
    file.write_bytes(b"hello")
    (answer,) = peer.ask("/soundkin/find/path", 11, str(file))
    assert answer.args[1] == 3
    assert "not audio" in str(answer.args[3])


def waiting(service: FakeService, tmp_path: Path) -> str:
    """A readable file on which questions wait."""
    file = tmp_path / "slow.wav"
    file.write_bytes(b"RIFF")
    service.readable[str(file)] = 1.0
    service.gate.clear()
    return str(file)


def test_the_ninth_pending_question_of_an_endpoint_is_busy_and_others_are_not(
    peer: Peer, daemon: Daemon, service: FakeService, tmp_path: Path
) -> None:
    slow = waiting(service, tmp_path)
    for rid in range(1, 10):
        peer.send("/soundkin/find/path", rid, slow)
    (busy,) = peer.until("/soundkin/error")
    assert busy.args[:2] == (9, 5)
    with Peer(daemon.port) as other:
        assert other.ask("/soundkin/find/id", 1, 1, 1)[-1].address == "/soundkin/done"
    service.gate.set()
    ended = {peer.until("/soundkin/done")[-1].args[0] for _ in range(8)}
    assert ended == set(range(1, 9))


def test_a_question_sent_again_while_it_is_pending_is_answered_once(
    peer: Peer, service: FakeService, tmp_path: Path
) -> None:
    slow = waiting(service, tmp_path)
    peer.send("/soundkin/find/path", 4, slow, 1)
    peer.send("/soundkin/find/path", 4, slow, 1)
    peer.send("/soundkin/ping")
    peer.receive()
    service.gate.set()
    peer.until("/soundkin/done")
    assert peer.silent()


def test_a_cancelled_question_ends_in_error_ten_and_nothing_else(
    peer: Peer, service: FakeService, tmp_path: Path
) -> None:
    slow = waiting(service, tmp_path)
    peer.send("/soundkin/find/path", 4, slow)
    (answer,) = peer.ask("/soundkin/cancel", 4)
    assert answer == error(10, "/soundkin/find/path", "cancelled", rid=4)
    service.gate.set()
    assert peer.silent()
    (nothing,) = peer.ask("/soundkin/cancel", 4)
    assert nothing.address == "/soundkin/done"


def test_folders_and_problems_come_in_pages(peer: Peer, service: FakeService) -> None:
    service.failures = [Problem(f"/samples/bad{n}.wav", "decode", "no audio") for n in range(4)]
    service.failures.append(Problem("/samples/bad4.wav", "unreadable", "I/O error", time.time() + 1000))
    folder, done = peer.ask("/soundkin/folders", 1)
    assert folder.args == (1, 0, 1, 1, 100, "/samples", 0)
    assert done.args == (1, 1, 1, "")
    first, second, done = peer.ask("/soundkin/problems", 2, 2, 3)
    assert (first.args[2], second.args[2]) == ("/samples/bad3.wav", "/samples/bad4.wav")
    assert first.args[3:] == ("decode", "no audio", "not-audio", -1)
    assert second.args[3:6] == ("unreadable", "I/O error", "unread")
    assert isinstance(second.args[6], int)
    assert 900 < second.args[6] <= 1000
    assert done.args == (2, 2, 5, "")


def test_folders_are_added_and_removed(peer: Peer, service: FakeService) -> None:
    assert peer.ask("/soundkin/index/add", "/music", 3)[-1].args[:2] == (3, 1)
    assert [root.path for root in service.roots()] == ["/samples", "/music"]
    assert peer.ask("/soundkin/index/remove", "/music", 4)[-1].args[:2] == (4, 7)
    (missing,) = peer.ask("/soundkin/index/add", "/missing/x")
    assert missing == error(1, "/soundkin/index/add", "/missing/x: no such folder")


def test_orders_reach_the_service(peer: Peer, service: FakeService, daemon: Daemon) -> None:
    for address in ("/soundkin/index/rescan", "/soundkin/index/retry", "/soundkin/pause", "/soundkin/resume"):
        assert peer.ask(address)[-1].address == "/soundkin/done"
    assert service.calls == ["rescan", "retry", "pause", "resume"]
    assert peer.ask("/soundkin/quit", 6)[-1].args[0] == 6
    assert daemon.quit.wait(5)


def test_a_pattern_asks_several_addresses_but_never_quits(peer: Peer, daemon: Daemon) -> None:
    peer.send("/soundkin/{ping,quit}", 5)
    assert peer.receive() == [Message("/soundkin/pong", (5,))]
    assert not daemon.quit.is_set()


def test_a_bundle_runs_at_once_whatever_its_time(peer: Peer) -> None:
    packet = b"#bundle\0" + b"\xff" * 8 + bundle([encode(Message("/soundkin/ping", (n,))) for n in (1, 2)])[16:]
    peer.socket.send(packet)
    assert [message.args for _ in range(2) for message in peer.receive()] == [(1,), (2,)]


def test_a_bundle_with_one_bad_element_does_nothing(peer: Peer, service: FakeService) -> None:
    peer.socket.send(bundle([encode(Message("/soundkin/pause")), b"xxxx"]))
    assert peer.silent()
    assert service.calls == []


def test_a_packet_with_too_many_requests_is_refused_whole(peer: Peer, service: FakeService) -> None:
    peer.socket.send(bundle([encode(Message("/soundkin/pause"))] * 65))
    (answer,) = peer.until("/soundkin/error")
    assert answer.args[1] == 7
    assert service.calls == []


@pytest.mark.parametrize(
    "packet",
    [
        bytes.fromhex("2362756e646c65000000000000000001fffffffc"),
        b"GET / HTTP/1.1\r\n\r\n",
        encode(Message("/accxyz", (0.1, 0.2, 0.3))),
        *(encode(Message(path, (1, 2, "x", "y"))) for path, entry in TABLE.items() if entry.kind == "reply"),
    ],
)
def test_what_is_not_a_request_to_us_is_never_answered(peer: Peer, packet: bytes) -> None:
    peer.socket.send(packet)
    peer.send("/soundkin/ping", 77)
    assert peer.receive() == [Message("/soundkin/pong", (77,))]


def test_a_busy_port_is_an_error_that_names_it(daemon: Daemon, service: FakeService) -> None:
    with (
        pytest.raises(PortBusyError, match=f"port {daemon.port} on 127.0.0.1 is in use"),
        serving(service, OscSettings(port=daemon.port)),
    ):
        pass


@pytest.mark.alone
def test_stopping_is_quick_even_while_a_question_reads_audio(service: FakeService, tmp_path: Path) -> None:
    slow = waiting(service, tmp_path)
    before = threading.active_count()
    with serving(service) as daemon, Peer(daemon.port) as peer:
        peer.send("/soundkin/find/path", 1, slow)
        peer.send("/soundkin/ping")
        peer.receive()
        began = time.monotonic()
        daemon.server.stop()
        assert time.monotonic() - began < 0.5
    service.gate.set()
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before


def test_ipv6_loopback_is_answered_on_the_same_port(daemon: Daemon) -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
        try:
            sock.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        sock.settimeout(5)
        sock.sendto(encode(Message("/soundkin/ping", (1,))), ("::1", daemon.port))
        assert sock.recv(100) == encode(Message("/soundkin/pong", (1,)))


def test_traffic_can_be_read_in_the_log(peer: Peer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "soundkin_osc.in")
    caplog.set_level(logging.DEBUG, "soundkin_osc.out")
    peer.send("/soundkin/ping", 5, "a\nb")
    peer.receive()
    assert r"/soundkin/ping 5 'a\nb'" in caplog.text
    assert "/soundkin/pong" in caplog.text
