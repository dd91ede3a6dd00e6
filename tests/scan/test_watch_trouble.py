"""Watching when it goes wrong: limits, bursts, silent and vanishing disks. A fake observer, real folders."""

from __future__ import annotations

import errno
import os
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from watchdog.events import FileCreatedEvent, FileSystemEventHandler

from daemon_process import until
from soundkin.mounts import file_system_of, is_silent
from soundkin.watch import FolderWatcher
from soundkin.watch_limits import burst_size, watch_error


@dataclass
class EndedEmitter:
    """What watchdog leaves of a watch that it gave up."""

    watch: str

    def is_alive(self) -> bool:
        return False


class Reader(threading.Thread):
    """Stands for the one thread of watchdog through which all events come."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.death = threading.Event()

    def run(self) -> None:
        self.death.wait(60)


Reader.__module__ = "watchdog.observers.fake"


class FakeObserver:
    """Watches nothing; refuses when told to."""

    def __init__(self) -> None:
        self.watched: dict[str, FileSystemEventHandler] = {}
        self.error: OSError | None = None
        self.scheduled: list[str] = []
        self.emitters: list[EndedEmitter] = []
        self.alive = True

    def start(self) -> None:
        pass

    def stop(self) -> None:
        self.alive = False

    def join(self, timeout: float | None = None) -> None:
        pass

    def is_alive(self) -> bool:
        return self.alive

    def schedule(self, handler: FileSystemEventHandler, path: str, **options: object) -> str:
        if self.error is not None:
            raise self.error
        self.scheduled.append(path)
        self.watched[path] = handler
        return path

    def unschedule(self, watch: str) -> None:
        del self.watched[watch]


class Watching:
    """A watcher whose turns the test takes itself."""

    def __init__(
        self, *roots: Path, probe: Callable[[str], OSError | None] = lambda _: None, kind: str = "ext4", **more: object
    ) -> None:
        self.hints: list[str] = []
        self.observer = FakeObserver()
        self.watcher = FolderWatcher(
            self.hints.append,
            make_observer=lambda: self.observer,  # type: ignore[arg-type,return-value]
            probe=probe,
            file_system=lambda _: kind,
            **more,  # type: ignore[arg-type]
        )
        self.watcher.follow(map(str, roots))

    def hinted(self, now: float) -> list[str]:
        """What one turn hints at."""
        self.hints.clear()
        self.watcher.tend(now)
        return list(self.hints)


def limit(_root: str = "") -> OSError:
    return OSError(errno.ENOSPC, "No space left on device")


def test_a_new_watch_is_followed_by_a_look_at_what_changed_before_it(tmp_path: Path) -> None:
    watching = Watching(tmp_path)
    assert watching.hinted(0) == [str(tmp_path)]
    assert watching.hinted(5) == []
    assert watching.watcher.notes == ()


def test_at_the_limit_of_watches_the_folder_is_polled_and_the_note_names_the_setting_to_raise(tmp_path: Path) -> None:
    watching = Watching(tmp_path, poll_s=30)
    watching.observer.error = limit()
    watching.hinted(0)
    (note,) = watching.watcher.notes
    assert str(tmp_path) in note
    assert "fs.inotify.max_user_watches" in note
    assert [bool(watching.hinted(now)) for now in (10, 29, 30, 31, 59, 60.1)] == [
        False,
        False,
        True,
        False,
        False,
        True,
    ]


def test_when_the_limit_is_raised_watching_takes_over_again_without_a_restart(tmp_path: Path) -> None:
    watching = Watching(tmp_path)
    watching.observer.error = limit()
    watching.hinted(0)
    watching.observer.error = None
    watching.hinted(61)
    assert watching.watcher.notes == ()
    assert str(tmp_path) in watching.observer.watched


def test_a_limit_that_only_folders_below_run_into_is_noticed_though_the_observer_keeps_silent(tmp_path: Path) -> None:
    reached: list[OSError] = []
    watching = Watching(tmp_path, probe=lambda _: reached[0] if reached else None)
    watching.hinted(0)
    assert not watching.watcher.notes
    reached.append(limit())
    assert watching.hinted(5) == [str(tmp_path)]
    assert "max_user_watches" in watching.watcher.notes[0]


def test_too_many_watching_programs_is_another_setting(tmp_path: Path) -> None:
    watching = Watching(tmp_path, probe=lambda _: OSError(errno.EMFILE, "Too many open files"))
    watching.hinted(0)
    assert "fs.inotify.max_user_instances" in watching.watcher.notes[0]


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "9p", "smbfs", "remote"])
def test_a_folder_on_a_network_is_polled_besides_and_the_note_says_why(tmp_path: Path, kind: str) -> None:
    watching = Watching(tmp_path, kind=kind, poll_s=10)
    watching.hinted(0)
    assert kind in watching.watcher.notes[0]
    assert watching.hinted(11) == [str(tmp_path)]
    assert str(tmp_path) in watching.observer.watched


@pytest.mark.parametrize("kind", ["ext4", "apfs", "NTFS", "fuseblk", "btrfs", "tmpfs", "overlay", ""])
def test_local_disks_are_not_polled(kind: str) -> None:
    assert not is_silent(kind)


def test_the_file_system_of_a_folder_is_found(tmp_path: Path) -> None:
    assert not is_silent(file_system_of(str(tmp_path)))
    if os.path.ismount("/proc"):
        assert file_system_of("/proc/self") == "proc"


def test_a_folder_can_be_set_to_be_polled(tmp_path: Path) -> None:
    watching = Watching(tmp_path, poll=["*" + tmp_path.name], poll_s=10)
    watching.hinted(0)
    assert watching.hinted(11) == [str(tmp_path)]


def test_a_large_folder_is_polled_at_most_a_twentieth_of_the_time(tmp_path: Path) -> None:
    watching = Watching(tmp_path, kind="nfs", poll_s=30, cost=lambda _: 60.0)
    watching.hinted(0)
    assert not any(watching.hinted(now) for now in (31, 600, 1199))
    assert watching.hinted(1201)


def test_a_disk_that_went_and_came_back_is_watched_again_and_looked_at(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    watching = Watching(disk)
    watching.hinted(0)
    away = disk.rename(tmp_path / "away")
    assert watching.hinted(5) == [str(disk)]
    assert watching.observer.watched == {}
    assert watching.hinted(10) == []
    away.rename(disk)
    assert watching.hinted(15) == [str(disk)]
    assert str(disk) in watching.observer.watched


def test_another_disk_in_the_same_place_is_noticed(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    watching = Watching(disk)
    watching.hinted(0)
    disk.rename(tmp_path / "away")
    disk.mkdir()
    assert watching.hinted(5) == [str(disk)]
    assert watching.observer.scheduled == [str(disk)] * 2


def test_an_observer_that_died_is_replaced(tmp_path: Path) -> None:
    roots = [tmp_path / "a", tmp_path / "b"]
    for root in roots:
        root.mkdir()
    watching = Watching(*roots)
    watching.hinted(0)
    watching.observer.alive = False
    watching.observer = FakeObserver()
    assert watching.hinted(5) == [str(root) for root in roots]
    assert set(watching.observer.watched) == {str(root) for root in roots}


def test_a_watch_that_was_given_up_is_set_up_again(tmp_path: Path) -> None:
    watching = Watching(tmp_path)
    watching.hinted(0)
    watching.observer.emitters = [EndedEmitter(str(tmp_path))]
    assert watching.hinted(5) == [str(tmp_path)]
    assert watching.observer.scheduled == [str(tmp_path)] * 2


def test_when_the_thread_that_reads_events_dies_the_folders_are_polled_and_the_note_says_so(tmp_path: Path) -> None:
    roots = [tmp_path / "a", tmp_path / "b"]
    for root in roots:
        root.mkdir()
    reader = Reader()
    reader.start()
    watching = Watching(*roots, poll_s=30)
    watching.hinted(0)
    assert not watching.watcher.notes
    reader.death.set()
    reader.join()
    assert watching.hinted(5) == [str(root) for root in roots]
    assert all("ended unexpectedly" in note for note in watching.watcher.notes)
    assert watching.hinted(30) == []
    assert watching.hinted(36) == [str(root) for root in roots]


def test_a_burst_of_20_000_events_becomes_few_hints_and_one_of_them_is_the_whole_folder(tmp_path: Path) -> None:
    watching = Watching(tmp_path)
    watching.hinted(0)
    handler = watching.observer.watched[str(tmp_path)]
    watching.hints.clear()
    for number in range(20_000):
        handler.dispatch(FileCreatedEvent(str(tmp_path / f"{number}.wav")))
    assert len(set(watching.hints)) <= burst_size()
    assert watching.hints[-1] == str(tmp_path)


def test_setting_watches_up_holds_nobody_up(tmp_path: Path) -> None:
    slow = threading.Event()

    class SlowObserver(FakeObserver):
        def schedule(self, handler: FileSystemEventHandler, path: str, **options: object) -> str:
            slow.wait(30)
            return super().schedule(handler, path, **options)

    observer = SlowObserver()
    watcher = FolderWatcher(lambda _: None, make_observer=lambda: observer)  # type: ignore[arg-type,return-value]
    watcher.start()
    started = time.monotonic()
    watcher.follow([str(tmp_path)])
    assert watcher.notes == ()
    assert time.monotonic() - started < 5
    assert observer.watched == {}
    slow.set()
    watcher.stop()


@pytest.mark.skipif(not Path("/proc/sys/fs/inotify").exists(), reason="Linux tells its limits there")
def test_the_probe_tells_a_folder_that_can_be_watched_from_one_that_cannot(tmp_path: Path) -> None:
    assert watch_error(str(tmp_path)) is None
    error = watch_error(str(tmp_path / "gone"))
    assert error is not None
    assert error.errno == errno.ENOENT


def test_real_events_go_on_after_a_disk_came_back(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    hints: list[str] = []
    watcher = FolderWatcher(hints.append)
    watcher.follow([str(disk)])
    watcher.tend(0)
    try:
        shutil.rmtree(disk)
        watcher.tend(5)
        disk.mkdir()
        watcher.tend(10)
        (disk / "new.wav").write_bytes(b"new")
        until(lambda: str(disk / "new.wav") in hints, "the hint")
    finally:
        watcher.stop()
