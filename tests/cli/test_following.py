"""Following folders from the command line: handed over, several at once, asked about first, and told where silent."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from daemon_process import cli_json, daemon, environment, run_cli, until
from soundkin.errors import BadArgumentError
from soundkin.folders.glance import unheard_alone
from soundkin.service import existing_folder
from soundkin_daemon.cli.demo_sounds import write_library

EMPTY_WORDS = [
    *('add|""', 'add|{music}|""', 'remove|""', 'up|""', 'start|""', 'scan|""', 'similar|""', 'kit|""', 'export|""'),
    *('restore|""', 'folders|--config|""', 'reaper|status|--resource|""'),
]


@pytest.fixture
def music(tmp_path: Path) -> Path:
    write_library(tmp_path / "music", each=1)
    return (tmp_path / "music").resolve()


@pytest.mark.parametrize("command", ["up", "start"])
def test_a_daemon_that_runs_takes_the_folders_over(command: str, tmp_path: Path, music: Path) -> None:
    (tmp_path / "other").mkdir()
    with daemon(tmp_path / "data") as running:
        done = run_cli(tmp_path / "data", command, str(music), str(tmp_path / "other"))
        assert f"pid {running.process.pid}" in done.stdout
        assert {root.path for root in running.client.roots()} == {str(music), str((tmp_path / "other").resolve())}
        until(lambda: running.client.status().samples == 8, "the folder to be analysed")
        assert running.process.poll() is None


@pytest.mark.parametrize("with_daemon", [True, False])
def test_several_folders_are_added_at_once(with_daemon: bool, tmp_path: Path, music: Path) -> None:
    more = [music, *(tmp_path.resolve() / name for name in "ab")]
    for folder in more[1:]:
        folder.mkdir()
    if with_daemon:
        with daemon(tmp_path / "data"):
            done = run_cli(tmp_path / "data", "add", *map(str, more))
    else:
        done = run_cli(tmp_path / "data", "add", *map(str, more))
    assert done.stdout.count("following ") == 3
    assert {row["path"] for row in cli_json(tmp_path / "data", "folders")} == set(map(str, more))


@pytest.mark.parametrize("command", ["add", "start"])
def test_a_folder_without_audio_says_what_it_holds(command: str, tmp_path: Path, music: Path) -> None:
    (tmp_path / "packed/inner").mkdir(parents=True)
    (tmp_path / "packed/inner/kit.zip").write_bytes(b"PK")
    (tmp_path / "nothing").mkdir()
    try:
        done = run_cli(tmp_path / "data", command, *(str(tmp_path / name) for name in ("packed", "nothing", "music")))
    finally:
        if command == "start":
            run_cli(tmp_path / "data", "stop", check=None)
    assert "0 audio files, 1 .zip, which cannot be heard\n" in done.stdout
    assert done.stdout.count("0 audio files") == 2


def test_a_look_at_a_folder_counts_what_the_walk_counts(tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip", "c.rx2", "d.txt", ".hidden.zip", "backup/e.zip", "ignored/f.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert unheard_alone(str(tmp_path), ("ignored",), 30) == {".zip": 2, ".rx2": 1}
    assert unheard_alone(str(tmp_path), (), 30) is None


@pytest.mark.parametrize("text", EMPTY_WORDS)
def test_an_empty_word_is_no_path(text: str, tmp_path: Path, music: Path) -> None:
    words = [word.replace('""', "").format(music=music) for word in text.split("|")]
    done = run_cli(tmp_path / "data", *words, check=2)
    assert "expected a path, got an empty word" in " ".join(done.stderr.replace("│", " ").split())
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("path", ["", "music", "../music"])
def test_who_does_not_say_from_where_follows_nothing(path: str) -> None:
    with pytest.raises(BadArgumentError, match="expected a folder's"):
        existing_folder(path)


@pytest.mark.parametrize("command", ["add", "up", "start", "scan"])
def test_a_home_folder_needs_a_yes(command: str, tmp_path: Path, music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(music))
    for folder in (music, music.parent, Path(music.anchor)):
        done = run_cli(tmp_path / "data", command, str(folder), check=1)
        assert "--yes" in done.stderr
        assert str(folder) in done.stderr
    if (tmp_path / "data").exists():
        assert cli_json(tmp_path / "data", "folders") == []
    if command in {"add", "scan"}:
        run_cli(tmp_path / "data", command, str(music), "--yes")
        assert [row["path"] for row in cli_json(tmp_path / "data", "folders")] == [str(music)]
        run_cli(tmp_path / "data", "scan", str(music))  # what is followed already is not asked about


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize(("answer", "followed"), [("y", True), ("n", False)])
def test_a_person_is_asked(answer: str, followed: bool, tmp_path: Path, music: Path) -> None:
    import pty
    import subprocess

    ours, theirs = pty.openpty()
    words = [sys.executable, "-m", "soundkin_daemon", "add", str(music), "--data-dir", str(tmp_path / "data")]
    asking = subprocess.Popen(
        words, stdin=theirs, stdout=theirs, stderr=theirs, env={**environment(tmp_path / "data"), "HOME": str(music)}
    )
    os.close(theirs)
    seen = b""
    while b"[y/N]" not in seen:
        seen += os.read(ours, 4096)
    os.write(ours, f"{answer}\n".encode())
    with open(ours, "rb", buffering=0) as screen:
        while asking.poll() is None:
            try:
                screen.read(4096)
            except OSError:
                break
        assert asking.wait(60) == (0 if followed else 1)
    assert b"is your home folder" in seen
    rows = cli_json(tmp_path / "data", "folders")
    assert [row["path"] for row in rows] == ([str(music)] if followed else [])


def test_removing_a_folder_twice_or_one_that_is_none_is_refused(tmp_path: Path, music: Path) -> None:
    run_cli(tmp_path / "data", "add", str(music))
    shutil.rmtree(music)
    run_cli(tmp_path / "data", "remove", str(music))
    assert "not a followed folder" in run_cli(tmp_path / "data", "remove", str(music), check=1).stderr
