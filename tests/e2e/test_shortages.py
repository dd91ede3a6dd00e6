"""The real daemon with no descriptor left, as after a flood of connections: it answers, judges nothing and recovers."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import odd_files as odd
from daemon_process import RunningDaemon, daemon, until
from soundkin.model import Like, Query

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of a running process are changed on Linux only")


@contextmanager
def no_descriptor_left(running: RunningDaemon) -> Iterator[None]:
    """While this lasts the process can open nothing."""
    import resource

    pid = running.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    used = set(map(int, os.listdir(f"/proc/{pid}/fd")))
    free = next(number for number in range(len(used) + 1) if number not in used)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (free, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)


def test_without_descriptors_every_sample_stays_findable_and_new_ones_are_found_afterwards(tmp_path: Path) -> None:
    top = tmp_path / "samples"
    top.mkdir()
    paths = [top / f"{number}.wav" for number in range(8)]
    for number, path in enumerate(paths):
        path.write_bytes(odd.encoded(odd.melody(0.2, seed=number), 44_100, "WAV", "PCM_16"))
    with daemon(tmp_path / "data", top) as running:
        running.scanned()
        assert running.paths() == set(map(str, paths))
        near = Query(like=(Like(path=str(paths[1])),), k=3)
        assert len(running.client.find(near).neighbours) == 3
        with no_descriptor_left(running):
            new = Path(shutil.copyfile(paths[0], top / "new.wav"))
            running.client.rescan()
            until(lambda: any("descriptors or memory" in note for note in running.client.status().notes), "the note")
            status = running.client.status()
            assert [root.online for root in status.roots] == [True]
            assert status.failed == status.unread == 0
            assert set(map(str, paths)) <= running.paths()
            assert len(running.client.find(near).neighbours) == 3
        until(lambda: str(new) in running.paths(), "the new file")
        until(lambda: not running.client.status().notes, "the note to go")
        assert not list(running.client.problems())
