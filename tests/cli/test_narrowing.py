"""A call builds the command that it names and no other: building all takes long."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import typer

from soundkin_daemon.cli import program
from soundkin_daemon.cli.context import CommandApp


def names(app: typer.Typer) -> list[str]:
    return [each.name or "" for each in app.registered_commands] + [each.name or "" for each in app.registered_groups]


EVERY = names(program.application())


@pytest.mark.parametrize("name", EVERY)
def test_only_the_command_that_is_called_is_built(name: str) -> None:
    app = program.application(name)
    assert names(app) == [name]
    assert list(typer.main.get_group(app).commands) == [name]


@pytest.mark.parametrize("name", ["statu", "", "install"])
def test_what_names_no_command_is_told_of_all(name: str) -> None:
    assert names(program.application(name)) == EVERY
    assert len(EVERY) > 20


@pytest.mark.parametrize(
    ("arguments", "completing", "wanted"),
    [
        (["status"], False, "status"),
        (["--json", "list", "kick"], False, "list"),
        ([], False, None),
        (["-h"], False, None),
        (["status"], True, None),
    ],
)
def test_the_first_word_of_a_call_is_the_command_unless_the_shell_completes(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], completing: bool, wanted: str | None
) -> None:
    asked: list[str | None] = []

    def application(wanted: str | None) -> CommandApp:
        asked.append(wanted)
        raise SystemExit

    monkeypatch.setattr(program, "application", application)
    monkeypatch.setattr(sys, "argv", ["soundkin", *arguments])
    if completing:
        monkeypatch.setenv("_SOUNDKIN_COMPLETE", "complete_bash")
    with pytest.raises(SystemExit):
        program.main()
    assert asked == [wanted]


def run(*arguments: str, **environment: str) -> str:
    command = [sys.executable, "-m", "soundkin_daemon", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | environment)
    return done.stdout + done.stderr


def test_a_mistyped_command_is_corrected_and_a_completion_knows_all() -> None:
    assert "Did you mean 'status'" in run("statu")
    completed = run(_SOUNDKIN_COMPLETE="complete_bash", COMP_WORDS="soundkin st", COMP_CWORD="1")
    assert completed.split() == ["start", "stop", "status"]
