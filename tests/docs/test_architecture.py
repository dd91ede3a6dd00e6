"""The diagram in docs/architecture.md against the imports of the code."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import grimp
import pytest

TOP = Path(__file__).parents[2]
DOCUMENT = TOP / "docs/architecture.md"
UNDRAWN = "soundkin.vocabulary"
"""The box that everyone may import and that imports nobody."""

Arrow = tuple[str, str]


class Diagram:
    """A Mermaid flowchart: subgraphs are packages, boxes the modules in their labels, `a --> b & c` arrows.

    Names inside are `package.box`.
    """

    def __init__(self, text: str) -> None:
        self.modules: dict[str, str] = {}
        """Box by dotted module name."""
        self.arrows: set[Arrow] = set()
        package = ""
        lines = [line.strip() for line in text.splitlines()]
        for line in lines:
            if opened := re.fullmatch(r"subgraph (\w+).*", line):
                package = opened[1]
            elif line == "end":
                package = ""
            elif package:
                box, _, label = line.partition("[")
                for module in (label.strip('"]') or box).split(", "):
                    self.modules[f"{package}.{module}"] = f"{package}.{box}"
        full = {box.split(".")[1]: box for box in self.modules.values()}
        assert len(full) == len(set(self.modules.values())), "two boxes with one name"
        for line in lines:
            source, arrow, targets = line.partition(" --> ")
            if arrow:
                self.arrows |= {(full[source], full[target]) for target in targets.split(" & ")}


def drawn() -> Diagram:
    block = re.search(r"```mermaid\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    assert block
    return Diagram(block[1])


def roots() -> list[str]:
    settings = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))
    packages: list[str] = settings["tool"]["importlinter"]["root_packages"]
    return packages


@pytest.fixture(scope="module")
def imports() -> set[Arrow]:
    """Every import between modules of ours, for types only too, as dotted names."""
    graph = grimp.build_graph(*roots(), cache_dir=None)
    return {(module, other) for module in graph.modules for other in graph.find_modules_directly_imported_by(module)}


def between_boxes(imports: Iterable[Arrow], modules: Mapping[str, str]) -> set[Arrow]:
    """The imports as arrows between boxes; a package's own `__init__` belongs to no box."""

    def box_of(module: str) -> str:
        parts = module.split(".")
        return modules.get(".".join(parts[:2]), "") if len(parts) > 1 else ""

    arrows = {(box_of(module), box_of(other)) for module, other in imports}
    return {(source, target) for source, target in arrows if source and target and source != target}


def listed(arrows: Iterable[Arrow]) -> str:
    return ", ".join(f"{a.split('.')[1]} --> {b.split('.')[1]}" for a, b in sorted(arrows))


def test_every_module_and_folder_has_one_box() -> None:
    there = {
        f"{root}.{entry.stem}"
        for root in roots()
        for entry in next(TOP.glob(f"*/{root}")).iterdir()
        if entry.stem != "__init__" and (entry.suffix == ".py" or (entry / "__init__.py").exists())
    }
    assert set(drawn().modules) == there


def test_the_arrows_are_the_imports(imports: set[Arrow]) -> None:
    diagram = drawn()
    real = {(a, b) for a, b in between_boxes(imports, diagram.modules) if b != UNDRAWN}
    undrawn, gone = listed(real - diagram.arrows), listed(diagram.arrows - real)
    assert not undrawn, f"add to {DOCUMENT.name}: {undrawn}"
    assert not gone, f"take out of {DOCUMENT.name}: {gone}"


def test_what_everyone_may_import_imports_nobody(imports: set[Arrow]) -> None:
    outward = {arrow for arrow in between_boxes(imports, drawn().modules) if arrow[0] == UNDRAWN}
    assert not outward, listed(outward)


def test_the_drawing_has_no_circle() -> None:
    left = set(drawn().arrows)
    while left:
        ends = {target for _, target in left} - {source for source, _ in left}
        assert ends, f"a circle among {listed(left)}"
        left = {(source, target) for source, target in left if target not in ends}


SMALL = """subgraph p [P: a package]
  a
  b["b, b_too"]
  c
end
a --> b & c"""
"""`a` imports `b` and `c`."""


@pytest.mark.parametrize(
    ("imported", "agrees"),
    [
        ({("p.a.x", "p.b"), ("p.a", "p.c.y"), ("p.b", "p.b_too")}, True),
        ({("p.a.x", "p.b_too"), ("p.a", "p.c.y"), ("p.a", "p"), ("p", "p.c")}, True),
        ({("p.a.x", "p.b")}, False),
        ({("p.a", "p.b"), ("p.a", "p.c"), ("p.b_too", "p.c")}, False),
        ({("p.a", "p.b"), ("p.c", "p.a")}, False),
    ],
    ids=["the same", "by other modules", "one lost", "one added", "one turned"],
)
def test_a_drawing_agrees_only_with_its_own_arrows(imported: set[Arrow], agrees: bool) -> None:
    diagram = Diagram(SMALL)
    assert (between_boxes(imported, diagram.modules) == diagram.arrows) is agrees
