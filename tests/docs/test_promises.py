"""The promises of docs/survival.md and SECURITY.md: each names the tests that hold it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]


def named_tests(text: str) -> list[tuple[str, str]]:
    """File and function of every `tests/FILE.py::test_NAME`; `::test_NAME` is in the file of the one before."""
    found: list[tuple[str, str]] = []
    for file, name in re.findall(r"`(tests/[\w/]+\.py)?::(test_\w+)`", text):
        found.append((file or found[-1][0], name))
    return found


@pytest.mark.parametrize("document", [*TOP.glob("*.md"), *(TOP / "docs").rglob("*.md")], ids=lambda file: file.name)
def test_every_test_that_a_document_names_exists(document: Path) -> None:
    for file, name in named_tests(document.read_text("utf-8")):
        assert re.search(rf"^def {name}\(", (TOP / file).read_text("utf-8"), re.MULTILINE), f"{file} has no {name}"


@pytest.mark.parametrize(
    ("page", "section", "least"),
    [
        ("docs/survival.md", "The test that holds each promise", 20),
        ("SECURITY.md", "What is defended against whom", 15),
    ],
)
def test_every_promise_names_its_test(page: str, section: str, least: int) -> None:
    text = (TOP / page).read_text("utf-8").split(f"## {section}\n", maxsplit=1)[1].split("\n## ", maxsplit=1)[0]
    promises = re.findall(r"^- .+$", text, re.MULTILINE)
    assert len(promises) >= least
    for promise in promises:
        assert named_tests(promise), promise
