"""Commands about which folders are followed, and about pausing the work on them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from soundkin.names.spelling import sent
from soundkin.questions.limits import DAY_S, absolute
from soundkin_daemon.cli.context import AsJson, CommandContext, command, note, print_json, say, say_lines
from soundkin_daemon.cli.following import Yes, confirm, follow
from soundkin_daemon.cli.shapes import root_shapes, table

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder of samples.")]
Folders = Annotated[list[Path], typer.Argument(metavar="FOLDER...", help="Folders of samples.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for function in (add, remove, folders, forget, pause, resume):
        command(app)(function)


def add(context: CommandContext, folders: Folders, yes: Yes = False) -> None:
    """Follow folders. Works with and without a running daemon."""
    paths = [absolute(str(folder)) for folder in folders]
    confirm(paths, yes=yes)
    with context.door(begins=True) as door:
        follow(context, door, paths)


def remove(context: CommandContext, folder: Folder) -> None:
    """Stop following a folder: its samples leave the library, its files are left alone.

    What was analysed is kept as long as that of missing files, so that following it again analyses nothing again.
    """
    with context.door() as door:
        count = door.remove_root(absolute(str(folder)))
    days = context.settings.scan.missing_keep_days
    kept = f"; following it again within {days:g} days analyses nothing again" if count and days else ""
    say(f"no longer following {folder}; {count:,} samples left the library{kept}")


def folders(context: CommandContext, json: AsJson = False) -> None:
    """List the followed folders."""
    with context.door() as door:
        roots = door.roots()
    if json:
        print_json(root_shapes(roots))
    elif roots:
        rows = [("yes" if root.online else "NO", f"{root.samples:,}", sent(root.path)) for root in roots]
        say_lines(table(("online", "samples", "folder"), rows, right=(1,)))
    else:
        note("no folder is followed yet; `soundkin add FOLDER` does it")


def forget(
    context: CommandContext,
    older_than: Annotated[float, typer.Option(min=0, metavar="DAYS", help="Only what is missing for longer.")] = 0.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list all missing files.")] = False,
    json: AsJson = False,
) -> None:
    """Remove what is kept about missing files. What is on a disk that is away is kept: `remove` its folder instead."""
    with context.door() as door:
        missing = door.missing()
        gone = 0 if dry_run else door.forget(older_than * DAY_S)
    if json:
        print_json({"forgotten": gone, "missing": missing if dry_run else len(missing) - gone})
        return
    if dry_run:
        for path in missing:
            say(path)
    note(f"{len(missing):,} missing files" if dry_run else f"forgot {gone:,} of {len(missing):,} missing files")


def pause(context: CommandContext) -> None:
    """Stop analysing until `soundkin resume`; questions are answered all the same."""
    with context.daemon() as daemon:
        daemon.pause()
    say("paused")


def resume(context: CommandContext) -> None:
    """Go on analysing."""
    with context.daemon() as daemon:
        daemon.resume()
    say("resumed")
