"""The README against reality."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from soundkin import __version__
from soundkin_daemon.cli.program import application

TOP = Path(__file__).parents[2]
README = (TOP / "README.md").read_text("utf-8")


def commands_in(text: str) -> list[list[str]]:
    """The words after `soundkin` in every shell line and inline command of a document."""
    lines = re.findall(r"(?:uv run |`)soundkin ([^`#\n]+)", text)
    return [line.split() for line in lines]


def test_every_link_to_a_file_leads_somewhere() -> None:
    for document in [*sorted(TOP.glob("*.md")), *sorted((TOP / "docs").rglob("*.md"))]:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text("utf-8")):
            if "://" not in target:
                assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_every_command_and_option_that_the_documents_show_exists() -> None:
    known = get_command(application())
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


def every_command(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    """Each command that runs, with its whole name, such as "osc send"."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from every_command(command, f"{before}{name} ")
        else:
            yield before + name, command


def named_in_table(heading: str) -> set[str]:
    """The commands that the first column of a table in docs/cli.md names, without their arguments."""
    table = (TOP / "docs/cli.md").read_text("utf-8").split(f"| command | {heading} |\n")[1].split("\n\n")[0]
    cells = [row.split(" | ", maxsplit=1)[0] for row in table.splitlines()[1:]]
    return {
        " ".join(re.findall(r"^[a-z]+(?: [a-z]+)*", words)) for cell in cells for words in re.findall(r"`(.+?)`", cell)
    }


def test_the_command_reference_names_every_command_and_no_other() -> None:
    assert named_in_table("does") == {name for name, _ in every_command(get_command(application()))}


def test_the_command_reference_gives_the_shape_of_every_json_answer() -> None:
    with_json = {
        name
        for name, command in every_command(get_command(application()))
        if any("--json" in p.opts for p in command.params)
    }
    assert named_in_table("shape") == with_json
