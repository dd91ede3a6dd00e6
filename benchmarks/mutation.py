"""Puts small faults, one at a time, into the modules that hold promises and limits, and says which no test notices.

    uv run --group mutation python benchmarks/mutation.py                 # all modules of pyproject's table
    uv run --group mutation python benchmarks/mutation.py rate_limit jobs # those whose path holds one of the words

Poodle makes the faults; this file chooses them, runs a module's tests in a forked process with pytest already
imported, and leaves out the survivors that docs/testing.md lists as equivalent. Needs Linux or macOS.
"""

from __future__ import annotations

import argparse
import ast
import gc
import importlib
import importlib.abc
import importlib.util
import multiprocessing
import os
import re
import sys
import tomllib
import warnings
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from poodle.data_types import FileMutation, Mutant, MutantTrialResult, PoodleConfig, TestingResults

HOUSE = Path(__file__).resolve().parents[1]
PRELOADED = (
    "numpy", "apsw", "voyager", "watchdog.observers", "psutil", "asyncio", "pythonosc.osc_message",
    "pythonosc.osc_message_builder", "pytest", "pytest_timeout", "hypothesis", "hypothesis.strategies",
    "_hypothesis_pytestplugin", "xdist.plugin", "h11", "websockets.server", "websocket", "http.client", "filelock",
)  # fmt: skip
"""What takes long to import and is never mutated."""
NOT_IMPORTED = 99
LOGGERS = ("log", "logger", "_log")
SWAPPED = {ast.And: "or", ast.Or: "and"}


def main() -> int:
    """Run the chosen modules, one after the other. Exit code 1 when an unexplained mutant survives."""
    from poodle.cli import main as poodle

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", help="parts of the modules' paths; none: all modules")
    words = parser.parse_args().words
    os.chdir(HOUSE)
    chosen = [path for path in _tests_of_modules() if not words or any(word in path for word in words)]
    if not chosen:
        parser.error(f"no module of [tool.poodle.runner_opts.tests] holds {' or '.join(words)}")
    print(f"{'module':50} mutants  killed  equivalent  survived", flush=True)
    survived = False
    for path in chosen:
        try:
            poodle(["-q", "--only", path])
        except SystemExit as end:
            survived |= end.code != 0
    return int(survived)


# what is changed


def mutations(config: PoodleConfig, parsed_ast: ast.Module, file_lines: list[str]) -> list[FileMutation]:
    """Poodle's mutations and the swap of and/or, without those that change no behaviour or do not compile."""
    from poodle.mutate import builtin_mutators

    found: list[FileMutation] = []
    for mutator in builtin_mutators.values():
        fresh = ast.parse("\n".join(file_lines))
        found += mutator(config=config, echo=print).create_mutations(parsed_ast=fresh, file_lines=file_lines)
    found += _swapped(parsed_ast)
    left_out = list(_without_behaviour(parsed_ast))
    found = [m for m in found if m.mutator_name != "Decorator" or not _is_cache(file_lines[m.lineno - 1])]
    return [m for m in found if not any(_inside(m, node) for node in left_out) and _compiles(m, file_lines)]


def _swapped(tree: ast.Module) -> Iterator[FileMutation]:
    from poodle.data_types import FileMutation

    for node in ast.walk(tree):
        if isinstance(node, ast.BoolOp):
            word = SWAPPED[type(node.op)]
            text = "(" + f" {word} ".join(f"({ast.unparse(value)})" for value in node.values) + ")"
            yield FileMutation("BoolOp", *_span(node), text)


def _without_behaviour(tree: ast.Module) -> Iterator[ast.expr | ast.stmt]:
    """What a test of behaviour says nothing about: interfaces, flags of dataclasses, caches, prose, log, aliases."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from node.decorator_list
            if "Protocol" in map(ast.unparse, node.bases):
                yield from node.body
        elif isinstance(node, ast.FunctionDef):
            yield from (each for each in node.decorator_list if _is_cache(ast.unparse(each)))
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield from node.exc.args
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node  # sentences for people, and SQL, which no test survives
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "cast":
            yield node.args[0]
        elif isinstance(node, ast.Call | ast.AnnAssign) and (_is_log(node) or _is_alias(node)):
            yield node


def _is_log(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).partition(".")[0] in LOGGERS


def _is_cache(decorator: str) -> bool:
    return "cache" in decorator


def _is_alias(node: ast.AST) -> bool:
    return isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "TypeAlias"


def _span(node: ast.expr | ast.stmt) -> tuple[int, int, int, int]:
    return node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or node.col_offset


def _inside(mutation: FileMutation, node: ast.expr | ast.stmt) -> bool:
    line, column, end_line, end_column = _span(node)
    starts = (line, column) <= (mutation.lineno, mutation.col_offset)
    return starts and (mutation.end_lineno, mutation.end_col_offset) <= (end_line, end_column)


def _compiles(mutation: FileMutation, file_lines: list[str]) -> bool:
    from poodle.util import mutate_lines

    lines = mutate_lines(mutation, [line + "\n" for line in file_lines])
    try:
        with warnings.catch_warnings(action="ignore"):  # "is" with a literal: a fault like any other
            compile("".join(lines), "mutant", "exec")
    except (SyntaxError, ValueError):
        return False
    return True


# what is run


def run(
    config: PoodleConfig, run_folder: Path, mutant: Mutant, timeout: float | None, **_: object
) -> MutantTrialResult:
    """Poodle's runner: the module's tests in a process of their own, the mutated file in the module's place."""
    from poodle.data_types import MutantTrialResult as Result

    tests = [f"tests/{test}" for path in config.only_files for test in config.runner_opts["tests"][path].split()]
    module, file = None, None
    if mutant.source_file is None:
        if not any((mutant.source_folder / path).exists() for path in config.only_files):
            return Result(found=False, reason_code=Result.RC_NOT_FOUND)
    else:
        module = ".".join(mutant.source_file.relative_to(mutant.source_folder).with_suffix("").parts)
        file = run_folder / mutant.source_file
    code = _code_of(tests, module, file, timeout)
    if code is None:
        return Result(found=True, reason_code=Result.RC_TIMEOUT)
    if code == NOT_IMPORTED:
        return Result(found=False, reason_code=Result.RC_OTHER, reason_desc=f"none of {tests} imports {module}")
    return Result(found=code != 0, reason_code=Result.RC_FOUND if code else Result.RC_NOT_FOUND)


def _code_of(tests: list[str], module: str | None, file: Path | None, timeout: float | None) -> int | None:
    """The tests' exit code; None when they took longer than the time-out in seconds."""
    for name in PRELOADED:
        importlib.import_module(name)
    gc.freeze()  # pytest collects garbage at its end; what was there before it is none
    arguments = (tests, module, file and str(file.resolve()))
    process = multiprocessing.get_context("fork").Process(target=_run_tests, args=arguments)
    process.start()
    process.join(timeout)
    if process.is_alive():
        process.kill()
        process.join()
        return None
    return process.exitcode


def _run_tests(tests: list[str], module: str | None, file: str | None) -> None:
    import hypothesis
    import pytest

    looking = (hypothesis.Phase.explicit, hypothesis.Phase.generate)  # without making what it finds smaller
    hypothesis.settings.register_profile("mutation", derandomize=True, phases=looking)
    hypothesis.settings.load_profile("mutation")
    sys.dont_write_bytecode = False
    if module and file:
        sys.meta_path.insert(0, _InPlace(module, file))
    sink = os.open(os.devnull if module else ".poodle-clean.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    flags = [
        "-x",
        "-q",
        "--assert=plain",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "--timeout=30",
        "-m",
        "not alone and not peer and not samples",
    ]
    code = int(pytest.main([*flags, *tests]))
    if code == 0 and module and getattr(sys.modules.get(module), "__file__", None) != file:
        code = NOT_IMPORTED
    os._exit(code)


class _InPlace(importlib.abc.MetaPathFinder):
    """Finds one module in another file than its own."""

    def __init__(self, module: str, file: str) -> None:
        self._module, self._file = module, file

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> ModuleSpec | None:
        return importlib.util.spec_from_file_location(fullname, self._file) if fullname == self._module else None


# what is said


def report(config: PoodleConfig, testing_results: TestingResults, **_: object) -> None:
    """Poodle's reporter: one line of figures for a module, then each survivor that is not known as equivalent."""
    equivalent = _equivalent(Path("docs/testing.md").read_text("utf-8"))
    alive = [trial for trial in testing_results.mutant_trials if not trial.result.found]
    told = {id(trial): _change(trial.mutant) for trial in alive}
    path = config.only_files[0]
    unknown = [trial for trial in alive if (path, told[id(trial)]) not in equivalent]
    total = len(testing_results.mutant_trials)
    figures = f"{total:7} {total - len(alive):7} {len(alive) - len(unknown):11} {len(unknown):9}"
    print(f"{path:50} {figures}", flush=True)
    for trial in sorted(unknown, key=lambda trial: trial.mutant.lineno):
        print(
            f"  {trial.mutant.lineno:4} {trial.mutant.mutator_name:9} {told[id(trial)]}", trial.result.reason_desc or ""
        )


def _change(mutant: Mutant) -> str:
    """The first line that the mutation changes, without its indent, and where it is gone altogether what it was."""
    from poodle.util import mutate_lines

    assert mutant.source_file is not None
    lines = mutant.source_file.read_text("utf-8").splitlines(keepends=True)
    changed: str = mutate_lines(mutant, lines)[mutant.lineno - 1]
    is_gone = changed.strip() in ("None", "raise None", "return None")
    return f"{lines[mutant.lineno - 1].strip()} -> {changed.strip()}" if is_gone else changed.strip()


def _equivalent(page: str) -> set[tuple[str, str]]:
    """Module and changed line of every row of the page's table; a bar in a line is written with a backslash."""
    rows = re.findall(r"^\| (\S+\.py) \| `(.+?)` \|", page, re.MULTILINE)
    return {(path, line.replace("\\|", "|")) for path, line in rows}


def _tests_of_modules() -> dict[str, str]:
    settings: dict[str, Any] = tomllib.loads((HOUSE / "pyproject.toml").read_text("utf-8"))
    tests: dict[str, str] = settings["tool"]["poodle"]["runner_opts"]["tests"]
    return tests


if __name__ == "__main__":
    sys.exit(main())
