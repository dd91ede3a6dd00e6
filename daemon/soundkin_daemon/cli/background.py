"""Starting a daemon that outlives its terminal, and ending it; where the platforms differ in this, it is here."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from soundkin.errors import DaemonNotRunningError, DaemonRunningError, SoundkinError
from soundkin_daemon.ownership import Owner, is_owned, read_owner

if TYPE_CHECKING:
    from soundkin_daemon.cli.context import CommandContext

_START_S = 30.0
_STOP_S = 60.0
_POLL_S = 0.05


class DaemonEndedError(SoundkinError):
    """A daemon that was begun has ended; the text is what it printed."""

    code = "ended"
    in_lines = True


def start_in_background(context: CommandContext, folders: Sequence[str]) -> Owner:
    """Begin a daemon process and return once it answers. Raises `SoundkinError` with what it printed if it ends."""
    owner = read_owner(context.places)
    if owner is not None and context.answers():
        raise DaemonRunningError(f"a Soundkin daemon already runs here (pid {owner.pid}, port {owner.port})")
    with tempfile.TemporaryFile() as errors:
        process: subprocess.Popen[Any] = subprocess.Popen(
            _command(context, folders), stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, **_detached()
        )
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            owner = read_owner(context.places)
            if owner is not None and owner.pid == process.pid and context.answers():
                _forget(process)
                return owner
            if process.poll() is not None:
                errors.seek(0)
                last = errors.read().decode("utf-8", "replace").strip().removeprefix("soundkin: ")
                raise DaemonEndedError(last or f"the daemon ended at once with code {process.returncode}")
            time.sleep(_POLL_S)
    _forget(process)
    raise SoundkinError(f"the daemon did not answer within {_START_S:.0f} s; {context.places.log} may say why")


def stop_and_wait(context: CommandContext) -> None:
    """End the running daemon and wait until it has let go of the data directory."""
    if not is_owned(context.places):
        raise DaemonNotRunningError(f"no Soundkin daemon runs on {context.places.data_dir}")
    with context.daemon() as daemon:
        daemon.quit()
    deadline = time.monotonic() + _STOP_S
    while is_owned(context.places):
        if time.monotonic() > deadline:
            owner = read_owner(context.places)
            raise SoundkinError(f"the daemon (pid {owner.pid if owner else '?'}) is still busy after {_STOP_S:.0f} s")
        time.sleep(_POLL_S)


def _command(context: CommandContext, folders: Sequence[str]) -> list[str]:
    words = [
        sys.executable,
        "-m",
        "soundkin_daemon",
        "up",
        "--quiet",
        "--yes",
        "--data-dir",
        str(context.places.data_dir),
    ]
    if context.config_file.exists():
        words += ["--config", str(context.config_file)]
    if "osc.port" in context.origins:
        words += ["--port", str(context.settings.osc.port)]
    if "log.level" in context.origins:
        words += ["--log-level", context.settings.log.level]
    return [*words, "--", *folders]


def _detached() -> dict[str, Any]:
    """Options of Popen with which the child survives the terminal."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _forget(process: subprocess.Popen[Any]) -> None:
    """Let the child live on without a warning when this object is collected."""
    process.returncode = 0
