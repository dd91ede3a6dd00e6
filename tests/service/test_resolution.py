"""A question is looked up once on its way from the socket to the reply, and never on the thread that received it."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fakes_library import FakeLibrary
from line import PARAMS, Line
from osc_peer import Peer
from soundkin.errors import BadArgumentError, UnknownPathError
from soundkin.folders.openable import check_openable, is_device_or_share
from soundkin.model import PRESENT, Like, Query, Root, Sample, SampleId, State

if TYPE_CHECKING:
    from soundkin.model import Vector


class CountingLibrary(FakeLibrary):
    """Counts the reads of a question, and notes the threads that made them."""

    def __init__(self) -> None:
        super().__init__(PARAMS)
        self.reads: Counter[str] = Counter()
        self.threads: set[str] = set()

    def _count(self, name: str) -> None:
        if threading.current_thread() is not threading.main_thread():
            self.reads[name] += 1
            self.threads.add(threading.current_thread().name)

    def by_path(self, path: str, states: Collection[State] = PRESENT) -> Sample | None:
        self._count("by_path")
        return super().by_path(path, states)

    def samples(self, ids: Sequence[SampleId], states: Collection[State] = PRESENT) -> dict[SampleId, Sample]:
        self._count("samples")
        return super().samples(ids, states)

    def vectors(self, ids: Sequence[SampleId]) -> dict[SampleId, Vector]:
        self._count("vectors")
        return super().vectors(ids)

    def roots(self) -> tuple[Root, ...]:
        self._count("roots")
        return super().roots()


@pytest.fixture
def library() -> CountingLibrary:
    return CountingLibrary()


@pytest.fixture
def line(tmp_path: Path, library: CountingLibrary) -> Iterator[Line]:
    folder = tmp_path.resolve() / "samples"
    folder.mkdir()
    made = Line(folder, library)
    made.service.add_root(str(folder))
    for number in range(6):
        made.file(f"{number}.wav")
    made.ingest.run_until_idle()
    made.server.start()
    yield made
    made.server.stop()
    made.index.close()


@pytest.fixture
def peer(line: Line) -> Iterator[Peer]:
    with Peer(line.server.port) as peer:
        yield peer


KNOWN = {"by_path": 1, "vectors": 1}
HITS = {"samples": 1}
"""Of the hits, which the search reads."""


@pytest.mark.parametrize(
    ("words", "reads"),
    [
        (("find/path", 1, "{}/0.wav"), KNOWN | HITS),
        (("find/path", 1, "{}/../stranger.wav"), {"by_path": 1} | HITS),
        (("find/region", 1, "{}/0.wav", 0.1, 0.2), {"by_path": 1} | HITS),
        (("find/id", 1, 1), {"samples": 2, "vectors": 1}),
        (("find/query", 1, '{{"like": [{{"path": "{}/0.wav"}}]}}'), KNOWN | HITS),
        (
            (
                "find/query",
                1,
                '{{"like": [{{"path": "{0}/0.wav"}}, {{"id": 2}}], "unlike": [{{"path": "{0}/3.wav"}}]}}',
            ),
            {"by_path": 2, "vectors": 3, "samples": 2},
        ),
        (("find/kit", 1, 1, "", '{{"like": [{{"path": "{}/0.wav"}}]}}'), KNOWN | HITS),
        (("find/kit", 1, 1, "", '{{"like": [{{"path": "{}/../stranger.wav"}}]}}'), {"by_path": 1} | HITS),
        (("find/path", 1, "/nowhere/at all.wav"), {"by_path": 1}),
    ],
)
def test_every_example_is_looked_up_once(
    line: Line, library: CountingLibrary, peer: Peer, words: tuple[str | int | float, ...], reads: dict[str, int]
) -> None:
    (line.folder.parent / "stranger.wav").write_bytes(b"stranger")
    address, *args = (word.format(line.folder) if isinstance(word, str) else word for word in words)
    end = peer.ask(f"/soundkin/{address}", *args)[-1]
    assert end.address == "/soundkin/error" if "nowhere" in str(args) else end.args[1]
    assert library.reads == reads
    assert library.threads == {"osc-query"}


def test_the_cursor_looks_its_selection_up_once_for_each_question(
    line: Line, library: CountingLibrary, peer: Peer
) -> None:
    peer.send("/soundkin/sel/path", str(line.folder / "0.wav"))
    peer.settled()
    assert library.reads.pop("by_path") == 1
    library.reads.clear()
    peer.send("/soundkin/go")
    peer.settled()
    library.reads.pop("roots")  # the report that `settled` asks for
    assert library.reads == {"samples": 2, "vectors": 1}
    assert library.threads == {"osc-query"}


def test_a_question_that_cannot_be_answered_reads_no_audio(line: Line) -> None:
    stranger = line.folder.parent / "stranger.wav"
    stranger.write_bytes(b"stranger")
    line.analyser.analysed.clear()
    like = Like(path=str(stranger))
    for query in (
        Query(like=(like,), filter="colour:red"),
        Query(like=(like,), k=0),
        Query(like=(like,), unlike=(Like(vector=(1.0,)),)),
        Query(like=(like, Like(id=SampleId(99)))),
    ):
        with pytest.raises(Exception, match=r"colour|k is 0|a vector of 1|no sample has the id 99"):
            line.service.find(query)
    with pytest.raises(BadArgumentError, match="colour"):
        line.service.kit(Query(like=(like,), filter="colour:red"), 1)
    with pytest.raises(BadArgumentError, match="locked slot is 5"):
        line.service.kit(Query(like=(like,)), 1, [5])
    assert line.analyser.analysed == []


def test_strangers_are_files_that_have_to_be_opened_and_that_the_library_does_not_hold(line: Line) -> None:
    known, stranger = str(line.folder / "0.wav"), "/nowhere.wav"
    resolved = line.service.resolve(
        Query(
            like=(Like(path=known), Like(path=known, start_s=0.1), Like(path=stranger)), unlike=(Like(path="/b.wav"),)
        )
    )
    assert [each.vector is not None for each in resolved.like] == [True, False, False]
    assert resolved.strangers == (stranger, "/b.wav")
    assert resolved.reads_audio
    assert not line.service.resolve(Query(like=(Like(path=known),))).reads_audio


@pytest.mark.parametrize(
    ("path", "leaves"),
    [
        (r"C:\Samples\kick.wav", False),
        (r"c:/Samples/console.wav", False),
        (r"\\server\share\kick.wav", True),
        (r"//server/share/kick.wav", True),
        (r"\\.\pipe\name", True),
        (r"\\?\C:\kick.wav", True),
        (r"C:\Samples\NUL", True),
        (r"C:\Samples\con.wav", True),
        (r"C:\COM1 .wav", True),
        (r"C:\lpt9:stream", True),
        (r"\Samples\kick.wav", True),
    ],
)
def test_shares_pipes_and_devices_of_windows_are_told_from_files(path: str, leaves: bool) -> None:
    assert is_device_or_share(path) is leaves


def test_a_file_is_openable_only_where_it_is_a_plain_one(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    file.write_bytes(b"12345")
    assert check_openable(str(file), list, known=False).stamp.size == 5
    for path, reason in ((tmp_path, "not a regular file"), (tmp_path / "b.wav", "No such file"), ("/a\0b", "null")):
        with pytest.raises(UnknownPathError, match=reason) as stranger:
            check_openable(str(path), list, known=False)
        assert "not in the library and not a readable file here" in str(stranger.value)
        with pytest.raises(UnknownPathError, match="is not a readable file now"):
            check_openable(str(path), list, known=True)


def test_windows_names_of_other_machines_are_refused_unless_followed_before_the_system_sees_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[str] = []

    def stat(path: str) -> None:
        seen.append(path)
        raise FileNotFoundError(2, "No such file")

    monkeypatch.setattr("soundkin.folders.openable.sys.platform", "win32")
    monkeypatch.setattr("soundkin.folders.openable.os.stat", stat)
    share = r"\\server\share\kick.wav"
    with pytest.raises(UnknownPathError, match="only read inside followed folders"):
        check_openable(share, list, known=False)
    assert seen == []
    for followed, known in (([r"\\server\share"], False), ([], True)):
        with pytest.raises(UnknownPathError, match="No such file"):
            check_openable(share, lambda followed=followed: followed, known=known)  # type: ignore[misc]
    assert seen == [share, share]
