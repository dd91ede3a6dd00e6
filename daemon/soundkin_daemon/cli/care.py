"""Commands that care for the library and this machine: doctor, backup, restore."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from soundkin.errors import BadArgumentError
from soundkin_daemon.cli.context import EXIT_FAILED, AsJson, CommandContext, command, note, print_json, say


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    command(app, any_settings=True)(doctor)
    command(app)(backup)
    command(app)(restore)


def doctor(
    context: CommandContext,
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out the slow comparison of analysis with librosa.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Check settings, folders, library, index, port, limits and REAPER; what is wrong comes with its remedy."""
    from soundkin_daemon.doctor.examination import run_checks

    checks = run_checks(
        context.places.data_dir, context.settings, context.settings.osc.port, quick=quick, judged=context.judged
    )
    if json:
        print_json([asdict(check) for check in checks])
    else:
        for check in checks:
            say(f"{'ok   ' if check.ok else 'WRONG'}  {check.name}: {check.sentence}")
            if check.remedy and not check.ok:
                say(f"         -> {check.remedy}")
    if not all(check.ok for check in checks):
        raise typer.Exit(EXIT_FAILED)


def backup(context: CommandContext) -> None:
    """Back the library up now, beside the daily backups. Safe while the daemon runs."""
    from soundkin.library import backups
    from soundkin_daemon.engine import library_for_reading

    with library_for_reading(context.places) as library:
        taken = backups.take(library, context.places.backups, time.time())
    say(f"wrote {taken.path}")


def restore(
    context: CommandContext,
    file: Annotated[Path | None, typer.Argument(metavar="[BACKUP]", help="Which one (default: the newest).")] = None,
    show: Annotated[bool, typer.Option("--list", help="Only list the backups.")] = False,
    json: AsJson = False,
) -> None:
    """Put a backup in the library's place; the library of before is kept beside it under a dated name."""
    from soundkin.library import backups, survival
    from soundkin_daemon.ownership import Ownership

    found = backups.listed(context.places.backups)
    if show:
        if json:
            print_json([{"path": str(each.path), "taken": backups.words_of(each.taken_s)} for each in found])
        elif found:
            for each in found:
                say(f"{backups.words_of(each.taken_s)}  {each.path}")
        else:
            note(f"no backups in {context.places.backups}")
        return
    chosen = file or next((each.path for each in found), None)
    if chosen is None or not chosen.is_file():
        raise BadArgumentError(f"no backup at {chosen or context.places.backups}")
    with ExitStack() as parts:
        ownership = Ownership(context.places)
        ownership.take()
        parts.callback(ownership.release)
        aside = survival.restore(chosen, context.places.library, time.time())
    say(f"restored {chosen}" + (f"; the library of before is {aside}" if aside else ""))
