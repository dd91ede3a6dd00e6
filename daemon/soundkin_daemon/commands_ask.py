"""Commands that ask about many sounds at once: kit and duplicates. They read the library directly."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from soundkin.model import Like, Query
from soundkin_daemon.session import AsJson, Session, command, note, print_json, say
from soundkin_daemon.shapes import marked, neighbour_shape, table


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    command(app)(kit)
    command(app)(duplicates)


def kit(
    session: Session,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="The sounds of the kit, one a slot.")],
    each: Annotated[int, typer.Option(help="Alternates for each slot.")] = 4,
    lock: Annotated[list[int] | None, typer.Option(help="Number of a slot that stays, from 1; repeat.")] = None,
    filter: Annotated[str, typer.Option(help="What alternates must satisfy.")] = "",  # noqa: A002
    weight: Annotated[list[str] | None, typer.Option(help="Weight of an aspect, such as timbre=2; repeat.")] = None,
    json: AsJson = False,
) -> None:
    """Find alternates for several sounds at once, no sample twice."""
    from soundkin.examples import absolute
    from soundkin_daemon.engine import open_service
    from soundkin_daemon.question import parse_weights

    paths = [absolute(str(file)) for file in files]
    query = Query(like=tuple(Like(path=path) for path in paths), filter=filter, weights=parse_weights(weight or ()))
    with open_service(session.places, session.settings) as service:
        slots = service.kit(query, each, [number - 1 for number in lock or ()])
    if json:
        shapes: list[dict[str, Any]] = [
            {
                "source": path,
                "locked": slot.locked,
                "alternates": [neighbour_shape(rank, hit) for rank, hit in enumerate(slot.alternates, 1)],
            }
            for path, slot in zip(paths, slots, strict=True)
        ]
        print_json(shapes)
        return
    for path, slot in zip(paths, slots, strict=True):
        say(f"{path}{'  (locked)' if slot.locked else ''}")
        rows = [(f"{hit.similarity:.3f}", f"{hit.distance:.3f}", marked(hit.sample)) for hit in slot.alternates]
        if rows:
            say(table(("  similarity", "distance", "path"), rows, right=(0, 1)))


def duplicates(
    session: Session,
    within: Annotated[float | None, typer.Option(help="Distance up to which two sounds are one (0.25).")] = None,
    filter: Annotated[str, typer.Option(help="Only among these.")] = "",  # noqa: A002
    json: AsJson = False,
) -> None:
    """Report groups of near-identical samples and the space they take. Nothing is changed."""
    from soundkin_daemon.engine import open_service

    with open_service(session.places, session.settings) as service:
        groups = service.duplicates(within, filter)
    if json:
        print_json(
            [
                {
                    "spare_bytes": group.spare_bytes,
                    "samples": [
                        {"id": sample.id, "path": sample.path, "bytes": size, "state": sample.state}
                        for sample, size in zip(group.samples, group.sizes, strict=True)
                    ],
                }
                for group in groups
            ]
        )
        return
    for group in groups:
        say(f"{len(group.samples)} alike, {group.spare_bytes / 1e6:.2f} MB to spare")
        for sample, size in zip(group.samples, group.sizes, strict=True):
            say(f"  {size / 1e6:9.2f} MB  {marked(sample)}")
    note(f"{len(groups):,} groups, {sum(group.spare_bytes for group in groups) / 1e6:.1f} MB to spare")
