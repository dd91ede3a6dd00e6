"""Commands that read: similar, list, status, problems, export, config, version."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from soundkin.errors import BadArgumentError
from soundkin.model import Query, Status
from soundkin_daemon.session import AsJson, Session, command, note, print_json, say
from soundkin_daemon.shapes import (
    answer_shape,
    answer_table,
    marked,
    problem_shape,
    sample_shape,
    status_shape,
    status_text,
    table,
)

if TYPE_CHECKING:
    pass

_WATCH_S = 1.0


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    command(app)(similar)
    command(app, "list")(list_samples)
    command(app)(status)
    command(app)(problems)
    command(app)(export)
    command(app)(config)
    command(app)(version)


def similar(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Any audio file, in the library or not.")],
    k: Annotated[int, typer.Option("-k", "--count", help="How many neighbours.")] = 16,
    offset: Annotated[int, typer.Option(help="Skip so many of the nearest.")] = 0,
    filter: Annotated[str, typer.Option(help="Only these, such as 'dur<1.5 kind:oneshot -name:loop'.")] = "",  # noqa: A002
    weight: Annotated[list[str] | None, typer.Option(help="Weight of an aspect, such as timbre=2; repeat.")] = None,
    start: Annotated[float | None, typer.Option("--from", help="Start of the part that is meant, seconds.")] = None,
    end: Annotated[float | None, typer.Option("--to", help="End of the part that is meant, seconds.")] = None,
    like: Annotated[list[str] | None, typer.Option(help="A further example, FILE or FILE:WEIGHT; repeat.")] = None,
    unlike: Annotated[list[str] | None, typer.Option(help="An example to keep away from; repeat.")] = None,
    within: Annotated[float | None, typer.Option(help="Largest distance that counts.")] = None,
    per_folder: Annotated[int | None, typer.Option(help="At most so many from one folder.")] = None,
    fold: Annotated[bool, typer.Option("--fold", help="Show near-identical samples as one row.")] = False,
    novelty: Annotated[float, typer.Option(help="0..1: prefer what was not returned lately.")] = 0.0,
    play: Annotated[bool, typer.Option("--play", help="Play the nearest hit through this machine.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show why: the distance in each aspect.")] = False,
    json: AsJson = False,
) -> None:
    """Find the nearest-sounding samples to an audio file."""
    from soundkin.examples import absolute
    from soundkin.model import Like
    from soundkin_daemon.question import parse_example, parse_weights

    path = absolute(str(file))
    query = Query(
        like=(Like(path=path, start_s=start, end_s=end), *map(parse_example, like or ())),
        unlike=tuple(map(parse_example, unlike or ())),
        k=k,
        offset=offset,
        filter=filter,
        weights=parse_weights(weight or ()),
        within=within,
        per_folder=per_folder,
        fold_duplicates=fold,
        novelty=novelty,
        explain=explain,
    )
    client = session.client()
    if client is not None:
        answer = client.find(query)
    else:
        from soundkin_daemon.engine import open_service

        note("(no daemon runs here: reading the library directly)")
        with open_service(session.places, session.settings) as service:
            answer = service.find(query)
    if json:
        print_json(answer_shape(path, answer, explain=explain))
        return
    if not answer.neighbours:
        note("nothing found: the library is empty, or the filter leaves nothing" if filter else "the library is empty")
        return
    if explain:
        from soundkin.search import bars

        say(f"{answer_table(answer, bars(answer.neighbours))}\n\n{answer.total:,} candidates; {answer.plan}")
    else:
        say(answer_table(answer))
    if play:
        from soundkin_daemon.play import play as play_file

        play_file(answer.neighbours[0].sample.path)


def list_samples(
    session: Session,
    text: Annotated[str, typer.Argument(metavar="[TEXT]", help="Words that the path must hold.")] = "",
    filter: Annotated[str, typer.Option(help="Only these, such as 'is:missing' or 'dur<1.5 kind:loop'.")] = "",  # noqa: A002
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    json: AsJson = False,
) -> None:
    """List samples with their ids and paths."""
    client = session.client()
    if client is not None:
        samples = client.search(text, limit, filter)
    else:
        from soundkin.service import search_in
        from soundkin_daemon.engine import open_shelf

        with open_shelf(session.places) as library:
            samples = search_in(library, text, limit, filter)
    if json:
        print_json([sample_shape(sample) for sample in samples])
    elif samples:
        rows = [(str(sample.id), f"{sample.facts.duration_s:.2f} s", marked(sample)) for sample in samples]
        say(table(("id", "length", "path"), rows, right=(0, 1)))
    else:
        note("no sample matches" if text or filter else "the library is empty")


def status(
    session: Session,
    watch: Annotated[bool, typer.Option("--watch", help="Refresh in place until Ctrl-C.")] = False,
    json: AsJson = False,
) -> None:
    """Show what the daemon is doing: folders, counts, queue, rate, failures, index, memory."""
    if watch and json:
        raise BadArgumentError("--watch and --json do not go together")
    current = _status(session)
    if json:
        print_json(status_shape(current))
    elif watch:
        _watch(session, current)
    else:
        say(status_text(current))


def _watch(session: Session, current: Status) -> None:
    from rich.live import Live
    from rich.text import Text

    with Live(Text(status_text(current)), auto_refresh=False) as live:
        try:
            while True:
                time.sleep(_WATCH_S)
                live.update(Text(status_text(_status(session))), refresh=True)
        except KeyboardInterrupt:
            return


def _status(session: Session) -> Status:
    client = session.client()
    if client is not None:
        return client.status()
    from soundkin_daemon.engine import offline_status, open_shelf

    note("(no daemon runs here: reading the library directly)")
    with open_shelf(session.places) as library:
        return offline_status(library)


def problems(session: Session, json: AsJson = False) -> None:
    """List files that could not be analysed, and why."""
    client = session.client()
    if client is not None:
        rows = client.problems()
    else:
        from soundkin_daemon.engine import open_shelf

        with open_shelf(session.places) as library:
            rows = library.problems()
    if json:
        print_json([problem_shape(row) for row in rows])
    elif rows:
        say(table(("code", "reason", "path"), [(row.code, row.message, row.path) for row in rows]))
    else:
        note("no problems: every file found could be analysed")


def export(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="FILE.npz", help="Where to write.")],
) -> None:
    """Write ids, paths and vectors of the whole library as a numpy archive."""
    from soundkin_daemon.engine import export_vectors, open_shelf

    with open_shelf(session.places) as library:
        count = export_vectors(library, file)
    say(f"{count:,} vectors written to {file}")


def config(
    session: Session,
    init: Annotated[bool, typer.Option("--init", help="Write the annotated settings file.")] = False,
    json: AsJson = False,
) -> None:
    """Show the settings in force and where each comes from."""
    from soundkin_daemon.settings_file import annotated_settings, settings_rows

    if init:
        if session.config_file.exists():
            raise BadArgumentError(f"{session.config_file} exists already; nothing was written")
        session.config_file.parent.mkdir(parents=True, exist_ok=True)
        session.config_file.write_text(annotated_settings(), "utf-8")
        say(f"wrote {session.config_file}")
        return
    rows = settings_rows(session.settings, session.origins)
    if json:
        settings = [{"setting": name, "value": value, "from": origin} for name, value, origin in rows]
        print_json({"data_dir": str(session.places.data_dir), "file": str(session.config_file), "settings": settings})
    else:
        say(f"data in {session.places.data_dir}\nsettings file {session.config_file}\n")
        say(table(("setting", "value", "from"), [(name, str(value), origin) for name, value, origin in rows]))


def version(session: Session, json: AsJson = False) -> None:  # noqa: ARG001 - every command has a session
    """Show the versions of Soundkin and what it builds on, for bug reports."""
    from soundkin_daemon.versions import versions

    found = versions()
    if json:
        print_json(found)
    else:
        say("\n".join(f"{name:<12} {number}" for name, number in found.items()))
