"""What docs/cli.md promises of every command, groups included: help for each option, and the options that all take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from soundkin_daemon.cli.program import application


def commands(command: Any, *words: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every command that can be run, by its words after `soundkin`."""
    below = getattr(command, "commands", None)
    if below is None:
        yield words, command
        return
    for name, each in below.items():
        yield from commands(each, *words, name)


EVERY = dict(commands(get_command(application())))


def options(command: Any) -> list[Any]:
    return [parameter for parameter in command.params if parameter.param_type_name == "option"]


def test_groups_are_looked_into() -> None:
    assert ("osc", "send") in EVERY
    assert ("similar",) in EVERY
    assert len(EVERY) > 25


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_help_explains_every_command_and_option(words: tuple[str, ...]) -> None:
    command = EVERY[words]
    assert command.help
    assert options(command)
    for option in options(command):
        assert option.help, f"{' '.join(words)} {option.opts[0]} has no help"


@pytest.mark.parametrize("option", ["--data-dir", "--config", "--port", "--log-level"])
def test_every_command_takes_the_common_options(option: str) -> None:
    taken = {words for words, command in EVERY.items() if any(option in each.opts for each in options(command))}
    assert EVERY.keys() - taken == set()
