"""OSCQuery: the tree, its rules against foreign web pages, and LISTEN over WebSocket."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from fakes_service import FakeService, library
from osc_peer import Daemon, Peer, serving
from osc_streams import WebSocketPeer, get, http
from soundkin.config import OscSettings
from soundkin_osc.carriers.framing import SlipFrames
from soundkin_osc.protocol.addresses import TABLE
from soundkin_osc.protocol.codec import Message, encode


@pytest.fixture
def service() -> FakeService:
    return library(100)


@pytest.fixture
def daemon(service: FakeService) -> Iterator[Daemon]:
    with serving(service, OscSettings(port=0, origins=("https://friend.example",))) as daemon:
        yield daemon


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("CONTENTS", {}).values():
        yield from nodes(child)


def test_the_host_says_what_it_can(daemon: Daemon) -> None:
    status, info = get(daemon.port, "/?HOST_INFO")
    assert status == 200
    assert (info["OSC_PORT"], info["WS_PORT"], info["OSC_TRANSPORT"]) == (daemon.port, daemon.port, "UDP")
    assert info["EXTENSIONS"]["LISTEN"] is True


def test_the_tree_is_sound(daemon: Daemon) -> None:
    _, root = get(daemon.port, "/")
    for node in nodes(root):
        path = node["FULL_PATH"]
        assert path == "/" or path.rsplit("/", 1)[1]
        assert "CONTENTS" in node or "ACCESS" in node, path
        if "VALUE" in node:
            assert len(node["VALUE"]) == len(node["TYPE"])
        if "RANGE" in node:
            assert len(node["RANGE"]) == len(node["TYPE"])
    paths = {node["FULL_PATH"] for node in nodes(root)}
    assert "/soundkin/quit" not in paths
    assert "/soundkin/done" not in paths
    assert "/soundkin/map/xy" not in paths
    assert {"/soundkin/nav/fader", "/soundkin/slot/16/play", "/soundkin/find/path"} <= paths


def test_every_control_is_of_a_single_type_that_programs_build_from(daemon: Daemon) -> None:
    _, root = get(daemon.port, "/")
    for node in nodes(root):
        entry = TABLE.get(node["FULL_PATH"])
        if entry is not None and entry.kind in ("control", "feedback") and entry.name != "sel/region":
            assert node["TYPE"] in ("i", "f", "s", "I"), node


def test_a_fader_can_be_read_and_written_and_has_a_range(daemon: Daemon) -> None:
    status, node = get(daemon.port, "/soundkin/nav/fader")
    assert status == 200
    assert (node["TYPE"], node["ACCESS"], node["VALUE"], node["RANGE"]) == ("f", 3, [0.0], [{"MIN": 0.0, "MAX": 1.0}])
    _, button = get(daemon.port, "/soundkin/go")
    assert (button["TYPE"], button["ACCESS"]) == ("I", 2)
    _, name = get(daemon.port, "/soundkin/cursor/name")
    assert (name["TYPE"], name["ACCESS"], name["VALUE"]) == ("s", 1, [""])


def test_single_attributes_and_what_does_not_exist(daemon: Daemon) -> None:
    assert get(daemon.port, "/soundkin/nav/fader?VALUE") == (200, {"VALUE": [0.0]})
    assert get(daemon.port, "/soundkin/go?VALUE")[0] == 204
    assert get(daemon.port, "/soundkin/go?COLOUR")[0] == 400
    assert get(daemon.port, "/soundkin/nowhere")[0] == 404
    assert get(daemon.port, "/soundkin/%67o")[0] == 200


def test_only_a_host_that_is_ours_is_answered(daemon: Daemon) -> None:
    port = daemon.port
    for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}", "localhost"):
        assert get(port, "/", host=host)[0] == 200, host
    for host in (f"evil.example:{port}", "evil.example", f"127.0.0.1.evil.example:{port}", "localhost:1", ""):
        assert http(port, f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())[0] == 403, host


def test_a_web_page_that_posts_osc_drives_nothing(daemon: Daemon, service: FakeService) -> None:
    body = SlipFrames().wrap(encode(Message("/soundkin/quit"))) * 3
    post = f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{daemon.port}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    assert http(daemon.port, post)[0] == 405
    assert not daemon.quit.wait(0.1)


def test_no_answer_invites_foreign_pages(daemon: Daemon) -> None:
    with socket.create_connection(("127.0.0.1", daemon.port), 5) as sock:
        sock.sendall(f"GET / HTTP/1.0\r\nHost: 127.0.0.1:{daemon.port}\r\nOrigin: http://x.y\r\n\r\n".encode())
        answer = b""
        while part := sock.recv(65_536):
            answer += part
    assert b"access-control-allow" not in answer.lower()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ("", 101),
        ("Origin: https://friend.example\r\n", 101),
        ("Origin: https://evil.example\r\n", 403),
        ("Origin: null\r\n", 403),
        ("Origin:\r\n", 403),
        ("Origin: http://127.0.0.1:1\r\n", 403),
    ],
)
def test_a_websocket_needs_an_origin_that_is_allowed(daemon: Daemon, headers: str, status: int) -> None:
    with WebSocketPeer(daemon.port, headers) as peer:
        assert peer.status == status


def test_our_own_page_may_connect(daemon: Daemon) -> None:
    with WebSocketPeer(daemon.port, f"Origin: http://127.0.0.1:{daemon.port}\r\n") as peer:
        assert peer.status == 101


def test_listening_brings_the_value_and_then_each_change(daemon: Daemon) -> None:
    with WebSocketPeer(daemon.port) as peer, Peer(daemon.port) as other:
        peer.command("LISTEN", "/soundkin/sel/name")
        assert peer.receive() == Message("/soundkin/sel/name", ("",))
        other.send("/soundkin/sel/id", 5)
        assert peer.receive() == Message("/soundkin/sel/name", ("kick 0005.wav",))
        peer.command("IGNORE", "/soundkin/sel/name")
        peer.send("/soundkin/ping", 1)
        assert peer.receive() == Message("/soundkin/pong", (1,))
        other.send("/soundkin/sel/id", 6)
        other.settled()
        peer.send("/soundkin/ping", 2)
        assert peer.receive() == Message("/soundkin/pong", (2,))


def test_commands_that_are_none_are_ignored(daemon: Daemon) -> None:
    with WebSocketPeer(daemon.port) as peer:
        for text in (b"", b"[]", b"{}", b'{"COMMAND": "LISTEN"}', b'{"COMMAND": 1, "DATA": []}', b"[" * 50_000):
            peer.socket.sendall(peer.client.wrap(text, opcode=1))
        peer.command("LISTEN", "/soundkin/quit")
        peer.send("/soundkin/ping", 1)
        assert peer.receive() == Message("/soundkin/pong", (1,))
