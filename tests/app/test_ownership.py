"""One daemon for a data directory: the lock, and the record of where it listens."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import filelock
import pytest

from soundkin.errors import DaemonRunningError
from soundkin_daemon.ownership import Owner, Ownership, is_owned, read_owner
from soundkin_daemon.places import Places


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "new" / "data")


def test_a_directory_is_made_taken_announced_and_given_up(places: Places) -> None:
    owning = Ownership(places)
    assert places.data_dir.is_dir()
    assert is_owned(places) is False
    assert read_owner(places) is None
    owning.take()
    assert is_owned(places) is True
    owning.announce("127.0.0.1", 27_400)
    assert read_owner(places) == Owner(os.getpid(), "127.0.0.1", 27_400)
    owning.announce("::1", 1)
    assert read_owner(places) == Owner(os.getpid(), "::1", 1)
    assert sorted(path.name for path in places.data_dir.iterdir()) == ["daemon.json", "daemon.lock"]
    owning.release()
    assert is_owned(places) is False
    assert read_owner(places) is None
    owning.release()


def test_a_second_daemon_is_told_whose_the_directory_is(places: Places) -> None:
    first, second = Ownership(places), Ownership(places)
    first.take()
    with pytest.raises(DaemonRunningError, match="just starting or stopping"):
        second.take()
    first.announce("127.0.0.1", 27_400)
    with pytest.raises(DaemonRunningError, match=f"pid {os.getpid()}, port 27400") as caught:
        second.take()
    assert str(places.data_dir) in str(caught.value)
    second.release()  # who does not own it gives nothing up
    assert is_owned(places) is True
    assert read_owner(places) is not None
    first.release()
    second.take()
    second.release()


def test_a_daemon_that_is_asked_for_the_lock_keeps_it(places: Places) -> None:
    owning = Ownership(places)
    assert is_owned(places) is False
    owning.take()
    assert [is_owned(places) for _ in range(3)] == [True, True, True]
    owning.release()
    assert is_owned(places) is False
    Ownership(places).take()


def test_nobody_waits_for_the_lock(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    class Lock(filelock.FileLock):
        def acquire(self, *args: Any, **more: Any) -> Any:
            waits.append(self.timeout)
            return super().acquire(*args, **more)

    monkeypatch.setattr(filelock, "FileLock", Lock)
    owning = Ownership(places)
    owning.take()
    assert is_owned(places) is True
    owning.release()
    assert waits
    assert set(waits) == {0.0}


def test_asking_for_an_owner_makes_no_file(tmp_path: Path) -> None:
    assert is_owned(Places(tmp_path)) is False
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "record",
    [
        "",
        "{",
        "[]",
        "7",
        "null",
        "{}",
        '{"pid": 1, "host": "x"}',
        '{"pid": "x", "host": "h", "port": 1}',
        '{"pid": null, "host": "h", "port": 1}',
    ],
)
def test_a_record_that_cannot_be_read_names_nobody(places: Places, record: str) -> None:
    Ownership(places)
    places.daemon.write_text(record)
    assert read_owner(places) is None


def test_a_record_is_read_in_its_types(places: Places) -> None:
    Ownership(places)
    places.daemon.write_text(json.dumps({"pid": "12", "host": 5, "port": 7.0}))
    assert read_owner(places) == Owner(12, "5", 7)


def test_a_record_that_is_not_text_names_nobody(places: Places) -> None:
    Ownership(places)
    places.daemon.write_bytes(b"\xff\xfe\x00")
    assert read_owner(places) is None
