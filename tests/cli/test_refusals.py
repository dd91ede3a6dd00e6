"""What the system refuses is one sentence and leaves nothing behind; a command that reads makes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon_process import run_cli
from soundkin_daemon.cli.demo_sounds import write_library


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("refusals").resolve()
    write_library(folder / "samples", each=1)
    run_cli(folder / "data", "scan", str(folder / "samples"))
    return folder / "data"


def inside(folder: Path) -> set[str]:
    """Everything in a folder, by path."""
    return {str(each.relative_to(folder)) for each in folder.rglob("*")}


REFUSED = {
    "export into no folder": "export {top}/none/all.npz",
    "export onto a folder": "export {top}/folder",
    "export below a file": "export {top}/file/all.npz",
    "settings below a file": "config --init --config {top}/file/new.toml",
    "settings that are a folder": "status --config {top}/folder",
    "settings that are no text": "status --config {top}/noise",
    "restore what is no library": "restore {top}/noise",
    "restore what is a text": "restore {top}/file",
    "restore a folder": "restore {top}/folder",
    "play into nothing": "similar {top}/none.wav --play",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_is_one_line_that_names_the_file_and_nothing_is_left(name: str, data: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("text that is long enough to be looked at\n" * 40, "utf-8")
    (tmp_path / "noise").write_bytes(b"\xff\xfe\x00noise" * 400)
    before = inside(tmp_path), inside(data)
    words = [word.format(top=tmp_path) for word in REFUSED[name].split()]
    done = run_cli(data, *words, check=1)
    assert "Traceback" not in done.stderr
    sentence = done.stderr.replace("(no daemon runs here: reading the library directly)\n", "")
    assert sentence.startswith("soundkin: ")
    assert str(tmp_path) in sentence
    assert ".tmp" not in sentence
    assert sentence.count("\n") <= 2  # of the settings file each problem has a line
    left = inside(data) - {"daemon.lock"}
    assert (inside(tmp_path), left) == (before[0], before[1] - {"daemon.lock"})


@pytest.mark.parametrize("text", ["folders", "list", "status", "scan", "stop", "up", "start", "add {top}", "backup"])
def test_a_data_directory_that_is_a_file_is_named(text: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x", "utf-8")
    done = run_cli(file, *text.format(top=tmp_path).split(), check=1)
    assert done.stderr == f"soundkin: {file} is not a folder, expected the data directory\n"


READING = [
    *("status", "list", "list kick --json", "folders", "problems", "similar x.wav", "kit x.wav", "duplicates"),
    *("forget", "remove {top}", "export {top}/all.npz", "backup", "restore --list", "restore", "scan", "stop"),
    *("pause", "resume", "doctor --quick", "config", "version", "osc send ping"),
]


@pytest.mark.parametrize("text", READING)
def test_a_command_that_reads_makes_no_data_directory(text: str, tmp_path: Path) -> None:
    missing = tmp_path / "mistyped"
    done = run_cli(missing, *text.format(top=tmp_path).split(), check=None)
    assert "Traceback" not in done.stderr
    assert inside(tmp_path) == set()
    if text.split(maxsplit=1)[0] in {"status", "list", "folders", "problems", "duplicates", "export", "backup", "scan"}:
        assert f"there is no library in {missing}" in done.stderr


def test_adding_a_folder_begins_a_library(tmp_path: Path) -> None:
    (tmp_path / "music").mkdir()
    run_cli(tmp_path / "new/data", "add", str(tmp_path / "music"))
    assert "music" in run_cli(tmp_path / "new/data", "folders").stdout
