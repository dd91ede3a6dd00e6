"""Names that are no text, as a program that reads text only sees them, and as it hands them back."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.osc_packet import OscPacket

from fakes_service import FakeService, sample
from osc_peer import Peer, serving
from soundkin.model import SampleId
from soundkin.names.spelling import meant, readable, sent

RAW = [
    b"caf\xe9.wav",
    *(b"x" + bytes([byte]) + b"y.wav" for byte in range(0x80, 0x100)),
    "größe ".encode() + b"\xff \xfe" + "ü.wav".encode(),
    b"caf%E9.wav",
    b"file:caf%E9.wav",
    b"caf\\xe9.wav",
    b"\\udce9.wav",
    "café.wav".encode(),
    b"100%.wav",
]
NAMES = [os.fsdecode(raw) for raw in RAW]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows names are text")


class TextOnly:
    """A client made of python-osc alone."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", port))
        self.socket.settimeout(5)

    def ask(self, address: str, *args: Any, end: str = "/soundkin/done") -> list[Any]:
        builder = OscMessageBuilder(address)
        for arg in args:
            builder.add_arg(arg)
        self.socket.send(builder.build().dgram)
        found: list[Any] = []
        while not any(message.address in (end, "/soundkin/error") for message in found):
            found += [timed.message for timed in OscPacket(self.socket.recv(65_535)).messages]
        return found


@pytest.fixture
def service() -> FakeService:
    return FakeService(samples={n: sample(n, "/samples", name) for n, name in enumerate(NAMES, 1)})


@pytest.fixture
def client(service: FakeService) -> Iterator[TextOnly]:
    with serving(service) as daemon:
        client = TextOnly(daemon.port)
        yield client
        client.socket.close()


@pytest.mark.parametrize("number", range(1, len(NAMES) + 1))
def test_a_path_comes_as_text_and_is_understood_again_everywhere(
    client: TextOnly, service: FakeService, number: int
) -> None:
    *_, detail, done = [m for m in client.ask("/soundkin/info", 1, number) if m.address != "/soundkin/field"]
    assert detail.address == "/soundkin/detail"
    (result,) = [m for m in client.ask("/soundkin/info", 1, number) if m.address == "/soundkin/result"]
    path = result.params[5]
    assert path.encode("utf-8")
    assert meant(path) == service.samples[number].path
    assert done.params[0] == 1
    (line, _) = client.ask("/soundkin/lookup", 2, 0, path)
    told = json.loads(line.params[2])
    assert told["id"] == number
    assert told["path"] == path
    client.ask("/soundkin/find/path", 3, path, 1)
    assert service.last is not None
    assert service.last.like[0].path == service.samples[number].path
    client.ask("/soundkin/find/query", 4, json.dumps({"like": [{"path": path}], "k": 1}))
    assert service.last.like[0].path == service.samples[number].path


def test_the_cursor_shows_names_and_takes_paths(client: TextOnly, service: FakeService) -> None:
    client.ask("/soundkin/subscribe", "cursor slots", end="/soundkin/subscribed")
    path = sent(service.samples[1].path)
    builder = OscMessageBuilder("/soundkin/sel/path")
    builder.add_arg(path)
    client.socket.send(builder.build().dgram)
    heard = client.ask("/soundkin/report", 9)
    names = [m.params[0] for m in heard if m.address == "/soundkin/sel/name"]
    assert names[-1] == "file:caf%E9.wav"


def test_folders_are_followed_and_left_by_either_form(client: TextOnly, service: FakeService) -> None:
    folder = os.fsdecode(b"/caf\xe9")
    line, _ = client.ask("/soundkin/index/add", "file:///caf%E9")
    assert (line.params[5], service.followed[-1].path) == ("file:///caf%E9", folder)
    client.ask("/soundkin/index/remove", "file:///caf%E9")
    assert service.followed == []


def test_an_error_names_what_is_no_text_in_words(client: TextOnly) -> None:
    (error,) = client.ask("/soundkin/find/path", 3, "file:///nowhere/caf%E9.wav")
    assert error.address == "/soundkin/error"
    assert "caf" in error.params[3]


def test_raw_bytes_are_taken_as_before(service: FakeService) -> None:
    with serving(service) as daemon, Peer(daemon.port) as peer:
        *_, done = peer.ask("/soundkin/find/path", 1, service.samples[1].path, 1)
        assert done.address == "/soundkin/done"
        assert service.last is not None
        assert service.last.like[0].path == service.samples[1].path
        assert peer.ask("/soundkin/info", 1, 1)[0].args[2] == SampleId(1)


@pytest.mark.parametrize("name", ["file:caf%E9.wav", "file:", "file:///x.wav"])
def test_a_name_that_looks_like_the_form_is_sent_in_it(name: str) -> None:
    assert sent(name) != name
    assert meant(sent(name)) == name


@given(st.binary(min_size=1).filter(lambda raw: b"\0" not in raw))
def test_every_name_has_a_form_of_its_own_that_is_text(raw: bytes) -> None:
    for name in (os.fsdecode(raw), "/" + os.fsdecode(raw).lstrip("/")):
        form = sent(name)
        assert form.encode("utf-8")
        assert meant(form) == name
        if max(name) < "\udc80" and not name.startswith("file:"):
            assert form == name
        assert readable(name).encode("utf-8")


@pytest.mark.parametrize(
    ("form", "path"),
    [
        ("file:///a/b%20c.wav", "/a/b c.wav"),
        ("file://localhost/a.wav", "/a.wav"),
        ("file:/a.wav", "/a.wav"),
        ("file:a.wav", "a.wav"),
        ("/file:/a.wav", "/file:/a.wav"),
        ("file:///100%", "/100%"),
    ],
)
def test_file_uris_of_other_programs_are_understood(form: str, path: str) -> None:
    assert meant(form) == path
