"""The straight line from a file on disk to an answer over a real socket, with fakes for library and analyser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from line import Line, ask
from soundkin.errors import BadArgumentError, DecodeError, QueryError, UnknownSampleError
from soundkin.model import Like, Query, SampleId
from soundkin_osc.client.udp_client import SoundkinClient


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
    assert not line.service.resolve(ask(path)).reads_audio
    assert line.service.resolve(Query(like=(Like(path=path, start_s=0.1),))).reads_audio


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


class Away:
    """Four files: one stays, one vanished, two are on a disk that went offline."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.here, self.gone = line.file("here.wav"), line.file("gone.wav")
        self.disk = line.folder.parent / "disk"
        self.disk.mkdir()
        self.offline = str(self.disk / "offline.wav")
        Path(self.offline).write_bytes(b"offline")
        line.service.add_root(str(self.disk))
        line.ingest.run_until_idle()
        Path(self.gone).unlink()
        self.disk.rename(self.disk.with_name("unplugged"))
        line.service.rescan()
        line.ingest.run_until_idle()
        line.analyser.analysed.clear()

    def found(self, like: Like, text: str) -> dict[str, str]:
        answer = self.line.service.find(Query(like=(like,), filter=text))
        return {os.path.basename(hit.sample.path): hit.sample.state for hit in answer.neighbours}

    def id_of(self, path: str) -> SampleId:
        return self.line.library.stamps(path)[path].id


@pytest.fixture
def away(line: Line) -> Away:
    return Away(line)


def test_files_that_are_away_are_found_where_an_is_term_asks_for_them(away: Away) -> None:
    here = Like(path=away.here)
    assert away.found(here, "") == {}
    assert away.found(here, "is:any") == {"gone.wav": "missing", "offline.wav": "offline"}
    assert away.found(here, "is:missing") == {"gone.wav": "missing"}
    assert away.found(here, "is:offline") == {"offline.wav": "offline"}


def test_an_example_that_is_away_is_asked_about_by_what_is_known_of_it_where_an_is_term_stands(away: Away) -> None:
    for path, others in ((away.gone, "offline.wav"), (away.offline, "gone.wav")):
        for like in (Like(path=path), Like(id=away.id_of(path))):
            assert away.found(like, "is:present") == {"here.wav": "present"}
            assert set(away.found(like, "is:any")) == {"here.wav", others}
            assert not away.line.service.resolve(Query(like=(like,), filter="is:any")).reads_audio
            kit = away.line.service.kit(Query(like=(like,), filter="is:present"), each=1)
            assert [hit.sample.path for hit in kit[0].alternates] == [away.here]
    assert away.line.analyser.analysed == []


def test_an_example_that_is_away_is_refused_by_name_with_how_to_ask_where_no_is_term_stands(away: Away) -> None:
    for path, state in ((away.gone, "missing"), (away.offline, "offline")):
        for like, name in ((Like(path=path), path), (Like(id=away.id_of(path)), f"sample {away.id_of(path)}")):
            for query in (Query(like=(like,)), Query(like=(Like(path=away.here),), unlike=(like,))):
                with pytest.raises(UnknownSampleError) as caught:
                    away.line.service.find(query)
                assert all(part in str(caught.value) for part in (name, f"is {state}", "is:any", "filter"))
    with pytest.raises(UnknownSampleError, match="missing: only the whole"):
        away.line.service.find(Query(like=(Like(path=away.gone, start_s=0.1),), filter="is:any"))


def test_a_file_that_is_back_before_a_scan_has_seen_it_is_read_as_any_file_is(away: Away) -> None:
    Path(away.gone).write_bytes(b"here.wav")
    answer = away.line.service.find(ask(away.gone))
    assert (answer.neighbours[0].sample.path, answer.neighbours[0].distance) == (away.here, 0)
    assert away.line.analyser.analysed == [away.gone]
    assert answer.query_id == away.id_of(away.gone)


def test_what_is_away_can_be_listed_and_looked_up_with_its_state(away: Away, client: SoundkinClient) -> None:
    service = away.line.service
    assert [each.path for each in service.search("", 10)] == [away.here]
    expected = {away.here: "present", away.gone: "missing", away.offline: "offline"}
    assert {each.path: each.state for each in service.search("", 10, "is:any")} == expected
    assert {each.path: each.state for each in client.search("", 10, "is:any dur<1")} == expected
    assert [each.path for each in client.search("gone", 10, "is:absent")] == [away.gone]
    found = client.find(Query(like=(Like(path=away.gone),), filter="is:any")).neighbours
    assert {hit.sample.path: hit.sample.state for hit in found} == {away.here: "present", away.offline: "offline"}
    with pytest.raises(UnknownSampleError, match="is:any"):
        client.find(ask(away.offline))
    assert service.sample(away.id_of(away.gone)).state == "missing"


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
