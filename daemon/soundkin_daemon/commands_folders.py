"""Commands about which folders are followed, and about pausing the work on them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from soundkin_daemon.session import AsJson, Session, command, note, print_json, say
from soundkin_daemon.shapes import root_shape, table

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder of samples.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for function in (add, remove, folders, forget, pause, resume):
        command(app)(function)


def add(session: Session, folder: Folder) -> None:
    """Follow a folder. Works with and without a running daemon."""
    client = session.client()
    if client is not None:
        root = client.add_root(str(folder.expanduser().absolute()))
        say(f"following {root.path}; the daemon analyses it now")
        return
    from soundkin.service import existing_folder
    from soundkin_daemon.engine import open_shelf

    with open_shelf(session.places) as library:
        root = library.add_root(existing_folder(str(folder)))
    say(f"following {root.path}; `soundkin up` or `soundkin scan` analyses it")


def remove(session: Session, folder: Folder) -> None:
    """Stop following a folder and forget its samples. The files themselves are left alone."""
    client = session.client()
    if client is not None:
        count = client.remove_root(str(folder.expanduser().absolute()))
    else:
        from soundkin.service import followed_folder
        from soundkin_daemon.engine import open_shelf

        with open_shelf(session.places) as library:
            count = library.remove_root(followed_folder(str(folder), library.roots()))
    say(f"no longer following {folder}; {count:,} samples left the library")


def folders(session: Session, json: AsJson = False) -> None:
    """List the followed folders."""
    client = session.client()
    if client is not None:
        roots = tuple(client.folders())
    else:
        from soundkin_daemon.engine import open_shelf

        with open_shelf(session.places) as library:
            roots = library.roots()
    if json:
        print_json([root_shape(root) for root in roots])
    elif roots:
        rows = [("yes" if root.online else "NO", f"{root.samples:,}", root.path) for root in roots]
        say(table(("online", "samples", "folder"), rows, right=(1,)))
    else:
        note("no folder is followed yet; `soundkin add FOLDER` does it")


def forget(
    session: Session,
    older_than: Annotated[float, typer.Option(min=0, metavar="DAYS", help="Only what is missing for longer.")] = 0.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list all missing files.")] = False,
    json: AsJson = False,
) -> None:
    """Remove what is kept about missing files. What is on a disk that is away is kept: `remove` its folder instead."""
    import time

    from soundkin_daemon.engine import open_shelf

    with open_shelf(session.places) as library:
        missing = sorted(library.missing())
        gone = 0 if dry_run else library.forget_missing(time.time() - older_than * 86_400)
    if json:
        print_json({"forgotten": gone, "missing": missing if dry_run else len(missing) - gone})
        return
    if dry_run:
        for path in missing:
            say(path)
    note(f"{len(missing):,} missing files" if dry_run else f"forgot {gone:,} of {len(missing):,} missing files")


def pause(session: Session) -> None:
    """Stop analysing until `soundkin resume`; questions are answered all the same."""
    session.require_client().pause()
    say("paused")


def resume(session: Session) -> None:
    """Go on analysing."""
    session.require_client().resume()
    say("resumed")
