"""The settings as people see them: the annotated file made from the settings' own metadata, and the table in force."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from soundkin.config import Settings, each_setting
from soundkin.names.printable import printable

_HEAD = """# Soundkin's settings: every one of them, with its default. A line that begins with # changes nothing;
# take the # away and edit. `soundkin config` shows what is in force and where it comes from.
"""


def annotated_settings() -> str:
    """The text of `soundkin.toml` with every setting, its meaning, limits and default, commented out."""
    defaults = Settings()
    tables: dict[str, list[str]] = {}
    for section in fields(defaults):
        meaning = inspect.getdoc(getattr(defaults, section.name))
        tables[section.name] = [f"# {meaning}", f"[{section.name}]"]
    for dotted, known, default in each_setting(defaults):
        table, _, name = dotted.partition(".")
        tables[table] += [f"# {known.meaning}", f"#{name} = {_toml(default)}"]
    return "\n".join([_HEAD, *("\n".join([*lines, ""]) for lines in tables.values())])


def settings_rows(settings: Settings, origins: Mapping[str, str]) -> list[tuple[str, Any, str]]:
    """Dotted name, value and origin of every setting."""
    return [
        (dotted, list(value) if isinstance(value, tuple) else value, origins.get(dotted, "default"))
        for dotted, _, value in each_setting(settings)
    ]


def settings_in_force(rows: Iterable[tuple[str, Any, str]]) -> str:
    """These rows as the text of a settings file; a comment says where each value comes from."""
    lines: list[str] = []
    section = ""
    for dotted, value, origin in rows:
        table, _, name = dotted.partition(".")
        if table != section:
            section = table
            lines += ["", f"[{table}]"]
        lines.append(f"{name} = {_toml(value)}  # {printable(origin)}")
    return "\n".join(lines)


def _toml(value: Any) -> str:
    """A value as TOML. JSON is nearly that; what a terminal must not get is escaped in TOML's way."""
    text = json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
    return "".join(char if char.isprintable() else f"\\U{ord(char):08x}" for char in text)
