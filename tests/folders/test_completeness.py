"""When a file counts as complete: its age in seconds, and whether anybody still writes to it."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from soundkin.folders.completeness import has_writer, is_settled

NOW_S = 1_000_000.0
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="leases are Linux's")


def settled(age_s: float, settle_s: float = 2.0, path: str = "/nowhere") -> bool:
    return is_settled(path, int((NOW_S - age_s) * 1e9), NOW_S, settle_s)


def test_a_file_is_left_alone_until_it_has_been_still_for_as_long_as_the_setting_says() -> None:
    assert settled(1.9) is False
    assert settled(2.0) is True
    assert settled(0.0) is False
    assert settled(0.4, settle_s=0.5) is False


def test_a_date_in_the_future_says_nothing_and_neither_does_a_setting_of_nought() -> None:
    assert settled(-0.5) is True
    assert settled(0.0, settle_s=0.0) is True
    assert settled(0.5, settle_s=0.5) is True


@on_linux
def test_a_young_file_with_a_writer_is_not_complete_and_one_a_minute_old_is_not_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with path.open("wb"):
        assert has_writer(str(path)) is True
        assert settled(2.0, path=str(path)) is False
        assert settled(59.9, path=str(path)) is False
        assert settled(60.0, path=str(path)) is True
    assert settled(2.0, path=str(path)) is True


@on_linux
def test_with_a_setting_of_nought_nobody_asks_for_writers(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with path.open("wb"):
        assert settled(1.0, settle_s=0.0, path=str(path)) is True
        assert settled(1.0, settle_s=0.5, path=str(path)) is False


@on_linux
def test_who_begins_to_write_while_the_file_is_asked_about_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system sends a signal then, and by default one that ends a process."""
    import fcntl

    path = tmp_path / "a.wav"
    path.write_bytes(b"x")
    signals: list[int] = []
    ask = fcntl.fcntl

    def ask_and_write(descriptor: int, what: int, value: int) -> object:
        answer = ask(descriptor, what, value)
        if (what, value) == (fcntl.F_SETLEASE, fcntl.F_RDLCK):
            with pytest.raises(BlockingIOError):
                os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        return answer

    before = [signal.signal(each, lambda number, _: signals.append(number)) for each in (signal.SIGIO, signal.SIGURG)]
    monkeypatch.setattr(fcntl, "fcntl", ask_and_write)
    try:
        assert has_writer(str(path)) is False
    finally:
        for each, handler in zip((signal.SIGIO, signal.SIGURG), before, strict=True):
            signal.signal(each, handler)
    assert signals == [signal.SIGURG]
    os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))


@on_linux
def test_readers_are_no_writers_and_asking_leaves_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"x")
    before = len(os.listdir("/proc/self/fd"))
    with path.open("rb"):
        assert has_writer(str(path)) is False
        assert has_writer(str(path)) is False
    with path.open("ab"):  # a lease that was left behind would block this for long
        assert has_writer(str(path)) is True
    assert len(os.listdir("/proc/self/fd")) == before


@on_linux
def test_what_cannot_be_opened_or_leased_has_no_writer_that_we_know_of(tmp_path: Path) -> None:
    assert has_writer(str(tmp_path / "gone.wav")) is False
    os.mkfifo(tmp_path / "pipe.wav")
    assert has_writer(str(tmp_path / "pipe.wav")) is False  # and opening it did not wait for a writer
    assert has_writer(str(tmp_path)) is False


def test_other_systems_do_not_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with (tmp_path / "a.wav").open("wb"):
        assert has_writer(str(tmp_path / "a.wav")) is False
