"""A library on a disk that is full or read-only: the real daemon starts, answers, says why, and goes on by itself."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from daemon_process import RunningDaemon, cli_json, daemon, run_cli, until
from small_sounds import sine
from soundkin.model import Like, Query

SETTINGS = "[scan]\ninterval_s = 86400\n"


class SmallDisk:
    """A disk of some megabytes that holds the data directory."""

    def __init__(self, mount: Path) -> None:
        self.mount = mount
        self.data = mount / "data"

    def fill(self) -> None:
        """Leave no room at all."""
        for size in (1 << 20, 1 << 14, 1 << 12, 1):
            number = 0
            with suppress(OSError):
                while True:
                    (self.mount / f"ballast {size} {number}").write_bytes(bytes(size))
                    number += 1

    def remount(self, mode: str) -> None:
        """Make it "ro" or "rw"."""
        subprocess.run(["mount", "-o", f"remount,{mode}", str(self.mount)], check=True, capture_output=True)

    def spoil(self, how: str) -> None:
        """It cannot be written any more."""
        if how == "full":
            self.fill()
        else:
            self.remount("ro")

    def mend(self, how: str) -> None:
        """It can be written again."""
        if how == "full":
            for ballast in self.mount.glob("ballast*"):
                ballast.unlink()
        else:
            self.remount("rw")


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=6m", "none", str(folder)]
    if sys.platform != "linux" or subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can only be mounted by root on Linux")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """One on which a library of three sounds lies, its daemon stopped."""
    with small_disk(tmp_path / "small") as made:
        for number in range(3):
            sine(tmp_path / f"samples/{number}.wav", 100 + 50 * number)
        run_cli(made.data, "add", str(tmp_path / "samples"))
        run_cli(made.data, "scan")
        yield made


def answers(running: RunningDaemon, path: Path) -> bool:
    (hit,) = running.client.find(Query(like=(Like(path=str(path)),), k=1, include_self=True)).neighbours
    return hit.sample.path == str(path)


def notes(running: RunningDaemon) -> str:
    return "\n".join(running.client.status().notes)


WAYS = {"full": "there is no room", "read-only": "cannot be written|cannot be opened"}


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("killed", [False, True], ids=["ended", "killed"])
def test_a_daemon_starts_on_it_answers_says_why_and_goes_on_when_it_can(
    tmp_path: Path, disk: SmallDisk, how: str, killed: bool
) -> None:
    if killed:
        victim = RunningDaemon(disk.data, settings=SETTINGS)
        victim.scanned()
        victim.kill()
    disk.spoil(how)
    try:
        with daemon(disk.data, settings=SETTINGS, config=tmp_path / "test.toml") as running:
            assert answers(running, tmp_path / "samples/1.wav")
            sine(tmp_path / "samples/new.wav", 700)
            running.client.rescan()
            until(lambda: running.client.status().progress.state in {"full", "blocked"}, "the work to wait")
            assert pytest.approx(3) == running.client.status().samples
            assert_says_why(notes(running), how)
            assert answers(running, tmp_path / "samples/2.wav")
            disk.mend(how)
            until(lambda: running.client.status().samples == 4, "the new file")
            until(lambda: "library" not in notes(running), "the note to go")
    finally:
        disk.mend(how)
    assert len(cli_json(disk.data, "list")) == 4


def assert_says_why(text: str, how: str) -> None:
    assert any(words in text for words in WAYS[how].split("|")), text


@pytest.mark.parametrize("how", WAYS)
def test_commands_without_a_daemon_answer_from_it_and_say_why_they_cannot_write(
    tmp_path: Path, disk: SmallDisk, how: str
) -> None:
    disk.spoil(how)
    try:
        assert len(cli_json(disk.data, "list")) == 3
        found = cli_json(disk.data, "similar", str(tmp_path / "samples/1.wav"), "-k", "1")
        assert found["neighbours"][0]["path"].endswith(".wav")
        (tmp_path / "more").mkdir()
        refused = run_cli(disk.data, "add", str(tmp_path / "more"), check=1)
        assert_says_why(refused.stderr, how)
        assert "Traceback" not in refused.stderr
        doctor = run_cli(disk.data, "doctor", "--quick", check=None)
        assert "cannot be written" in doctor.stdout or "MB left" in doctor.stdout
        assert "Traceback" not in doctor.stdout + doctor.stderr
    finally:
        disk.mend(how)
    run_cli(disk.data, "add", str(tmp_path / "more"))
