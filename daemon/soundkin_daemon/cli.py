"""The command line: puts the commands together. Heavy modules load inside the commands that need them."""

from __future__ import annotations

import typer

from soundkin_daemon import (
    cli_reaper,
    commands_ask,
    commands_care,
    commands_folders,
    commands_osc,
    commands_read,
    commands_run,
    commands_work,
)

app = typer.Typer(
    name="soundkin",
    help="Keep every folder of audio samples searchable by sound, and answer “find similar” over OSC.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (commands_run, commands_folders, commands_read, commands_ask, commands_work, commands_care):
    module.register(app)
app.add_typer(cli_reaper.app, name="reaper")
app.add_typer(commands_osc.app, name="osc")
