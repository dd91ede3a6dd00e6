"""`status` without a daemon, and `status --watch` in a real terminal."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from daemon_process import PATIENCE_S, RunningDaemon, daemon, environment, run_cli, until
from soundkin_daemon.cli.demo_sounds import write_library


def test_without_a_daemon_the_exit_code_is_3_and_no_process_0_is_shown(tmp_path: Path) -> None:
    write_library(tmp_path / "samples", each=1)
    run_cli(tmp_path / "data", "scan", str(tmp_path / "samples"))
    shown = run_cli(tmp_path / "data", "status", check=3).stdout
    assert "no daemon runs" in shown
    assert "8 findable" in shown
    for never in ("pid", "port 0", "not loaded", "0 of 0", "0 MB"):
        assert never not in shown
    run_cli(tmp_path / "data", "status", "--json", check=3)


def test_with_a_daemon_the_exit_code_is_0(tmp_path: Path) -> None:
    with daemon(tmp_path / "data") as running:
        shown = run_cli(tmp_path / "data", "status").stdout
        assert f"pid {running.process.pid}" in shown


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_watch_refreshes_in_place_and_outlives_the_daemon(tmp_path: Path) -> None:
    import pty

    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "soundkin_daemon", "status", "--watch", "--data-dir", str(tmp_path / "data")]
    seen = b""

    def shown(what: bytes) -> bool:
        nonlocal seen
        while select.select([ours], [], [], 0.05)[0]:
            try:
                seen += os.read(ours, 65536)
            except OSError:  # Linux says so where nobody writes any more
                break
        return what in seen

    with daemon(tmp_path / "data") as running:
        watching = subprocess.Popen(
            words,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**environment(tmp_path / "data"), "TERM": "xterm"},
            # whoever runs the tests in the background has them ignore Ctrl-C
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - nothing else runs yet
        )
        os.close(theirs)
        until(lambda: shown(f"pid {running.process.pid}".encode()), "the first picture")
        running.client.pause()
        until(lambda: shown(b"\x1b[1A"), "a second picture over the first")
    until(lambda: shown(b"no daemon runs"), "the end of the daemon to be shown")
    assert watching.poll() is None
    watching.send_signal(signal.SIGINT)
    deadline = time.monotonic() + 30
    while watching.poll() is None and time.monotonic() < deadline:
        shown(b"")
    assert watching.wait(1) == 0
    os.close(ours)


def said(running: RunningDaemon, last: str) -> list[str]:
    """What a daemon prints up to the line that holds `last`; one that never does is ended after a while."""
    lines: list[str] = []
    stream = running.process.stdout
    assert stream is not None
    ending = threading.Timer(PATIENCE_S, running.process.kill)
    ending.start()
    while not (lines and last in lines[-1]) and (line := stream.readline()):
        lines.append(line.decode().rstrip())
    ending.cancel()
    return lines


def test_up_tells_what_changes_after_the_first_scan(tmp_path: Path) -> None:
    (first, second, *_) = write_library(tmp_path / "samples", each=1)
    spare = tmp_path / "spare.wav"
    second.rename(spare)
    with daemon(tmp_path / "data", tmp_path / "samples") as running:
        running.scanned()
        spare.rename(second)
        until(lambda: len(running.paths()) == 8, "the new file")
        first.unlink()
        until(lambda: len(running.paths()) == 7, "the file to go")
        (tmp_path / "samples/text.wav").write_text("no audio", "utf-8")
        lines = said(running, "1 failed ")
    told = [line.split("  ", 1)[1] for line in lines if "samples can be found" in line and line[2] == ":"]
    assert "1 analysed; 8 samples can be found" in told
    assert any(line.startswith("1 removed; 7 ") for line in told)
    assert any(line.startswith("1 failed ") for line in told)
