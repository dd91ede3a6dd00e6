"""Our own client against our own server, over UDP."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fakes_service import FakeService, library
from lossy_relay import LossyRelay, stop
from osc_peer import Daemon, serving
from soundkin.errors import BadArgumentError, DaemonNotRunningError, UnknownSampleError
from soundkin.model import Contradiction, Like, Problem, Query, SampleId, State
from soundkin_osc.client.udp_client import SoundkinClient


@pytest.fixture
def service() -> FakeService:
    return library(300)


@pytest.fixture
def daemon(service: FakeService) -> Iterator[Daemon]:
    with serving(service) as daemon:
        yield daemon


@pytest.fixture
def client(daemon: Daemon) -> Iterator[SoundkinClient]:
    with SoundkinClient("127.0.0.1", daemon.port) as client:
        yield client


def test_an_answer_arrives_as_the_service_gave_it(client: SoundkinClient, service: FakeService) -> None:
    query = Query(like=(Like(id=SampleId(50)),), k=10, explain=True, weights={"timbre": 2.0}, filter="kind:loop")
    answer = client.find(query)
    assert service.last == query
    assert answer == service.find(query)


def test_more_hits_than_one_page_holds_fit_together(client: SoundkinClient, service: FakeService) -> None:
    query = Query(like=(Like(id=SampleId(50)),), k=200, offset=5)
    assert client.find(query).neighbours == service.find(query).neighbours


def test_asking_for_more_than_there_is_gives_all(client: SoundkinClient) -> None:
    assert len(client.find(Query(like=(Like(id=SampleId(1)),), k=1000)).neighbours) == 299


def test_a_daemon_that_is_there_answers_pings(client: SoundkinClient) -> None:
    assert client.ping()


def test_status_arrives_whole(client: SoundkinClient, service: FakeService) -> None:
    service.add_root("/more folders")
    assert client.status() == service.status()


def test_contradictions_arrive_whole(client: SoundkinClient, service: FakeService) -> None:
    service.contradicted = [
        Contradiction(SampleId(n), f"/samples/{n}.wav", ("kick",), "clap", round(1 - n / 1000, 3))
        for n in range(1, 150)
    ]
    assert client.contradictions() == service.contradicted


def test_problems_arrive_whole(client: SoundkinClient, service: FakeService) -> None:
    service.failures = [Problem(f"/samples/{n}.wav", "decode", f"reason {n}") for n in range(150)]
    assert client.problems() == service.failures


def test_search_pages_until_the_limit(client: SoundkinClient) -> None:
    assert [s.id for s in client.search("kick", 100)] == list(range(1, 101))
    assert len(client.search("kick", 1000)) == 300
    assert client.search("snare", 10) == []


def test_folders_are_followed_and_left(client: SoundkinClient, service: FakeService) -> None:
    assert client.add_root("/music").path == "/music"
    assert [root.path for root in client.roots()] == ["/samples", "/music"]
    assert client.remove_root("/music") == 7
    client.rescan()
    client.pause()
    client.resume()
    assert service.calls == ["rescan", "pause", "resume"]


def test_quit_reaches_the_daemon(client: SoundkinClient, daemon: Daemon) -> None:
    client.quit()
    assert daemon.quit.wait(5)


def test_errors_arrive_as_the_classes_they_left_as(client: SoundkinClient) -> None:
    with pytest.raises(UnknownSampleError, match="no sample has the id 999"):
        client.find(Query(like=(Like(id=SampleId(999)),)))
    with pytest.raises(UnknownSampleError, match="No such file"):
        client.find(Query(like=(Like(path="/nowhere.wav"),)))
    with pytest.raises(BadArgumentError, match="colour"):
        client.find(Query(like=(Like(id=SampleId(1)),), filter="colour:red"))
    with pytest.raises(BadArgumentError, match="not followed"):
        client.remove_root("/not there")


def test_a_question_longer_than_one_string_gets_through(client: SoundkinClient, service: FakeService) -> None:
    excluded = tuple(SampleId(n) for n in range(100, 2000))
    assert len(client.find(Query(like=(Like(id=SampleId(50)),), k=5, exclude=excluded)).neighbours) == 5
    assert service.last is not None
    assert service.last.exclude == excluded


def test_a_file_name_that_is_not_text_gets_through(
    client: SoundkinClient, service: FakeService, tmp_path: Path
) -> None:
    name = str(tmp_path / b"caf\xe9.wav".decode("utf-8", "surrogateescape"))
    try:
        Path(name).write_bytes(b"RIFF")
    except OSError:
        pytest.skip("this file system only has names that are text")
    service.readable[name] = 10.0
    assert client.find(Query(like=(Like(path=name),), k=1)).neighbours[0].sample.id == 10


def test_a_daemon_that_takes_its_time_is_waited_for(service: FakeService, tmp_path: Path) -> None:
    file = tmp_path / "slow.wav"
    file.write_bytes(b"RIFF")
    service.readable[str(file)] = 10.0
    service.gate.clear()
    with serving(service) as daemon, SoundkinClient("127.0.0.1", daemon.port, timeout_s=0.3) as client:
        release = threading.Timer(0.8, service.gate.set)
        release.start()
        assert client.find(Query(like=(Like(path=str(file)),), k=1)).neighbours[0].sample.id == 10
        release.join()


def test_nobody_there_is_told_at_once() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with SoundkinClient("127.0.0.1", port) as client:
        assert not client.ping(0.3)
        with pytest.raises(DaemonNotRunningError):
            client.roots()


def test_a_silent_port_is_given_up_after_the_timeout() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
        deaf.bind(("127.0.0.1", 0))
        with (
            SoundkinClient("127.0.0.1", deaf.getsockname()[1], timeout_s=0.3) as client,
            pytest.raises(DaemonNotRunningError, match="no daemon answers"),
        ):
            client.status()


def test_lines_that_were_lost_are_asked_for_again(daemon: Daemon, service: FakeService) -> None:
    relay = LossyRelay(daemon.port, drop={1, 4})
    with SoundkinClient("127.0.0.1", relay.front.getsockname()[1]) as client:
        query = Query(like=(Like(id=SampleId(50)),), k=64)
        assert client.find(query).neighbours == service.find(query).neighbours
    assert relay.count > 10
    stop(relay)


def test_a_listed_sample_says_whether_it_is_cut_off(daemon: Daemon, service: FakeService) -> None:
    first, *others = service.samples
    cut = replace(service.samples[first].facts, cut_off="1 s of 2 s is there")
    service.samples[first] = replace(service.samples[first], facts=cut)
    with SoundkinClient("127.0.0.1", daemon.port) as client:
        found = {sample.id: sample.facts.cut_off for sample in client.search("kick", 500)}
    assert found == {first: "1 s of 2 s is there", **dict.fromkeys(others)}


def test_states_that_were_lost_are_asked_for_again(daemon: Daemon, service: FakeService) -> None:
    for number in service.samples:
        service.samples[number] = replace(service.samples[number], state=State.OFFLINE)
    with SoundkinClient("127.0.0.1", daemon.port) as client:
        whole = client.search("kick", 64, "is:any")
    assert {sample.state for sample in whole} == {State.OFFLINE}
    for lost in range(1, 12):
        relay = LossyRelay(daemon.port, drop={lost})
        with SoundkinClient("127.0.0.1", relay.front.getsockname()[1]) as client:
            assert client.search("kick", 64, "is:any") == whole
        stop(relay)


def test_the_client_imports_nothing_heavy() -> None:
    code = (
        "import sys, soundkin_osc.client.udp_client; "
        "print(sorted({'numpy', 'asyncio', 'typer', 'pythonosc', 'librosa'} & set(sys.modules)))"
    )
    path = [str(Path(__file__).parents[2] / root) for root in ("daemon", "bridge")]
    ran = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {path!r}; {code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "[]"
