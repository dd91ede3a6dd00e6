"""The `soundkin reaper` commands: install, status, uninstall."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from soundkin.names.printable import printable
from soundkin_daemon.cli.context import AsJson, CommandContext, command, print_json, say, say_lines

app = typer.Typer(help="The REAPER scripts: install them, see whether they reach the daemon.", no_args_is_help=True)

Resource = Annotated[
    Path | None,
    typer.Option("--resource", help="REAPER's resource folder (Options > Show REAPER resource path)."),
]
_NEXT = """\
Next, in REAPER:
  1. Actions > Show action list > New action > Load ReaScript
  2. choose {setup}
  3. run it: it adds the other actions to the list and tells what it found."""


@command(app)
def install(context: CommandContext, resource: Resource = None) -> None:
    """Copy the scripts into REAPER's resource folder, or update them there."""
    from soundkin_daemon.reaper import installation

    folder = installation.find_resource(resource)
    done = installation.install(folder, context.places.data_dir)
    say(f"{len(done.present)} files in {done.scripts}")
    say_lines(_NEXT.format(setup=printable(str(done.setup_action))))


@command(app)
def status(context: CommandContext, resource: Resource = None, json: AsJson = False) -> None:  # noqa: ARG001
    """Say what is installed in REAPER and whether the scripts would reach the daemon."""
    from soundkin_daemon.reaper import installation
    from soundkin_daemon.reaper.endpoint_file import follow

    place = installation.inspect(installation.find_resource(resource))
    endpoint = follow(place.endpoint)
    shape = {
        "resource": str(place.resource),
        "installed": len(place.present),
        "missing": list(place.missing),
        "changed": list(place.changed),
        "actions": len(installation.registered_actions(place.resource)),
        "port": endpoint.port if endpoint else 0,
        "mailbox": endpoint.mailbox if endpoint else "",
        "udp": endpoint is not None and endpoint.port > 0 and _udp_answers(endpoint.host, endpoint.port),
        "mailbox_answers": endpoint is not None and installation.mailbox_answers(endpoint.mailbox),
    }
    if json:
        print_json(shape)
        return
    for line in _status_lines(shape):
        say(line)


@command(app)
def uninstall(context: CommandContext, resource: Resource = None) -> None:  # noqa: ARG001 - every command has a context
    """Remove the scripts from REAPER's resource folder, and nothing else."""
    from soundkin_daemon.reaper import installation

    folder = installation.find_resource(resource)
    removed = installation.uninstall(folder)
    say(f"{len(removed)} files removed from {folder}" if removed else f"nothing of Soundkin's is in {folder}")


def _udp_answers(host: str, port: int) -> bool:
    from soundkin.errors import DaemonNotRunningError
    from soundkin_osc.client.udp_client import SoundkinClient

    with SoundkinClient(host, port) as client:
        try:
            return client.ping()
        except DaemonNotRunningError:
            return False


def _status_lines(shape: dict[str, object]) -> list[str]:
    missing, changed = shape["missing"], shape["changed"]
    lines = [f"REAPER resource folder   {shape['resource']}"]
    if not shape["installed"]:
        lines.append("scripts                  not installed: `soundkin reaper install`")
    else:
        state = "up to date" if not missing and not changed else "older or changed: `soundkin reaper install` updates"
        lines.append(f"scripts                  {shape['installed']} files, {state}")
    actions = shape["actions"] or "none yet: run “Setup and status” in REAPER"
    daemon = f"port {shape['port']}" if shape["port"] else "not running"
    lines.append(f"actions in REAPER's list {actions}")
    lines.append(f"daemon                   {daemon}")
    lines.append(f"  by UDP                 {_answers(shape['udp'])}")
    lines.append(f"  by file mailbox        {_answers(shape['mailbox_answers'])}")
    return lines


def _answers(yes: object) -> str:
    return "answers" if yes else "does not answer"
