"""Situations from public reports, with the real daemon, real disks and real sounds."""

from __future__ import annotations

import errno
import os
import shutil
import time
from pathlib import Path

import pytest

from daemon_process import RunningDaemon, cli_json, daemon, run_cli, until
from fuse_disk import fuse_disk
from loop_disk import LoopDisk, loop_disk
from small_sounds import sine

FILES = int(os.environ.get("SOUNDKIN_UNPLUGGED_FILES", "400"))
"""The long version: SOUNDKIN_UNPLUGGED_FILES=5000."""
SETTINGS = "[scan]\ninterval_s = 86400\n"
HOUR_NS = 3600 * 10**9


def fill(folder: Path) -> None:
    for number in range(FILES):
        sine(folder / f"{number // 100:02}/s{number:04}.wav", 60 + number)


def counts(running: RunningDaemon) -> tuple[int, int, int]:
    status = running.client.status()
    return status.samples, status.failed, status.unread


def whole(running: RunningDaemon) -> bool:
    return counts(running) == (FILES, 0, 0)


def away_for_a_while(disk: LoopDisk, running: RunningDaemon) -> None:
    disk.unplug()
    until(lambda: not all(root.online for root in running.client.roots()), "the disk to be away")
    disk.plug()


def test_a_disk_that_goes_away_while_its_files_are_analysed_for_the_first_time(tmp_path: Path) -> None:
    with loop_disk(tmp_path, megabytes=64) as disk:
        fill(disk.mount / "samples")
        with daemon(tmp_path / "data", disk.mount / "samples", settings=SETTINGS) as running:
            until(lambda: 0 < running.client.status().progress.done < FILES // 2, "the work to begin")
            away_for_a_while(disk, running)
            until(lambda: whole(running), "every file to be found")
        assert cli_json(tmp_path / "data", "problems") == []


def test_a_disk_that_goes_away_after_all_its_dates_were_shifted_by_an_hour(tmp_path: Path) -> None:
    with loop_disk(tmp_path, megabytes=64) as disk:
        fill(disk.mount / "samples")
        run_cli(tmp_path / "data", "add", str(disk.mount / "samples"))
        run_cli(tmp_path / "data", "scan")
        before = {row["path"]: row["id"] for row in cli_json(tmp_path / "data", "list", "--limit", "9999")}
        for path in before:
            status = os.stat(path)
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns - HOUR_NS))
        with daemon(tmp_path / "data", disk.mount / "samples", settings=SETTINGS) as running:
            until(lambda: running.client.status().progress.found, "the look to begin")
            away_for_a_while(disk, running)
            until(lambda: whole(running) and not running.client.status().progress.queued, "every file to be known")
            assert {sample.path: sample.id for sample in running.client.search("", 9999)} == before
        summary = cli_json(tmp_path / "data", "scan")
        assert (summary["unchanged"], summary["analysed"], summary["unread"]) == (FILES, 0, 0)


def test_a_disk_that_stays_away_is_waited_for_without_a_word_against_its_files(tmp_path: Path) -> None:
    with loop_disk(tmp_path, megabytes=64) as disk:
        fill(disk.mount / "samples")
        with daemon(tmp_path / "data", disk.mount / "samples", settings=SETTINGS) as running:
            until(lambda: running.client.status().progress.done, "the work to begin")
            disk.unplug()
            until(lambda: not running.client.roots()[0].online, "the disk to be away")
            until(lambda: running.client.status().progress.state == "idle", "rest")
            assert counts(running)[1:] == (0, 0)
            assert any("offline" in note for note in running.client.status().notes)
            assert running.client.status().progress.queued == 0


def test_two_files_of_equal_size_and_date_that_swap_names_answer_with_their_own_sounds(tmp_path: Path) -> None:
    low, high = tmp_path / "s/low.wav", tmp_path / "s/high.wav"
    probe = sine(tmp_path / "probe.wav", 110, 20_000, 9_000)
    for path, hz in ((low, 110), (high, 880)):
        sine(path, hz, 20_000)
        os.utime(path, (1_577_836_800, 1_577_836_800))
    with daemon(tmp_path / "data", tmp_path / "s", settings=SETTINGS) as running:
        running.scanned()
        assert nearest(running, probe) == str(low)
        aside = low.rename(tmp_path / "s/aside.tmp")
        high.rename(low)
        aside.rename(high)
        until(lambda: nearest(running, probe) == str(high), "the sound under its new name", 20)
        shutil.copy2(low, tmp_path / "copy.wav")
        shutil.copy2(tmp_path / "copy.wav", high)  # over the other one, with its date
        other = sine(tmp_path / "probe2.wav", 880, 20_000, 9_000)
        until(lambda: scores(running, other) == [1.0, 1.0], "both to sound alike", 20)


def nearest(running: RunningDaemon, probe: Path) -> str:
    return str(ask(running, probe)[0]["path"])


def scores(running: RunningDaemon, probe: Path) -> list[float]:
    return [round(float(str(row["similarity"])), 2) for row in ask(running, probe)]


def ask(running: RunningDaemon, probe: Path) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = cli_json(running.data_dir, "similar", str(probe), "-k", "2")["neighbours"]
    return rows


def test_scan_retry_reads_at_once_what_could_not_be_read(tmp_path: Path) -> None:
    with fuse_disk(tmp_path.resolve()) as disk:
        sine(disk.backing / "a.wav", 100)
        sine(disk.backing / "b.wav", 200)
        disk.stumble(errno.EIO, matching="a.wav")
        data = tmp_path / "data"
        run_cli(data, "add", str(disk.mount))
        for _ in range(3):
            summary = cli_json(data, "scan", "--retry")
        assert (summary["failed"], summary["unread"]) == (0, 1)
        (problem,) = cli_json(data, "problems")
        assert (problem["kind"], problem["code"]) == ("unread", "unreadable")
        assert "tried again in" in run_cli(data, "problems").stdout
        disk.mend()
        assert cli_json(data, "scan")["analysed"] == 0, "its time has not come"
        assert cli_json(data, "scan", "--retry")["analysed"] == 1
        assert cli_json(data, "problems") == []


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="permissions do not bind root")
def test_a_file_without_permission_is_unread_and_found_when_it_has_it(tmp_path: Path) -> None:
    path = sine(tmp_path / "samples/a.wav", 100)
    path.chmod(0)
    with daemon(tmp_path / "data", tmp_path / "samples", settings=SETTINGS) as running:
        until(lambda: running.client.status().unread == 1, "the file to be tried")
        (problem,) = running.client.problems()
        assert (problem.kind, problem.code) == ("unread", "unreadable")
        assert problem.retry_s is not None
        assert problem.retry_s - time.time() < 60
        path.chmod(0o600)
        until(lambda: counts(running) == (1, 0, 0), "the file to be found")
