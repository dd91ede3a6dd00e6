"""Every surface that another machine can reach, and every address on it: whom it answers, and that it tells no path."""

from __future__ import annotations

import json
import shlex
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from fakes_service import FakeService, library
from lan_peers import TOKEN, FarStream, FarWeb, Neighbour, far_get
from osc_peer import Daemon, Peer, serving
from soundkin.config import OscSettings
from soundkin.errors import AnalysisError
from soundkin.model import Resolved, Status
from soundkin_osc.carriers.framing import SizeFrames
from soundkin_osc.carriers.udp import UdpCarrier
from soundkin_osc.client import console
from soundkin_osc.protocol.address import Address
from soundkin_osc.protocol.addresses import TABLE
from soundkin_osc.protocol.codec import Arg, Message, bundle, encode

SECRET = "/home/ann/secret place"
ADMIN = {
    "index/add",
    "index/remove",
    "index/forget",
    "index/rescan",
    "index/retry",
    "transport",
    "transport/play",
    "transport/record",
    "transport/stop",
    "pause",
    "resume",
    "log",
    "quit",
}
PATHS_ONLY = {"folders", "problems", "contradictions", "missing", "list", "lookup", "kit"}
REMEMBERED = {"subscribe", "unsubscribe", "reply_to", "config/detail", "config/bundles", "session", "committed"}
ASKED = [entry for entry in TABLE.values() if entry.kind in ("request", "control") and entry.name != "at"]


class Secretive(FakeService):
    """A library whose every text names a folder that other machines are not to hear of."""

    def status(self) -> Status:
        return replace(super().status(), notes=(f"{SECRET}: cannot be watched", "Paused by hand."))

    def answer(self, resolved: Resolved) -> Any:
        if resolved.reads_audio:
            raise AnalysisError(f"{SECRET}/kick.wav: gone")
        return super().answer(resolved)


@pytest.fixture
def service() -> Secretive:
    usual = library(100, SECRET)
    return Secretive(samples=usual.samples, followed=usual.followed)


@pytest.fixture
def daemon(service: Secretive, host: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    monkeypatch.setattr("soundkin_osc.server.Mdns", Unannounced)
    monkeypatch.setattr("soundkin_osc.carriers.connection.IN_VAIN", 10_000)
    settings = OscSettings(host="0.0.0.0", port=0, lan=True, allow=(host,), token=TOKEN)
    with serving(service, settings) as daemon:
        yield daemon


class Unannounced:
    """In the place of mDNS, which takes a second to begin and to end."""

    def __init__(self, *_: object) -> None: ...
    def start(self) -> None: ...
    def stop(self, timeout_s: float) -> None: ...


def arguments(entry: Address) -> list[Arg]:
    words = [f"{SECRET}/kick 0001.wav" if word.startswith("/samples/") else word for word in shlex.split(entry.example)]
    return [value for _, value in console.typed(entry.parameters, words)]


def outcome(messages: list[Message]) -> str:
    codes = [message.args[1] for message in messages if message.address == "/soundkin/error"]
    return "denied" if 8 in codes else "failed" if codes else "answered" if messages else "silent"


def outcomes(peer: Any, without: set[str]) -> dict[str, str]:
    """What becomes of every address, asked with its own example."""
    found = {}
    for entry in ASKED:
        if entry.name not in without:
            peer.send(entry.path, *arguments(entry))
            found[entry.name] = outcome(peer.settled())
    return found


def who(found: dict[str, str], *wanted: str) -> set[str]:
    return {name for name, what in found.items() if what in wanted}


CONTROLS = {entry.name for entry in ASKED if entry.kind == "control"} - ADMIN


def test_a_datagram_of_a_listed_machine_asks_and_changes_nothing_before_its_cookie(
    daemon: Daemon, host: str, service: Secretive
) -> None:
    with Neighbour(host, daemon.port) as peer:
        peer.earn()
        found = outcomes(peer, set())
        assert who(found, "denied") == ADMIN | PATHS_ONLY | REMEMBERED | CONTROLS | {"confirm"}
        assert b"secret" not in peer.heard
    assert service.calls == []
    assert not daemon.quit.is_set()
    assert daemon.server._subscriptions.subscribers("status") == []


def test_after_it_only_what_needs_a_token_or_tells_paths_is_denied(
    daemon: Daemon, host: str, service: Secretive
) -> None:
    with Neighbour(host, daemon.port).confirmed() as peer:
        found = outcomes(peer, {"reply_to", "confirm"})
        assert who(found, "denied") == ADMIN | PATHS_ONLY
        assert found["hello"] == found["subscribe"] == found["report"] == "answered"
        assert b"secret" not in peer.heard
    assert set(service.calls) <= {"committed 42"}
    assert not daemon.quit.is_set()


@pytest.mark.parametrize("kind", ["slip", "size", "websocket"])
def test_a_connection_of_a_listed_machine_gets_nothing_before_the_token(
    daemon: Daemon, host: str, service: Secretive, kind: str
) -> None:
    with far(kind)(host, daemon.port) as peer:
        found = outcomes(peer, set())
        assert who(found, "denied") == set(found)
        assert b"secret" not in peer.heard
    assert service.calls == []


@pytest.mark.parametrize("kind", ["slip", "size", "websocket"])
def test_after_the_token_it_may_do_everything_but_see_paths(
    daemon: Daemon, host: str, service: Secretive, kind: str
) -> None:
    with far(kind)(host, daemon.port) as peer:
        peer.send("/soundkin/hello", "me", 1, TOKEN)
        peer.until("/soundkin/welcome")
        found = outcomes(peer, {"quit", "index/add", "confirm"})
        assert who(found, "denied") == PATHS_ONLY
        assert b"secret" not in peer.heard
    assert {"pause", "resume", "rescan"} <= set(service.calls)


def far(kind: str) -> Callable[[str, int], FarStream]:
    return {
        "slip": FarStream,
        "size": lambda host, port: FarStream(host, port, SizeFrames()),
        "websocket": FarWeb,
    }[kind]


PATTERNS = ["/soundkin/*", "/soundkin/index/*", "/soundkin/{quit,pause}", "/soundkin/transport/*", "/soundkin/*/*"]


@pytest.mark.parametrize("is_confirmed", [False, True])
def test_no_pattern_bundle_or_other_port_reaches_further_than_the_address_itself(
    daemon: Daemon, host: str, service: Secretive, is_confirmed: bool
) -> None:
    with Neighbour(host, daemon.port) as peer:
        if is_confirmed:
            peer.confirmed()
        peer.earn()
        for pattern in PATTERNS:
            peer.send(pattern, 1)
        forbidden = ADMIN if is_confirmed else ADMIN | {"play", "commit", "sel/id", "subscribe", "committed"}
        for name in sorted(forbidden):
            entry = TABLE[f"/soundkin/{name}"]
            order = Message(entry.path, tuple(arguments(entry)))
            peer.socket.send(bundle([encode(Message("/soundkin/ping")), encode(order)]))
            if name != "subscribe":
                peer.send("/soundkin/at", 20_000, entry.path, *order.args)
            peer.settled()
        assert b"secret" not in peer.heard
    assert [call for call in service.calls if not call.startswith("committed")] == []
    assert is_confirmed or service.calls == []
    assert not daemon.quit.is_set()
    assert daemon.server._values()["/soundkin/sel/name"] == ("",) or is_confirmed


def test_what_the_daw_listens_to_is_not_moved_by_who_has_not_confirmed(daemon: Daemon, host: str) -> None:
    with Peer(daemon.port) as daw, Neighbour(host, daemon.port) as forger:
        daw.send("/soundkin/subscribe", "audition commit cursor")
        daw.until("/soundkin/subscribed")
        daw.send("/soundkin/sel/id", 5)
        daw.send("/soundkin/go")
        daw.until("/soundkin/cursor/total")
        daw.settled()
        for name in ("play", "commit", "nav/next", "slot/2/play", "sel/clear"):
            forger.send(f"/soundkin/{name}")
        forger.settled()
        assert daw.settled() == []
        forger.confirmed()
        forger.send("/soundkin/commit")
        forger.settled()
        assert [message.address for message in daw.settled()] == ["/soundkin/commit"]


def test_the_shortest_request_gets_at_least_a_short_error(daemon: Daemon, host: str) -> None:
    for address, args, rid in (
        ("go", (), 0),
        ("play", (), 0),
        ("find/text", (7, "kick"), 7),
        ("report", (7,), 7),
    ):
        with Neighbour(host, daemon.port) as peer:
            peer.send(f"/soundkin/{address}", *args)
            (error,) = peer.answers()
            assert (error.address, error.args[:2]) == ("/soundkin/error", (rid, 8))


def test_the_shortest_hello_gets_the_cookie_and_then_the_welcome(daemon: Daemon, host: str) -> None:
    with Neighbour(host, daemon.port) as peer:
        peer.socket.send(b"/soundkin/hello\0")
        (cookie,) = peer.answers()
        assert cookie.address == "/soundkin/cookie"
        peer.send("/soundkin/confirm", *cookie.args)
        assert [message.address for message in peer.answers()] == ["/soundkin/done"]
        peer.send("/soundkin/hello")
        assert [message.address for message in peer.answers()] == ["/soundkin/welcome"]


def values_in(node: Any) -> Iterator[Any]:
    if isinstance(node, dict):
        yield from (value for name, value in node.items() if name == "VALUE")
        for value in node.values():
            yield from values_in(value)


@pytest.mark.parametrize(
    ("path", "without", "with_token"),
    [
        ("/", 200, 200),
        ("/?HOST_INFO", 200, 200),
        ("/soundkin/sel/name", 200, 200),
        ("/soundkin/sel/name?VALUE", 401, 200),
        ("/soundkin/sel/name?VALUE=", 401, 200),
        ("/soundkin/sel/name?VALUE&TYPE", 401, 200),
        ("/soundkin/sel/name?TYPE", 200, 200),
        ("/soundkin/sel/name?ACCESS", 200, 200),
        ("/soundkin/sel/name?DESCRIPTION", 200, 200),
        ("/soundkin/nav/fader?RANGE", 200, 200),
        ("/soundkin/nav/fader?FULL_PATH", 200, 200),
        ("/soundkin/nowhere", 404, 404),
    ],
)
def test_values_over_http_need_the_token(daemon: Daemon, host: str, path: str, without: int, with_token: int) -> None:
    with Peer(daemon.port) as near:
        near.send("/soundkin/sel/id", 5)
        near.settled()
    status, plain, head = far_get(host, daemon.port, path)
    assert status == without
    assert path == "/?HOST_INFO" or list(values_in(plain)) == []
    assert "kick" not in json.dumps(plain)
    assert ("www-authenticate" in head.lower()) is (without == 401)
    bearer = f"Authorization: Bearer {TOKEN}\r\n"
    status, told, _ = far_get(host, daemon.port, path, bearer)
    assert status == with_token
    if path in ("/", "/soundkin/sel/name"):
        assert "kick 0005.wav" in json.dumps(told)


def test_a_wrong_token_over_http_is_401_and_then_429(daemon: Daemon, host: str) -> None:
    wrong = "Authorization: Bearer guess guess guess\r\n"
    assert [far_get(host, daemon.port, "/", wrong)[0] for _ in range(4)] == [401] * 4
    status, _, head = far_get(host, daemon.port, "/", f"Authorization: Bearer {TOKEN}\r\n")
    assert status == 429
    assert "retry-after: " in head.lower()
    assert far_get(host, daemon.port, "/?HOST_INFO")[0] == 200


def test_a_browser_gets_the_page_before_it_says_the_token(daemon: Daemon, host: str) -> None:
    status, page, _ = far_get(host, daemon.port, "/", "Accept: text/html\r\n")
    assert status == 200
    assert "<html" in page
    assert "secret" not in page


def test_listen_is_refused_before_the_token_and_pushed_after_it(daemon: Daemon, host: str) -> None:
    with Peer(daemon.port) as near, FarWeb(host, daemon.port) as web:
        web.command("LISTEN", "/soundkin/sel/name")
        denied = web.receive()
        assert (denied.address, denied.args[1]) == ("/soundkin/error", 8)
        near.send("/soundkin/sel/id", 5)
        near.settled()
        web.send("/soundkin/hello", "me", 1, TOKEN)
        assert web.receive().address == "/soundkin/welcome"
        web.command("LISTEN", "/soundkin/sel/name")
        assert web.receive() == Message("/soundkin/sel/name", ("kick 0005.wav",))


def test_a_websocket_may_bring_the_token_in_its_handshake(daemon: Daemon, host: str) -> None:
    with FarWeb(host, daemon.port, f"Authorization: Bearer {TOKEN}\r\n") as web:
        web.command("LISTEN", "/soundkin/sel/name")
        assert web.receive() == Message("/soundkin/sel/name", ("",))
    with FarWeb(host, daemon.port, "Authorization: Bearer guess guess guess\r\n") as web:
        assert web.status == 401


def test_programs_here_have_a_socket_of_their_own_and_share_the_port_with_no_other(daemon: Daemon) -> None:
    with Peer(daemon.port) as peer:
        assert peer.ask("/soundkin/find/id", 1, 5, 1)[-1].address == "/soundkin/done"
        own = [carrier for carrier in daemon.server._carriers if isinstance(carrier, UdpCarrier)]
        assert sorted(c._socket.getsockname()[0] for c in own) == ["0.0.0.0", "127.0.0.1"]
    for host in ("0.0.0.0", "127.0.0.1"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as thief:
            thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with pytest.raises(OSError):
                thief.bind((host, daemon.port))
