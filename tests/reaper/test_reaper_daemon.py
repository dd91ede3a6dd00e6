"""The installed scripts, under Lua and the strict fake, against a real daemon over each transport."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile

from reaper.reaper_lua import HERE, REPOSITORY, SCRIPTS, failures, lua, passed, run_lua_tests
from soundkin.analysis.params import PARAMS
from soundkin_daemon.cli.demo import free_port
from soundkin_daemon.reaper import installation
from soundkin_daemon.reaper.endpoint_file import endpoint_path, mailbox_path, publish_endpoint, read_endpoint
from soundkin_osc.client.udp_client import SoundkinClient

pytestmark = pytest.mark.peer

COUNT = 30


@dataclass(frozen=True)
class Studio:
    """A running daemon over a small library, and a REAPER resource folder with the scripts installed."""

    data_dir: Path
    resource: Path
    samples: Path
    outside: Path
    port: int

    def environ(self, transport: str) -> dict[str, str]:
        """What the Lua tests need to know."""
        return {
            "SOUNDKIN_TRANSPORT": transport,
            "SOUNDKIN_RESOURCE": str(self.resource),
            "SOUNDKIN_REAPER_SCRIPTS": str(self.resource / "Scripts" / "soundkin"),
            "SOUNDKIN_SAMPLES": str(self.samples),
            "SOUNDKIN_OUTSIDE": str(self.outside),
            "SOUNDKIN_MAILBOX": str(mailbox_path(self.data_dir)),
            "SOUNDKIN_PYTHON": sys.executable,
            "SOUNDKIN_EXEC": str(HERE / "exec_process.py"),
            "PYTHONPATH": _python_path(),
        }


def _python_path() -> str:
    return os.pathsep.join(str(REPOSITORY / part) for part in ("daemon", "bridge"))


def _tone(number: int) -> np.ndarray:
    time_s = np.arange(int(44_100 * (0.15 + 0.01 * number))) / 44_100
    return np.sin(2 * np.pi * (80 + 25 * number) * time_s) * np.exp(-time_s * (4 + number % 7)) * 0.5


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    lua()
    base = tmp_path_factory.mktemp("studio")
    library, data_dir, resource = base / f"samples {'ü' * 60}", base / "data", base / "REAPER 100% ö"
    library.mkdir()
    resource.mkdir()
    lines = []
    for number in range(COUNT):
        path = library / f"söund {number} 'a' [b].wav"
        soundfile.write(str(path), _tone(number), 44_100)
        lines.append(f"{len(_tone(number)) / 44_100} {path}")
    outside = base / "imported take.wav"
    soundfile.write(str(outside), _tone(11)[:9_000], 44_100)
    listing = base / "samples.txt"
    listing.write_text("\n".join(lines) + "\n", "utf-8")
    port = free_port()
    installation.install(resource, data_dir)
    with _daemon(data_dir, library, port):
        yield Studio(data_dir, resource, listing, outside, port)


class _daemon:  # noqa: N801 - reads as a statement
    """`soundkin up`, until its library is ready, and its end."""

    def __init__(self, data_dir: Path, library: Path, port: int) -> None:
        words = ["up", str(library), "--data-dir", str(data_dir), "--port", str(port), "--quiet"]
        self._port = port
        self._process = subprocess.Popen(
            [sys.executable, "-m", "soundkin_daemon", *words],
            env={**os.environ, "PYTHONPATH": _python_path()},
            stdout=subprocess.DEVNULL,
        )

    def __enter__(self) -> None:
        deadline = time.monotonic() + 60
        with SoundkinClient("127.0.0.1", self._port, timeout_s=2.0) as client:
            while time.monotonic() < deadline and self._process.poll() is None:
                try:
                    if client.status().index.size >= COUNT:
                        return
                except Exception:
                    pass
                time.sleep(0.1)
        raise AssertionError("the daemon did not get its library ready")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@pytest.mark.parametrize("transport", ["udp", "mailbox", "cli"])
def test_the_scripts_reach_the_real_daemon(studio: Studio, transport: str, tmp_path: Path) -> None:
    lines = run_lua_tests("daemon_test.lua", tmp_path, **studio.environ(transport))
    assert not failures(lines)
    assert passed(lines) == (8 if transport == "cli" else 9)


@pytest.mark.parametrize("transport", ["udp", "mailbox"])
def test_the_scripts_notice_a_dead_daemon(transport: str, tmp_path: Path) -> None:
    resource, data_dir = tmp_path / "REAPER", tmp_path / "data"
    resource.mkdir()
    mailbox_path(data_dir).mkdir(parents=True)
    installation.install(resource, data_dir)
    publish_endpoint(data_dir, host="127.0.0.1", port=free_port(), version="test")
    environ = {"SOUNDKIN_TRANSPORT": transport, "SOUNDKIN_RESOURCE": str(resource)}
    lines = run_lua_tests("offline_test.lua", tmp_path, **environ)
    assert not failures(lines)
    assert not list(mailbox_path(data_dir).iterdir())


def test_setup_and_status_starts_the_real_daemon(tmp_path: Path) -> None:
    resource, data_dir, config = tmp_path / "REAPER", tmp_path / "data", tmp_path / "soundkin.toml"
    resource.mkdir()
    config.write_text(f"[osc]\nport = {free_port()}\n")
    installation.install(resource, data_dir)
    environ = {
        "SOUNDKIN_RESOURCE": str(resource),
        "SOUNDKIN_CONFIG": str(config),
        "SOUNDKIN_PYTHON": sys.executable,
        "SOUNDKIN_EXEC": str(HERE / "exec_process.py"),
        "PYTHONPATH": _python_path(),
    }
    try:
        lines = run_lua_tests("start_test.lua", tmp_path, **environ)
    finally:
        words = [sys.executable, "-m", "soundkin_daemon", "stop", "--data-dir", str(data_dir)]
        subprocess.run(words, env={**os.environ, **environ}, capture_output=True, timeout=60, check=False)
    assert not failures(lines)
    assert passed(lines) == 1


def test_the_mailbox_check_sees_the_real_daemon(studio: Studio) -> None:
    assert installation.mailbox_answers(str(mailbox_path(studio.data_dir)))


def test_the_daemon_names_the_aspects_for_the_sliders_and_the_scripts_name_none(studio: Studio) -> None:
    names = PARAMS.aspect_names
    assert len(names) > 1
    for path in (endpoint_path(studio.data_dir), installation.Installation(studio.resource, ()).endpoint):
        found = read_endpoint(path)
        assert found is not None
        assert found.aspects == names
    said = {name for path in SCRIPTS.rglob("*.lua") for name in re.findall(r'"(\w+)"', path.read_text("utf-8"))}
    assert said & set(names) == set()
