"""What CONTRIBUTING.md says how to add, as changes to a copy of the source that tests make and try."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from soundkin_daemon.cli.demo_sounds import write_library

TOP = Path(__file__).parents[2]
PARTS = ("daemon", "bridge", "config", "docs", "scripts", "tests", "benchmarks", ".github", ".ci")

Change = tuple[str, str]
"""A piece of text that a file holds once, and what takes its place; an empty piece is a file that is not there yet."""


@dataclass(frozen=True)
class Recipe:
    """One thing added as the guide says."""

    heading: str
    changes: dict[str, list[Change]]
    """By file, those that are edited by hand."""
    written: dict[str, str]
    """By file, the command that writes it."""
    works: Callable[[Scratch], None]
    """Raises where the new thing does not work."""


class Scratch:
    """A copy of the source in which programs run."""

    def __init__(self, top: Path) -> None:
        self.top = top
        for part in PARTS:
            shutil.copytree(TOP / part, top / part, ignore=shutil.ignore_patterns("__pycache__"))
        for file in [*TOP.glob("*.md"), TOP / "pyproject.toml", TOP / "LICENSE"]:
            shutil.copy(file, top / file.name)

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        """Run a command line of the guide with this Python and the code of the copy."""
        words = shlex.split(line.removeprefix("uv run "))
        if words[0] != "python":
            words = ["python", "-m", {"soundkin": "soundkin_daemon"}.get(words[0], words[0]), *words[1:]]
        roots = os.pathsep.join(str(self.top / root) for root in ("daemon", "bridge", "tests"))
        return subprocess.run(
            [sys.executable, *words[1:]],
            cwd=self.top,
            env={**os.environ, "PYTHONPATH": roots, "XDG_CONFIG_HOME": str(self.top / "none")},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=280,
            check=False,
        )

    def follow(self, recipe: Recipe, left_out: str = "") -> None:
        """Change and write every file of a recipe but one."""
        for file, changes in recipe.changes.items():
            if file != left_out:
                path = self.top / file
                text = path.read_text("utf-8") if path.exists() else ""
                for old, new in changes:
                    assert old == text == "" or text.count(old) == 1, f"{file}: {old}"
                    text = text.replace(old, new)
                path.write_text(text, "utf-8")
        for file, line in recipe.written.items():
            if file != left_out:
                if "--init" in line:
                    (self.top / file).unlink()
                if "FOLDER..." in line:
                    write_library(self.top / "sounds", each=4)
                done = self.run(line.replace("FOLDER...", "sounds"))
                assert done.returncode == 0, done.stderr


def address_answers(scratch: Scratch) -> None:
    program = """
from fakes_service import library
from osc_peer import Peer, serving
with serving(library(100)) as daemon, Peer(daemon.port) as peer:
    print(peer.ask("/soundkin/count", 7)[-1].args)
"""
    done = scratch.run(f"python -c {shlex.quote(program)}")
    assert done.stdout.startswith("(7, 0, 100,"), done.stdout + done.stderr


def command_prints(scratch: Scratch) -> None:
    done = scratch.run(f"uv run soundkin count --json --data-dir {scratch.top / 'data'}")
    assert done.stdout == '{\n  "samples": 0\n}\n', done.stdout + done.stderr


def setting_is_judged(scratch: Scratch) -> None:
    (scratch.top / "bad.toml").write_text("[log]\nkeep_days = 400\n", "utf-8")
    done = scratch.run(f"uv run soundkin config --config {scratch.top / 'bad.toml'}")
    assert "log.keep_days: expected a whole number from 1 to 365, got 400" in done.stderr, done.stderr


def aspect_is_compared(scratch: Scratch) -> None:
    sounds, data = scratch.top / "sounds", scratch.top / "data"
    if not sounds.exists():
        write_library(sounds, each=2)
    assert scratch.run(f"uv run soundkin scan {sounds} --data-dir {data}").returncode == 0
    asked = f"uv run soundkin similar {sounds}/kick/kick-1.wav --explain --json --data-dir {data}"
    done = scratch.run(asked)
    assert done.returncode == 0, done.stderr
    assert "sheen" in json.loads(done.stdout)["neighbours"][0]["aspects"]


SHEEN = '''"""Sheen: shares of the level in four equal parts of the sound."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.analysis.features.shape import Shapes


def measure(shapes: Shapes) -> NDArray[np.float32]:
    """Shape (n, 4)."""
    own = [row[:count] for row, count in zip(shapes.level, shapes.blocks, strict=True)]
    parts = np.array([[part.sum() for part in np.array_split(level, 4)] for level in own], np.float32)
    return parts / np.maximum(parts.sum(axis=1, keepdims=True), np.float32(1e-9))
'''
ADDRESS = Recipe(
    "An OSC address",
    {
        "bridge/soundkin_osc/protocol/addresses.py": [
            (
                '    Address("pause", "[rid:i]"',
                '    Address("count", "rid:i", "How many samples there are, as total.", example="1"),\n'
                '    Address("pause", "[rid:i]"',
            )
        ],
        "bridge/soundkin_osc/handlers/library.py": [
            (
                '            "/soundkin/pause": self.pause,\n',
                '            "/soundkin/pause": self.pause,\n            "/soundkin/count": self.count,\n',
            ),
            (
                "    def report(self, request: Request) -> Later:\n",
                "    def count(self, request: Request) -> Later:\n"
                '        """How many samples there are."""\n'
                "        return Later(lambda: [replies.done(request.rid, 0, self._service.status().samples)])\n\n"
                "    def report(self, request: Request) -> Later:\n",
            ),
        ],
    },
    {"docs/osc.md": "uv run python -m soundkin_osc.protocol.reference docs/osc.md"},
    address_answers,
)
COMMAND = Recipe(
    "A command",
    {
        "daemon/soundkin_daemon/cli/read.py": [
            ("    command(app)(version)\n", "    command(app)(version)\n    command(app)(count)\n"),
            (
                "\n\ndef version(context: CommandContext",
                "\n\ndef count(context: CommandContext, json: AsJson = False) -> None:\n"
                '    """Print how many samples can be found."""\n'
                "    with context.door() as door:\n"
                "        samples = door.status().samples\n"
                "    if json:\n"
                '        print_json({"samples": samples})\n'
                "    else:\n"
                '        say(f"{samples:,}")\n'
                "\n\ndef version(context: CommandContext",
            ),
        ],
        "docs/cli.md": [
            (
                "| `version` | versions for",
                "| `count` | number of samples that can be found |\n| `version` | versions for",
            ),
            ("| `version` | `{soundkin", "| `count` | `{samples}` |\n| `version` | `{soundkin"),
        ],
    },
    {},
    command_prints,
)
SETTING = Recipe(
    "A setting",
    {
        "daemon/soundkin/config/sections.py": [
            (
                "    max_mb: float = setting(",
                '    keep_days: int = setting(7, "Age at which an old log is deleted, in days.", limits=(1, 365))\n'
                "    max_mb: float = setting(",
            )
        ],
        "tests/settings/test_defaults_and_bounds.py": [
            ('    "log.max_mb": 5.0', '    "log.keep_days": 7,\n    "log.max_mb": 5.0'),
            ('    "log.max_mb": (', '    "log.keep_days": (1, 365),\n    "log.max_mb": ('),
        ],
    },
    {"config/soundkin.toml": "uv run soundkin config --init --config config/soundkin.toml"},
    setting_is_judged,
)
ASPECT = Recipe(
    "An aspect",
    {
        "daemon/soundkin/analysis/features/sheen.py": [("", SHEEN)],
        "daemon/soundkin/analysis/features/__init__.py": [
            ("spectrum, timbre\n\n", "sheen, spectrum, timbre\n\n"),
            (
                "rhythm.measure(forms, onsets),\n",
                'rhythm.measure(forms, onsets),\n        "sheen": sheen.measure(forms),\n',
            ),
        ],
        "daemon/soundkin/analysis/params.py": [
            ('    "rhythm": 2,\n', '    "rhythm": 2,\n    "sheen": 3,\n'),
            ("FEATURE_VERSION = 4", "FEATURE_VERSION = 5"),
        ],
        "benchmarks/fit_constants.py": [
            ('    "rhythm": ((3, 0.15),),\n', '    "rhythm": ((3, 0.15),),\n    "sheen": ((4, 0.1),),\n'),
        ],
        "docs/features.md": [
            ("a vector of 48 numbers", "a vector of 51 numbers"),
            ("Feature version: 4 ", "Feature version: 5 "),
            (
                "\n\nThe numbers are standardised",
                "\n| sheen | 48-50 | 4 | shares of the level | `sheen.py` |\n\nThe numbers are standardised",
            ),
        ],
        "README.md": [
            ("a vector of 48 numbers", "a vector of 51 numbers"),
            ("Soundkin, 48 numbers", "Soundkin, 51 numbers"),
        ],
        "docs/survival.md": [
            ("FROM vector_v4`", "FROM vector_v5`"),
            ("with 48 numbers a vector", "with 51 numbers a vector"),
        ],
        "tests/single_source/test_aspects.py": [('"pitch", "rhythm"]', '"pitch", "rhythm", "sheen"]')],
    },
    {
        "daemon/soundkin/analysis/constants.npz": "uv run python benchmarks/fit_constants.py FOLDER...",
        "docs/osc.md": "uv run python -m soundkin_osc.protocol.reference docs/osc.md",
        "config/layouts/soundkin.tosc": "uv run python config/layouts/make.py",
        "config/layouts/soundkin.open-stage-control.json": "uv run python config/layouts/make.py",
        "docs/pictures/similar.svg": "uv run python docs/make_pictures.py",
    },
    aspect_is_compared,
)
RECIPES = [ADDRESS, COMMAND, SETTING, ASPECT]
