"""The settings as people see them: the annotated file made from `Settings()`, and the table of what is in force."""

from __future__ import annotations

import ast
import inspect
import json
from dataclasses import fields
from itertools import pairwise
from typing import Any

from soundkin import config
from soundkin.config import Settings

_HEAD = """# Soundkin's settings: every one of them, with its default. A line that begins with # changes nothing;
# take the # away and edit. `soundkin config` shows what is in force and where it comes from.
"""


def annotated_settings() -> str:
    """The text of `soundkin.toml` with every setting, its meaning and its default, commented out."""
    lines = [_HEAD]
    defaults = Settings()
    for section in fields(Settings):
        values = getattr(defaults, section.name)
        kind = type(values)
        lines.append(f"# {inspect.getdoc(kind)}")
        lines.append(f"[{section.name}]")
        meanings = _field_docs(kind)
        for setting in fields(kind):
            lines += [f"# {line.strip()}" for line in meanings.get(setting.name, "").splitlines()]
            lines.append(f"#{setting.name} = {_toml(getattr(values, setting.name))}")
        lines.append("")
    return "\n".join(lines)


def settings_rows(settings: Settings, origins: dict[str, str]) -> list[tuple[str, Any, str]]:
    """Dotted name, value and origin of every setting."""
    rows: list[tuple[str, Any, str]] = []
    for section in fields(Settings):
        values = getattr(settings, section.name)
        for setting in fields(values):
            dotted = f"{section.name}.{setting.name}"
            value = getattr(values, setting.name)
            rows.append((dotted, list(value) if isinstance(value, tuple) else value, origins.get(dotted, "default")))
    return rows


def _toml(value: Any) -> str:
    if isinstance(value, tuple):
        return json.dumps(list(value))
    return json.dumps(value)


def _field_docs(kind: type) -> dict[str, str]:
    """The string below each field of a dataclass, read from the source so that it is written once."""
    module = ast.parse(inspect.getsource(config))
    body = next(node for node in module.body if isinstance(node, ast.ClassDef) and node.name == kind.__name__).body
    docs: dict[str, str] = {}
    for field, below in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            docs[field.target.id] = ast.literal_eval(below.value)
    return docs
