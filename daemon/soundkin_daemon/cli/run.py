"""Commands that begin and end the daemon: up, start, stop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from soundkin_daemon.cli.context import CommandContext, command, say

Folders = Annotated[list[Path] | None, typer.Argument(metavar="[FOLDER]...", help="Folders to follow from now on.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""

    @command(app)
    def up(
        context: CommandContext,
        folders: Folders = None,
        quiet: Annotated[bool, typer.Option("--quiet", help="Show nothing but errors.")] = False,
    ) -> None:
        """Run the daemon in the foreground, adding FOLDERS to those it follows. Ctrl-C ends it."""
        from soundkin_daemon.cli.foreground import run_in_foreground

        run_in_foreground(context, [str(folder) for folder in folders or ()], quiet=quiet)

    @command(app)
    def start(context: CommandContext, folders: Folders = None) -> None:
        """Run the daemon in the background."""
        from soundkin_daemon.cli.background import start_in_background

        owner = start_in_background(context, [str(folder.expanduser().absolute()) for folder in folders or ()])
        say(f"Soundkin runs in the background (pid {owner.pid}); OSC listens on {owner.host}:{owner.port}")

    @command(app)
    def stop(context: CommandContext) -> None:
        """End the daemon, waiting until it has saved."""
        from soundkin_daemon.cli.background import stop_and_wait

        stop_and_wait(context)
        say("stopped")
