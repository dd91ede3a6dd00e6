"""The straight line from a file on disk to an answer over a real socket, with fakes for library and analyser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes_analysis import FakeAnalyser
from fakes_library import FakeLibrary
from soundkin.config import OscSettings, ScanSettings
from soundkin.errors import BadArgumentError, DecodeError, QueryError, UnknownSampleError
from soundkin.index import VoyagerIndex
from soundkin.ingest import Ingest
from soundkin.keeper import Keeper
from soundkin.model import Aspect, FeatureParams, IndexStatus, Like, Progress, Query, SampleId, Status
from soundkin.search import Searcher, catch_up
from soundkin.service import SampleService
from soundkin_daemon.demo import free_port
from soundkin_osc.client import SoundkinClient
from soundkin_osc.server import OscServer

PARAMS = FeatureParams(1, 4, (Aspect("timbre", 0, 2), Aspect("envelope", 2, 4)))


class Line:
    """Everything between a folder and a client, in one process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.library = FakeLibrary(PARAMS)
        self.analyser = FakeAnalyser(PARAMS)
        self.index = VoyagerIndex(PARAMS, self.library.uid)
        keeper = Keeper(
            self.library, self.index, folder.parent / "index.cache", lambda: catch_up(self.library, self.index)
        )
        self.ingest = Ingest(self.library, self.analyser, keeper, ScanSettings(settle_s=0))
        self.followed: list[list[str]] = []
        self.service = SampleService(
            self.library,
            Searcher(self.library, self.index, lambda distance: 1 / (1 + distance)),
            self.analyser,
            ingest=self.ingest,
            report=self._report,
            follow=lambda roots: self.followed.append(list(roots)),
            pause_when=("recording",),
        )
        self.server = OscServer(self.service, OscSettings(port=free_port()), lambda: None)

    def _report(self, service: SampleService) -> Status:
        return Status(
            version="1",
            pid=1,
            port=self.server.port,
            roots=service.roots(),
            samples=service.count(),
            failed=service.failed(),
            progress=Progress(),
            index=IndexStatus(len(self.index), "ready"),
            memory_mb=1.0,
            scans=self.ingest.scans,
            last_scan=self.ingest.last_scan,
        )

    def file(self, name: str, data: bytes = b"") -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data or name.encode())
        os.utime(path, (1e9, 1e9))
        return str(path)


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    folder = tmp_path.resolve() / "samples"
    folder.mkdir()
    made = Line(folder)
    made.service.add_root(str(folder))
    yield made
    made.index.close()


@pytest.fixture
def client(line: Line) -> Iterator[SoundkinClient]:
    line.server.start()
    with SoundkinClient("127.0.0.1", line.server.port) as made:
        yield made
    line.server.stop()


def ask(path: str, **more: object) -> Query:
    return Query(like=(Like(path=path),), **more)  # type: ignore[arg-type]


def test_a_file_on_disk_becomes_an_answer_over_udp(line: Line, client: SoundkinClient) -> None:
    paths = [line.file(f"{number}.wav") for number in range(10)]
    line.file("broken.wav", b"bad")
    line.ingest.run_until_idle()
    answer = client.find(ask(paths[0], k=20))
    assert {hit.sample.path for hit in answer.neighbours} == set(paths[1:])
    assert answer.total == 9
    assert [problem.code for problem in client.problems()] == ["decode"]
    status = client.status()
    assert (status.samples, status.failed, status.scans) == (10, 1, 1)


def test_a_file_not_in_the_library_is_analysed_on_the_fly_and_only_once(line: Line, client: SoundkinClient) -> None:
    twin = line.file("twin.wav", b"content")
    line.ingest.run_until_idle()
    elsewhere = line.folder.parent / "elsewhere.wav"
    elsewhere.write_bytes(b"content")
    line.analyser.analysed.clear()
    for _ in range(3):
        answer = client.find(ask(str(elsewhere), k=1))
        assert answer.neighbours[0].sample.path == twin
        assert answer.neighbours[0].distance == pytest.approx(0, abs=1e-6)
    assert line.analyser.analysed == [str(elsewhere)]
    elsewhere.write_bytes(b"other content")
    client.find(ask(str(elsewhere), k=1))
    assert len(line.analyser.analysed) == 2


def test_a_part_of_a_file_is_another_question_than_the_whole(line: Line) -> None:
    path = line.file("a.wav")
    line.file("b.wav")
    line.ingest.run_until_idle()
    whole = line.service.find(ask(path))
    part = line.service.find(Query(like=(Like(path=path, start_s=0.1, end_s=0.5),)))
    assert whole.neighbours[0].distance != part.neighbours[0].distance
    assert line.service.quick(ask(path))
    assert not line.service.quick(Query(like=(Like(path=path, start_s=0.1),)))


def test_the_library_answers_by_id_and_by_vector_too(line: Line) -> None:
    path = line.file("a.wav")
    line.file("b.wav")
    line.ingest.run_until_idle()
    sample = line.service.by_path(path)
    assert sample is not None
    vector = tuple(line.library.vectors([sample.id])[sample.id].tolist())
    by_id = line.service.find(Query(like=(Like(id=sample.id),)))
    by_vector = line.service.find(Query(like=(Like(vector=vector),)))
    assert [hit.sample.path for hit in by_id.neighbours] == [str(line.folder / "b.wav")]
    assert by_vector.neighbours[0].sample.path == path


@pytest.mark.parametrize(
    ("like", "error", "fragment"),
    [
        (Like(), BadArgumentError, "exactly one"),
        (Like(id=SampleId(1), path="/a"), BadArgumentError, "exactly one"),
        (Like(id=SampleId(99)), UnknownSampleError, "99"),
        (Like(path="/nowhere/x.wav"), UnknownSampleError, "/nowhere/x.wav"),
        (Like(vector=(1.0, 2.0)), BadArgumentError, "expected 4"),
        (Like(vector=(1.0, 2.0, 3.0, float("nan"))), BadArgumentError, "finite"),
        (Like(path="/a", start_s=2, end_s=1), BadArgumentError, "start 2"),
        (Like(path="/a", start_s=-1), BadArgumentError, "-1"),
        (Like(path="/a", end_s=float("inf")), BadArgumentError, "inf"),
        (Like(path="/a", weight=0), BadArgumentError, "weight 0"),
        (Like(path="/a", weight=float("nan")), BadArgumentError, "nan"),
    ],
)
def test_a_bad_example_is_refused_by_name(line: Line, like: Like, error: type[QueryError], fragment: str) -> None:
    with pytest.raises(error, match=fragment):
        line.service.find(Query(like=(like,)))


def test_a_file_that_is_no_audio_says_so_to_whoever_asks(line: Line) -> None:
    other = line.folder.parent / "noise.wav"
    other.write_bytes(b"bad")
    with pytest.raises(DecodeError, match="not audio"):
        line.service.find(ask(str(other)))


def test_adding_and_removing_folders_tells_the_watcher_and_asks_for_a_scan(line: Line) -> None:
    line.file("a.wav")
    other = line.folder.parent / "other"
    other.mkdir()
    line.service.add_root(str(other))
    assert set(line.followed[-1]) == {str(line.folder), str(other)}
    line.ingest.run_until_idle()
    assert line.service.count() == 1
    assert line.service.remove_root(str(line.folder)) == 1
    assert line.followed[-1] == [str(other)]
    assert line.service.count() == 0
    with pytest.raises(BadArgumentError, match="not a folder"):
        line.service.add_root(str(line.folder / "a.wav"))


def test_the_transport_pauses_analysis_as_the_settings_say(line: Line) -> None:
    line.file("a.wav")
    line.service.transport("recording")
    for _ in range(5):
        line.ingest.step(0)
    assert line.ingest.progress().state == "paused"
    line.service.transport("playing")
    line.ingest.run_until_idle()
    assert line.service.count() == 1
