"""The `soundkin reaper` commands alone, as the scripts call them."""

from __future__ import annotations

import typer

from soundkin_daemon.cli_reaper import app

if __name__ == "__main__":
    root = typer.Typer()
    root.add_typer(app, name="reaper")
    root()
