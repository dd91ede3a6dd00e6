"""The page in Chromium: it searches, asks and steps on, is told when the daemon stops, and is the only one let in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chromium import PROGRAM, Page, chromium
from fakes_service import FakeService, library
from osc_peer import Daemon, serving

pytestmark = [pytest.mark.peer, pytest.mark.skipif(PROGRAM is None, reason="Chromium is not installed")]


@pytest.fixture
def service() -> FakeService:
    return library(100)


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    with chromium(tmp_path / "profile") as page:
        yield page


def test_the_page_searches_asks_and_steps_on(daemon: Daemon, page: Page) -> None:
    page.open(f"http://127.0.0.1:{daemon.port}/")
    page.until("document.getElementById('state')?.textContent", "100 samples")
    page.run("document.getElementById('words').value = 'kick 0050'; document.getElementById('ask').requestSubmit()")
    page.until("document.querySelectorAll('#found button').length", 1)
    page.until("document.querySelector('#found button small').textContent", "kick")
    page.run("document.querySelector('#found button').click()")
    page.until("document.getElementById('place').textContent", "1 of 99")
    page.until("document.querySelectorAll('#slots .on1').length", 15)
    page.run("document.querySelector('nav button:nth-child(2)').click()")
    page.until("document.getElementById('place').textContent", "2 of 99")
    page.until("document.getElementById('now').textContent", "kick 0051.wav")
    assert page.run("socket.extensions") == ""
    assert page.problems == []


def test_the_page_is_told_that_the_daemon_stops(service: FakeService, page: Page) -> None:
    with serving(service) as daemon:
        page.open(f"http://localhost:{daemon.port}/")
        page.until("document.getElementById('state')?.textContent", "100 samples")
        page.run("socket.addEventListener('close', (e) => { window.end = [e.code, e.reason, e.wasClean]; })")
    page.until("window.end", [1001, "the daemon stops", True])


def test_bytes_that_are_no_osc_are_answered_with_a_reason_that_the_page_can_read(daemon: Daemon, page: Page) -> None:
    page.open(f"http://127.0.0.1:{daemon.port}/")
    page.until("document.getElementById('state')?.textContent", "100 samples")
    page.run("socket.addEventListener('close', (e) => { window.end = [e.code, e.reason, e.wasClean]; })")
    page.run("socket.send(new Uint8Array([1, 2, 3]))")
    page.until("window.end", [1003, "what came is no OSC packet", True])


def test_a_page_from_elsewhere_gets_nothing(daemon: Daemon, page: Page) -> None:
    reached = (
        f"new Promise((done) => {{ const s = new WebSocket('ws://127.0.0.1:{daemon.port}/');"
        "s.onopen = () => done('open'); s.onclose = (e) => done(e.code); })"
    )
    assert page.run(reached) == 1006
    fetched = f"fetch('http://127.0.0.1:{daemon.port}/?HOST_INFO').then((r) => r.text(), () => 'refused')"
    assert page.run(fetched) == "refused"
