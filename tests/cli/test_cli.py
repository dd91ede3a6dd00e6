"""The command line, by running it: shapes, exit codes, help, messages."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.main import get_command

from daemon_process import cli_json, run_cli
from soundkin_daemon.cli.demo_sounds import write_library
from soundkin_daemon.cli.program import application

COMMANDS = {
    "up", "start", "stop", "add", "remove", "folders", "scan", "similar", "list", "status", "problems", "export",
    "config", "demo", "version",
}  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scanned library with one file that is no audio: DIR/samples, DIR/data."""
    folder = tmp_path_factory.mktemp("cli").resolve()
    write_library(folder / "samples", each=3)
    (folder / "samples/broken.wav").write_bytes(b"this is no audio at all")
    run_cli(folder / "data", "scan", str(folder / "samples"))
    return folder


def test_every_command_of_the_plan_is_there_with_help() -> None:
    commands = get_command(application()).commands  # type: ignore[attr-defined]
    assert set(commands) >= COMMANDS
    for name, command in commands.items():
        assert command.help, name


def test_help_of_a_command_shows_its_options_and_the_common_ones(tmp_path: Path) -> None:
    text = run_cli(tmp_path, "similar", "--help").stdout
    for option in ("--count", "--filter", "--weight", "--explain", "--json", "--data-dir", "--port", "--log-level"):
        assert option in text, option


def test_scan_reports_its_shape_and_a_second_scan_changes_nothing(house: Path) -> None:
    summary = cli_json(house / "data", "scan")
    assert set(summary) == {
        "found",
        "analysed",
        "unchanged",
        "moved",
        "removed",
        "failed",
        "unread",
        "seconds",
        "unheard",
    }
    assert (summary["found"], summary["unchanged"], summary["analysed"]) == (25, 25, 0)


def test_similar_reports_its_shape_nearest_first(house: Path) -> None:
    asked = house / "samples/snare/snare-1.wav"
    answer = cli_json(house / "data", "similar", str(asked), "-k", "4")
    assert set(answer) == {"query", "total", "neighbours"}
    assert answer["query"] == str(asked)
    assert answer["total"] == 23
    assert [row["rank"] for row in answer["neighbours"]] == [1, 2, 3, 4]
    row = answer["neighbours"][0]
    assert set(row) == {"rank", "id", "path", "similarity", "distance", "duration", "state"} | {
        "category", "confidence", "source"
    }  # fmt: skip
    assert "snare" in row["path"]
    assert row["duration"] == pytest.approx(0.4, abs=0.05)


def test_list_finds_by_words_and_keeps_to_the_limit(house: Path) -> None:
    rows = cli_json(house / "data", "list", "kick-2 SAMPLES")
    assert [Path(row["path"]).name for row in rows] == ["kick-2.wav"]
    assert len(cli_json(house / "data", "list", "--limit", "5")) == 5


def test_problems_names_file_code_and_reason(house: Path) -> None:
    (problem,) = cli_json(house / "data", "problems")
    assert set(problem) == {"path", "kind", "code", "message", "retry_s"}
    assert (problem["kind"], problem["retry_s"]) == ("not-audio", None)
    assert problem["path"] == str(house / "samples/broken.wav")
    assert problem["code"] == "decode"
    assert problem["message"]


def test_status_without_a_daemon_has_the_documented_shape(house: Path) -> None:
    status = cli_json(house / "data", "status", check=3)
    assert set(status) >= {
        "version", "pid", "port", "folders", "samples", "queued", "failed", "unread", "rate", "eta_s", "index",
        "memory_mb",
    }  # fmt: skip
    assert status["folders"] == [{"path": str(house / "samples"), "online": True, "samples": 24, "within": None}]
    assert (status["samples"], status["failed"], status["unread"]) == (24, 1, 0)


def test_export_holds_vectors_whose_distances_are_the_answers(house: Path, tmp_path: Path) -> None:
    run_cli(house / "data", "export", str(tmp_path / "all.npz"))
    archive = np.load(tmp_path / "all.npz")
    ids, paths, vectors = archive["ids"], archive["paths"].tolist(), archive["vectors"]
    assert vectors.dtype == np.float32
    assert len(ids) == len(paths) == len(vectors) == 24
    asked = str(house / "samples/tom/tom-2.wav")
    answer = cli_json(house / "data", "similar", asked, "-k", "5")
    for row in answer["neighbours"]:
        at = ids.tolist().index(row["id"])
        assert paths[at] == row["path"]
        distance = float(np.linalg.norm(vectors[at] - vectors[paths.index(asked)]))
        assert row["distance"] == pytest.approx(distance, abs=1e-4)


def test_add_folders_and_remove_work_without_a_daemon(tmp_path: Path) -> None:
    (tmp_path / "music").mkdir()
    run_cli(tmp_path / "data", "add", str(tmp_path / "music"))
    assert [row["path"] for row in cli_json(tmp_path / "data", "folders")] == [str((tmp_path / "music").resolve())]
    run_cli(tmp_path / "data", "remove", str(tmp_path / "music"))
    assert cli_json(tmp_path / "data", "folders") == []


def test_moved_and_removed_files_are_counted(house: Path, tmp_path: Path) -> None:
    shutil.copytree(house / "samples", tmp_path / "s")
    run_cli(tmp_path / "data", "scan", str(tmp_path / "s"))
    (tmp_path / "s/kick").rename(tmp_path / "s/kicks")
    (tmp_path / "s/hat/hat-1.wav").unlink()
    summary = cli_json(tmp_path / "data", "scan")
    assert (summary["moved"], summary["removed"], summary["analysed"]) == (3, 1, 0)


def test_config_init_writes_a_file_that_is_not_there_and_never_over_one(tmp_path: Path) -> None:
    file = tmp_path / "new/my.toml"
    assert f"wrote {file}" in run_cli(tmp_path / "data", "config", "--init", "--config", str(file)).stdout
    assert file.read_text("utf-8") == (Path(__file__).parents[2] / "config/soundkin.toml").read_text("utf-8")
    file.write_text("[analysis]\nworkers = 3\n", "utf-8")
    refused = run_cli(tmp_path / "data", "config", "--init", "--config", str(file), check=1)
    assert "exists already" in refused.stderr
    assert file.read_text("utf-8") == "[analysis]\nworkers = 3\n"


def test_config_shows_where_values_come_from(tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    file.write_text("[analysis]\nworkers = 3\n", "utf-8")
    shown = cli_json(tmp_path / "data", "config", "--config", str(file), "--port", "4321")
    rows = {row["setting"]: (row["value"], row["from"]) for row in shown["settings"]}
    assert rows["analysis.workers"] == (3, str(file))
    assert rows["osc.port"] == (4321, "--port")
    assert rows["log.level"] == ("info", "default")


@pytest.mark.parametrize(
    ("words", "code", "fragment"),
    [
        (("similar", "nowhere.wav"), 1, "nowhere.wav' is not in the library and not a readable file"),
        (("similar",), 2, "FILE"),
        (("nonsense",), 2, "nonsense"),
        (("stop",), 3, "no Soundkin daemon"),
        (("pause",), 3, "no Soundkin daemon"),
        (("add", "nowhere"), 1, "is not a folder"),
        (("remove", "nowhere"), 1, "nowhere"),
        (("status", "--log-level", "loud"), 2, "'loud'"),
        (("status", "--port", "0"), 2, "port"),
        (("status", "--config", "none.toml"), 1, "none.toml"),
        (("config", "--config", "none.toml"), 1, "none.toml"),
    ],
)
def test_mistakes_are_named_and_have_their_exit_code(
    tmp_path: Path, words: tuple[str, ...], code: int, fragment: str
) -> None:
    done = run_cli(tmp_path / "data", *words, check=code)
    assert fragment in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bad_question_names_what_was_wrong(house: Path) -> None:
    asked = str(house / "samples/kick/kick-1.wav")
    for words, fragment in (
        (("--weight", "timbre"), "timbre"),
        (("--weight", "colour=2"), "colour"),
        (("--filter", "bpm:fast"), "fast"),
        (("--from", "2", "--to", "1"), "2"),
        (("-k", "0"), "0"),
    ):
        done = run_cli(house / "data", "similar", asked, *words, check=1)
        assert fragment in done.stderr, words


def test_version_names_the_main_dependencies(tmp_path: Path) -> None:
    found = cli_json(tmp_path, "version")
    assert {"soundkin", "python", "numpy", "voyager", "apsw", "sqlite-vec", "librosa"} <= set(found)
    assert "missing" not in found.values()


def test_the_demo_runs_the_main_job_and_leaves_nothing_behind(tmp_path: Path) -> None:
    done = run_cli(tmp_path / "data", "demo", "--json")
    answer = json.loads(done.stdout)
    assert len(answer["neighbours"]) == 10
    assert all("kick" in Path(row["path"]).name for row in answer["neighbours"][:5])
    assert not Path(answer["query"]).exists()
    assert not (tmp_path / "data/library.db").exists()


def test_status_needs_no_heavy_module() -> None:
    import subprocess
    import sys

    code = (
        "import sys\nfrom soundkin_daemon.cli.program import application\napplication()\n"
        "import soundkin_osc.client.udp_client\n"
        "print([m for m in ('numpy', 'librosa', 'voyager', 'apsw', 'asyncio', 'rich', 'pebble', 'filelock') "
        "if m in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.strip() == "[]"


def test_a_scan_loads_neither_server_nor_watcher(tmp_path: Path) -> None:
    import subprocess
    import sys

    (tmp_path / "samples").mkdir()
    code = (
        "import sys\nfrom soundkin_daemon.__main__ import main\n"
        f"sys.argv = ['soundkin', 'scan', {str(tmp_path / 'samples')!r}, '--data-dir', {str(tmp_path / 'data')!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('soundkin_daemon.works', 'soundkin_osc.server', 'watchdog', 'h11', 'zipfile') "
        "if m in sys.modules])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.splitlines()[-1] == "['soundkin_daemon.works']"


def test_kit_gives_every_slot_its_own_alternates_and_leaves_locked_ones(house: Path) -> None:
    files = [str(house / f"samples/{name}-1.wav") for name in ("kick/kick", "snare/snare", "hat/hat")]
    slots = cli_json(house / "data", "kit", *files, "--each", "2", "--lock", "2")
    assert [slot["source"] for slot in slots] == files
    assert [slot["locked"] for slot in slots] == [False, True, False]
    assert [len(slot["alternates"]) for slot in slots] == [2, 0, 2]
    ids = [row["id"] for slot in slots for row in slot["alternates"]]
    assert len(set(ids)) == len(ids)


def test_duplicates_reports_copies_and_the_space_they_take(tmp_path: Path) -> None:
    write_library(tmp_path / "s", each=1)
    shutil.copyfile(tmp_path / "s/bell/bell-1.wav", tmp_path / "s/bell copy.wav")
    run_cli(tmp_path / "data", "scan", str(tmp_path / "s"))
    (group,) = cli_json(tmp_path / "data", "duplicates")
    assert {Path(row["path"]).name for row in group["samples"]} == {"bell-1.wav", "bell copy.wav"}
    assert group["spare_bytes"] == (tmp_path / "s/bell copy.wav").stat().st_size


def test_files_that_are_away_are_listed_and_found_with_a_mark_where_a_filter_asks_for_them(tmp_path: Path) -> None:
    folder, data = tmp_path.resolve(), tmp_path / "data"
    write_library(folder / "s", each=2)
    shutil.copyfile(folder / "s/bell/bell-1.wav", folder / "s/bell copy.wav")
    (folder / "s/hat").rename(folder / "disk")
    run_cli(data, "scan", str(folder / "s"), str(folder / "disk"))
    (folder / "s/bell copy.wav").unlink()
    (folder / "disk").rename(folder / "unplugged")
    run_cli(data, "scan")
    gone, offline = str(folder / "s/bell copy.wav"), str(folder / "disk/hat-1.wav")

    absent = {row["path"]: row["state"] for row in cli_json(data, "list", "--filter", "is:absent")}
    assert absent == {gone: "missing", offline: "offline", str(folder / "disk/hat-2.wav"): "offline"}
    assert {row["state"] for row in cli_json(data, "list")} == {"present"}
    assert f"{gone}  (missing)" in run_cli(data, "list", "bell", "--filter", "is:any").stdout
    assert "no sample matches" in run_cli(data, "list", "--filter", "is:missing name:hat").stderr
    assert "'is:lost'" in run_cli(data, "list", "--filter", "is:lost", check=1).stderr

    hits = cli_json(data, "similar", str(folder / "s/bell/bell-1.wav"), "--filter", "is:any")["neighbours"]
    assert (hits[0]["path"], hits[0]["state"], hits[0]["distance"]) == (gone, "missing", 0)
    assert {hit["state"] for hit in hits} == {"present", "missing", "offline"}
    assert f"{gone}  (missing)" in run_cli(data, "similar", offline, "--filter", "is:any").stdout
    refused = run_cli(data, "similar", gone, check=1)
    assert "is missing" in refused.stderr
    assert "is:any" in refused.stderr
    kit = cli_json(data, "kit", gone, "--filter", "is:present", "--each", "1")
    assert kit[0]["alternates"][0]["path"] == str(folder / "s/bell/bell-1.wav")

    assert cli_json(data, "duplicates") == []
    (group,) = cli_json(data, "duplicates", "--filter", "is:any")
    assert [(row["path"], row["state"]) for row in group["samples"]][1] == (gone, "missing")
    assert group["spare_bytes"] == 0


def test_a_backup_can_be_restored_and_the_library_of_before_is_kept(tmp_path: Path) -> None:
    write_library(tmp_path / "s", each=1)
    run_cli(tmp_path / "data", "scan", str(tmp_path / "s"))
    run_cli(tmp_path / "data", "backup")
    run_cli(tmp_path / "data", "remove", str(tmp_path / "s"))
    assert cli_json(tmp_path / "data", "list") == []
    assert "library of before" in run_cli(tmp_path / "data", "restore").stdout
    assert len(cli_json(tmp_path / "data", "list")) == 8
    assert cli_json(tmp_path / "data", "scan")["analysed"] == 0


def test_the_doctor_finds_nothing_wrong_with_a_good_library_and_names_what_is_wrong_with_a_bad_one(
    house: Path, tmp_path: Path
) -> None:
    checks = cli_json(house / "data", "doctor", "--quick", "--port", "1024")
    assert {"library", "folders", "port", "index"} <= {check["name"] for check in checks}
    assert all(set(check) == {"name", "ok", "sentence", "remedy"} for check in checks)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/library.db").write_bytes(b"no database at all" * 1000)
    done = run_cli(tmp_path / "data", "doctor", "--quick", check=1)
    assert "WRONG  library" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="the fake player is a shell script")
def test_play_hands_the_nearest_hit_to_the_systems_player(
    house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    player = tmp_path / "bin/afplay"
    player.parent.mkdir()
    player.write_text(f'#!/bin/sh\nhead -c 4 "$1" > "{tmp_path}/played"\n', "utf-8")
    player.chmod(0o755)
    monkeypatch.setenv("PATH", str(player.parent), prepend=os.pathsep)
    run_cli(house / "data", "similar", str(house / "samples/kick/kick-1.wav"), "-k", "1", "--play")
    assert (tmp_path / "played").read_bytes() == b"RIFF"


def test_what_cannot_be_heard_is_named_by_scan_status_and_doctor(tmp_path: Path) -> None:
    samples, data = tmp_path / "samples", tmp_path / "data"
    write_library(samples, each=1)
    for name in ("a.rx2", "b.RX2", "pack.zip", "readme.txt", "cover.jpg"):
        (samples / name).write_bytes(b"closed")
    assert "2 .rx2, 1 .zip cannot be heard" in run_cli(data, "scan", str(samples)).stdout
    assert cli_json(data, "scan")["unheard"] == {".rx2": 2, ".zip": 1}
    assert "2 .rx2, 1 .zip cannot be heard" in run_cli(data, "status", check=3).stdout
    assert cli_json(data, "status", check=3)["unheard"] == {".rx2": 2, ".zip": 1}
    checks = {check["name"]: check for check in cli_json(data, "doctor", "--quick")}
    assert checks["formats"]["sentence"] == "2 .rx2, 1 .zip cannot be heard."
    assert checks["formats"]["ok"]
