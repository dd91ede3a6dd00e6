"""The README against reality."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from soundkin import __version__
from soundkin_daemon.cli import app

TOP = Path(__file__).parents[2]
README = (TOP / "README.md").read_text("utf-8")


def commands_in(text: str) -> list[list[str]]:
    """The words after `soundkin` in every shell line and inline command of a document."""
    lines = re.findall(r"(?:uv run |`)soundkin ([^`#\n]+)", text)
    return [line.split() for line in lines]


def test_every_link_to_a_file_leads_somewhere() -> None:
    for document in [TOP / "README.md", *sorted((TOP / "docs").rglob("*.md"))]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text("utf-8")):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_every_command_and_option_that_the_documents_show_exists() -> None:
    known = get_command(app)
    for document in [TOP / "README.md", TOP / "docs/cli.md"]:
        for words in commands_in(document.read_text("utf-8")):
            if words[0].isupper() or words[0].startswith("-"):
                continue
            command, depth = known, 0
            while hasattr(command, "commands"):
                assert words[depth] in command.commands, words
                command, depth = command.commands[words[depth]], depth + 1
            options = {name for parameter in command.params for name in [*parameter.opts, *parameter.secondary_opts]}
            for word in words:
                if re.fullmatch(r"--?[a-z][a-z-]*", word):
                    assert word in options | {"--help"}, words


def test_the_test_command_is_marked_for_ci_and_runs_pytest() -> None:
    block = re.search(r"<!-- test-command -->\n```sh\n(.*?)```", README, re.DOTALL)
    assert block
    assert "pytest" in block.group(1)


def test_the_versions_agree() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == __version__
    assert f"## {__version__}" in (TOP / "CHANGELOG.md").read_text("utf-8")


@pytest.mark.parametrize("command", ["up", "start", "stop", "add", "scan", "similar", "list", "status", "problems"])
def test_the_command_reference_names_every_command(command: str) -> None:
    assert f"`{command}" in (TOP / "docs/cli.md").read_text("utf-8")
