"""Commands that read: similar, list, problems, export, config, version."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from soundkin.errors import BadArgumentError
from soundkin.model import Query
from soundkin.model.answers import DEFAULT_K
from soundkin.questions.limits import MOST_HITS
from soundkin_daemon.cli.context import (
    AsJson,
    CommandContext,
    command,
    note,
    print_json,
    say,
    say_lines,
)
from soundkin_daemon.cli.nothing import (
    hits_behind,
    limit_beyond,
    samples_behind,
    why_empty,
    why_no_hits,
    why_not_listed,
)
from soundkin_daemon.cli.options import Weights
from soundkin_daemon.cli.shapes import (
    answer_shape,
    answer_table,
    bars,
    category_text,
    contradiction_rows,
    contradiction_shape,
    marked,
    problem_rows,
    problem_shape,
    sample_shape,
    table,
)


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    command(app)(similar)
    command(app, "list")(list_samples)
    command(app)(problems)
    command(app)(export)
    command(app, any_settings=True)(config)  # --init makes the file that is not there yet
    command(app)(version)


def similar(
    context: CommandContext,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Any audio file, in the library or not.")],
    k: Annotated[int, typer.Option("-k", "--count", help=f"How many neighbours, at most {MOST_HITS:,}.")] = DEFAULT_K,
    offset: Annotated[int, typer.Option(help="Number of nearest hits to skip (0).")] = 0,
    filter: Annotated[str, typer.Option(help="Only these, such as 'dur<1.5 kind:oneshot -name:loop'.")] = "",  # noqa: A002
    weight: Weights = None,
    start: Annotated[float | None, typer.Option("--from", help="Start of the part that is meant, seconds.")] = None,
    end: Annotated[float | None, typer.Option("--to", help="End of the part that is meant, seconds.")] = None,
    like: Annotated[list[str] | None, typer.Option(help="A further example, FILE or FILE:WEIGHT; repeat.")] = None,
    unlike: Annotated[list[str] | None, typer.Option(help="An example to keep away from; repeat.")] = None,
    within: Annotated[float | None, typer.Option(help="Largest distance that counts.")] = None,
    per_folder: Annotated[
        int | None, typer.Option(help="Most hits from one folder; without it there is no limit.")
    ] = None,
    fold: Annotated[bool, typer.Option("--fold", help="Show near-identical samples as one row.")] = False,
    novelty: Annotated[float, typer.Option(help="0..1: prefer what was not returned lately.")] = 0.0,
    play: Annotated[bool, typer.Option("--play", help="Play the nearest hit through this machine.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show why: the distance in each aspect.")] = False,
    json: AsJson = False,
) -> None:
    """Find the nearest-sounding samples to an audio file."""
    from soundkin.model import Like
    from soundkin.questions.limits import absolute
    from soundkin_daemon.cli.question import parse_example, parse_weights

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
    with context.door() as door:
        answer = door.find(query)
        nothing = "" if json or answer.neighbours else why_no_hits(door, query, answer.total)
    if answer.unfinished:
        note(answer.unfinished)
    if json:
        print_json(answer_shape(path, answer, explain=explain, offset=offset))
        return
    if nothing:
        note(nothing)
        return
    if explain:
        say_lines(answer_table(answer, bars(answer.neighbours), offset=offset))
        say()
        say(f"{answer.total:,} candidates; {answer.plan}")
    else:
        say_lines(answer_table(answer, offset=offset))
    if behind := hits_behind(query, answer):
        note(behind)
    if play:
        from soundkin_daemon.cli.player import play as play_file

        play_file(answer.neighbours[0].sample.path)


def list_samples(
    context: CommandContext,
    text: Annotated[str, typer.Argument(metavar="[TEXT]", help="Words that the path must hold.")] = "",
    filter: Annotated[str, typer.Option(help="Only these, such as 'is:missing' or 'dur<1.5 kind:loop'.")] = "",  # noqa: A002
    limit: Annotated[int, typer.Option(min=1, help="Most samples to list (100).")] = 100,
    json: AsJson = False,
) -> None:
    """List samples with their ids and paths."""
    with context.door() as door:
        found = door.search(text, limit if json else limit_beyond(text, filter, limit), filter)
        samples, nothing, behind = found[:limit], "", ""
        if not json:
            nothing = "" if samples else why_not_listed(door, text, filter)
            behind = samples_behind(door, text, filter, len(samples), len(found))
    if json:
        print_json([sample_shape(sample) for sample in samples])
    elif samples:
        rows = [
            (str(sample.id), f"{sample.facts.duration_s:.2f} s", category_text(sample), marked(sample))
            for sample in samples
        ]
        say_lines(table(("id", "length", "category", "path"), rows, right=(0, 1)))
    if nothing or behind:
        note(nothing or behind)


def problems(
    context: CommandContext,
    contradictions: Annotated[
        bool, typer.Option("--contradictions", help="List samples that do not sound like what their name says.")
    ] = False,
    json: AsJson = False,
) -> None:
    """List files that could not be analysed, or not to their end, and why."""
    if contradictions:
        _contradictions(context, json)
        return
    with context.door() as door:
        rows = door.problems()
        nothing = "" if json or rows else why_empty(door)
    if json:
        print_json([problem_shape(row) for row in rows])
    elif rows:
        say_lines(table(("kind", "code", "reason", "path"), problem_rows(rows, time.time())))
    else:
        note(nothing or "no problems: every file found could be analysed")


def _contradictions(context: CommandContext, json: bool) -> None:
    with context.door() as door:
        found = door.contradictions()
    if json:
        print_json([contradiction_shape(each) for each in found])
    elif found:
        say_lines(table(("name says", "sounds like", "likely", "path"), contradiction_rows(found), right=(2,)))
    else:
        note("no sample sounds clearly different from what its name says")


def export(
    context: CommandContext,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write: .npz, .csv or .json.")],
) -> None:
    """Write ids, paths, categories and vectors of the whole library, in the format that the name ends in."""
    from soundkin_daemon.engine import library_for_reading
    from soundkin_daemon.export import export as export_to
    from soundkin_daemon.export import writer_of

    writer_of(file)  # a name that is no use is refused before anything is read
    with library_for_reading(context.places) as library:
        count = export_to(library, file)
    say(f"{count:,} vectors written to {file}")


def config(
    context: CommandContext,
    init: Annotated[bool, typer.Option("--init", help="Write the annotated settings file.")] = False,
    json: AsJson = False,
) -> None:
    """Show the settings in force, as a settings file, and where each comes from."""
    from soundkin_daemon.cli.settings_file import annotated_settings, settings_in_force, settings_rows
    from soundkin_daemon.drafts import draft_of

    if init:
        if context.config_file.exists():
            raise BadArgumentError(f"{context.config_file} exists already; nothing was written")
        context.config_file.parent.mkdir(parents=True, exist_ok=True)
        with draft_of(context.config_file) as stream:
            stream.write(annotated_settings().encode())
        say(f"wrote {context.config_file}")
        return
    context.require_settings()
    rows = settings_rows(context.settings, context.origins)
    if json:
        settings = [{"setting": name, "value": value, "from": origin} for name, value, origin in rows]
        print_json({"data_dir": str(context.places.data_dir), "file": str(context.config_file), "settings": settings})
    else:
        say(f"# data in {context.places.data_dir}")
        say(f"# settings file {context.config_file}")
        say_lines(settings_in_force(rows))


def version(context: CommandContext, json: AsJson = False) -> None:  # noqa: ARG001 - every command has a context
    """Show the versions of Soundkin and what it builds on, for bug reports."""
    from soundkin_daemon.versions import versions

    found = versions()
    if json:
        print_json(found)
    else:
        say_lines("\n".join(f"{name:<12} {number}" for name, number in found.items()))
