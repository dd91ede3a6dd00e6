"""The real thing: a daemon process, worker processes, real files, real UDP."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon_process import RunningDaemon, cli_json, daemon, run_cli, until
from soundkin.model import Like, Query
from soundkin_daemon.cli.demo import free_port
from soundkin_daemon.cli.demo_sounds import write_library


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scanned library of synthetic samples: DIR/samples, DIR/data."""
    folder = tmp_path_factory.mktemp("house").resolve()
    write_library(folder / "samples", each=6)
    run_cli(folder / "data", "scan", str(folder / "samples"))
    return folder


@pytest.fixture
def own(house: Path, tmp_path: Path) -> Path:
    """A copy of the house that a test may change."""
    shutil.copytree(house / "samples", tmp_path / "samples")
    return tmp_path.resolve()


@pytest.fixture(scope="module")
def running(house: Path) -> Iterator[RunningDaemon]:
    """A daemon on the shared library; tests that use it change nothing."""
    with daemon(house / "data") as process:
        process.scanned()
        yield process


def kinds(paths: list[str]) -> list[str]:
    return [os.path.basename(os.path.dirname(path)) for path in paths]


def test_the_neighbours_of_a_kick_are_the_other_kicks(running: RunningDaemon, house: Path) -> None:
    answer = running.client.find(Query(like=(Like(path=str(house / "samples/kick/kick-1.wav")),), k=5))
    assert kinds([hit.sample.path for hit in answer.neighbours]) == ["kick"] * 5
    distances = [hit.distance for hit in answer.neighbours]
    assert distances == sorted(distances)
    assert all(0 <= hit.similarity <= 1 for hit in answer.neighbours)


def test_a_start_over_a_known_library_analyses_nothing(running: RunningDaemon) -> None:
    summary = running.client.status().last_scan
    assert (summary.analysed, summary.unchanged) == (0, 48)


def test_a_file_outside_the_library_is_analysed_on_the_fly(running: RunningDaemon, house: Path, tmp_path: Path) -> None:
    shutil.copy(house / "samples/hat/hat-2.wav", tmp_path / "elsewhere.wav")
    answer = running.client.find(Query(like=(Like(path=str(tmp_path / "elsewhere.wav")),), k=3))
    assert Path(answer.neighbours[0].sample.path).name == "hat-2.wav"
    assert answer.neighbours[0].similarity > 0.99
    assert running.client.status().samples == 48


def test_commands_talk_to_the_running_daemon(running: RunningDaemon, house: Path) -> None:
    status = cli_json(house / "data", "status")
    assert status["pid"] == running.process.pid
    assert status["port"] == running.port
    assert status["samples"] == 48
    rows = cli_json(house / "data", "list", "snare", "--limit", "3")
    assert len(rows) == 3
    assert set(rows[0]) == {"id", "path", "duration", "state", "category", "confidence", "source"}
    done = run_cli(house / "data", "similar", str(house / "samples/tom/tom-1.wav"), "-k", "3")
    assert "reading the library directly" not in done.stderr
    assert done.stdout.count("tom-") == 3


def test_osc_can_be_asked_by_hand(running: RunningDaemon, house: Path) -> None:
    sent = cli_json(house / "data", "osc", "send", "find/text", "1", "kick", "2")
    assert [line["address"] for line in sent] == ["/soundkin/result", "/soundkin/result", "/soundkin/done"]
    done = run_cli(house / "data", "osc", "send", "find/pth", "1", "x", check=1)
    assert "find/path" in done.stdout + done.stderr


def test_a_second_daemon_on_the_same_data_is_refused_with_the_owners_pid(running: RunningDaemon, house: Path) -> None:
    done = run_cli(house / "data", "up", "--port", str(free_port()), check=1)
    assert str(running.process.pid) in done.stderr
    assert running.client.ping()


def test_a_busy_port_is_an_error_that_names_it(running: RunningDaemon, tmp_path: Path) -> None:
    done = run_cli(tmp_path / "data", "up", "--port", str(running.port), check=1)
    assert str(running.port) in done.stderr


def test_dropped_changed_moved_and_deleted_files_are_followed_without_a_scan(own: Path) -> None:
    with daemon(own / "data", own / "samples") as running:
        running.scanned()
        dropped = own / "samples/new/kick-new.wav"
        dropped.parent.mkdir()
        shutil.copyfile(own / "samples/kick/kick-1.wav", dropped)
        until(lambda: str(dropped) in running.paths(), "the dropped file")
        answer = running.client.find(Query(like=(Like(path=str(dropped)),), k=1))
        assert Path(answer.neighbours[0].sample.path).name == "kick-1.wav"

        shutil.copyfile(own / "samples/hat/hat-1.wav", dropped)
        until(
            lambda: "hat" in kinds([_nearest(running, dropped)]),
            "the changed file to sound like a hat",
        )
        moved = dropped.with_name("hat-moved.wav")
        dropped.rename(moved)
        until(lambda: {str(moved)} <= running.paths() and str(dropped) not in running.paths(), "the move")
        moved.unlink()
        until(lambda: str(moved) not in running.paths(), "the deletion")
        shutil.rmtree(own / "samples/pad")
        until(lambda: len(running.paths()) == 42, "a deleted folder")
        assert running.client.status().scans == 1


def test_what_vanished_or_went_offline_is_answered_where_a_filter_asks_for_it(own: Path) -> None:
    (own / "samples/hat").rename(own / "disk")
    with daemon(own / "data", own / "samples", own / "disk") as running:
        running.scanned()
        gone, kick, hat = own / "samples/kick/kick-1.wav", own / "samples/kick/kick-2.wav", own / "disk/hat-1.wav"
        gone.unlink()
        (own / "disk").rename(own / "unplugged")
        running.client.rescan()
        until(lambda: len(running.paths()) == 41, "files to leave the answers")
        states = {sample.path: sample.state for sample in running.client.search("", 100, "is:absent")}
        assert states[str(gone)] == "missing"
        assert [state for path, state in states.items() if path != str(gone)] == ["offline"] * 6

        answer = running.client.find(Query(like=(Like(path=str(gone)),), k=7, filter="is:any"))
        assert kinds([hit.sample.path for hit in answer.neighbours])[:5] == ["kick"] * 5
        found = cli_json(own / "data", "similar", str(hat), "--filter", "is:any", "-k", "5")["neighbours"]
        assert {row["state"] for row in found} == {"offline"}
        assert "(offline)" in run_cli(own / "data", "similar", str(hat), "--filter", "is:offline").stdout
        assert f"{gone}  (missing)" in run_cli(own / "data", "list", "kick", "--filter", "is:any").stdout
        refused = run_cli(own / "data", "similar", str(gone), check=1).stderr
        assert "is missing" in refused
        assert "is:any" in refused
        plain = cli_json(own / "data", "similar", str(kick))["neighbours"]
        assert {row["state"] for row in plain} == {"present"}
        sent = cli_json(own / "data", "osc", "send", "find/text", "1", "kick-1", "2", "0", "is:any")
        assert [line["args"][2:] for line in sent if line["address"] == "/soundkin/field"] == [["state", "missing"]]

        (own / "unplugged").rename(own / "disk")
        running.client.rescan()
        until(lambda: len(running.paths()) == 47, "the folder to come back")
        assert [sample.path for sample in running.client.search("", 100, "is:absent")] == [str(gone)]


def _nearest(running: RunningDaemon, path: Path) -> str:
    return running.client.find(Query(like=(Like(path=str(path)),), k=1)).neighbours[0].sample.path


def test_questions_are_answered_while_the_first_scan_runs(own: Path) -> None:
    for number in range(40):
        shutil.copytree(own / "samples", own / f"more/{number}")
    with daemon(own / "data", own / "more") as running:
        until(lambda: running.client.status().samples, "the first indexed files")
        assert running.client.status().scans == 0
        answer = running.client.find(Query(like=(Like(path=str(own / "samples/kick/kick-1.wav")),), k=3))
        assert answer.neighbours


@pytest.mark.skipif(sys.platform == "win32", reason="signals to other processes are a POSIX matter")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_daemon_with_everything_saved(own: Path, how: signal.Signals) -> None:
    with daemon(own / "data", own / "samples") as running:
        running.scanned()
        until((own / "data/index.cache").exists, "the index to be saved at rest")
        running.process.send_signal(how)
        output, _ = running.process.communicate(timeout=60)
        assert running.process.returncode == 0
        assert output.decode().splitlines()[-1] == "saved and stopped"
    assert (own / "data/index.cache").exists()
    assert not (own / "data/daemon.json").exists()


def test_start_stop_and_what_commands_say_without_a_daemon(own: Path) -> None:
    port = str(free_port())
    started = run_cli(own / "data", "start", str(own / "samples"), "--port", port)
    assert port in started.stdout
    assert "already runs" in run_cli(own / "data", "start", check=1).stderr
    until(lambda: cli_json(own / "data", "status")["samples"] == 48, "the scan")
    run_cli(own / "data", "stop")
    run_cli(own / "data", "stop", check=3)
    assert cli_json(own / "data", "status", check=3)["pid"] is None
    done = run_cli(own / "data", "similar", str(own / "samples/bell/bell-1.wav"), "-k", "2")
    assert "reading the library directly" in done.stderr
    assert done.stdout.count("bell-") == 2


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a POSIX matter")
def test_kill_9_in_the_middle_of_a_scan_loses_at_most_one_batch(own: Path) -> None:
    for number in range(40):
        shutil.copytree(own / "samples", own / f"more/{number}")
    total = 40 * 48
    with daemon(own / "data", own / "more") as running:
        until(lambda: running.client.status().samples >= 200, "some indexed files")
        seen = running.client.status()
        done_before = seen.progress.done
        running.kill()
    with daemon(own / "data") as running:
        running.scanned()
        summary = running.client.status().last_scan
        assert running.client.status().samples == total
        assert summary.found == total
        assert summary.unchanged >= done_before - 128  # one batch stored later than it was counted, one being stored
        assert summary.unchanged + summary.analysed == total
        answer = running.client.find(Query(like=(Like(path=str(own / "more/7/kick/kick-1.wav")),), k=39))
        assert {os.path.basename(hit.sample.path) for hit in answer.neighbours} == {"kick-1.wav"}


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is a POSIX matter")
def test_what_a_killed_daemon_leaves_behind_stands_in_nobodys_way(own: Path) -> None:
    with daemon(own / "data", own / "samples") as running:
        running.scanned()
        running.kill()
    assert (own / "data/daemon.json").exists()
    assert cli_json(own / "data", "status", check=3)["pid"] is None
    done = run_cli(own / "data", "similar", str(own / "samples/kick/kick-1.wav"), "-k", "2")
    assert "reading the library directly" in done.stderr
    run_cli(own / "data", "stop", check=3)
    run_cli(own / "data", "start", "--port", str(free_port()))
    assert cli_json(own / "data", "status")["samples"] == 48
    run_cli(own / "data", "stop")
