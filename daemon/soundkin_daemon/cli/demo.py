"""`soundkin demo`: a synthetic library, a real daemon process, real UDP, one question, no traces."""

from __future__ import annotations

import socket
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from soundkin.errors import SoundkinError
from soundkin.model import Like, Query
from soundkin.names.printable import printable
from soundkin_daemon.cli.background import start_in_background, stop_and_wait
from soundkin_daemon.cli.context import print_json, say, say_lines
from soundkin_daemon.cli.demo_sounds import write_library
from soundkin_daemon.cli.shapes import answer_shape, answer_table, summary_text
from soundkin_daemon.places import Places

if TYPE_CHECKING:
    from soundkin_daemon.cli.context import CommandContext

_SCAN_S = 60.0


def run_demo(context: CommandContext, *, as_json: bool) -> None:
    """Show the main job on sounds made on the spot. Raises `SoundkinError` where any step fails."""
    with tempfile.TemporaryDirectory(prefix="soundkin-demo-", ignore_cleanup_errors=True) as folder:
        here = Path(folder).resolve()
        files = write_library(here / "samples")
        port = free_port()
        osc = replace(context.settings.osc, port=port)
        demo = replace(
            context,
            places=Places(here / "data"),
            settings=replace(context.settings, osc=osc),
            origins={**context.origins, "osc.port": "demo"},
        )
        if not as_json:
            say(f"made {len(files)} synthetic samples; starting a daemon on 127.0.0.1:{port} ...")
        start_in_background(demo, [str(here / "samples")])
        try:
            _ask(demo, files[0], as_json)
        finally:
            stop_and_wait(demo)
        if not as_json:
            say()
            say("stopped the daemon and removed the temporary folder. Now yours: soundkin up FOLDER")


def _ask(context: CommandContext, file: Path, as_json: bool) -> None:
    with context.daemon() as daemon:
        deadline = time.monotonic() + _SCAN_S
        while not daemon.status().scans:
            if time.monotonic() > deadline:
                raise SoundkinError(f"the demo's scan did not end within {_SCAN_S:.0f} s")
            time.sleep(0.1)
        summary = daemon.status().last_scan
        answer = daemon.find(Query(like=(Like(path=str(file)),), k=10))
    if as_json:
        print_json(answer_shape(str(file), answer))
        return
    say_lines(f"{summary_text(summary)}\n\nnearest to {printable(file.name)}, asked over OSC:\n")
    say_lines(answer_table(answer))


def free_port() -> int:
    """A port that is free now for UDP and TCP."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, socket.socket() as stream:
            probe.bind(("127.0.0.1", 0))
            number = int(probe.getsockname()[1])
            try:
                stream.bind(("127.0.0.1", number))
            except OSError:
                continue
            return number
