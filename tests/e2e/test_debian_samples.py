"""The main job on real samples with a real client: three Debian packages, the daemon, liblo's programs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon_process import RunningDaemon, cli_json, daemon, until
from debian_samples import FOLDERS, NEEDED, SHARE, ogg_in_wav
from soundkin.model import Like, Query
from soundkin_daemon.cli.demo import free_port

pytestmark = [pytest.mark.samples, NEEDED]

KICK = SHARE / "sonic-pi/samples/bd_haus.flac"
KICKS = re.compile(r"kick|bd_|bass_?drum|bassdrum|/BD|/K_", re.IGNORECASE)
LISTENER = free_port()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDaemon]:
    """A daemon that follows the three packages."""
    with daemon(tmp_path_factory.mktemp("debian").resolve() / "data", *FOLDERS) as process:
        process.scanned()
        yield process


def test_every_file_is_analysed_ogg_in_wav_as_well(running: RunningDaemon) -> None:
    summary = running.client.status().last_scan
    wrapped = ogg_in_wav()
    assert wrapped
    assert cli_json(running.data_dir, "problems") == []
    assert (summary.failed, summary.analysed) == (0, summary.found)
    assert wrapped <= {os.path.realpath(row["path"]) for row in cli_json(running.data_dir, "list", "--limit", "2000")}


def test_the_neighbours_of_a_kick_are_kicks(running: RunningDaemon) -> None:
    answer = running.client.find(Query(like=(Like(path=str(KICK)),), k=8))
    names = [hit.sample.path for hit in answer.neighbours]
    assert sum(bool(KICKS.search(name)) for name in names) >= 6, names


@pytest.mark.peer
@pytest.mark.skipif(not shutil.which("oscsend") or not shutil.which("oscdump"), reason="needs liblo-tools")
def test_oscsend_and_oscdump_get_the_neighbours_of_a_kick(running: RunningDaemon, tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    with heard.open("wb") as output:
        dump = subprocess.Popen(["oscdump", "-L", str(LISTENER)], stdout=output, stderr=subprocess.STDOUT)
    try:
        until(lambda: _bound(LISTENER), "oscdump to listen")
        question = ("/soundkin/find/path", "7", str(KICK))
        _oscsend(running, "/soundkin/at", "isis", str(LISTENER), *question)
        until(lambda: "/soundkin/done iiis 7 16 " in heard.read_text("utf-8", "replace"), "the end of the answer")
    finally:
        dump.terminate()
        dump.wait()
    names = re.findall(r'/soundkin/result iiiffs 7 \d+ \d+ \S+ \S+ "([^"]+)"', heard.read_text("utf-8", "replace"))
    assert len(names) == 16
    assert sum(bool(KICKS.search(name)) for name in names[:8]) >= 6, names


def _oscsend(running: RunningDaemon, address: str, *words: str) -> None:
    subprocess.run(["oscsend", "127.0.0.1", str(running.port), address, *words], check=True, timeout=10)


def _bound(port: int) -> bool:
    return f":{port:04X} " in Path("/proc/net/udp").read_text() + Path("/proc/net/udp6").read_text()
