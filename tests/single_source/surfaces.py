"""Tells, as JSON, which aspects each surface of the Soundkin on the path offers. Run in a process of its own.

usage: python surfaces.py SCRATCH LAYOUTS, with the source roots and the tests on PYTHONPATH
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

from fakes_service import library
from osc_peer import Peer, serving
from osc_streams import get
from soundkin.config import OscSettings, Settings
from soundkin_daemon.app import Daemon
from soundkin_daemon.cli.demo import free_port
from soundkin_daemon.places import Places
from soundkin_daemon.reaper import installation
from soundkin_daemon.reaper.endpoint_file import endpoint_path, read_endpoint
from soundkin_osc.protocol.reference import reference

_WEIGHT = re.compile(r"/soundkin/weight/(\w+)")


def over_the_wire() -> dict[str, Any]:
    """What a running server pushes, does, describes and serves."""
    found: dict[str, Any] = {}
    with serving(service := library(100)) as daemon, Peer(daemon.port) as peer:
        peer.send("/soundkin/subscribe")
        pushed = _WEIGHT.findall(" ".join(message.address for message in peer.settled()))
        found["feedback"] = pushed
        found["OSCQuery"] = list(get(daemon.port, "/soundkin/weight")[1]["CONTENTS"])
        page = get(daemon.port, "/", "Accept: text/html\r\n")[1]
        told = re.search(r'"aspects": (\[.*?\])', page)
        found["page"] = json.loads(told[1]) if told else []
        peer.send("/soundkin/sel/id", 50)
        for name in pushed:
            peer.send(f"/soundkin/weight/{name}", 0.0)
        peer.ask("/soundkin/find/sel", 1)
        found["cursor"] = list(service.last.weights) if service.last else []
    return found


def layouts(script: Path, scratch: Path) -> dict[str, Any]:
    """The faders that the layouts' script draws."""
    subprocess.run([sys.executable, str(script), str(scratch)], check=True)
    surface = (scratch / "soundkin.open-stage-control.json").read_text("utf-8")
    xml = zlib.decompress((scratch / "soundkin.tosc").read_bytes()).decode()
    return {"Open Stage Control": _WEIGHT.findall(surface), "TouchOSC": _WEIGHT.findall(xml)}


def command_line(*words: str, **environ: str) -> str:
    """What a command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "soundkin_daemon", *words],
        env={**os.environ, "COLUMNS": "200", **environ},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return done.stdout


def help_and_completion() -> dict[str, Any]:
    """The aspects in `--help`, and those that a shell completes."""
    found: dict[str, Any] = {}
    for command in ("similar", "kit"):
        words = " ".join(command_line(command, "--help").replace("│", " ").split())
        said = re.search(r"Aspects: ([\w, ]+)\.", words)
        found[f"help of {command}"] = said[1].split(", ") if said else []
    offered = command_line(_SOUNDKIN_COMPLETE="complete_bash", COMP_WORDS="soundkin similar --weight ", COMP_CWORD="3")
    found["completion"] = [word.rstrip("=") for word in offered.split()]
    return found


def reaper(scratch: Path) -> dict[str, Any]:
    """What the scripts read: the installed endpoint, and that of a running daemon."""
    resource, data = scratch / "REAPER", scratch / "data"
    resource.mkdir()
    data.mkdir()
    installation.install(resource, data)
    installed = read_endpoint(resource / "Data" / "soundkin" / "endpoint")
    with Daemon(Places(data), Settings(osc=OscSettings(port=free_port())), lambda: None):
        running = read_endpoint(endpoint_path(data))
    return {
        "REAPER, installed": list(installed.aspects) if installed else [],
        "REAPER, running": list(running.aspects) if running else [],
    }


if __name__ == "__main__":
    room = Path(sys.argv[1])
    surfaces = over_the_wire() | layouts(Path(sys.argv[2]), room) | help_and_completion() | reaper(room)
    surfaces["docs/osc.md"] = list(dict.fromkeys(_WEIGHT.findall(reference())))
    print(json.dumps(surfaces))
