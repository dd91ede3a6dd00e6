"""A file that goes on being written: a pass ends without it after a while and says so; it is taken when complete."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from daemon_process import RunningDaemon, cli_json, daemon, run_cli, until
from following import Follower, following, make
from small_sounds import sine


@contextmanager
def growing(path: Path) -> Iterator[None]:
    """Something is appended to it again and again."""
    ended = threading.Event()

    def write() -> None:
        with path.open("ab") as file:
            while not ended.wait(0.1):
                file.write(bytes(64))
                file.flush()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@pytest.fixture
def follower(tmp_path: Path) -> Iterator[Follower]:
    top = tmp_path.resolve() / "samples"
    top.mkdir()
    with following(tmp_path / "data", top) as made:
        yield made


def turns(follower: Follower, seconds: float, path: Path) -> None:
    """Take turns for a time, in which the file grows."""
    until_s = follower.now + seconds
    while follower.now < until_s:
        follower.now += 0.2
        os.utime(path, (follower.wall(), follower.wall()))
        follower.ingest.step(0)


def test_a_pass_waits_ten_seconds_for_a_growing_file_and_then_names_it(follower: Follower, tmp_path: Path) -> None:
    make(tmp_path.resolve() / "samples/whole.wav")
    grows = make(tmp_path.resolve() / "samples/grows.wav")
    turns(follower, 9.0, grows)
    assert follower.ingest.scans == 0
    turns(follower, 3.0, grows)
    assert follower.ingest.scans == 1
    assert follower.paths() == {str(tmp_path.resolve() / "samples/whole.wav")}
    (note,) = follower.ingest.notes
    assert note == f"still being written, analysed when complete: {grows}"
    follower.now += 100
    follower.hear()
    assert str(grows) in follower.paths()
    assert follower.ingest.notes == ()


def test_of_many_growing_files_three_are_named(follower: Follower, tmp_path: Path) -> None:
    grow = [make(tmp_path.resolve() / f"samples/{number}.wav") for number in range(5)]
    until_s = follower.now + 12
    while follower.now < until_s:
        follower.now += 0.2
        for path in grow:
            os.utime(path, (follower.wall(), follower.wall()))
        follower.ingest.step(0)
    assert follower.ingest.scans == 1
    assert follower.ingest.notes[0].endswith("2.wav and 2 more")


@pytest.mark.parametrize("there", [False, True], ids=["by itself", "by the daemon"])
def test_soundkin_scan_ends_though_one_file_goes_on_being_written_and_says_which_it_left(
    tmp_path: Path, there: bool
) -> None:
    sine(tmp_path / "samples/whole.wav", 100)
    grows = sine(tmp_path / "samples/grows.wav", 200)
    data = tmp_path / "data"
    if not there:
        run_cli(data, "add", str(tmp_path / "samples"))
        with growing(grows):
            done = run_cli(data, "scan")
        found = {Path(row["path"]).name for row in cli_json(data, "list")}
        assert found == {"whole.wav"}
        assert str(grows) in done.stderr
        return
    with growing(grows), daemon(data, tmp_path / "samples") as running:
        done = run_cli(data, "scan")
        assert str(grows) in done.stderr
        assert names(running) == {"whole.wav"}
        began = time.monotonic()
        until(lambda: any("still being written" in note for note in running.client.status().notes), "the note")
        assert time.monotonic() - began < 30


def names(running: RunningDaemon) -> set[str]:
    return {Path(path).name for path in running.paths()}
