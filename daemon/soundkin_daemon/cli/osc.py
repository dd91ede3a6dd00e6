"""The `soundkin osc` commands: watch the traffic and ask by hand."""

from __future__ import annotations

import sys
import time
from typing import Annotated

import typer

from soundkin.errors import DaemonNotRunningError
from soundkin_daemon.cli.context import EXIT_FAILED, AsJson, CommandContext, command, print_json, say
from soundkin_daemon.ownership import living_owner

app = typer.Typer(help="OSC by hand: watch what the daemon pushes, send it a message.", no_args_is_help=True)


@command(app)
def send(
    context: CommandContext,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Such as /soundkin/ping, or just ping.")],
    words: Annotated[list[str] | None, typer.Argument(metavar="[ARGUMENT]...", help="In the types it wants.")] = None,
    json: AsJson = False,
) -> None:
    """Send one message and print what answers. Put -- before arguments that begin with a dash."""
    from soundkin_osc.client import console

    failed = False
    heard = []
    for message in console.send(*_address(context), address, words or []):
        failed = failed or message.address == "/soundkin/error"
        heard.append({"address": message.address, "args": list(message.args)})
        if not json:
            say(console.shown(message))
    if json:
        print_json(heard)
    if failed:
        raise typer.Exit(EXIT_FAILED)


@command(app)
def monitor(
    context: CommandContext,
    only: Annotated[list[str] | None, typer.Argument(metavar="[GLOB]...", help="Only addresses like these.")] = None,
) -> None:
    """Print everything the daemon pushes, a line a message, until Ctrl-C."""
    from soundkin_osc.client import console

    try:
        for when, message in console.monitor(*_address(context), only or []):
            clock = time.strftime("%H:%M:%S", time.localtime(when))
            say(f"{clock}.{int(when * 1000) % 1000:03d}  {console.shown(message)}")
            sys.stdout.flush()
    except KeyboardInterrupt:
        return


def _address(context: CommandContext) -> tuple[str, int]:
    """The port that this very command names, else the running daemon's."""
    if context.origins.get("osc.port") == "--port":
        return context.settings.osc.host, context.settings.osc.port
    owner = living_owner(context.places)
    if owner is None:
        raise DaemonNotRunningError(f"no Soundkin daemon runs on {context.places.data_dir}")
    return owner.host, owner.port
