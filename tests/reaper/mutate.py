"""Breaks the scripts on purpose, one small change at a time, and sees whether the Lua tests notice.

Rules: drop a guard (`if not … then return … end`), drop a call of the API that stands alone, drop or add an argument of
an API call, turn a comparison, swap `and` and `or`, shift a `+ 1`. `python mutate.py` runs all of them and lists the
survivors; the suite runs a sample.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
SCRIPTS = HERE.parents[1] / "scripts" / "reaper" / "soundkin"
TESTS = (
    "test_replace.lua",
    "test_setup.lua",
    "test_client.lua",
    "test_mailbox.lua",
    "test_codec.lua",
    "test_panel.lua",
)
_FIRST = {
    "test_codec.lua": {"osc", "json", "ask"},
    "test_client.lua": {"client", "transport_udp"},
    "test_mailbox.lua": {"transport_mailbox", "transport_cli"},
    "test_setup.lua": {"setup", "command", "remote", "discover", "link", "boot"},
    "test_panel.lua": {"panel", "model", "keys", "ui_gfx", "ui_imgui", "paint", "rows", "preview"},
}
_GUARD = re.compile(r"^\s*if not .* then return .* end$")
_ALONE = re.compile(r"^\s*reaper\.(?!defer)\w+\(.*\)$")
_CALL = re.compile(r"\breaper\.(\w+)\(([^()]*)\)")
_TURNS = ((" < ", " > "), (" > ", " < "), (" <= ", " > "), (" >= ", " < "), (" == ", " ~= "), (" ~= ", " == "))
_SWAPS = ((" and ", " or "), (" or ", " and "))
_SHIFTS = ((" + 1", " + 2"), (" - 1", ""))


@dataclass(frozen=True)
class Mutant:
    """One changed line."""

    file: str
    line: int
    rule: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}: {self.old.strip()}  ->  {self.new.strip() or '(nothing)'}"


def mutants() -> list[Mutant]:
    """Every mutant of the library, in order."""
    found = []
    for path in sorted((SCRIPTS / "soundkin_lib").glob("*.lua")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if not line.lstrip().startswith("--"):
                found += [Mutant(path.name, number, rule, line, new) for rule, new in _changes(line)]
    return found


def _changes(line: str) -> Iterator[tuple[str, str]]:
    code, _, comment = line.partition(" -- ")
    if comment:
        yield from ((rule, new) for rule, new in _changes(code))
        return
    if _GUARD.match(line):
        yield "guard dropped", ""
    if _ALONE.match(line):
        yield "call dropped", ""
    for call in _CALL.finditer(line):
        name, args = call.groups()
        rest = args.rpartition(",")[0]
        if args.strip():
            yield "argument dropped", line[: call.start()] + f"reaper.{name}({rest})" + line[call.end() :]
        more = f"{args}, 0" if args.strip() else "0"
        yield "argument added", line[: call.start()] + f"reaper.{name}({more})" + line[call.end() :]
    for rule, pairs in (("turned", _TURNS), ("swapped", _SWAPS), ("shifted", _SHIFTS)):
        for old, new in pairs:
            if old in line:
                yield rule, line.replace(old, new, 1)


def order(file: str) -> list[str]:
    """Test files in the order in which they most likely notice a change of `file`."""
    stem = file.removesuffix(".lua")
    return sorted(TESTS, key=lambda test: stem not in _FIRST.get(test, set()))


def make_scratch(folder: Path) -> Path:
    """Folders that the worlds of the Lua tests use, one each; they would make them by a process each."""
    for number in range(1, 401):
        (folder / f"w{number} ü%" / "Data" / "soundkin").mkdir(parents=True, exist_ok=True)
        (folder / f"w{number} ü%" / "mailbox").mkdir(exist_ok=True)
    return folder


def killed_by(mutant: Mutant, lua: str, folder: Path, scratch: Path) -> str:
    """The first test file that fails on the mutant; empty where it survives. `scratch` may serve many mutants."""
    scripts = folder / "soundkin"
    shutil.copytree(SCRIPTS, scripts, dirs_exist_ok=True)
    path = scripts / "soundkin_lib" / mutant.file
    lines = path.read_text("utf-8").splitlines()
    assert lines[mutant.line - 1] == mutant.old
    lines[mutant.line - 1] = mutant.new
    path.write_text("\n".join(lines) + "\n", "utf-8")
    setting = {
        "SOUNDKIN_REAPER_TESTS": str(HERE),
        "SOUNDKIN_REAPER_SCRIPTS": str(scripts),
        "SOUNDKIN_TEST_TMP": str(scratch),
        "SOUNDKIN_FIRST_FAILURE": "1",
    }
    for test in order(mutant.file):
        words = [lua, str(HERE / "lua" / "run.lua"), str(HERE / "lua" / test)]
        try:
            done = subprocess.run(words, env={**os.environ, **setting}, capture_output=True, timeout=20, check=False)
        except subprocess.TimeoutExpired:
            return f"{test} (endless)"
        if done.returncode:
            return test
    return ""


def main() -> int:
    """Run all mutants; prints the survivors."""
    lua = shutil.which("lua5.4")
    if lua is None:
        sys.exit("lua5.4 is not installed")
    everything = mutants()
    wanted = sys.argv[1:]
    chosen = [m for m in everything if not wanted or m.file.removesuffix(".lua") in wanted]
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        scratch = make_scratch(Path(folder) / "scratch")
        for mutant in chosen:
            if not killed_by(mutant, lua, Path(folder), scratch):
                survivors += 1
                sys.stdout.write(f"survives {mutant}\n")
                sys.stdout.flush()
    sys.stdout.write(f"{len(chosen) - survivors} of {len(chosen)} noticed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
