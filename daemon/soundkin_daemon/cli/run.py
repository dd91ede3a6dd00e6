"""Commands that begin and end the daemon: up, start, stop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from soundkin.questions.limits import absolute
from soundkin_daemon.cli.context import CommandContext, command, say
from soundkin_daemon.cli.following import Yes, confirm, handed_over, tell_silence

Folders = Annotated[list[Path] | None, typer.Argument(metavar="[FOLDER]...", help="Folders to follow from now on.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""

    @command(app)
    def up(
        context: CommandContext,
        folders: Folders = None,
        quiet: Annotated[bool, typer.Option("--quiet", help="Show nothing but errors.")] = False,
        yes: Yes = False,
    ) -> None:
        """Run the daemon in the foreground, adding FOLDERS to those it follows. Ctrl-C ends it.

        One that runs already takes the FOLDERS over.
        """
        from soundkin_daemon.cli.foreground import run_in_foreground

        paths = _confirmed(folders, yes)
        if not handed_over(context, paths):
            run_in_foreground(context, paths, quiet=quiet)

    @command(app)
    def start(context: CommandContext, folders: Folders = None, yes: Yes = False) -> None:
        """Run the daemon in the background. One that runs already takes the FOLDERS over."""
        from soundkin_daemon.cli.background import start_in_background

        paths = _confirmed(folders, yes)
        if handed_over(context, paths):
            return
        owner = start_in_background(context, paths)
        for path in paths:
            tell_silence(path, context.settings.scan.ignore)
        say(f"Soundkin runs in the background (pid {owner.pid}); OSC listens on {owner.host}:{owner.port}")

    @command(app)
    def stop(context: CommandContext) -> None:
        """End the daemon, waiting until it has saved."""
        from soundkin_daemon.cli.background import stop_and_wait

        stop_and_wait(context)
        say("stopped")


def _confirmed(folders: list[Path] | None, yes: bool) -> list[str]:
    paths = [absolute(str(folder)) for folder in folders or ()]
    confirm(paths, yes=yes)
    return paths
