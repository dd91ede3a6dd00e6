"""The controller page for browsers: served to them only, true to the address table, its codec checked by running it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from fakes_service import library
from osc_peer import Daemon, serving
from osc_streams import WebSocketPeer, get
from soundkin.names.printable import printable
from soundkin_osc.carriers.page import page
from soundkin_osc.protocol.addresses import TABLE
from soundkin_osc.protocol.codec import Message, bundle, decode, encode

PAGE = page().decode()


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    with serving(library(100)) as daemon:
        yield daemon


def test_browsers_get_the_page_and_programs_the_tree(daemon: Daemon) -> None:
    assert get(daemon.port, "/", "Accept: text/html,application/xhtml+xml,*/*\r\n") == (200, PAGE)
    assert get(daemon.port, "/")[1]["FULL_PATH"] == "/"
    assert get(daemon.port, "/", "Accept: text/html\r\n", host="evil.example")[0] == 403


def test_the_page_is_told_all_aspects_and_names_none_itself(daemon: Daemon) -> None:
    _, served = get(daemon.port, "/", "Accept: text/html\r\n")
    told = re.search(r'<script type="application/json" id="table">(.*?)</script>', served)
    assert told is not None
    weights = [path.removeprefix("/soundkin/weight/") for path in TABLE if path.startswith("/soundkin/weight/")]
    slots = [path for path in TABLE if re.fullmatch(r"/soundkin/slot/\d+/play", path)]
    assert json.loads(told[1]) == {"aspects": weights, "slots": len(slots)}
    rest = served.replace(told[0], "")
    assert [aspect for aspect in weights if re.search(rf"\b{aspect}\b", rest)] == []


def test_the_page_uses_only_addresses_that_exist() -> None:
    pressed = set(re.findall(r'data-press="([^"]+)"', PAGE))
    sent = set(re.findall(r'send\("([a-z/_]+)"', PAGE))
    assert len(pressed) > 8
    for name in pressed | (sent - {"weight/"}):
        assert TABLE[f"/soundkin/{name}"].kind in ("control", "request"), name
    for name in re.findall(r'state\["([a-z/]+)"\]', PAGE):
        assert f"/soundkin/{name}" in TABLE, name


def test_the_page_loads_nothing_from_elsewhere() -> None:
    assert re.findall(r"src\s*=|href=.(?!data:)|https?://(?!\.\.\.)|import\s|fetch\(|innerHTML", PAGE) == []


def test_what_the_page_says_on_connecting_is_understood(daemon: Daemon) -> None:
    with WebSocketPeer(daemon.port, f"Origin: http://127.0.0.1:{daemon.port}\r\n") as peer:
        peer.send("/soundkin/hello", "web page", 1)
        peer.send("/soundkin/subscribe", "cursor slots")
        assert peer.until("/soundkin/slot/16/on")
        peer.send("/soundkin/find/text", 1, "kick 0007", 12)
        hit, done = (m for m in peer.until("/soundkin/done") if m.address in ("/soundkin/result", "/soundkin/done"))
        assert (hit.args[2], done.args[1]) == (7, 1)


@pytest.mark.peer
@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_page_shows_names_as_the_command_line_does() -> None:
    found = re.search(r'<script id="codec">(.*?)</script>', PAGE, re.DOTALL)
    assert found is not None
    program = found[1] + (
        "\nconst names = [];"
        "\nfor (let code = 0; code < 0x2100; code++) names.push(shown(String.fromCharCode(code) + 'a'));"
        "\nconsole.log(JSON.stringify(names));"
    )
    ran = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True, timeout=30)
    assert json.loads(ran.stdout) == [printable(chr(code) + "a") for code in range(0x2100)]


def test_all_text_of_others_on_the_page_is_shown_through_that() -> None:
    told = re.findall(r"textContent = ([^;]+);", PAGE)
    assert len(told) > 6
    ours = [each for each in told if re.fullmatch(r'"[^"]*"|state\["cursor/total"\].*|`\$\{args\[4\]\} samples`', each)]
    assert [each for each in told if each not in ours and not each.startswith("shown(")] == []


WEIGHTS = "timbre motion spectrum envelope pitch rhythm"


@pytest.mark.peer
@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_pages_codec_reads_and_writes_what_ours_does() -> None:
    found = re.search(r'<script id="codec">(.*?)</script>', PAGE, re.DOTALL)
    assert found is not None
    messages = [
        Message("/soundkin/result", (1, 0, 42, 0.5, 1.25, "/a/é b.wav")),
        Message("/soundkin/done", (-7, 1, 812, "")),
    ]
    packets = [*map(encode, messages), bundle([encode(message) for message in messages])]
    program = found[1] + (
        "\nconst sent = Buffer.from(encode('/soundkin/find/text', 'isf', [-7, 'é b', 0.5])).toString('hex');"
        f"\nconst read = {json.dumps([packet.hex() for packet in packets])}"
        ".map((hex) => decode(new Uint8Array(Buffer.from(hex, 'hex'))));"
        "\nconsole.log(JSON.stringify({ sent, read }));"
    )
    ran = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True, timeout=30)
    told = json.loads(ran.stdout)
    assert decode(bytes.fromhex(told["sent"])) == [Message("/soundkin/find/text", (-7, "é b", 0.5))]
    plain = [{"address": message.address, "args": list(message.args)} for message in messages]
    assert told["read"] == [[plain[0]], [plain[1]], plain]
