"""Disks and files that never answer, under the real daemon: a file system that hangs when it is told to."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest

from daemon_process import RunningDaemon, cli_json, daemon, environment, run_cli, until
from fuse_disk import FuseDisk, fuse_disk
from small_sounds import sine
from soundkin.errors import SoundkinError
from soundkin.model import Like, Query
from soundkin_daemon.ownership import read_owner
from soundkin_daemon.places import Places

SETTINGS = "[scan]\ninterval_s = 86400\npoll_s = 1\n[analysis]\nworkers = 1\n"
KINDS = [("list",), ("stat",), ("open",), ("read",), ("list", "stat", "open", "read")]
LONGEST_END_S = 15.0
"""It takes one or two on a quiet machine."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[FuseDisk]:
    with fuse_disk(tmp_path.resolve()) as mounted:
        sine(mounted.backing / "known.wav", 100)
        sine(mounted.backing / "deep/er/known.wav", 150)
        yield mounted


@pytest.fixture
def running(tmp_path: Path, disk: FuseDisk) -> Iterator[RunningDaemon]:
    sine(tmp_path / "other/first.wav", 200)
    with daemon(tmp_path / "data", disk.mount, tmp_path / "other", settings=SETTINGS) as made:
        until(lambda: made.client.status().samples == 3, "all three to be known")
        try:
            yield made
        finally:
            disk.mend()  # what is left of a process stays until its last call returns


def names(running: RunningDaemon) -> set[str]:
    return {Path(path).name for path in running.paths()}


def said(running: RunningDaemon, word: str) -> list[str]:
    return [note for note in running.client.status().notes if word in note]


@contextmanager
def examined(data: Path, disk: FuseDisk) -> Iterator[Path]:
    """What `doctor` prints, as it comes: the system keeps its process until the disk answers."""
    printed = data.parent / "doctor.txt"
    words = [sys.executable, "-m", "soundkin_daemon", "doctor", "--quick", "--data-dir", str(data)]
    with printed.open("wb") as file, subprocess.Popen(words, stdout=file, env=environment(data)):
        try:
            yield printed
        finally:
            disk.mend()


@pytest.mark.parametrize("calls", KINDS, ids="+".join)
def test_a_disk_that_hangs_holds_up_no_other_is_named_and_goes_on_when_it_answers(
    tmp_path: Path, disk: FuseDisk, running: RunningDaemon, calls: tuple[str, ...]
) -> None:
    disk.hang(calls)
    sine(disk.backing / "deep/late.wav", 300)
    running.client.rescan()
    for number in range(3):
        path = sine(tmp_path / f"other/new {number}.wav", 400 + number)
        until(lambda path=path: path.name in names(running), "a new file of another folder", 25)  # type: ignore[misc]
    notes = until(lambda: said(running, f"{disk.mount} does not answer"), "the hanging disk to be named")
    assert any("has hung since" in note for note in notes)
    assert any("has hung since" in note for note in cli_json(tmp_path / "data", "status")["notes"])
    with examined(tmp_path / "data", disk) if "list" in calls else nullcontext() as doctor:
        if doctor is not None:
            until(lambda: f"{disk.mount} does not answer" in doctor.read_text("utf-8"), "doctor to name it too")
            assert "has hung since" in doctor.read_text("utf-8")
        disk.mend()
    until(lambda: "late.wav" in names(running), "what the disk held back")
    until(lambda: not said(running, "does not answer"), "the note to go")
    assert names(running) == {"known.wav", "first.wav", "late.wav", "new 0.wav", "new 1.wav", "new 2.wav"}
    assert all(root.online for root in running.client.roots())


@pytest.mark.parametrize("calls", KINDS, ids="+".join)
def test_stopping_waits_for_no_disk(
    tmp_path: Path, disk: FuseDisk, running: RunningDaemon, calls: tuple[str, ...]
) -> None:
    disk.hang(calls)
    sine(disk.backing / "late.wav", 300)
    running.client.rescan()
    until(lambda: said(running, "does not answer"), "it to hang")
    began = time.monotonic()
    run_cli(tmp_path / "data", "stop")
    assert time.monotonic() - began < LONGEST_END_S
    # the system keeps what is left of a process until its last call returns, but nothing is held by it
    words = ["up", "--quiet", "--data-dir", str(tmp_path / "data"), "--port", str(running.port)]
    next_one = subprocess.Popen([sys.executable, "-m", "soundkin_daemon", *words], env=environment(tmp_path / "data"))
    try:
        until(lambda: read_owner(Places(tmp_path / "data")), "the next daemon on the same data and port", 30)
        with running.another_client() as client:
            assert client.ping()
    finally:
        disk.mend()
        next_one.terminate()
        next_one.wait(60)
    running.process.wait(60)


@pytest.mark.parametrize("calls", [("stat",), ("open",), ("read",)], ids="".join)
def test_a_question_about_a_file_that_hangs_ends_with_an_error_and_holds_up_no_other(
    tmp_path: Path, disk: FuseDisk, running: RunningDaemon, calls: tuple[str, ...]
) -> None:
    sine(disk.backing / "unknown.txt", 500)
    disk.hang(calls, matching="unknown")
    probe = sine(tmp_path / "probe.wav", 210)
    errors: list[str] = []

    def ask() -> None:
        try:
            with running.another_client() as client:
                client.find(Query(like=(Like(path=str(disk.mount / "unknown.txt")),), k=1))
        except SoundkinError as error:
            errors.append(str(error))

    asking = [threading.Thread(target=ask, daemon=True) for _ in range(4)]
    for thread in asking:
        thread.start()
    for _ in range(3):
        (hit,) = running.client.find(Query(like=(Like(path=str(probe)),), k=1)).neighbours
        assert hit.sample.path.endswith("first.wav")
    until(lambda: len(errors) == 4, "an error for each", 30)
    assert all("has not answered" in error for error in errors)
    with pytest.raises(SoundkinError, match="has not answered"):
        ask_once(running, disk.mount / "unknown.txt")


def test_questions_about_two_files_that_hang_in_the_middle_hold_up_no_other(
    tmp_path: Path, disk: FuseDisk, running: RunningDaemon
) -> None:
    """Asked about many times, by many clients, each holds one of the threads that read audio."""
    for number in range(2):
        sine(disk.backing / f"long {number}.txt", 500 + number, frames=400_000)
    disk.hang(["read"], matching="long", behind=300_000)
    probe = sine(tmp_path / "probe.wav", 210)
    ended: list[str] = []

    def ask(path: Path) -> None:
        try:
            with running.another_client() as client:
                client.find(Query(like=(Like(path=str(path)),), k=1))
            ended.append("answered")
        except SoundkinError as error:
            ended.append(str(error))

    for number in range(6):
        threading.Thread(target=ask, args=(disk.mount / f"long {number % 2}.txt",), daemon=True).start()
    until(lambda: len(ended) == 4, "an error for all but those that are read", 25)
    assert all("has not answered" in each for each in ended)
    ask_once(running, probe)
    assert len(ended) == 4
    disk.mend()
    until(lambda: len(ended) == 6, "those that were read", 30)
    assert ended[4:] == ["answered"] * 2


def ask_once(running: RunningDaemon, path: Path) -> None:
    running.client.find(Query(like=(Like(path=str(path)),), k=1))


def test_following_a_folder_that_hangs_is_refused_and_holds_up_no_question(
    tmp_path: Path, disk: FuseDisk, running: RunningDaemon
) -> None:
    (disk.backing / "deep/stuck").mkdir()
    disk.hang(("stat",), matching="stuck")
    with pytest.raises(SoundkinError, match="has not answered"):
        running.client.add_root(str(disk.mount / "deep/stuck"))
    assert running.client.status().samples == 3
