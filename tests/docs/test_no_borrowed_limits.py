"""No test borrows the number it checks: constants of the product are not imported, but for a few that are no limits."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]+")
ALLOWED = {
    "TABLE": "the address table, read to try every row of it",
    "CATEGORIES": "the table of categories, read to go through its names",
    "PARAMS": "the features in use, handed to libraries and indexes that a test makes",
    "COLD": "a value of its class, as None is: no sample is warm",
    "PRESENT": "a set of states, handed over as a question's",
    "ABSENT": "a set of states, handed over as a question's",
    "KNOWN": "a set of states, handed over as a question's",
}
"""Name to why it may be imported: each is something to work with, none a number that is promised."""

READERS = {
    "docs/quoted.py": "the constants that documents quote: it holds the documents against the code",
    "docs/test_numbers.py": "the same for the help of commands and addresses",
}
"""File to why it may import any constant."""


def borrowed(source: str) -> Iterator[tuple[int, str]]:
    """Line and name of each constant of the product that a test file imports, or reads from one of its modules."""
    modules: set[str] = set()
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("soundkin"):
            modules |= {alias.asname or alias.name for alias in node.names if alias.name.islower()}
            yield from ((node.lineno, alias.name) for alias in node.names if CONSTANT.fullmatch(alias.name))
        elif isinstance(node, ast.Import):
            modules |= {alias.asname or alias.name for alias in node.names if alias.name.startswith("soundkin")}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and CONSTANT.fullmatch(node.attr) and ast.unparse(node.value) in modules:
            yield node.lineno, node.attr


FILES = [file for file in sorted(TESTS.rglob("*.py")) if file.relative_to(TESTS).as_posix() not in READERS]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(TESTS)))
def test_no_test_imports_the_constant_it_checks(file: Path) -> None:
    found = [(line, name) for line, name in borrowed(file.read_text("utf-8")) if name not in ALLOWED]
    assert not found, f"{file.name}: write the promised number in the test instead of importing {found}"


def test_every_exception_is_made_use_of() -> None:
    used = {name for file in FILES for _, name in borrowed(file.read_text("utf-8"))}
    assert set(ALLOWED) <= used
    assert all((TESTS / name).exists() for name in READERS)


@pytest.mark.parametrize(
    "source",
    [
        "from soundkin_osc.carriers.rate_limit import AMPLIFICATION",
        "from soundkin.watch.debounce import _PATIENCE_S as patience",
        "def test() -> None:\n    from soundkin.ingest.batch import BATCH_FILES",
        "from soundkin.library import backups\nbackups.KEEP",
        "import soundkin.library.backups\nsoundkin.library.backups.KEEP",
        "import soundkin.library.backups as kept\nkept.KEEP",
    ],
)
def test_each_way_to_borrow_is_seen(source: str) -> None:
    assert list(borrowed(source))


@pytest.mark.parametrize(
    "source",
    [
        "from soundkin.model import Kind\nKind.LOOP",
        "from osc_peer import PORT",
        "from soundkin.search import planner\nplanner.choose",
    ],
)
def test_what_is_no_borrowed_number_is_left_alone(source: str) -> None:
    assert not list(borrowed(source))
