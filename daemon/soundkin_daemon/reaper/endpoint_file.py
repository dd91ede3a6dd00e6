"""The endpoint file: where REAPER's scripts read how the daemon is reached. Lines key=value, never code.

The daemon writes one into its data directory; `soundkin reaper install` writes another beside the scripts,
which points to the daemon's (`see=`) and says how to start it. Touches nothing but these files.
"""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass, fields
from pathlib import Path

from soundkin.errors import SoundkinError
from soundkin_osc.protocol.limits import PROTOCOL

FILE_NAME = "endpoint"
MAILBOX_NAME = "mailbox"
_MAX_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class EndpointFile:
    """How to reach a daemon, or how to start one. Empty and 0 mean unknown."""

    host: str = "127.0.0.1"
    port: int = 0
    mailbox: str = ""
    """Absolute path of the private directory for request and answer files."""
    command: tuple[str, ...] = ()
    """Words that run the `soundkin` command on this machine, absolute program first."""
    bridge: tuple[str, ...] = ()
    """Words that carry one question file to the daemon: soundkin_daemon.reaper.bridge."""
    aspects: tuple[str, ...] = ()
    """Names of the aspects that a question can weigh, in their order: the panel makes a slider of each."""
    data_dir: str = ""
    pid: int = 0
    version: str = ""
    protocol: int = PROTOCOL
    see: str = ""
    """Another endpoint file whose values win over this one's while it exists."""


def endpoint_path(data_dir: Path) -> Path:
    """Where the daemon of this data directory publishes its endpoint."""
    return data_dir / FILE_NAME


def mailbox_path(data_dir: Path) -> Path:
    """Where the daemon of this data directory looks for request files."""
    return data_dir / MAILBOX_NAME


class EndpointError(SoundkinError, ValueError):
    """A value that the endpoint file cannot hold."""

    code = "endpoint"


def own_command() -> tuple[str, ...]:
    """Words that run this installation, independent of the PATH."""
    return (sys.executable, "-m", "soundkin_daemon")


def own_bridge() -> tuple[str, ...]:
    """Words that run this installation's `reaper_bridge`, without the time that the whole command line takes."""
    return (sys.executable, "-m", "soundkin_daemon.reaper.bridge")


def publish_endpoint(data_dir: Path, *, host: str, port: int, version: str, aspects: tuple[str, ...] = ()) -> Path:
    """Write the running daemon's endpoint; the file that was written."""
    path = endpoint_path(data_dir)
    write_endpoint(
        path,
        EndpointFile(
            host=host,
            port=port,
            mailbox=str(mailbox_path(data_dir).absolute()),
            command=own_command(),
            bridge=own_bridge(),
            aspects=aspects,
            data_dir=str(data_dir.absolute()),
            pid=os.getpid(),
            version=version,
        ),
    )
    return path


def withdraw_endpoint(data_dir: Path) -> None:
    """Remove the endpoint of a daemon that ends, unless another process has published since."""
    path = endpoint_path(data_dir)
    found = read_endpoint(path)
    if found is not None and found.pid == os.getpid():
        with contextlib.suppress(OSError):
            path.unlink()


def write_endpoint(path: Path, endpoint: EndpointFile) -> None:
    """Replace the file in one step, so that no reader sees half of it. Raises `EndpointError`, OSError."""
    lines = ["# Written by Soundkin for REAPER's scripts; rewritten at every start."]
    for field in fields(EndpointFile):
        value = getattr(endpoint, field.name)
        pairs = (
            [(f"{field.name}{n}", word) for n, word in enumerate(value)]
            if isinstance(value, tuple)
            else [(field.name, str(value))]
        )
        for key, text in pairs:
            if any(ord(char) < 32 for char in text):
                raise EndpointError(
                    f"{key} {text!r} holds a control character, which REAPER's scripts cannot read: use another folder"
                )
            lines.append(f"{key}={text}")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    draft.write_bytes(("\n".join(lines) + "\n").encode("utf-8", "surrogateescape"))
    draft.replace(path)


def read_endpoint(path: Path) -> EndpointFile | None:
    """The endpoint in the file; None where there is none or it is not readable as one."""
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_BYTES).decode("utf-8", "surrogateescape")
    except OSError:
        return None
    pairs = dict(line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    try:
        return EndpointFile(
            host=pairs.get("host", "127.0.0.1"),
            port=int(pairs.get("port", "0")),
            mailbox=pairs.get("mailbox", ""),
            command=_words(pairs, "command"),
            bridge=_words(pairs, "bridge"),
            aspects=_words(pairs, "aspects"),
            data_dir=pairs.get("data_dir", ""),
            pid=int(pairs.get("pid", "0")),
            version=pairs.get("version", ""),
            protocol=int(pairs.get("protocol", "0")),
            see=pairs.get("see", ""),
        )
    except ValueError:
        return None


def _words(pairs: dict[str, str], name: str) -> tuple[str, ...]:
    found: list[str] = []
    while (word := pairs.get(f"{name}{len(found)}")) is not None:
        found.append(word)
    return tuple(found)


def follow(path: Path) -> EndpointFile | None:
    """What a script sees: the file's endpoint, or the one it points to where that exists."""
    found = read_endpoint(path)
    if found is None or not found.see:
        return found
    return read_endpoint(Path(found.see)) or found
