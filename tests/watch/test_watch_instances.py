"""At the real limit of inotify instances: the daemon polls and says so, and watches again when there are instances.

In a user namespace of its own, whose limit is changed; that of the machine is left alone.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import odd_files as odd
from daemon_process import environment, until
from soundkin_daemon.cli.demo import free_port
from soundkin_osc.client.udp_client import SoundkinClient

_LIMIT = "/proc/sys/user/max_inotify_instances"
_INSIDE = f"""
import subprocess, sys
if open("/proc/self/uid_map").read().split()[2] == "4294967295":
    sys.exit("this is no namespace of our own")

def limit(count):
    open("{_LIMIT}", "w").write(str(count))

limit(int(sys.argv[1]))
daemon = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL)
print("begun", flush=True)
for line in sys.stdin:
    limit(int(line))
    print("changed", flush=True)
daemon.terminate()
daemon.wait()
"""


class Namespace:
    """A daemon in one, and the limit there."""

    def __init__(self, tmp_path: Path, top: Path, instances: int) -> None:
        data = tmp_path / "data"
        data.mkdir()
        config = data / "test.toml"
        config.write_text("[scan]\ninterval_s = 86400\npoll_s = 1\nsettle_s = 0.1\n", "utf-8")
        self.port = free_port()
        command = [sys.executable, "-m", "soundkin_daemon", "up", "--quiet", str(top), "--data-dir", str(data)]
        command += ["--port", str(self.port), "--config", str(config)]
        self._process = subprocess.Popen(
            ["unshare", "--user", "--map-root-user", sys.executable, "-c", _INSIDE, str(instances), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment(data),
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if self._process.stdout.readline() != "begun\n":
            self._process.wait(20)
            pytest.skip("there are no user namespaces here")
        self.client = SoundkinClient("127.0.0.1", self.port, timeout_s=5.0)
        until(self._answers, "the daemon")

    def _answers(self) -> bool:
        with SoundkinClient("127.0.0.1", self.port, timeout_s=0.5) as client:
            return client.ping()

    def limit(self, instances: int) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{instances}\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "changed\n"

    def note(self) -> str:
        return " ".join(note for note in self.client.status().notes if "inotify" in note)

    def finds(self, path: Path) -> bool:
        return str(path) in {sample.path for sample in self.client.search("", 1000)}

    def end(self) -> None:
        self.client.close()
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)
        assert self._process.stdout is not None
        self._process.stdout.close()


@contextlib.contextmanager
def limited(tmp_path: Path, instances: int) -> Iterator[tuple[Namespace, Path]]:
    if sys.platform != "linux" or shutil.which("unshare") is None or not os.path.exists(_LIMIT):
        pytest.skip("needs user namespaces of Linux")
    top = tmp_path / "samples"
    top.mkdir()
    inside = Namespace(tmp_path, top, instances)
    try:
        yield inside, top
    finally:
        inside.end()


def sound(path: Path, seed: int) -> Path:
    draft = path.with_suffix(".part")
    draft.write_bytes(odd.encoded(odd.melody(0.1, seed=seed), 44_100, "WAV", "PCM_16"))
    return draft.rename(path)


def test_without_an_inotify_instance_folders_are_polled_until_there_is_one(tmp_path: Path) -> None:
    with limited(tmp_path, 0) as (inside, top):
        until(inside.note, "the note")
        assert "fs.inotify.max_user_instances" in inside.note()
        assert "compared every" in inside.note()
        polled = sound(top / "polled.wav", 1)
        until(lambda: inside.finds(polled), "what polling finds")
        inside.limit(4)
        until(lambda: not inside.note(), "watching to take over", patience_s=90)
        watched = sound(top / "watched.wav", 2)
        until(lambda: inside.finds(watched), "what watching finds")


def test_others_that_take_all_instances_later_end_no_watch(tmp_path: Path) -> None:
    with limited(tmp_path, 4) as (inside, top):
        first = sound(top / "first.wav", 1)
        until(lambda: inside.finds(first), "the first file")
        inside.limit(0)
        second = sound(top / "second.wav", 2)
        until(lambda: inside.finds(second), "the second file")
