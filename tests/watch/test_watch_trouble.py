"""Watching when it goes wrong: limits, bursts, silent and vanishing disks. A fake observer, real folders."""

from __future__ import annotations

import errno
import os
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from watchdog.events import FileCreatedEvent, FileSystemEventHandler

from daemon_process import until
from soundkin.disks import Lanes
from soundkin.disks.mounts import file_system_of, is_silent, mount_points
from soundkin.watch.handler import HintingHandler
from soundkin.watch.limits import burst_size, watch_error
from soundkin.watch.observers import RootObserver
from soundkin.watch.watcher import FolderWatcher, System


class FakeSystem:
    """What gives watches; refuses when told to."""

    def __init__(self) -> None:
        self.watched: dict[str, FileSystemEventHandler] = {}
        """Folder to who is told, for watches that are set."""
        self.scheduled: list[str] = []
        self.error: OSError | None = None
        self.observers: list[FakeObserver] = []

    def observer(self) -> FakeObserver:
        self.observers.append(FakeObserver(self))
        return self.observers[-1]


class FakeObserver:
    """Watches nothing."""

    def __init__(self, system: FakeSystem) -> None:
        self._system = system
        self.folder = ""
        self.alive = False

    def start(self, handler: FileSystemEventHandler, folder: str) -> None:
        if self._system.error is not None:
            raise self._system.error
        self.folder, self.alive = folder, True
        self._system.scheduled.append(folder)
        self._system.watched[folder] = handler

    def is_alive(self) -> bool:
        return self.alive

    def stop(self) -> None:
        self.alive = False
        self._system.watched.pop(self.folder, None)


class Watching:
    """A watcher whose turns the test takes itself."""

    def __init__(
        self,
        *roots: Path,
        probe: Callable[[str], OSError | None] = lambda _: None,
        kind: str = "ext4",
        mounts: Callable[[], frozenset[str]] = mount_points,
        **more: object,
    ) -> None:
        self.hints: list[str] = []
        self.system = FakeSystem()
        self.watcher = FolderWatcher(
            self.hints.append,
            make_observer=self.system.observer,  # type: ignore[arg-type]
            system=System(probe, lambda _: kind, mounts),
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
    watching.system.error = limit()
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
    watching.system.error = limit()
    watching.hinted(0)
    watching.system.error = None
    watching.hinted(61)
    assert watching.watcher.notes == ()
    assert str(tmp_path) in watching.system.watched


def test_a_limit_that_only_folders_below_run_into_is_noticed_though_the_observer_keeps_silent(tmp_path: Path) -> None:
    reached: list[OSError] = []
    watching = Watching(tmp_path, probe=lambda _: reached[0] if reached else None)
    watching.hinted(0)
    assert not watching.watcher.notes
    reached.append(limit())
    assert watching.hinted(5) == [str(tmp_path)]
    assert "max_user_watches" in watching.watcher.notes[0]


def test_where_not_even_one_watch_could_be_set_up_it_is_tried_again_sooner(tmp_path: Path) -> None:
    watching = Watching(tmp_path)
    watching.system.error = OSError(errno.EMFILE, "inotify instance limit reached")
    watching.hinted(0)
    assert "fs.inotify.max_user_instances" in watching.watcher.notes[0]
    watching.system.error = None
    watching.hinted(9)
    assert watching.watcher.notes
    watching.hinted(10)
    assert watching.watcher.notes == ()


def test_that_this_process_has_too_many_files_open_is_no_limit_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watching = Watching(tmp_path)
    watching.system.error = OSError(errno.EMFILE, "Too many open files")
    real = os.open

    def opened(path: str, *args: int, **options: int) -> int:
        if path == os.devnull:
            raise OSError(errno.EMFILE, "Too many open files")
        return real(path, *args, **options)

    monkeypatch.setattr(os, "open", opened)
    watching.hinted(0)
    assert "Too many open files" in watching.watcher.notes[0]
    assert "inotify" not in watching.watcher.notes[0]


@pytest.mark.parametrize("error", [OSError(errno.EMFILE, "x"), MemoryError(), RuntimeError("can't start new thread")])
def test_a_lack_while_watching_is_set_up_makes_the_folder_polled_and_the_others_go_on(
    tmp_path: Path, error: Exception
) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    watching = Watching(first, second, poll_s=5)
    kinds = iter([error])

    def lacking(_: str) -> str:
        for each in kinds:
            raise each
        return "ext4"

    watching.watcher._system = System(lambda _: None, lacking)
    watching.hinted(0)
    (note,) = watching.watcher.notes
    assert note.startswith(f"{first}: ")
    assert str(second) in watching.system.watched
    assert watching.hinted(6) == [str(first)]
    watching.hinted(61)
    assert watching.watcher.notes == ()


def test_that_mounts_cannot_be_read_now_says_nothing_of_disks(tmp_path: Path) -> None:
    disk = str(tmp_path / "disk")
    told: list[frozenset[str] | OSError] = [frozenset({disk}), OSError(errno.EMFILE, "x"), frozenset({disk})]

    def mounts() -> frozenset[str]:
        found = told.pop(0)
        if isinstance(found, OSError):
            raise found
        return found

    watching = Watching(tmp_path, mounts=mounts)
    watching.hinted(0)
    assert watching.hinted(5) == []
    assert watching.hinted(10) == []


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
    assert str(tmp_path) in watching.system.watched


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
    assert watching.system.watched == {}
    assert watching.hinted(10) == []
    away.rename(disk)
    assert watching.hinted(15) == [str(disk)]
    assert str(disk) in watching.system.watched


def test_another_disk_in_the_same_place_is_noticed(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    watching = Watching(disk)
    watching.hinted(0)
    disk.rename(tmp_path / "away")
    disk.mkdir()
    assert watching.hinted(5) == [str(disk)]
    assert watching.system.scheduled == [str(disk)] * 2


def test_a_watch_that_ended_is_set_up_again_and_those_of_others_stay(tmp_path: Path) -> None:
    roots = [tmp_path / "a", tmp_path / "b"]
    for root in roots:
        root.mkdir()
    watching = Watching(*roots)
    assert watching.hinted(0) == [str(root) for root in roots]
    watching.system.observers[0].alive = False
    assert watching.hinted(5) == [str(roots[0])], "what happened meanwhile"
    assert watching.system.scheduled == [str(roots[0]), str(roots[1]), str(roots[0])]
    assert watching.hinted(10) == []


@pytest.mark.skipif(sys.platform != "linux", reason="the threads of inotify")
def test_the_end_of_any_thread_that_real_events_come_through_is_noticed(tmp_path: Path) -> None:
    observer = RootObserver()
    observer.start(HintingHandler(lambda _: None, str(tmp_path), str(tmp_path)), str(tmp_path))
    assert observer.is_alive()
    assert observer._reader is not None
    observer._reader.stop()  # type: ignore[attr-defined]
    until(lambda: not observer.is_alive(), "the end")
    observer.stop()


def test_a_burst_of_20_000_events_becomes_few_hints_and_one_of_them_is_the_whole_folder(tmp_path: Path) -> None:
    watching = Watching(tmp_path)
    watching.hinted(0)
    handler = watching.system.watched[str(tmp_path)]
    watching.hints.clear()
    for number in range(20_000):
        handler.dispatch(FileCreatedEvent(str(tmp_path / f"{number}.wav")))
    assert len(set(watching.hints)) <= burst_size()
    assert watching.hints[-1] == str(tmp_path)


class SlowSystem(FakeSystem):
    """One that takes its time where a folder is called so."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()

    def observer(self) -> FakeObserver:
        system = self

        class SlowObserver(FakeObserver):
            def start(self, handler: FileSystemEventHandler, folder: str) -> None:
                if folder.endswith("slow"):
                    system.gate.wait(60)
                super().start(handler, folder)

        return SlowObserver(system)


def test_a_watch_that_cannot_be_set_up_for_a_hanging_disk_holds_up_no_other_root(tmp_path: Path) -> None:
    for name in ("a slow", "fast"):
        (tmp_path / name).mkdir()
    system = SlowSystem()
    hints: list[str] = []
    lanes = Lanes(0.05, 0.05)
    watcher = FolderWatcher(hints.append, lanes=lanes, make_observer=system.observer)  # type: ignore[arg-type]
    watcher.follow([str(tmp_path / "a slow"), str(tmp_path / "fast")])
    watcher.tend(0)
    assert list(system.watched) == [str(tmp_path / "fast")]
    (hang,) = lanes.hanging()
    assert (hang.place, hang.kind) == (str(tmp_path / "a slow"), "watching")
    watcher.tend(5)
    names = [each.name for each in threading.enumerate()]
    assert names.count(f"soundkin watching {tmp_path / 'a slow'}") == 1, "one thread hangs, not a new one every time"
    system.gate.set()
    until(lambda: len(system.watched) == 2, "the watch of the disk that answers again")
    until(lambda: str(tmp_path / "a slow") in hints, "the look at what happened meanwhile")
    watcher.stop()
    assert system.watched == {}


def test_the_end_waits_for_no_disk(tmp_path: Path) -> None:
    folder = tmp_path / "slow"
    folder.mkdir()
    system = SlowSystem()
    watcher = FolderWatcher(lambda _: None, lanes=Lanes(0.05, 0.05), make_observer=system.observer)  # type: ignore[arg-type]
    watcher.follow([str(folder)])
    watcher.tend(0)
    watcher.stop()
    assert not system.gate.is_set()
    system.gate.set()


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
