"""Every member of every Protocol is called by somebody who knows no more than the Protocol.

Read from the syntax tree: a call counts where the name before the dot is annotated with the Protocol, or with one
derived from it: in the same module, or anywhere where it is an attribute (`request.endpoint`); or where a `with`
gave it the result of a function that is annotated so. A member that only
implementations and tests know of fails here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

UNSEEN = ("__enter__", "__exit__")
"""Called by `with`, mostly on what a call returns, which has no name to look at."""
SOURCES = [Path(__file__).parents[2] / root for root in ("daemon", "bridge")]


@dataclass(frozen=True, slots=True)
class Interface:
    """A Protocol class as it is written."""

    name: str
    parents: frozenset[str]
    members: frozenset[str]


@dataclass(slots=True)
class Module:
    """What one module says about names, and which members it asks names for."""

    typed: dict[str, set[str]] = field(default_factory=dict)
    """Name to the words of its annotations, leading underscores left out: `self._x = x` hands them on."""
    attributes: dict[str, set[str]] = field(default_factory=dict)
    """The same of attributes alone, which other modules may ask."""
    aliases: dict[str, str] = field(default_factory=dict)
    """Name to the attribute that it was given the value of."""
    asked: set[tuple[str, str, bool]] = field(default_factory=set)
    """Name before the dot, member after it, whether the name is an attribute."""
    made: dict[str, set[str]] = field(default_factory=dict)
    """Function to the words of what it returns."""
    opened: dict[str, set[str]] = field(default_factory=dict)
    """Name after `with ... as` to the functions that made it."""


def interfaces_in(tree: ast.Module) -> Iterator[Interface]:
    for each in ast.walk(tree):
        if isinstance(each, ast.ClassDef) and "Protocol" in (parents := {_last_word(base) for base in each.bases}):
            yield Interface(each.name, frozenset(parents - {"Protocol"}), frozenset(_members(each)))


def _members(body: ast.ClassDef) -> Iterator[str]:
    for each in body.body:
        if isinstance(each, ast.FunctionDef) and each.name not in UNSEEN:
            yield each.name
        elif isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            yield each.target.id


def _last_word(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def read(tree: ast.Module) -> Module:
    module = Module()
    for node in ast.walk(tree):
        match node:
            case ast.arg(arg=name, annotation=ast.expr() as said):
                _note(module.typed, name, said)
            case ast.AnnAssign(target=target, annotation=said):
                _note(module.typed, _last_word(target), said)
                _note(module.attributes, _last_word(target), said)
            case ast.FunctionDef(name=name, returns=ast.expr() as said):
                _note(module.made, name, said)
            case ast.withitem(context_expr=ast.Call(func=called), optional_vars=ast.Name(id=name)):
                module.opened.setdefault(name, set()).add(_last_word(called))
            case ast.Assign(targets=targets, value=ast.Attribute(attr=attribute)):
                module.aliases.update(
                    {each.id: attribute.lstrip("_") for each in targets if isinstance(each, ast.Name)}
                )
            case ast.Attribute(value=value, attr=member):
                _ask(module, value, member)
            case ast.Call(func=ast.Name(id="len"), args=[value]):
                _ask(module, value, "__len__")
            case ast.Call(func=called):
                _ask(module, called, "__call__")
    return module


def _note(names: dict[str, set[str]], name: str, said: ast.expr) -> None:
    words = {_last_word(each) for each in ast.walk(said) if isinstance(each, ast.expr)}
    names.setdefault(name.lstrip("_"), set()).update(words)


def _ask(module: Module, of: ast.expr, member: str) -> None:
    module.asked.add((_last_word(of).lstrip("_"), member, isinstance(of, ast.Attribute)))


def uncalled(definitions: Iterable[ast.Module], callers: Iterable[ast.Module]) -> list[str]:
    """Members of the defined Protocols that no caller asks of a name typed by them, as `Protocol.member`."""
    defined = [each for tree in definitions for each in interfaces_in(tree)]
    trees = list(callers)
    known = {each.name: each for each in [*defined, *(each for tree in trees for each in interfaces_in(tree))]}
    modules = [read(tree) for tree in trees]
    called = {(kind, member) for module in modules for kind, member in _calls(module, modules)}
    return sorted(
        f"{each.name}.{member}"
        for each in defined
        for member in each.members
        if not any((kind, member) in called for kind in _with_derived(each.name, known))
    )


def _calls(module: Module, modules: Iterable[Module]) -> Iterator[tuple[str, str]]:
    """Word of an annotation and member, for all that the module asks."""
    alike = {(alias, member, True) for name, member, _ in module.asked if (alias := module.aliases.get(name))}
    for name, member, is_attribute in module.asked | alike:
        typed = [module.typed, *(each.attributes for each in modules)] if is_attribute else [module.typed]
        for names in typed:
            yield from ((word, member) for word in names.get(name, ()))
        for function in module.opened.get(name, ()):
            yield from ((word, member) for each in modules for word in each.made.get(function, ()))


def _with_derived(name: str, known: Mapping[str, Interface]) -> set[str]:
    found = {name}
    while more := {each.name for each in known.values() if each.parents & found} - found:
        found |= more
    return found


def parsed(*paths: Path) -> list[ast.Module]:
    return [ast.parse(each.read_text("utf-8")) for path in paths for each in sorted(path.rglob("*.py"))]


def test_every_member_of_every_protocol_is_called_by_production_code() -> None:
    trees = parsed(*SOURCES)
    assert sum(1 for tree in trees for _ in interfaces_in(tree)) > 10
    assert uncalled(trees, trees) == []


@pytest.mark.parametrize("room", ["analysis", "asking", "index", "library", "search"])
def test_the_contract_tests_call_every_member_of_the_interfaces(room: str) -> None:
    """On every implementation, as each contract test is run on all of them."""
    tests = Path(__file__).parents[1]
    interfaces = ast.parse((SOURCES[0] / f"soundkin/interfaces/{room}.py").read_text("utf-8"))
    composed = ast.parse((tests / "fakes_library.py").read_text("utf-8"))
    assert uncalled([interfaces], [*parsed(tests / "contracts"), composed]) == []


USER = """
class Shop:
    def __init__(self, store: Store) -> None:
        self._store = store
    def sell(self) -> int:
        return self._store.take() + len(self._store)
"""
STORE = """
class Stock(Protocol):
    def take(self) -> int: ...
    def count(self) -> int: ...
class Store(Stock, Protocol):
    def __len__(self) -> int: ...
    def close(self) -> None: ...
"""


@pytest.mark.parametrize(
    ("more", "left"),
    [
        ("", ["Stock.count", "Store.close"]),
        ("def end(store: Store) -> None: store.close()", ["Stock.count"]),
        ("def end(store: Other) -> None: store.close()", ["Stock.count", "Store.close"]),
        ("def look(stock: Stock) -> None: stock.count(); stock.close()", ["Store.close"]),
        (
            "def use(shop) -> None:\n    with shop.opened() as store: store.close()\n"
            "def opened() -> Iterator[Store]: ...",
            ["Stock.count"],
        ),
        ("def use(shop) -> None:\n    with shop.opened() as store: store.close()", ["Stock.count", "Store.close"]),
        ("class Real:\n    def close(self) -> None: self.count()", ["Stock.count", "Store.close"]),
    ],
)
def test_a_member_counts_as_called_only_where_the_name_has_the_protocols_type(more: str, left: list[str]) -> None:
    assert uncalled([ast.parse(STORE)], [ast.parse(text) for text in (STORE, USER, more)]) == left
