"""What production code defines, production code uses: a name that only tests read, or nobody, fails here.

Read from the syntax tree, by name alone: one that has a namesake in use passes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).parents[2]
CALLED_BY_OTHERS = {
    "HintingHandler.dispatch": "watchdog's observer",
    "LogFile.handleError": "logging, where a line could not be written",
    "Stream.seekable": "soundfile and PyAV, as of any open file",
    "Stream.readinto": "soundfile and PyAV, as of any open file",
    "_NotAskingBack.seekable": "soundfile, as of any open file",
    "_Message._fields_": "ctypes",
    "_Head._fields_": "ctypes",
    "_Part._fields_": "ctypes",
    "Code.NOT_READY": "clients, by number; the table is complete",
}
"""Name to who asks for it."""


def defined(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Name as it is shown, and as it is asked for, of everything at the top of a module or a class."""
    for node in tree.body:
        yield from _defined_by(node, "")
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                yield from _defined_by(inner, f"{node.name}.")


def _defined_by(node: ast.stmt, owner: str) -> Iterator[tuple[str, str]]:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
            yield owner + name, name
        case ast.Assign(targets=targets):
            yield from ((owner + each.id, each.id) for each in targets if isinstance(each, ast.Name))


def used(tree: ast.Module) -> Iterator[str]:
    """Names and attributes that are read, and parameters that are given by name."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name, ctx=ast.Load()):
                yield name
            case ast.keyword(arg=str() as name):
                yield name


def unused(trees: Iterable[ast.Module]) -> list[str]:
    trees = list(trees)
    asked = {name for tree in trees for name in used(tree)}
    found = {shown for tree in trees for shown, name in defined(tree) if name not in asked}
    return sorted(each for each in found if not each.rpartition(".")[2].startswith("__"))


def test_every_name_of_the_product_is_used_by_it() -> None:
    trees = [
        ast.parse(path.read_text("utf-8"))
        for root in ("daemon", "bridge")
        for path in sorted((TOP / root).rglob("*.py"))
    ]
    assert unused(trees) == sorted(CALLED_BY_OTHERS)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("def f(): ...\nf()", []),
        ("def f(): ...", ["f"]),
        ("class A:\n    x: int\n    def m(self): ...\nA(x=1)", ["A.m"]),
        ("class A:\n    x = 1\n    def m(self): return self.x\nA().m()", []),
        ("LIMIT = 1\nLIMIT = 2", ["LIMIT"]),
        ("import other\n__all__ = ['g']\ndef g(): ...", ["g"]),
    ],
)
def test_a_name_is_used_where_it_is_read_called_or_given(text: str, left: list[str]) -> None:
    assert unused([ast.parse(text)]) == left
