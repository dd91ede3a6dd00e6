"""Commands that do a piece of work and end: scan, demo."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from soundkin.questions.limits import absolute
from soundkin_daemon.cli.context import AsJson, CommandContext, command, print_json, say_lines
from soundkin_daemon.cli.following import Yes, confirm
from soundkin_daemon.cli.shapes import summary_shape, summary_text


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""

    @command(app)
    def scan(
        context: CommandContext,
        folders: Annotated[
            list[Path] | None,
            typer.Argument(metavar="[FOLDER]...", help="Only these (default: every followed folder)."),
        ] = None,
        retry: Annotated[
            bool, typer.Option("--retry", help="Also try again now what could not be read (`soundkin problems`).")
        ] = False,
        yes: Yes = False,
        json: AsJson = False,
    ) -> None:
        """Bring the library up to date once, with progress, and exit. A new FOLDER is followed from now on."""
        from soundkin_daemon.cli.scan_once import scan_here, scan_there

        paths = [absolute(str(folder)) for folder in folders or ()]
        may_follow = partial(confirm, yes=yes)
        summary = context.choose(
            lambda daemon: scan_there(daemon, paths, may_follow, retry=retry),
            lambda: scan_here(context, paths, may_follow, retry=retry),
        )
        if json:
            print_json(summary_shape(summary))
        else:
            say_lines(summary_text(summary))

    @command(app)
    def demo(context: CommandContext, json: AsJson = False) -> None:
        """Build a small synthetic library in a temporary folder, run the daemon, ask it over UDP, clean up."""
        from soundkin_daemon.cli.demo import run_demo

        run_demo(context, as_json=json)
