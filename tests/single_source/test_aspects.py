"""Aspects have one source: one more in its table appears on every surface, and no other list of them exists."""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

TOP = Path(__file__).parents[2]
SHIPPED = ["timbre", "motion", "spectrum", "envelope", "pitch", "rhythm"]
TABLE = "daemon/soundkin/analysis/params.py"
SURFACES = [
    "feedback",
    "OSCQuery",
    "page",
    "cursor",
    "Open Stage Control",
    "TouchOSC",
    "help of similar",
    "help of kit",
    "completion",
    "REAPER, installed",
    "REAPER, running",
    "docs/osc.md",
]


def surfaces_of(top: Path, room: Path) -> dict[str, list[str]]:
    """The aspects that each surface of a copy of the source offers."""
    roots = os.pathsep.join(str(part) for part in (top / "daemon", top / "bridge", TOP / "tests"))
    words = [str(Path(__file__).with_name("surfaces.py")), str(room), str(top / "config/layouts/make.py")]
    done = subprocess.run(
        [sys.executable, *words],
        env={**os.environ, "PYTHONPATH": roots, "XDG_CONFIG_HOME": str(room / "none")},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def surfaces(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Of a copy of the source in which one line was added to the table of aspects."""
    top, room = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("room")
    for part in ("daemon", "bridge", "config", "scripts"):
        shutil.copytree(TOP / part, top / part, ignore=shutil.ignore_patterns("__pycache__"))
    text = (top / TABLE).read_text("utf-8")
    more = re.sub(r"^_SIZES = \{.*?\n(?=\})", r'\g<0>    "colour": 4,\n', text, flags=re.MULTILINE | re.DOTALL)
    assert more != text
    (top / TABLE).write_text(more, "utf-8")
    return surfaces_of(top, room)


def test_every_surface_is_looked_at(surfaces: dict[str, list[str]]) -> None:
    assert sorted(surfaces) == sorted(SURFACES)


@pytest.mark.parametrize("surface", SURFACES)
def test_an_aspect_added_in_the_table_appears_after_the_others(surfaces: dict[str, list[str]], surface: str) -> None:
    assert surfaces[surface] == [*SHIPPED, "colour"]


def test_no_other_file_lists_the_aspects() -> None:
    allowed = {
        "analysis/params.py",  # the table
        "features/__init__.py",  # what measures each of them
    }
    lists = []
    for path in [
        *TOP.glob("daemon/**/*"),
        *TOP.glob("bridge/**/*"),
        *TOP.glob("scripts/**/*"),
        *TOP.glob("config/**/*"),
    ]:
        if path.suffix not in {".py", ".lua", ".html", ".toml", ".ReaperOSC"}:
            continue
        text = path.read_text("utf-8")
        named = [name for name in SHIPPED if re.search(rf"[\"'`]{name}[\"'`]", text)]
        if len(named) > 1 and not path.as_posix().endswith(tuple(allowed)):
            lists.append((path.name, named))
    assert lists == []


def test_the_features_page_says_where_each_aspect_lies() -> None:
    from soundkin.analysis.params import PARAMS

    text = (TOP / "docs/features.md").read_text("utf-8")
    rows = re.findall(r"^\| (\w+) \| (\d+)-(\d+) \|.*?`(\w+)\.py`", text, re.MULTILINE)
    assert [row[0] for row in rows] == [row[3] for row in rows]
    said = [(name, int(first), int(last) + 1) for name, first, last, _ in rows]
    assert said == [(aspect.name, aspect.start, aspect.stop) for aspect in PARAMS.aspects]
    assert f"vector of {PARAMS.num_dimensions} numbers" in text
    assert f"Feature version: {PARAMS.version} " in text


def test_every_aspect_is_measured_and_has_its_constants(tmp_path: Path) -> None:
    from soundkin.analysis.decode import decode
    from soundkin.analysis.features import describe
    from soundkin.analysis.features.shape import shape_of
    from soundkin.analysis.params import PARAMS

    path = tmp_path / "noise.wav"
    soundfile.write(str(path), np.random.default_rng(1).standard_normal(22_050) / 8, 44_100)
    with path.open("rb") as file:
        sound = decode(file.fileno(), str(path))
    rows = describe([shape_of(sound.y, sound.sr)]).raw
    measured = {name: numbers[0] for name, numbers in rows.items()}
    assert sorted(measured) == sorted(PARAMS.aspect_names)
    with np.load(TOP / "daemon/soundkin/analysis/constants.npz") as constants:
        shapes = {name: constants[f"{name}.turn"].shape for name in PARAMS.aspect_names}
    sizes = {aspect.name: aspect.stop - aspect.start for aspect in PARAMS.aspects}
    assert shapes == {name: (len(measured[name]), sizes[name]) for name in measured}
    parts = runpy.run_path(str(TOP / "benchmarks/fit_constants.py"))["PARTS"]
    assert {name: sum(count for count, _ in part) for name, part in parts.items()} == {
        name: len(numbers) for name, numbers in measured.items()
    }
    for name in PARAMS.aspect_names:
        assert (TOP / f"daemon/soundkin/analysis/features/{name}.py").is_file(), name
