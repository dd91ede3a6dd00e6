"""Help says the defaults and limits that hold, and its examples are understood."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from soundkin.errors import BadArgumentError
from soundkin.search.grammar import parse_filter
from soundkin_daemon.cli.program import application

TOP = Path(__file__).parents[2]
SAID = [
    ("duplicates", "within", 0.75, "at most 6."),
    ("similar", "k", 16, "at most 10,000."),
    ("similar", "weight", None, "0 to 4,"),
    ("kit", "each", 4, "at most 64."),
    ("kit", "weight", None, "0 to 4,"),
    ("status", "port", None, "(default: 27400)"),
    ("status", "log_level", None, "debug, info, warning, error"),
]

REFUSED = {"is:missing is:offline"}
"""Examples of what no sample can satisfy."""


def options(command: str) -> dict[str, Any]:
    root: Any = get_command(application())
    return {parameter.name: parameter for parameter in root.commands[command].params}


@pytest.mark.parametrize(("command", "name", "default", "said"), SAID)
def test_help_says_the_default_and_the_limit(command: str, name: str, default: object, said: str) -> None:
    option = options(command)[name]
    assert option.default == default
    assert said in option.help


def filters() -> list[tuple[str, str]]:
    """(where, filter) of every example of a filter in help texts, REAPER's hints and the documents."""
    found = []
    root: Any = get_command(application())
    for name, command in root.commands.items():
        for parameter in getattr(command, "params", ()):
            found += [
                (name, text) for text in re.findall(r"'(\S+:[^']+|\S+<[^']+)'", getattr(parameter, "help", "") or "")
            ]
    for path in TOP.glob("scripts/reaper/soundkin/soundkin_lib/ui_*.lua"):
        found += [(path.name, text) for text in re.findall(r'such as  ([^"]+)"', path.read_text("utf-8"))]
    for path in [*TOP.glob("docs/*.md"), TOP / "README.md"]:
        quoted = re.findall(
            r'`"?(-?(?:kind|dur|bpm|in|name|is|key|note|loud|added|sr|ext)[:<>][^`"]+)"?`', path.read_text("utf-8")
        )
        found += [(path.name, text) for text in quoted]
    return found


def test_every_example_of_a_filter_is_understood() -> None:
    examples = filters()
    assert len(examples) > 30
    assert {"similar", "list", "ui_gfx.lua", "ui_imgui.lua", "search.md", "osc.md"} <= {where for where, _ in examples}
    for where, text in examples:
        if text in REFUSED:
            with pytest.raises(BadArgumentError):
                parse_filter(text)
        else:
            assert parse_filter(text), (where, text)
