"""The controller page for browsers: served to them only, true to the address table, its codec checked by running it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import soundkin_osc
from fakes_service import library
from osc_peer import Daemon, serving
from osc_streams import WebSocketPeer, get
from soundkin_osc.addresses import TABLE
from soundkin_osc.codec import Message, bundle, decode, encode

PAGE = (Path(soundkin_osc.__file__).parent / "page.html").read_text("utf-8")


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    with serving(library(100)) as daemon:
        yield daemon


def test_browsers_get_the_page_and_programs_the_tree(daemon: Daemon) -> None:
    assert get(daemon.port, "/", "Accept: text/html,application/xhtml+xml,*/*\r\n") == (200, PAGE)
    assert get(daemon.port, "/")[1]["FULL_PATH"] == "/"
    assert get(daemon.port, "/", "Accept: text/html\r\n", host="evil.example")[0] == 403


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


BROWSER = """
{
    var view = WebView();
    var run = { |js| view.runJavaScript(js, { |answer| answer }) };
    var told = { |js, wanted|
        var result, tries = 100;
        while { result != wanted and: { tries > 0 } } {
            view.runJavaScript(js, { |answer| result = answer.asString });
            0.1.wait;
            tries = tries - 1;
        };
        (js + "->" + result).postln;
    };
    view.onJavaScriptMsg = { |v, message| ("console:" + message).postln };
    view.url = "http://127.0.0.1:PORT/";
    fork({
        told.("(document.getElementById('state') || {}).textContent", "100 samples");
        run.("document.getElementById('words').value='kick 0050'; document.getElementById('ask').requestSubmit()");
        told.("document.querySelectorAll('#found button').length + ''", "1");
        run.("document.querySelector('#found button').click()");
        told.("document.getElementById('place').textContent", "1 of 99");
        told.("document.querySelectorAll('#slots .on1').length + ''", "15");
        run.("document.querySelector('nav button:nth-child(2)').click()");
        told.("document.getElementById('place').textContent", "2 of 99");
        told.("document.getElementById('now').textContent", "kick 0051.wav");
        0.exit;
    }, AppClock);
}.value;
"""


@pytest.mark.peer
@pytest.mark.skipif(shutil.which("sclang") is None, reason="SuperCollider (its WebView is a browser) is not installed")
def test_a_browser_searches_asks_and_steps_on(daemon: Daemon, tmp_path: Path) -> None:
    script = tmp_path / "browse.scd"
    script.write_text(BROWSER.replace("PORT", str(daemon.port)), "utf-8")
    environment = {**os.environ, "QTWEBENGINE_DISABLE_SANDBOX": "1", "QT_QPA_PLATFORM": "offscreen"}
    ran = subprocess.run(
        ["sclang", str(script)], capture_output=True, text=True, timeout=90, check=False, env=environment
    )
    if "WebView" in ran.stdout and "ERROR" in ran.stdout:
        pytest.skip("this SuperCollider has no WebView")
    assert "2 of 99" in ran.stdout, ran.stdout
    assert "kick 0051.wav" in ran.stdout
    assert "console:" not in ran.stdout, ran.stdout


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
