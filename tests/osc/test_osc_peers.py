"""Real programs as clients: the examples of docs/clients, run as users run them."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes_service import library
from osc_peer import Daemon, Peer, serving
from soundkin_daemon.cli.demo import free_port

CLIENTS = Path(__file__).parents[2] / "docs/clients"


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    with serving(library(100)) as daemon:
        yield daemon


def run(program: str, *arguments: str, **environment: str) -> str:
    """Output of a program; the test is skipped where it is not installed."""
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not installed")
    ran = subprocess.run(
        [path, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
        cwd=CLIENTS,
    )
    text = ran.stdout + ran.stderr
    assert ran.returncode == 0, text
    return text


def ends_well(text: str) -> bool:
    """Whether the example asked, paged, subscribed, moved the fader to the end, and said so."""
    lines = [line.strip() for line in text.splitlines()]
    return any(line in ("ok", "print: ok") for line in lines) and "99" in text


@pytest.mark.peer
def test_liblo_finds_similar_samples(daemon: Daemon) -> None:
    if shutil.which("oscdump") is None:
        pytest.skip("oscdump is not installed")
    text = run("sh", "find_similar.sh", str(daemon.port), "kick", str(free_port()))
    assert ends_well(text), text
    assert 'similar 0 2 0.904837 0.750000 "/samples/kick 0002.wav"' in text


def test_python_osc_finds_similar_samples(daemon: Daemon) -> None:
    text = run(sys.executable, "find_similar.py", str(daemon.port))
    assert ends_well(text), text
    assert "similar 7 9 0.449 0.50 s /samples/kick 0009.wav" in text


@pytest.mark.peer
def test_lua_finds_similar_samples(daemon: Daemon) -> None:
    lua = next((name for name in ("lua5.4", "lua5.3", "lua") if shutil.which(name)), "lua5.4")
    if (
        shutil.which(lua)
        and subprocess.run([lua, "-e", "require 'socket'"], capture_output=True, check=False).returncode
    ):
        pytest.skip("LuaSocket is not installed")
    text = run(lua, "find_similar.lua", str(daemon.port))
    assert ends_well(text), text
    assert "similar 7 9 0.449 0.50 s /samples/kick 0009.wav" in text


@pytest.mark.peer
def test_pure_data_finds_similar_samples(daemon: Daemon) -> None:
    sends = ("soundkin-quit 1", "soundkin-id 42", f"soundkin-port {daemon.port}")
    arguments = [word for send in sends for word in ("-send", send)]
    text = run("pd", "-nogui", "-noaudio", "-stderr", *arguments, "find_similar.pd")
    assert ends_well(text), text
    assert r"similar: 2 7 46 0.67032 1.75 /samples/kick\ 0046.wav" in text


@pytest.mark.peer
def test_supercollider_finds_similar_samples(daemon: Daemon) -> None:
    text = run(
        "sclang",
        "find_similar.scd",
        SOUNDKIN_PORT=str(daemon.port),
        QTWEBENGINE_DISABLE_SANDBOX="1",
        QT_QPA_PLATFORM="offscreen",
    )
    assert ends_well(text), text
    assert "similar 7 9 0.449 0.5 s /samples/kick 0009.wav" in text


@pytest.mark.peer
def test_chuck_finds_similar_samples(daemon: Daemon) -> None:
    path = shutil.which("chuck")
    if path is None:
        pytest.skip("chuck is not installed")
    text = ""
    for _ in range(3):  # ChucK 1.4 now and then hangs in its own start or crashes in its own end
        script = f"find_similar.ck:{daemon.port}:1:{free_port()}"
        chuck = subprocess.Popen([path, "--silent", script], cwd=CLIENTS, stderr=subprocess.PIPE, text=True)
        assert chuck.stderr is not None
        killer = threading.Timer(8, chuck.kill)
        killer.start()
        lines = []
        for line in chuck.stderr:
            lines.append(line)
            if line.strip() == "ok":
                break
        killer.cancel()
        chuck.kill()
        chuck.wait()
        chuck.stderr.close()
        text = "".join(lines)
        if ends_well(text):
            break
    assert ends_well(text), text
    assert "similar 7 9 0.449329 0.500000 /samples/kick 0009.wav" in text


@pytest.mark.peer
@pytest.mark.skipif(shutil.which("oscdump") is None, reason="oscdump is not installed")
def test_liblo_reads_every_answer_and_all_feedback(daemon: Daemon) -> None:
    """An independent parser in C sees each message that the daemon sends, with the types of the table."""
    ear = free_port()
    dump = subprocess.Popen(["oscdump", "-L", str(ear)], stdout=subprocess.PIPE, text=True)
    assert dump.stdout is not None
    try:
        with Peer(daemon.port) as peer:
            deadline = time.monotonic() + 10
            while not _bound(ear) and time.monotonic() < deadline:
                time.sleep(0.02)
            peer.send("/soundkin/at", ear, "/soundkin/subscribe")
            peer.send("/soundkin/at", ear, "/soundkin/info", 5, 20)
            peer.send("/soundkin/at", ear, "/soundkin/find/query", 6, '{"like": [{"id": 1}], "k": 3}')
            peer.send("/soundkin/at", ear, "/soundkin/report", 7)
            peer.send("/soundkin/at", ear, "/soundkin/find/id", 8, 9999)
        seen: dict[str, str] = {}
        open_questions = {"5", "6", "7", "8"}
        for line in dump.stdout:
            words = line.split()
            seen[words[1]] = words[2] if len(words) > 2 else ""
            if words[1] in ("/soundkin/done", "/soundkin/error"):
                open_questions.discard(words[3])
            if not open_questions:
                break
    finally:
        dump.kill()
        dump.wait()
        dump.stdout.close()
    assert seen["/soundkin/result"] == "iiiffs"
    assert seen["/soundkin/detail"] == "iifffss"
    assert seen["/soundkin/neighbour"] == "iis"
    assert seen["/soundkin/field"] == "iiss"
    assert seen["/soundkin/error"] == "iiss"
    assert seen["/soundkin/slot/16/score"] == "f"


def _bound(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.bind(("0.0.0.0", port))
        except OSError:
            return True
    return False
