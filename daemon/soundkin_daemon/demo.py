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
from soundkin_daemon.background import start_in_background, stop_and_wait
from soundkin_daemon.demo_sounds import write_library
from soundkin_daemon.places import Places
from soundkin_daemon.session import print_json, say
from soundkin_daemon.shapes import answer_shape, answer_table, summary_text

if TYPE_CHECKING:
    from soundkin_daemon.session import Session

_SCAN_S = 60.0


def run_demo(session: Session, *, as_json: bool) -> None:
    """Show the main job on sounds made on the spot. Raises `SoundkinError` where any step fails."""
    with tempfile.TemporaryDirectory(prefix="soundkin-demo-", ignore_cleanup_errors=True) as folder:
        here = Path(folder).resolve()
        files = write_library(here / "samples")
        port = free_port()
        osc = replace(session.settings.osc, port=port)
        demo = replace(
            session,
            places=Places(here / "data"),
            settings=replace(session.settings, osc=osc),
            origins={**session.origins, "osc.port": "demo"},
        )
        if not as_json:
            say(f"made {len(files)} synthetic samples; starting a daemon on 127.0.0.1:{port} ...")
        start_in_background(demo, [str(here / "samples")])
        try:
            _ask(demo, files[0], as_json)
        finally:
            stop_and_wait(demo)
        if not as_json:
            say("\nstopped the daemon and removed the temporary folder. Now yours: soundkin up FOLDER")


def _ask(session: Session, file: Path, as_json: bool) -> None:
    client = session.require_client()
    deadline = time.monotonic() + _SCAN_S
    while not client.status().scans:
        if time.monotonic() > deadline:
            raise SoundkinError(f"the demo's scan did not end within {_SCAN_S:.0f} s")
        time.sleep(0.1)
    answer = client.find(Query(like=(Like(path=str(file)),), k=10))
    if as_json:
        print_json(answer_shape(str(file), answer))
        return
    say(f"{summary_text(client.status().last_scan)}\n\nnearest to {file.name}, asked over OSC:\n")
    say(answer_table(answer))


def free_port() -> int:
    """A port that nobody uses now, over UDP or TCP."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, socket.socket() as stream:
            probe.bind(("127.0.0.1", 0))
            number = int(probe.getsockname()[1])
            try:
                stream.bind(("127.0.0.1", number))
            except OSError:
                continue
            return number
