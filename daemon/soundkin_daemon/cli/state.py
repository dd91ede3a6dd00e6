"""The command that shows what the daemon is doing: once, or again and again in place."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Annotated

import typer

from soundkin.errors import BadArgumentError, DaemonNotRunningError
from soundkin.model import Status
from soundkin_daemon.cli.context import EXIT_NOT_RUNNING, AsJson, CommandContext, command, print_json, say_lines
from soundkin_daemon.cli.shapes import status_shape, status_text

_WATCH_S = 1.0


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    command(app)(status)


def status(
    context: CommandContext,
    watch: Annotated[bool, typer.Option("--watch", help="Refresh in place until Ctrl-C.")] = False,
    json: AsJson = False,
) -> None:
    """Show what the daemon is doing: folders, counts, queue, rate, failures, index, memory. Exit code 3 without one."""
    if watch and json:
        raise BadArgumentError("--watch and --json do not go together")
    with context.door() as door:
        current = door.status()
    if watch:
        _watch(context, current)
        return
    if json:
        print_json(status_shape(current))
    else:
        say_lines(status_text(current))
    if not current.pid:
        raise typer.Exit(EXIT_NOT_RUNNING)


def _watch(context: CommandContext, current: Status) -> None:
    from rich.live import Live
    from rich.text import Text

    with Live(Text(status_text(current)), auto_refresh=False) as live:
        try:
            while True:
                time.sleep(_WATCH_S)
                # a daemon may begin or end at any time
                with suppress(DaemonNotRunningError), context.door(quiet=True) as door:
                    live.update(Text(status_text(door.status())), refresh=True)
        except KeyboardInterrupt:
            return
