"""Commands that care for the library and this machine: doctor, backup, restore."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from soundkin.errors import BadArgumentError
from soundkin_daemon.session import EXIT_FAILED, AsJson, Session, command, note, print_json, say


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    command(app)(doctor)
    command(app)(backup)
    command(app)(restore)


def doctor(
    session: Session,
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out the slow comparison of analysis with librosa.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Check folders, library, index, port, limits and REAPER; what is wrong comes with its remedy."""
    from soundkin_daemon.doctor import run_checks

    checks = run_checks(session.places.data_dir, session.settings, session.settings.osc.port, quick=quick)
    if json:
        print_json([asdict(check) for check in checks])
    else:
        for check in checks:
            say(f"{'ok   ' if check.ok else 'WRONG'}  {check.name}: {check.sentence}")
            if check.remedy and not check.ok:
                say(f"         -> {check.remedy}")
    if not all(check.ok for check in checks):
        raise typer.Exit(EXIT_FAILED)


def backup(session: Session) -> None:
    """Back the library up now, beside the daily backups. Safe while the daemon runs."""
    from soundkin.library import backups
    from soundkin_daemon.engine import open_shelf

    with open_shelf(session.places) as library:
        taken = backups.take(library, session.places.backups, time.time())
    say(f"wrote {taken.path}")


def restore(
    session: Session,
    file: Annotated[Path | None, typer.Argument(metavar="[BACKUP]", help="Which one (default: the newest).")] = None,
    show: Annotated[bool, typer.Option("--list", help="Only list the backups.")] = False,
    json: AsJson = False,
) -> None:
    """Put a backup in the library's place; the library of before is kept beside it under a dated name."""
    from soundkin.library import backups, survival
    from soundkin_daemon.ownership import Ownership

    found = backups.listed(session.places.backups)
    if show:
        if json:
            print_json([{"path": str(each.path), "taken": backups.words_of(each.taken_s)} for each in found])
        elif found:
            say("\n".join(f"{backups.words_of(each.taken_s)}  {each.path}" for each in found))
        else:
            note(f"no backups in {session.places.backups}")
        return
    chosen = file or next((each.path for each in found), None)
    if chosen is None or not chosen.is_file():
        raise BadArgumentError(f"no backup at {chosen or session.places.backups}")
    with ExitStack() as parts:
        ownership = Ownership(session.places)
        ownership.take()
        parts.callback(ownership.release)
        aside = survival.restore(chosen, session.places.library, time.time())
    say(f"restored {chosen}" + (f"; the library of before is {aside}" if aside else ""))
