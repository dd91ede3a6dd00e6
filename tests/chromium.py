"""Headless Chromium, driven through its debugging port: opens a page and runs lines of JavaScript in it."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import websocket

PROGRAM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
_OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-port=0")


class Page:
    """One page of the browser."""

    def __init__(self, port: int) -> None:
        deadline = time.monotonic() + 20
        while not (pages := self._pages(port)):
            assert time.monotonic() < deadline, "the browser has no page"
            time.sleep(0.05)
        self._socket = websocket.create_connection(pages[0], timeout=30, suppress_origin=True)
        self._serial = 0
        self.problems: list[str] = []
        """What the page complained of on its console."""
        for domain in ("Page", "Runtime", "Log"):
            self._call(f"{domain}.enable")

    @staticmethod
    def _pages(port: int) -> list[str]:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
            connection.request("GET", "/json/list")
            listed = json.loads(connection.getresponse().read())
        return [page["webSocketDebuggerUrl"] for page in listed if page["type"] == "page"]

    def open(self, address: str) -> None:
        """Go to a page."""
        self._call("Page.navigate", url=address)

    def run(self, script: str) -> Any:
        """The value of an expression, once it is there if it is a promise."""
        answer = self._call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def until(self, script: str, wanted: Any, within_s: float = 20.0) -> None:
        """Wait until an expression has a value."""
        deadline = time.monotonic() + within_s
        while (found := self.run(script)) != wanted:
            assert time.monotonic() < deadline, f"{script} is {found!r}, expected {wanted!r}; {self.problems}"
            time.sleep(0.02)

    def _call(self, method: str, **params: Any) -> dict[str, Any]:
        self._serial += 1
        self._socket.send(json.dumps({"id": self._serial, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
                self.problems.append(json.dumps(message["params"])[:400])
            if message.get("id") == self._serial:
                result: dict[str, Any] = message["result"]
                return result

    def close(self) -> None:
        """Leave the browser alone."""
        self._socket.close()


@contextlib.contextmanager
def chromium(profile: Path) -> Iterator[Page]:
    """A browser with an empty page. `profile`: an empty folder for it."""
    assert PROGRAM is not None
    process = subprocess.Popen(
        [PROGRAM, *_OPTIONS, f"--user-data-dir={profile}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        told = profile / "DevToolsActivePort"
        deadline = time.monotonic() + 30
        while not (told.exists() and told.read_text().count("\n")):
            assert time.monotonic() < deadline, "the browser did not start"
            time.sleep(0.05)
        page = Page(int(told.read_text().splitlines()[0]))
        try:
            yield page
        finally:
            page.close()
    finally:
        process.terminate()
        process.wait(20)
