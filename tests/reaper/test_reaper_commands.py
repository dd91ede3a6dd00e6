"""The `soundkin reaper` commands and the bridge process, run as a person and a script run them."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import pytest

from reaper.reaper_lua import REPOSITORY, SCRIPTS
from soundkin.errors import ConfigError
from soundkin_daemon.reaper import bridge as reaper_bridge
from soundkin_daemon.reaper.endpoint_file import own_bridge, publish_endpoint
from soundkin_daemon.reaper.installation import registered_actions, script_source
from soundkin_osc.carriers.framing import size_framed, size_unframed
from soundkin_osc.protocol.addresses import TABLE
from soundkin_osc.protocol.codec import Message, decode, encode


def run(*words: str) -> subprocess.CompletedProcess[str]:
    paths = os.pathsep.join(str(REPOSITORY / part) for part in ("daemon", "bridge"))
    return subprocess.run(
        [sys.executable, "-m", "soundkin_daemon", "reaper", *words],
        env={**os.environ, "PYTHONPATH": paths, "COLUMNS": "200", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_install_status_and_uninstall_tell_what_they_did(tmp_path: Path) -> None:
    resource = tmp_path / "REAPER ü"
    resource.mkdir()
    common = ("--resource", str(resource), "--data-dir", str(tmp_path / "data"))
    installed = run("install", *common)
    assert installed.returncode == 0, installed.stderr
    assert "Load ReaScript" in installed.stdout
    assert str(resource / "Scripts" / "soundkin" / "soundkin_Setup and status.lua") in installed.stdout
    shape = json.loads(run("status", "--json", *common).stdout)
    assert shape["installed"] == len(list(SCRIPTS.rglob("*.lua"))) + 1
    assert (shape["missing"], shape["changed"], shape["udp"], shape["mailbox_answers"]) == ([], [], False, False)
    (resource / "Scripts" / "soundkin" / "soundkin_Setup and status.lua").unlink()
    text = run("status", *common).stdout
    assert "older or changed" in text
    assert "does not answer" in text
    assert f"{shape['installed'] - 1} files removed" in run("uninstall", *common).stdout


def test_a_resource_folder_that_is_not_there_is_one_line_on_stderr(tmp_path: Path) -> None:
    done = run("install", "--resource", str(tmp_path / "none"), "--data-dir", str(tmp_path))
    assert done.returncode == 1
    assert "no such folder" in done.stderr
    assert "Traceback" not in done.stderr


def test_registered_actions_are_read_from_reapers_key_file(tmp_path: Path) -> None:
    assert registered_actions(tmp_path) == ()
    (tmp_path / "reaper-kb.ini").write_text(
        'SCR 4 0 RS1 "Custom: soundkin_Similar samples.lua" "soundkin/soundkin_Similar samples.lua"\n'
        'SCR 4 32063 RS2 "Custom: x.lua" "soundkin/soundkin_Find similar to Media Explorer preview.lua"\n'
        'SCR 4 0 RS3 "Custom: other.lua" other.lua\nKEY 1 65 _RS1 0\n'
    )
    assert len(registered_actions(tmp_path)) == 2


def test_the_scripts_come_with_this_installation() -> None:
    assert (script_source() / "soundkin_Setup and status.lua").is_file()


def test_the_wheel_carries_the_scripts_where_they_are_looked_for() -> None:
    table = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    carried = table["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert carried[SCRIPTS.relative_to(REPOSITORY).as_posix()] == "soundkin_daemon/reaper_scripts"


def test_the_scripts_read_the_replies_as_the_bridge_lists_them() -> None:
    text = (SCRIPTS / "soundkin_lib" / "ask.lua").read_text("utf-8")
    readers = dict(re.findall(r'\["(/soundkin/[^"]+)"\] = \{ "(\w+)"', text))
    assert {"/soundkin/result", "/soundkin/done", "/soundkin/error"} <= set(readers)
    for address, types in readers.items():
        assert "".join(parameter.type for parameter in TABLE[address].parameters) == types, address


def test_every_address_in_the_scripts_is_in_the_bridges_table() -> None:
    pattern = (SCRIPTS / "soundkin.ReaperOSC").read_text("utf-8")
    sent = set(re.findall(r"\bt(/soundkin/\S+)", pattern))
    assert len(sent) == 3
    for path in SCRIPTS.rglob("*.lua"):
        sent |= set(re.findall(r'"(/soundkin/[a-z./]+)"', path.read_text("utf-8")))
    assert sent - {"/soundkin/endpoint"} <= set(TABLE)  # that one is a file


# ---- the bridge process ----


def ask_file(folder: Path, rid: int = 5) -> tuple[Path, Path]:
    packets = [encode(Message("/soundkin/config/detail", (1,))), encode(Message("/soundkin/find/id", (rid, 1)))]
    request = folder / "ask-0a.osc"
    request.write_bytes(size_framed(packets))
    return request, folder / "got-0a.osc"


def answers(path: Path) -> list[Message]:
    return [message for packet in size_unframed(path.read_bytes()) for message in decode(packet)]


def test_the_bridge_carries_a_question_and_all_that_answers_it(tmp_path: Path) -> None:
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.bind(("127.0.0.1", 0))
    peer.settimeout(5)

    def daemon() -> None:
        heard: list[Message] = []
        while len(heard) < 3:
            packet, who = peer.recvfrom(65_535)
            heard += decode(packet)
        peer.sendto(encode(Message("/soundkin/pong", (0,))), who)
        peer.sendto(encode(Message("/soundkin/done", (99, 0, 0, "another's"))), who)
        peer.sendto(encode(Message("/soundkin/result", (5, 0, 1, 0.5, 0.5, "/a.wav"))), who)
        peer.sendto(encode(Message("/soundkin/done", (5, 1, 1, "s"))), who)

    thread = threading.Thread(target=daemon)
    thread.start()
    request, answer = ask_file(tmp_path)
    assert reaper_bridge.carry(request, answer, peer.getsockname())
    thread.join()
    peer.close()
    assert [m.address for m in answers(answer)][-2:] == ["/soundkin/result", "/soundkin/done"]
    assert not request.exists()


def test_the_bridge_answers_an_error_where_no_daemon_is(tmp_path: Path) -> None:
    request, answer = ask_file(tmp_path)
    assert not reaper_bridge.carry(request, answer, None)
    message = answers(answer)[0]
    assert (message.address, message.args[0]) == ("/soundkin/error", 5)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        address = closed.getsockname()
    request, answer = ask_file(tmp_path)
    assert not reaper_bridge.carry(request, answer, address)


@pytest.mark.parametrize(
    ("ask", "got"),
    [("ask-1.osc", "got-2.osc"), ("ask-1.osc", "other.txt"), ("secret.txt", "got-1.osc"), ("ask-1.osc", "x/got-1.osc")],
)
def test_the_bridge_touches_only_files_of_the_scripts(tmp_path: Path, ask: str, got: str) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / ask).write_bytes(b"keep")
    with pytest.raises(ConfigError, match="not a question"):
        reaper_bridge.carry(tmp_path / ask, tmp_path / got, None)
    assert (tmp_path / ask).read_bytes() == b"keep"


@pytest.mark.parametrize(("data", "code"), [(bytes((1 << 20) + 1), 7), (b"junk", 1)])
def test_the_bridge_answers_a_question_that_cannot_be_read(tmp_path: Path, data: bytes, code: int) -> None:
    request, answer = tmp_path / "ask-1.osc", tmp_path / "got-1.osc"
    request.write_bytes(data)
    reaper_bridge.carry(request, answer, None)
    (packet,) = size_unframed(answer.read_bytes())
    (error,) = decode(packet)
    assert error.args[:2] == (0, code)
    assert not request.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
@pytest.mark.parametrize("planted", ["got-1.tmp", "got-1.osc"])
def test_the_bridge_writes_through_no_link_and_reads_none(tmp_path: Path, planted: str) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"mine")
    (tmp_path / planted).symlink_to(victim)
    request, answer = tmp_path / "ask-1.osc", tmp_path / "got-1.osc"
    request.write_bytes(size_framed([encode(Message("/soundkin/ping", (1,)))]))
    reaper_bridge.carry(request, answer, None)
    assert victim.read_bytes() == b"mine"
    assert not answer.is_symlink()
    request.symlink_to(victim)
    reaper_bridge.carry(request, answer, None)
    assert victim.read_bytes() == b"mine"


def test_the_bridge_runs_as_the_endpoint_file_says(tmp_path: Path) -> None:
    publish_endpoint(tmp_path, host="127.0.0.1", port=1, version="1")
    request, answer = ask_file(tmp_path)
    paths = os.pathsep.join(str(REPOSITORY / part) for part in ("daemon", "bridge"))
    words = [*own_bridge(), str(request), str(answer), str(tmp_path)]
    done = subprocess.run(words, env={**os.environ, "PYTHONPATH": paths}, timeout=30, check=False)
    assert done.returncode == 1
    assert answers(answer)[0].address == "/soundkin/error"
    environ = {**os.environ, "PYTHONPATH": paths}
    bare = subprocess.run(own_bridge(), env=environ, timeout=30, check=False, capture_output=True)
    assert bare.returncode == 2
