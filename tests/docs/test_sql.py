"""What the documents say about the library's tables can be typed into an SQLite shell."""

from __future__ import annotations

import re
from pathlib import Path

import apsw
import pytest
import sqlite_vec

from soundkin.analysis.params import PARAMS
from soundkin.library import open_library

TOP = Path(__file__).parents[2]
DOCUMENTS = [TOP / "README.md", *sorted(TOP.glob("docs/**/*.md"))]


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> apsw.Connection:
    """A new library, opened as anyone would who has the extension."""
    path = tmp_path_factory.mktemp("library") / "library.db"
    open_library(path, PARAMS).close()
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    db.enable_load_extension(True)
    db.load_extension(sqlite_vec.loadable_path())
    return db


def found(pattern: str) -> list[tuple[str, str]]:
    """(document, text) of every match."""
    return [(path.name, text) for path in DOCUMENTS for text in re.findall(pattern, path.read_text("utf-8"))]


def test_every_statement_in_the_documents_runs_on_a_new_library(shell: apsw.Connection) -> None:
    statements = found(r"`(SELECT [^`]+)`")
    assert statements
    for document, statement in statements:
        try:
            list(shell.execute(statement))
        except apsw.SQLError as error:
            pytest.fail(f"{document}: {statement}: {error}")


def test_every_table_of_vectors_that_the_documents_name_exists(shell: apsw.Connection) -> None:
    tables = {str(name) for (name,) in shell.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    named = found(r"\b(vector_v\d+)\b")
    assert named
    assert [(document, table) for document, table in named if table not in tables] == []
