"""The Python versions that the package, its CI and its README name."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

TOP = Path(__file__).parents[2]
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["project"]


def declared() -> list[str]:
    """The versions that the classifiers name, such as "3.11"."""
    found = [re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", name) for name in PROJECT["classifiers"]]
    return [match[1] for match in found if match]


def test_the_classifiers_begin_at_the_oldest_version_allowed_and_leave_none_out() -> None:
    oldest = int(PROJECT["requires-python"].removeprefix(">=3."))
    versions = declared()
    assert versions == [f"3.{minor}" for minor in range(oldest, oldest + len(versions))]
    assert len(versions) > 1


def test_the_workflow_runs_every_version() -> None:
    matrix = re.search(r"^ +python: \[(.+)\]$", (TOP / ".github/workflows/ci.yml").read_text("utf-8"), re.MULTILINE)
    assert matrix
    assert re.findall(r'"(.+?)"', matrix[1]) == declared()


def test_the_local_run_tries_every_version_but_the_oldest_which_runs_whole() -> None:
    loop = re.search(r"^for version in (.+); do$", (TOP / ".ci/run").read_text("utf-8"), re.MULTILINE)
    assert loop
    assert loop[1].split() == declared()[1:]


def test_the_readme_names_the_first_and_the_last_version() -> None:
    readme = (TOP / "README.md").read_text("utf-8")
    first, *_, last = declared()
    assert f"Python {first} or newer" in readme
    assert f"Python {first} to {last}" in readme
