"""Commands that begin and end the daemon: up, start, stop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from soundkin_daemon.session import Session, command, say

Folders = Annotated[list[Path] | None, typer.Argument(metavar="[FOLDER]...", help="Folders to follow from now on.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""

    @command(app)
    def up(
        session: Session,
        folders: Folders = None,
        quiet: Annotated[bool, typer.Option("--quiet", help="Show nothing but errors.")] = False,
    ) -> None:
        """Run the daemon in the foreground, adding FOLDERS to those it follows. Ctrl-C ends it."""
        from soundkin_daemon.foreground import run_in_foreground

        run_in_foreground(session, [str(folder) for folder in folders or ()], quiet=quiet)

    @command(app)
    def start(session: Session, folders: Folders = None) -> None:
        """Run the daemon in the background."""
        from soundkin_daemon.background import start_in_background

        owner = start_in_background(session, [str(folder.expanduser().absolute()) for folder in folders or ()])
        say(f"Soundkin runs in the background (pid {owner.pid}); OSC listens on {owner.host}:{owner.port}")

    @command(app)
    def stop(session: Session) -> None:
        """End the daemon, waiting until it has saved."""
        from soundkin_daemon.background import stop_and_wait

        stop_and_wait(session)
        say("stopped")
