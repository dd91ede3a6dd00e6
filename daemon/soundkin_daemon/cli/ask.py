"""Commands that ask about many sounds at once: kit and duplicates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from soundkin.model import Like, Query
from soundkin.questions.limits import (
    DEFAULT_ALTERNATES,
    MOST_ALIKE,
    MOST_ALTERNATES,
    NEAR_IDENTICAL,
    absolute,
    check_whole,
)
from soundkin_daemon.cli.context import AsJson, CommandContext, command, note, print_json, say, say_lines
from soundkin_daemon.cli.nothing import why_empty, why_no_hits
from soundkin_daemon.cli.options import Weights
from soundkin_daemon.cli.shapes import group_lines, group_shape, kit_slot_shape, marked, table


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    command(app)(kit)
    command(app)(duplicates)


def kit(
    context: CommandContext,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="The sounds of the kit, one a slot.")],
    each: Annotated[
        int, typer.Option(help=f"Alternates for each slot, at most {MOST_ALTERNATES}.")
    ] = DEFAULT_ALTERNATES,
    lock: Annotated[list[int] | None, typer.Option(help="Number of a slot that stays, from 1; repeat.")] = None,
    filter: Annotated[str, typer.Option(help="What alternates must satisfy.")] = "",  # noqa: A002
    weight: Weights = None,
    json: AsJson = False,
) -> None:
    """Find alternates for several sounds at once, no sample twice."""
    from soundkin_daemon.cli.question import parse_weights

    paths = [absolute(str(file)) for file in files]
    for number in lock or ():
        check_whole("--lock", number, 1, len(paths))
    query = Query(like=tuple(Like(path=path) for path in paths), filter=filter, weights=parse_weights(weight or ()))
    with context.door() as door:
        slots = door.kit(query, each, [number - 1 for number in lock or ()])
        is_empty = not (json or any(slot.locked or slot.alternates for slot in slots))
        nothing = why_no_hits(door, query, 0) if is_empty else ""
    if json:
        numbered = enumerate(zip(paths, slots, strict=True), 1)
        print_json([kit_slot_shape(number, path, slot) for number, (path, slot) in numbered])
        return
    for number, (path, slot) in enumerate(zip(paths, slots, strict=True), 1):
        say(f"{number}  {path}{'  (locked)' if slot.locked else ''}")
        rows = [(f"{hit.similarity:.3f}", f"{hit.distance:.3f}", marked(hit.sample)) for hit in slot.alternates]
        if rows:
            say_lines(table(("  similarity", "distance", "path"), rows, right=(0, 1)))
    if nothing:
        note(nothing)


def duplicates(
    context: CommandContext,
    within: Annotated[
        float, typer.Option(help=f"Distance up to which two sounds are one, at most {MOST_ALIKE:g}.")
    ] = NEAR_IDENTICAL,
    filter: Annotated[str, typer.Option(help="Only among these.")] = "",  # noqa: A002
    json: AsJson = False,
) -> None:
    """Report groups of samples that sound alike, and the room that identical files take. Nothing is changed."""
    with context.door() as door:
        groups = door.duplicates(within, filter)
        nothing = "" if json or groups else why_empty(door)
    if json:
        print_json([group_shape(group) for group in groups])
        return
    for group in groups:
        for line in group_lines(group):
            say(line)
    spare, spare_bytes = sum(group.spare_files for group in groups), sum(group.spare_bytes for group in groups)
    note(nothing or f"{len(groups):,} groups; identical files to spare: {spare:,}, {spare_bytes / 1e6:.2f} MB")
