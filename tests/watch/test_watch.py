"""The pure Debouncer, and the watchdog observer on a real folder."""

from __future__ import annotations

import queue
from pathlib import Path

import pytest

from soundkin.watch.debounce import Debouncer
from soundkin.watch.watcher import FolderWatcher


def test_a_path_is_ready_once_it_has_been_quiet_long_enough() -> None:
    debouncer = Debouncer(settle_s=0.5)
    debouncer.hint("/a", now=10.0)
    debouncer.hint("/a", now=10.4)
    assert debouncer.ready(10.6) == []
    assert debouncer.next_due() == pytest.approx(10.9)
    assert debouncer.ready(10.9) == ["/a"]
    assert debouncer.ready(11.0) == []
    assert debouncer.next_due() is None


def test_paths_inside_a_ready_folder_are_not_given_out_twice() -> None:
    debouncer = Debouncer(settle_s=0)
    for path in ("/a/b/c.wav", "/a", "/ab", "/a/d.wav"):
        debouncer.hint(path, now=0)
    assert sorted(debouncer.ready(0)) == ["/a", "/ab"]


def test_a_burst_is_folded_into_folders_so_memory_stays_bounded() -> None:
    debouncer = Debouncer(settle_s=1, most=100)
    for number in range(20_000):
        debouncer.hint(f"/samples/{number % 7}/{number}.wav", now=0)
        assert len(debouncer) <= 101
    ready = debouncer.ready(5)
    covered = {path for path in ready if path.count("/") == 2}
    assert covered == {f"/samples/{n}" for n in range(7)}


def test_the_watcher_hints_at_new_changed_moved_and_deleted_files_and_not_at_reading(tmp_path: Path) -> None:
    hints: queue.Queue[str] = queue.Queue()
    watcher = FolderWatcher(hints.put)
    watcher.start()
    watcher.follow([str(tmp_path)])
    try:
        assert hints.get(timeout=10) == str(tmp_path)  # the watch is set up
        path = tmp_path / "a.wav"
        path.write_bytes(b"one")
        _expect(hints, path)
        path.rename(tmp_path / "b.wav")
        _expect(hints, tmp_path / "b.wav")
        (tmp_path / "sub").mkdir()
        _expect(hints, tmp_path / "sub")
        (tmp_path / "sub/c.wav").write_bytes(b"two")
        _expect(hints, tmp_path / "sub/c.wav")
        _drain(hints)
        (tmp_path / "b.wav").read_bytes()
        (tmp_path / "b.wav").unlink()
        _expect(hints, tmp_path / "b.wav")
    finally:
        watcher.stop()


def _expect(hints: queue.Queue[str], path: Path) -> None:
    while hints.get(timeout=10) != str(path):
        pass


def _drain(hints: queue.Queue[str]) -> None:
    while not hints.empty():
        hints.get_nowait()
