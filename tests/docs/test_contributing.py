"""CONTRIBUTING.md followed to the letter in a copy of the source: each list of files is enough, and none is too much.

`SOUNDKIN_RECIPES=each` leaves out one file after the other as well, which takes some minutes.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from docs.recipes import RECIPES, TOP, Recipe, Scratch

GUIDE = (TOP / "CONTRIBUTING.md").read_text("utf-8")
EACH = os.environ.get("SOUNDKIN_RECIPES") == "each"


def section(heading: str) -> str:
    """What the guide says under a heading."""
    return GUIDE.split(f"### {heading}\n", maxsplit=1)[1].split("\n### ", maxsplit=1)[0].split("\n## ", maxsplit=1)[0]


def line_of_tests(heading: str) -> str:
    """The command line after "Tests:"."""
    found = re.search(r"^Tests: `(uv run pytest .+)`$", section(heading), re.MULTILINE)
    assert found, heading
    return found[1]


def listed_files(heading: str) -> list[str]:
    """The file that each step names first."""
    return re.findall(r"^\d+\. `(.+?)`", section(heading), re.MULTILINE)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.heading)
def test_the_guide_lists_the_files_that_are_changed_and_the_commands_that_write_the_rest(recipe: Recipe) -> None:
    files = {file.replace("/sheen.py", "/NAME.py") for file in (*recipe.changes, *recipe.written)}
    assert set(listed_files(recipe.heading)) == files
    for line in recipe.written.values():
        assert f"`{line}`" in section(recipe.heading)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.heading)
def test_the_files_that_the_guide_lists_are_enough(recipe: Recipe, tmp_path: Path) -> None:
    scratch = Scratch(tmp_path)
    scratch.follow(recipe)
    recipe.works(scratch)
    done = scratch.run(line_of_tests(recipe.heading) + " -p no:cacheprovider")
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(not EACH, reason="takes minutes: SOUNDKIN_RECIPES=each")
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("recipe", "file"),
    [(recipe, file) for recipe in RECIPES for file in (*recipe.changes, *recipe.written)],
    ids=lambda value: value if isinstance(value, str) else value.heading,
)
def test_without_one_of_the_files_a_test_fails_or_the_new_thing_does_not_work(
    recipe: Recipe, file: str, tmp_path: Path
) -> None:
    scratch = Scratch(tmp_path)
    try:
        scratch.follow(recipe, left_out=file)
        recipe.works(scratch)
    except AssertionError:
        return
    assert scratch.run(line_of_tests(recipe.heading) + " -x -p no:cacheprovider").returncode != 0
