"""Reads the scripts without running them: every `reaper.*`, `gfx.*` and ImGui call against the table of the API.

Finds calls of unknown names, calls with a wrong number of arguments, extension functions used in a module that never
asks whether the extension is there, and modules that touch REAPER although they are meant to be pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

API_FILE = Path(__file__).with_name("api.lua")
IMPURE = {"boot", "host", "source", "edit", "sampler", "preview", "setup", "paint", "ui_gfx", "ui_imgui"}
"""Modules that may touch REAPER; all others take what they need as arguments."""
_ENTRY = re.compile(r'^ {4}\["([^"]+)"\] = "([^|]*)\|([^|]*)\|', re.MULTILINE)
_USE = re.compile(r"(?<![\w.])(reaper|gfx|imgui)\.(\w+)\s*(\()?")


@dataclass(frozen=True)
class Signature:
    """How a function may be called."""

    source: str
    required: int
    most: int | None
    """None: any number."""


def load_api(path: Path = API_FILE) -> dict[str, Signature]:
    """Every function of the table by its name; ImGui's as pinned to 0.9 under `imgui.NAME`."""
    functions, _, shims = path.read_text("utf-8").partition("imgui_09 = {")
    found: dict[str, Signature] = {}
    for name, source, args in _ENTRY.findall(functions):
        found[name] = _signature(source, args)
        if name.startswith("ImGui_") and source != "imgui010":
            found["imgui." + name.removeprefix("ImGui_")] = found[name]
    for name, source, args in _ENTRY.findall(shims):
        found["imgui." + name] = _signature(source, args)
    return found


def _signature(source: str, args: str) -> Signature:
    if args == "const":
        return Signature("const", 0, 0)
    words = [word for word in args.split(",") if word]
    fixed = [word for word in words if word != "..."]
    needed = [at for at, word in enumerate(fixed, 1) if "*" not in word]
    return Signature(source, max(needed, default=0), None if "..." in words else len(fixed))


def without_comments(text: str) -> str:
    """Lua text with comments and the insides of strings blanked, so that brackets and commas count."""

    def blank(match: re.Match[str]) -> str:
        found = match[0]
        if found.startswith("--"):
            return " " * len(found)
        return found[0] + "_" * (len(found) - 2) + found[-1]

    return re.sub(r'--[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text)


def count_arguments(text: str, opening: int) -> int | None:
    """Arguments of the call whose bracket opens at `opening`; None where the last one may give several values."""
    depth, commas, filled, start = 0, 0, False, opening + 1
    for at in range(opening, len(text)):
        char = text[at]
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth == 0:
                last = text[start:at].strip()
                several = last.endswith("...") or re.match(r"^(table\.unpack|select)\(.*\)$", last, re.DOTALL)
                return None if several else commas + filled
        elif char == "," and depth == 1:
            commas, start = commas + 1, at + 1
        if depth >= 1 and at > opening and not char.isspace():
            filled = True
    return None


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def check_file(path: Path, api: dict[str, Signature], gfx_variables: frozenset[str]) -> list[str]:
    """What is wrong in one script, a line each."""
    text = without_comments(path.read_text("utf-8"))
    problems = []
    if path.parent.name == "soundkin_lib" and path.stem not in IMPURE and re.search(r"(?<![\w.])(reaper|gfx)\.", text):
        problems.append(f"{path.name}: touches REAPER, but is meant to be pure")
    for use in _USE.finditer(text):
        table, name, call = use.groups()
        where = f"{path.name}:{_line(text, use.start())}"
        key = name if table == "reaper" else f"{table}.{name}"
        if table == "gfx" and name in gfx_variables:
            continue
        signature = api.get(key)
        if signature is None:
            problems.append(f"{where}: {table}.{name} does not exist")
        elif call:
            problems += _check_call(f"{where}: {table}.{name}", signature, count_arguments(text, use.end() - 1))
    return problems


def _check_call(what: str, signature: Signature, given: int | None) -> list[str]:
    if given is None or signature.source == "const":
        return [] if given is None else [f"{what} is a constant"]
    if given < signature.required or (signature.most is not None and given > signature.most):
        return [f"{what} takes {signature.required} to {signature.most} arguments, got {given}"]
    return []


def unguarded(path: Path, api: dict[str, Signature], guards: str) -> list[str]:
    """Extension functions that a script calls although no guard in `guards` (the text of host.lua) knows them."""
    text = without_comments(path.read_text("utf-8"))
    found = {name for table, name, call in _USE.findall(text) if table == "reaper" and call}
    extension = {name for name in found if (s := api.get(name)) and s.source not in {"reaper", "reaper740", "const"}}
    family = {name: name.split("_")[0] for name in extension}
    return sorted(f"{path.name}: {name} has no guard" for name in extension if family[name] + "_" not in guards)


def gfx_variables(path: Path = API_FILE) -> frozenset[str]:
    """Fields of `gfx` that are no functions."""
    tail = path.read_text("utf-8").partition("gfx_variables = {")[2]
    return frozenset(re.findall(r"(\w+) = true", tail))
