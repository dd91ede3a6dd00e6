"""Freed memory goes back to the system, and what may be read back from a disk is."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from soundkin_daemon.memory import may_be_mapped

HOLES = """
import psutil
from soundkin_daemon.memory import give_back

many = [bytes(2_000) for _ in range(50_000)]
del many[:-1]  # the last one keeps the heap from shrinking by itself
before = psutil.Process().memory_info().rss
give_back()
print(before - psutil.Process().memory_info().rss)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has to be asked")
def test_what_glibc_kept_of_a_large_work_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", HOLES], capture_output=True, text=True, timeout=60, check=True)
    assert int(done.stdout) > 50_000_000


def test_memory_is_read_back_from_the_disk_of_the_home_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    (tmp_path / "data").mkdir()
    assert may_be_mapped(tmp_path / "data")
    assert not may_be_mapped(tmp_path / "not there")
    for kind in ("nfs4", "fuse.sshfs", "cifs"):
        monkeypatch.setattr("soundkin_daemon.memory.file_system_of", lambda path, kind=kind: kind)
        assert not may_be_mapped(tmp_path / "data")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a second file system")
def test_and_not_from_another_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert not may_be_mapped(Path("/proc/self"))
