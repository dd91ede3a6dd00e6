"""Starting a daemon that outlives its terminal, and ending it; where the platforms differ in this, it is here."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from soundkin.errors import DaemonNotRunningError, DaemonRunningError, SoundkinError
from soundkin_daemon.ownership import Owner, is_owned, read_owner

if TYPE_CHECKING:
    from soundkin_daemon.session import Session

_START_S = 30.0
_STOP_S = 60.0
_POLL_S = 0.05


def start_in_background(session: Session, folders: Sequence[str]) -> Owner:
    """Begin a daemon process and return once it answers. Raises `SoundkinError` with its last words if it ends."""
    owner = read_owner(session.places)
    if session.client() is not None and owner is not None:
        raise DaemonRunningError(f"a Soundkin daemon already runs here (pid {owner.pid}, port {owner.port})")
    session.places.data_dir.mkdir(parents=True, exist_ok=True)
    words = session.places.data_dir / "start.err"
    with words.open("wb") as errors:
        process: subprocess.Popen[Any] = subprocess.Popen(
            _command(session, folders), stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, **_detached()
        )
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            owner = read_owner(session.places)
            if owner is not None and owner.pid == process.pid and session.client() is not None:
                _forget(process)
                return owner
            if process.poll() is not None:
                last = words.read_text("utf-8", "replace").strip().removeprefix("soundkin: ")
                raise SoundkinError(last or f"the daemon ended at once with code {process.returncode}")
            time.sleep(_POLL_S)
    _forget(process)
    raise SoundkinError(f"the daemon did not answer within {_START_S:.0f} s; {session.places.log} may say why")


def stop_and_wait(session: Session) -> None:
    """End the running daemon and wait until it has let go of the data directory."""
    if not is_owned(session.places):
        raise DaemonNotRunningError(f"no Soundkin daemon runs on {session.places.data_dir}")
    client = session.require_client()
    client.quit()
    deadline = time.monotonic() + _STOP_S
    while is_owned(session.places):
        if time.monotonic() > deadline:
            owner = read_owner(session.places)
            raise SoundkinError(f"the daemon (pid {owner.pid if owner else '?'}) is still busy after {_STOP_S:.0f} s")
        time.sleep(_POLL_S)


def _command(session: Session, folders: Sequence[str]) -> list[str]:
    words = [sys.executable, "-m", "soundkin_daemon", "up", "--quiet", "--data-dir", str(session.places.data_dir)]
    if session.config_file.exists():
        words += ["--config", str(session.config_file)]
    if "osc.port" in session.origins:
        words += ["--port", str(session.settings.osc.port)]
    if "log.level" in session.origins:
        words += ["--log-level", session.settings.log.level]
    return [*words, "--", *folders]


def _detached() -> dict[str, Any]:
    """Options of Popen with which the child survives the terminal."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _forget(process: subprocess.Popen[Any]) -> None:
    """Let the child live on without a warning when this object is collected."""
    process.returncode = 0
