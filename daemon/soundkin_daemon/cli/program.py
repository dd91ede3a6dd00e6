"""The command line: puts the commands together. Heavy modules load inside the commands that need them."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from typer.core import TyperGroup

from soundkin.names.printable import printable, printable_lines
from soundkin_daemon.cli import ask, care, folders, osc, read, reaper, run, state, work
from soundkin_daemon.cli.context import CommandApp
from soundkin_daemon.log_lines import OneLine

_COMPLETION = "_SOUNDKIN_COMPLETE"
"""Set by the shell while it completes what is typed: then all commands matter."""


class PlainGroup(TyperGroup):
    """Commands whose usage errors quote words, which a shell may have made of file names, as they may be shown."""

    def make_context(self, *args: Any, **extra: Any) -> Any:
        """See click."""
        with _printable_errors():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: Any) -> Any:
        """See click."""
        with _printable_errors():
            return super().invoke(ctx)


@contextmanager
def _printable_errors() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if isinstance(message := getattr(error, "message", None), str):
            error.message = printable(message)  # type: ignore[attr-defined]
        raise


def main() -> None:
    """Run the command line of this process."""
    sys.excepthook = _print_traceback
    if logging.lastResort is not None:  # prints warnings where no log is open
        logging.lastResort.setFormatter(OneLine())
    name = next((each for each in sys.argv[1:] if not each.startswith("-")), None)
    application(None if _COMPLETION in os.environ else name)(prog_name="soundkin")


def application(wanted: str | None = None) -> CommandApp:
    """The command line, with the one command or group that a call names: building all of them takes longest.

    All of them where `wanted` is None or no name of any.
    """
    app = CommandApp(
        name="soundkin",
        cls=PlainGroup,
        help="Keep every folder of audio samples searchable by sound, and answer “find similar” over OSC.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        callback=_nothing,  # without it, typer takes an application of one command for that command
    )
    app.wanted = wanted
    for module in (run, folders, read, state, ask, work, care):
        module.register(app)
    for group, name in ((reaper.app, "reaper"), (osc.app, "osc")):
        if app.wants(name):
            app.add_typer(group, name=name)
    return app if app.registered_commands or app.registered_groups else application()


def _print_traceback(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What Python does with an error that nothing catches, but names in it are escaped."""
    import traceback

    sys.stderr.write(printable_lines("".join(traceback.format_exception(kind, error, trace))))


def _nothing() -> None:
    pass
