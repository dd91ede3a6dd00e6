"""The options that every command has, and how words of the command line become paths."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, get_args

import typer

from soundkin.config import DEFAULT_PORT, setting_named

_LEVEL = setting_named("log.level")

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir", envvar="SOUNDKIN_DATA_DIR", help="Where library, index and log live.", rich_help_panel="Common"
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", envvar="SOUNDKIN_CONFIG", help="Settings file to read.", rich_help_panel="Common"),
]
Port = Annotated[
    int | None,
    typer.Option("--port", help=f"OSC port of the daemon (default: {DEFAULT_PORT}).", rich_help_panel="Common"),
]
LogLevel = Annotated[
    str | None,
    typer.Option(
        "--log-level",
        help=_LEVEL.meaning,
        rich_help_panel="Common",
        autocompletion=lambda: list(_LEVEL.choices),
    ),
]


def with_common_options(function: Callable[..., Any]) -> inspect.Signature:
    """The signature of a command with its own options, its context left out, and the common ones."""
    own = inspect.signature(function, eval_str=True)
    common = {"data_dir": DataDir, "config": ConfigFile, "port": Port, "log_level": LogLevel}
    parameters = [parameter for name, parameter in own.parameters.items() if name != "context"]
    parameters += [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in common.items()
    ]
    for parameter in parameters:
        _refuse_empty_paths(parameter.annotation)
    return own.replace(parameters=parameters)


def _refuse_empty_paths(annotation: Any) -> None:
    """An empty word, such as an unset variable in a script, is no path: it would stand for the current folder."""
    kind, *more = get_args(annotation)
    if kind is Path or Path in (*get_args(kind), *(part for each in get_args(kind) for part in get_args(each))):
        for info in more:
            info.parser = path


def path(text: str) -> Path:
    """A word of the command line as a path. Raises typer's error where it is empty."""
    if not text:
        raise typer.BadParameter("expected a path, got an empty word")
    return Path(text)
