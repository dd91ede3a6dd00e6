"""Commands reach the daemon that owns the data directory, whatever port is set; what is set counts for the next."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from daemon_process import daemon, run_cli
from soundkin_daemon.cli.demo import free_port

ASKING = ("status", "folders", "list", "problems", "pause", "resume", "forget --dry-run", "scan")


@pytest.mark.parametrize("by_option", [True, False], ids=["--port", "settings file"])
def test_every_command_reaches_the_daemon_though_another_port_is_set(tmp_path: Path, by_option: bool) -> None:
    (tmp_path / "music").mkdir()
    (tmp_path / "more").mkdir()
    other = str(free_port())
    file = tmp_path / "other.toml"
    file.write_text(f"[osc]\nport = {other}\n", "utf-8")
    set_ = ["--port", other] if by_option else ["--config", str(file)]
    with daemon(tmp_path / "data", tmp_path / "music") as running:
        running.scanned()
        told = f"(the daemon listens on port {running.port}; {other}, from {'--port' if by_option else file}, takes"
        for text in ASKING:
            done = run_cli(tmp_path / "data", *text.split(), *set_)
            assert told in done.stderr, text
            assert "no daemon runs" not in done.stderr, text
        assert json.loads(run_cli(tmp_path / "data", "status", "--json", *set_).stdout)["port"] == running.port
        run_cli(tmp_path / "data", "add", str(tmp_path / "more"), *set_)
        assert str(tmp_path / "more") in {root.path for root in running.client.roots()}
        refused = run_cli(tmp_path / "data", "start", *set_, check=1)
        assert f"port {running.port}" in refused.stderr
        assert run_cli(tmp_path / "data", "stop", *set_).stdout == "stopped\n"
        assert running.process.wait(30) == 0


def test_nothing_is_said_of_a_port_that_is_the_daemons(tmp_path: Path) -> None:
    with daemon(tmp_path / "data") as running:
        assert run_cli(tmp_path / "data", "folders", "--port", str(running.port), "--json").stderr == ""


def test_the_port_of_a_daemon_that_was_killed_is_not_taken_for_its_own(tmp_path: Path) -> None:
    (tmp_path / "music").mkdir()
    run_cli(tmp_path / "first", "add", str(tmp_path / "music"))
    with daemon(tmp_path / "second") as other:
        left = {"pid": 99_999, "host": "127.0.0.1", "port": other.port}
        (tmp_path / "first/daemon.json").write_text(json.dumps(left), "utf-8")
        done = run_cli(tmp_path / "first", "folders")
        assert str(tmp_path / "music") in done.stdout
        assert "no daemon runs here" in done.stderr
        run_cli(tmp_path / "first", "remove", str(tmp_path / "music"))
        for words in (("stop",), ("pause",), ("osc", "send", "ping")):
            run_cli(tmp_path / "first", *words, check=3)
        assert other.process.poll() is None
        assert other.client.roots() == ()
