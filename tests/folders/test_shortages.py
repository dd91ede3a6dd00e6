"""Out of descriptors or memory: nobody could look, so no disk is away, no file is lost, and all is found in the end."""

from __future__ import annotations

import builtins
import errno
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from following import Follower, following, make
from soundkin.analysis.jobs import failure_of
from soundkin.disks import Lanes
from soundkin.disks.mounts import file_system_of_device, mount_points
from soundkin.disks.shortage import is_shortage
from soundkin.errors import is_verdict
from soundkin.folders import completeness, content_hash
from soundkin.folders.moves import find_moves
from soundkin.folders.openable import check_openable
from soundkin.folders.placeholders import without_placeholders
from soundkin.folders.reachability import Reachability
from soundkin.folders.walk import Walk, look_at_file
from soundkin.model import AnalysisFailure

FILES = 12
LACKS: list[Callable[[], BaseException]] = [
    lambda: OSError(errno.EMFILE, "Too many open files"),
    lambda: OSError(errno.ENFILE, "Too many open files in system"),
    lambda: OSError(errno.ENOMEM, "Cannot allocate memory"),
    lambda: OSError(errno.ENOBUFS, "No buffer space available"),
    MemoryError,
]
NAMES = ["EMFILE", "ENFILE", "ENOMEM", "ENOBUFS", "MemoryError"]
lacks = pytest.mark.parametrize("lack", LACKS, ids=NAMES)


@pytest.fixture
def follower(tmp_path: Path) -> Iterator[Follower]:
    top = tmp_path.resolve()
    for number in range(FILES):
        make(top / f"samples/{number % 3}/{number:02}.wav")
    with following(top / "data", top / "samples") as made:
        made.scan()
        yield made


class Lack:
    """Makes calls of the system fail for paths that hold a word, while it is switched on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, error: Callable[[], BaseException]) -> None:
        self.on = False
        self.met = 0
        self._error = error
        self._patch = monkeypatch

    def of(self, module: Any, name: str, word: str) -> None:
        """Let this call fail for these paths."""
        real = getattr(module, name)

        def call(path: Any, *args: Any, **options: Any) -> Any:
            if self.on and word in os.fspath(path if not isinstance(path, int) else ""):
                self.met += 1
                raise self._error()
            return real(path, *args, **options)

        self._patch.setattr(module, name, call)


def look(follower: Follower, seconds: float = 3.0) -> None:
    """Let some time go by, less than until the next try."""
    follower.ingest.request_scan()
    for _ in range(round(seconds / 0.5)):
        follower.now += 0.5
        follower.ingest.step(0)


@lacks
@pytest.mark.parametrize("call", ["scandir", "stat", "listdir"])
@pytest.mark.parametrize("where", ["/samples", "/samples/1"])
def test_no_disk_goes_offline_and_no_file_is_lost(
    follower: Follower, monkeypatch: pytest.MonkeyPatch, lack: Callable[[], BaseException], call: str, where: str
) -> None:
    top = follower.library.roots()[0].path
    lacking = Lack(monkeypatch, lack)
    lacking.of(os, call, where)
    new = make(Path(top) / "1/new.wav")
    lacking.on = True
    look(follower)
    assert [root.online for root in follower.library.roots()] == [True]
    assert len(follower.paths()) >= FILES
    assert follower.library.problems() == []
    if lacking.met:
        assert any("descriptors or memory" in note for note in follower.ingest.notes)
    lacking.on = False
    follower.now += 5.0
    look(follower, 5.0)
    assert str(new) in follower.paths()
    assert follower.ingest.notes == ()
    assert follower.wrong() == []


@lacks
def test_a_hint_that_ran_into_it_is_followed_all_the_same(
    follower: Follower, monkeypatch: pytest.MonkeyPatch, lack: Callable[[], BaseException]
) -> None:
    new = make(Path(follower.library.roots()[0].path) / "0/new.wav")
    lacking = Lack(monkeypatch, lack)
    lacking.of(os, "stat", "new.wav")
    lacking.on = True
    follower.ingest.hint(str(new))
    for _ in range(4):
        follower.now += 1.0
        follower.ingest.step(0)
    assert lacking.met == 1  # it is not tried over and over
    lacking.on = False
    for _ in range(10):
        follower.now += 1.0
        follower.ingest.step(0)
    assert str(new) in follower.paths()


@lacks
def test_a_renamed_file_keeps_what_is_known_of_it_though_its_content_could_not_be_read_at_first(
    follower: Follower, monkeypatch: pytest.MonkeyPatch, lack: Callable[[], BaseException]
) -> None:
    top = Path(follower.library.roots()[0].path)
    before = {sample.id for sample in follower.library.search("", 100)}
    (top / "0/00.wav").rename(top / "0/renamed.wav")
    lacking = Lack(monkeypatch, lack)
    lacking.of(builtins, "open", "renamed.wav")
    lacking.on = True
    look(follower)
    assert lacking.met
    lacking.on = False
    follower.now += 5.0
    assert follower.scan() == 0
    assert {sample.id for sample in follower.library.search("", 100)} == before
    assert str(top / "0/renamed.wav") in follower.paths()


@lacks
def test_a_pass_that_could_not_look_is_not_over(
    follower: Follower, monkeypatch: pytest.MonkeyPatch, lack: Callable[[], BaseException]
) -> None:
    lacking = Lack(monkeypatch, lack)
    lacking.of(os, "scandir", "/samples")
    lacking.on = True
    before = follower.ingest.scans
    look(follower, 20.0)
    assert lacking.met == 4  # every five seconds
    assert follower.ingest.scans == before
    lacking.on = False
    look(follower, 10.0)
    assert follower.ingest.scans > before


@lacks
def test_a_file_that_could_not_be_read_for_it_is_read_later_and_its_disk_stays_there(
    follower: Follower, monkeypatch: pytest.MonkeyPatch, lack: Callable[[], BaseException]
) -> None:
    top = follower.library.roots()[0].path
    path = make(Path(top) / "2/late.wav")
    lacking = Lack(monkeypatch, lack)
    lacking.of(os, "scandir", "/samples")
    real = follower.analyser._outcome

    def outcome(file: Any) -> Any:
        if lacking.on or file.path != str(path):
            return real(file)
        lacking.on = True  # from now on nobody can ask the disk either
        failure = failure_of(lack() if isinstance(lack(), Exception) else MemoryError())  # type: ignore[arg-type]
        return AnalysisFailure(file.path, file.stamp, failure.code, failure.message)

    follower.analyser._outcome = outcome  # type: ignore[method-assign]
    look(follower)
    assert [root.online for root in follower.library.roots()] == [True]
    assert len(follower.paths()) == FILES
    follower.analyser._outcome = real  # type: ignore[method-assign]
    lacking.on = False
    follower.now += 30.0
    follower.scan()
    assert str(path) in follower.paths()


@lacks
def test_a_failure_for_lack_of_them_is_never_final(lack: Callable[[], BaseException]) -> None:
    error = lack()
    assert isinstance(error, Exception)
    assert is_shortage(error)
    assert not is_verdict(failure_of(error).code)


def test_threads_run_out_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(RuntimeError) as caught:
        Reachability(Lanes()).why_not(str(tmp_path))
    assert is_shortage(caught.value)


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOENT, errno.EACCES, errno.ESTALE, errno.ENOSPC])
def test_other_errors_are_news_of_the_disk(number: int) -> None:
    assert not is_shortage(OSError(number, "x"))
    assert not is_shortage(ValueError("x"))
    assert not is_shortage(RuntimeError("x"))


@lacks
def test_who_asks_the_disk_is_told_that_nobody_could_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lack: Callable[[], BaseException]
) -> None:
    kind = type(lack())
    path = make(tmp_path / "a.wav")
    lacking = Lack(monkeypatch, lack)
    for name in ("scandir", "stat", "listdir", "open"):
        lacking.of(os, name, str(tmp_path))
    lacking.of(builtins, "open", str(tmp_path))
    status = os.stat(path)
    file = look_at_file(str(path))
    assert file is not None
    known: Any = {"/old": type("Row", (), {"stamp": file.stamp, "content_hash": b"x" * 16})()}
    lacking.on = True
    for ask in (
        lambda: list(Walk(str(tmp_path))),
        lambda: look_at_file(str(path)),
        lambda: Reachability(Lanes()).why_not(str(tmp_path)),
        lambda: content_hash.short_hash(str(path), 1),
        lambda: find_moves([file], known),
        lambda: without_placeholders([(str(path), status)]),
    ):
        with pytest.raises(kind):
            ask()
    if sys.platform == "linux":
        with suppress(MemoryError):
            assert completeness.has_writer(str(path))


def test_that_the_mounts_cannot_be_read_does_not_mean_that_none_are_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import psutil

    def lacking(**_: object) -> list[object]:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(psutil, "disk_partitions", lacking)
    with pytest.raises(OSError, match="Too many"):
        mount_points()
    real = Path.read_text
    monkeypatch.setattr(Path, "read_text", lambda path, *_: lacking() if path == tmp_path else real(path))
    if sys.platform == "linux":
        with pytest.raises(OSError, match="Too many"):
            file_system_of_device(1, tmp_path)


def test_a_question_about_a_path_says_what_ran_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(tmp_path / "a.wav")
    lacking = Lack(monkeypatch, LACKS[0])
    lacking.of(os, "stat", "a.wav")
    lacking.on = True
    with pytest.raises(Exception, match="Too many open files"):
        check_openable(str(path), tuple, known=True)
