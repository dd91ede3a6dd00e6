"""Whose the data are: one daemon's at a time, though its lock file is deleted, and no other user's to read."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from daemon_process import daemon, run_cli
from small_sounds import sine
from soundkin.errors import DaemonRunningError
from soundkin_daemon.ownership import Ownership, is_owned
from soundkin_daemon.places import Places
from soundkin_daemon.privacy import private_files

posix = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
OTHERS = 0o077


def modes(folder: Path) -> dict[str, str]:
    """Every file that others have a right to."""
    return {
        str(path.relative_to(folder)): oct(stat.S_IMODE(path.stat().st_mode))
        for path in folder.rglob("*")
        if path.is_file() and path.name != "test.toml" and stat.S_IMODE(path.stat().st_mode) & OTHERS
    }


@posix
def test_deleting_the_lock_file_lets_no_second_daemon_onto_the_same_data(tmp_path: Path) -> None:
    with daemon(tmp_path / "data") as running:
        for name in ("daemon.lock", "daemon.json"):
            (tmp_path / "data" / name).unlink()
        refused = run_cli(tmp_path / "data", "up", "--port", str(running.port), "--quiet", check=None)
        assert refused.returncode != 0
        assert "already runs" in refused.stderr
        assert is_owned(Places(tmp_path / "data"))
        assert running.client.ping()
    assert not is_owned(Places(tmp_path / "data"))


@posix
def test_the_folder_is_locked_by_any_of_its_names(tmp_path: Path) -> None:
    places = Places(tmp_path / "data")
    owner = Ownership(places)
    owner.take()
    (tmp_path / "other name").symlink_to(places.data_dir)
    try:
        places.lock.unlink()
        with pytest.raises(DaemonRunningError):
            Ownership(Places(tmp_path / "other name")).take()
    finally:
        owner.release()
    again = Ownership(Places(tmp_path / "other name"))
    again.take()
    again.release()


@posix
def test_what_a_daemon_keeps_is_readable_by_its_owner_alone_under_any_umask(tmp_path: Path) -> None:
    sine(tmp_path / "samples/a.wav", 100)
    before = os.umask(0)
    try:
        with daemon(tmp_path / "data", tmp_path / "samples") as running:
            running.scanned()
            run_cli(tmp_path / "data", "backup")
            assert modes(tmp_path / "data") == {}
        run_cli(tmp_path / "data", "list")
        run_cli(tmp_path / "fresh", "add", str(tmp_path / "samples"))
    finally:
        os.umask(before)
    assert modes(tmp_path / "data") == {}
    assert modes(tmp_path / "fresh") == {}
    assert stat.S_IMODE((tmp_path / "fresh").stat().st_mode) & OTHERS == 0
    assert list((tmp_path / "data/backups").iterdir())


@posix
def test_what_earlier_versions_left_open_is_tightened_and_nothing_else_is_touched(tmp_path: Path) -> None:
    places = Places(tmp_path)
    ours = [
        "library.db",
        "library.db-wal",
        "library-damaged-20260101.db",
        "index.cache",
        "soundkin.log",
        "soundkin.log.1",
    ]
    for name in [*ours, "mine.txt", "backups/library-20260101T000000Z.db", "backups/mine.txt"]:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
        path.chmod(0o664)
    (tmp_path / "target").touch(0o664)
    (tmp_path / "target").chmod(0o664)
    (tmp_path / "library.db-shm").symlink_to(tmp_path / "target")
    umask = os.umask(0o022)
    os.umask(umask)
    with private_files(places):
        assert modes(tmp_path).keys() == {"mine.txt", "backups/mine.txt", "target", "library.db-shm"}
    now = os.umask(umask)
    assert now == umask


@pytest.mark.skipif(sys.platform != "win32", reason="locks of Windows")
def test_on_windows_the_lock_file_cannot_be_deleted(tmp_path: Path) -> None:
    owner = Ownership(Places(tmp_path))
    owner.take()
    with pytest.raises(OSError, match="used by another process"):
        Places(tmp_path).lock.unlink()
    owner.release()
