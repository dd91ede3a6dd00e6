"""Following folders: asks first where a folder holds far more than samples, and says of one that it holds no sound."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from soundkin.errors import BadArgumentError
from soundkin.names.spelling import sent
from soundkin_daemon.cli.context import say

if TYPE_CHECKING:
    from soundkin.interfaces import Door
    from soundkin_daemon.cli.context import CommandContext
    from soundkin_osc.client.udp_client import SoundkinClient

_GLANCE_S = 0.5

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before following a home folder or a whole disk.")]


def confirm(folders: Sequence[str], *, yes: bool) -> None:
    """Ask before a home folder, or what holds it, is followed. Raises `BadArgumentError` where no one can be asked.

    A refusal ends the command.
    """
    for folder in () if yes else folders:
        why = _holds_much(folder)
        if not why:
            continue
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            raise BadArgumentError(f"{folder} {why}: expected a folder of samples; --yes follows it all the same")
        typer.confirm(f"{sent(folder)} {why}. Follow all of it?", abort=True, err=True)


def _holds_much(folder: str) -> str:
    """Why a folder is hardly meant, "" where it may well be."""
    from soundkin.folders.walk import is_below

    real, home = os.path.realpath(folder), os.path.realpath(os.path.expanduser("~"))
    if os.path.ismount(real) and (os.name == "posix") and os.path.dirname(real) == real:
        return "is the whole machine"
    if real == home:
        return "is your home folder"
    return "holds your home folder" if is_below(home, real) else ""


def follow(context: CommandContext, door: Door, folders: Sequence[str]) -> None:
    """Follow folders, a line for each. Raises `SoundkinError` for the first that cannot be followed."""
    for folder in folders:
        root = door.add_root(folder)
        say(
            f"following {sent(root.path)}; a running daemon analyses it now, else `soundkin up` or `soundkin scan` does"
        )
        tell_silence(root.path, context.settings.scan.ignore)


def tell_silence(folder: str, ignore: Sequence[str]) -> None:
    """Say of a folder without audio what it holds instead; nothing where that cannot be seen in a moment."""
    from soundkin.folders.glance import unheard_alone
    from soundkin.formats import in_words

    unheard = unheard_alone(folder, tuple(ignore), _GLANCE_S)
    if unheard is not None:
        rest = f", {in_words(unheard)}, which cannot be heard" if unheard else ""
        say(f"  0 audio files{rest}")


def handed_over(context: CommandContext, folders: Sequence[str]) -> bool:
    """Have the running daemon follow these folders; False where none runs, or there are none."""

    def there(daemon: SoundkinClient) -> bool:
        with daemon:
            follow(context, daemon, folders)
            status = daemon.status()
            say(f"the Soundkin daemon that runs already (pid {status.pid}, port {status.port}) took them over")
        return True

    return bool(folders) and context.choose(there, lambda: False)
