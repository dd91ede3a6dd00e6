"""Commands that do a piece of work and end: scan, demo."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from soundkin_daemon.session import AsJson, Session, command, print_json, say
from soundkin_daemon.shapes import summary_shape, summary_text


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""

    @command(app)
    def scan(
        session: Session,
        folders: Annotated[
            list[Path] | None,
            typer.Argument(metavar="[FOLDER]...", help="Only these (default: every followed folder)."),
        ] = None,
        json: AsJson = False,
    ) -> None:
        """Bring the library up to date once, with progress, and exit. A new FOLDER is followed from now on."""
        from soundkin_daemon.scan_once import scan_here, scan_there

        paths = [str(folder) for folder in folders or ()]
        client = session.client()
        summary = scan_here(session, paths) if client is None else scan_there(client, paths)
        if json:
            print_json(summary_shape(summary))
        else:
            say(summary_text(summary))

    @command(app)
    def demo(session: Session, json: AsJson = False) -> None:
        """Build a small synthetic library in a temporary folder, run the daemon, ask it over UDP, clean up."""
        from soundkin_daemon.demo import run_demo

        run_demo(session, as_json=json)
