"""Runs the real command line and the real daemon for tests, each in a data directory of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from soundkin_daemon.cli.demo import free_port
from soundkin_daemon.ownership import read_owner
from soundkin_daemon.places import Places
from soundkin_osc.client.udp_client import SoundkinClient

PATIENCE_S = 60.0
"""How long a test waits for something that must happen; only a failure waits that long."""


def run_cli(data_dir: Path, *words: str, check: int | None = 0) -> subprocess.CompletedProcess[str]:
    """Run `soundkin WORDS --data-dir DATA_DIR`; `check` is the exit code expected, None for any."""
    done = subprocess.run(
        [sys.executable, "-m", "soundkin_daemon", *words, "--data-dir", str(data_dir)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=PATIENCE_S,
        check=False,
        env=environment(data_dir),
    )
    assert check is None or done.returncode == check, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def cli_json(data_dir: Path, *words: str, check: int = 0) -> Any:
    """The parsed JSON of a command; `check` is the exit code expected."""
    return json.loads(run_cli(data_dir, *words, "--json", check=check).stdout)


def environment(data_dir: Path) -> dict[str, str]:
    """An environment in which no settings file of the user is found."""
    here = {"XDG_CONFIG_HOME": str(data_dir / "none"), "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"}
    return {**os.environ, **here}


def until(condition: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
    """Poll until the condition holds; what it returned."""
    deadline = time.monotonic() + patience_s
    while not (result := condition()):
        assert time.monotonic() < deadline, f"waited {patience_s:.0f} s in vain for: {what}"
        time.sleep(0.02)
    return result


class RunningDaemon:
    """A daemon process and a client of it."""

    def __init__(self, data_dir: Path, *folders: Path, settings: str = "", config: Path | None = None) -> None:
        self.data_dir = data_dir
        data_dir.mkdir(parents=True, exist_ok=True)
        config = config or data_dir / "test.toml"
        config.write_text(settings or "[scan]\ninterval_s = 86400\n", "utf-8")
        for _ in range(5):  # another program may take the port between our look and the daemon's
            self.port = free_port()
            words = ["up", *map(str, folders), "--data-dir", str(data_dir), "--port", str(self.port)]
            self.process = subprocess.Popen(
                [sys.executable, "-m", "soundkin_daemon", *words, "--config", str(config), "--log-level", "debug"],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=environment(data_dir),
            )
            until(lambda: self.process.poll() is not None or self._answers(), "the daemon to answer")
            if self.process.poll() is None:
                break
            last_words = self.end()
            assert "is in use" in last_words, f"the daemon ended: {last_words}"
        self.client = SoundkinClient("127.0.0.1", self.port, timeout_s=10.0)

    def _answers(self) -> bool:
        owner = read_owner(Places(self.data_dir))
        if owner is None or owner.pid != self.process.pid:
            return False
        with SoundkinClient("127.0.0.1", self.port, timeout_s=0.5) as client:
            return client.ping()

    def another_client(self) -> SoundkinClient:
        """One with a socket of its own."""
        return SoundkinClient("127.0.0.1", self.port, timeout_s=60.0)

    def scanned(self) -> None:
        """Wait until the first complete pass is over."""
        until(lambda: self.client.status().scans, "the first scan")

    def paths(self) -> set[str]:
        """Every path that can be found."""
        return {sample.path for sample in self.client.search("", 1_000_000)}

    def kill(self) -> None:
        """End it the hard way."""
        self.client.close()
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def end(self) -> str:
        """End it politely; what it printed."""
        if hasattr(self, "client"):
            self.client.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            output, _ = self.process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            output, _ = self.process.communicate()
            raise AssertionError(f"the daemon did not end: {output.decode('utf-8', 'replace')}") from None
        return output.decode("utf-8", "replace")


@contextmanager
def daemon(data_dir: Path, *folders: Path, settings: str = "", config: Path | None = None) -> Iterator[RunningDaemon]:
    """A daemon that is ended afterwards, whatever happens. `config`: where its settings are written."""
    running = RunningDaemon(data_dir, *folders, settings=settings, config=config)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.end()
        else:
            running.client.close()
            assert running.process.stdout is not None
            running.process.stdout.close()
