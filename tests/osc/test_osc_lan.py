"""Other machines: what settings open, what they may ask, and how little a forged sender is worth."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from fakes_service import FakeService, library
from lan_peers import TOKEN, FarStream, Neighbour
from osc_peer import Daemon, Peer, serving
from osc_streams import get
from soundkin.config import OscSettings
from soundkin.errors import ConfigError
from soundkin.model import Like, Query, SampleId
from soundkin_osc.carriers.rate_limit import RateLimit
from soundkin_osc.client.udp_client import SoundkinClient
from soundkin_osc.peers.access import Access
from soundkin_osc.peers.subscriptions import without_folder
from soundkin_osc.protocol.codec import Message, decode, encode


class Unannounced:
    """In the place of mDNS, which takes a second to begin and to end."""

    def __init__(self, *_: object) -> None: ...
    def start(self) -> None: ...
    def stop(self, timeout_s: float) -> None: ...


@pytest.fixture(autouse=True)
def _unannounced(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "mdns" not in request.node.name:
        monkeypatch.setattr("soundkin_osc.server.Mdns", Unannounced)


@pytest.fixture
def service() -> FakeService:
    return library(100)


@pytest.fixture
def daemon(service: FakeService, host: str) -> Iterator[Daemon]:
    settings = OscSettings(host="0.0.0.0", port=0, lan=True, allow=(host,), token=TOKEN)
    with serving(service, settings) as daemon:
        yield daemon


def test_a_forged_sender_gets_at_most_three_times_what_it_sent(daemon: Daemon, host: str) -> None:
    with Neighbour(host, daemon.port) as peer:
        sent = sum(peer.send("/soundkin/find/id", 1, 50, 64) for _ in range(20))
        sent += peer.send("/soundkin/subscribe")
        assert sum(map(len, peer.received())) <= 3 * sent


def test_who_confirms_its_address_gets_everything_but_paths_and_power(
    daemon: Daemon, host: str, service: FakeService
) -> None:
    with Neighbour(host, daemon.port).confirmed() as peer:
        peer.send("/soundkin/find/id", 1, 50, 64)
        messages = peer.answers()
        assert len(messages) == 65
        assert messages[0].args[5] == "kick 0049.wav"
        peer.send("/soundkin/quit", 2)
        (denied,) = peer.answers()
        assert denied.args[:2] == (2, 8)
        assert not daemon.quit.is_set()


def test_a_wrong_cookie_confirms_nothing(daemon: Daemon, host: str) -> None:
    with Neighbour(host, daemon.port) as peer:
        peer.send("/soundkin/ping", "x" * 60)  # earns the bytes that the error takes
        peer.answers()
        peer.send("/soundkin/confirm", 12345)
        (denied,) = peer.answers()
        assert denied.args[1] == 8


@pytest.mark.parametrize("path", ["/etc/passwd", "//evil/share/x.wav", "/dev/zero", "/nowhere"])
def test_files_outside_the_library_are_never_opened_for_other_machines(
    daemon: Daemon, host: str, path: str, service: FakeService
) -> None:
    with Neighbour(host, daemon.port).confirmed() as peer:
        answers = set()
        for address in ("/soundkin/find/path", "/soundkin/find/region"):
            peer.send(address, 1, path, *((0.0, 1.0) if "region" in address else ()))
            answers |= {m.args[1:] for m in peer.answers()}
        assert {args[0] for args in answers} == {3}
        assert {args[2] for args in answers} == {"not in the library"}  # never whether the file exists
        assert not service.threads


def test_nothing_that_another_machine_selects_is_ever_opened_by_its_path(
    daemon: Daemon, host: str, service: FakeService, tmp_path: Path
) -> None:
    stranger = tmp_path / "secret.wav"
    stranger.write_bytes(b"RIFF")
    service.readable[str(stranger)] = 1.0
    known = service.samples[7].path
    with Neighbour(host, daemon.port).confirmed() as far, Peer(daemon.port) as near:
        for address, args in (("sel/path", ()), ("sel/region", (0.0, 1.0))):
            far.send(f"/soundkin/{address}", str(stranger), *args)
            assert [m.args[1:] for m in far.answers()] == [(3, f"/soundkin/{address}", "not in the library")]
            far.send(f"/soundkin/{address}", known, *args)
            assert far.answers() == []
            service.samples[7] = replace(service.samples[7], path=str(stranger))
            kept, service.samples = service.samples, {n: s for n, s in service.samples.items() if n != 7}
            (refused,) = near.ask("/soundkin/go")
            assert refused.args[1:] == (4, "/soundkin/go", "no sample has the id 7")
            service.samples = {**kept, 7: replace(kept[7], path=known)}
    assert service.threads == set()


def test_another_machine_does_not_have_a_file_opened_that_was_selected_here(
    daemon: Daemon, host: str, service: FakeService, tmp_path: Path
) -> None:
    stranger = tmp_path / "mine.wav"
    stranger.write_bytes(b"RIFF")
    service.readable[str(stranger)] = 1.0
    with Neighbour(host, daemon.port).confirmed() as far, Peer(daemon.port) as near:
        near.send("/soundkin/sel/path", str(stranger))
        near.settled()
        far.send("/soundkin/go")
        assert [m.args[1:] for m in far.answers()] == [(3, "/soundkin/go", "not in the library")]
        far.send("/soundkin/find/sel", 5)
        assert [m.args[1:] for m in far.answers()] == [(3, "/soundkin/find/sel", "not in the library")]
        assert service.threads == set()
        near.send("/soundkin/subscribe", "cursor")
        near.settled()
        near.send("/soundkin/go")
        near.until("/soundkin/cursor/total")
        assert service.threads != set()


def test_folders_and_reasons_are_not_told_to_other_machines(daemon: Daemon, host: str) -> None:
    with Neighbour(host, daemon.port).confirmed() as peer:
        for address in ("/soundkin/folders", "/soundkin/problems"):
            peer.send(address, 1)
            (denied,) = peer.answers()
            assert denied.args[1] == 8


def test_a_connection_from_elsewhere_says_the_token_first(daemon: Daemon, host: str) -> None:
    with FarStream(host, daemon.port) as peer:
        assert peer.ask("/soundkin/find/id", 1, 50, 1)[-1].args[1] == 8
        assert peer.ask("/soundkin/hello", "me", 1)[-1].args[1] == 8
        peer.send("/soundkin/hello", "me", 1, TOKEN)
        peer.until("/soundkin/welcome")
        assert len(peer.ask("/soundkin/find/id", 1, 50, 3)) == 4
        assert peer.ask("/soundkin/pause", 1)[-1].address == "/soundkin/done"


def test_a_wrong_token_ends_the_connection_and_soon_none_is_looked_at(daemon: Daemon, host: str) -> None:
    for number in range(20):
        with FarStream(host, daemon.port) as peer:
            assert peer.ask("/soundkin/hello", "me", 1, f"wrong number {number}")[-1].args[1] == 8
            assert peer.closed()
    with FarStream(host, daemon.port) as peer:
        refused = peer.ask("/soundkin/hello", "me", 1, TOKEN)[-1]
        assert refused.args[1] == 8
        assert "wait" in str(refused.args[3])
        assert peer.closed()


def test_a_connection_that_asks_on_without_the_token_is_ended(daemon: Daemon, host: str) -> None:
    with FarStream(host, daemon.port) as peer:
        for _ in range(17):
            peer.send("/soundkin/ping", 1)
        assert [peer.receive().args[1] for _ in range(17)] == [8] * 17
        assert peer.closed()


def test_the_token_is_refused_over_udp(daemon: Daemon, host: str) -> None:
    with Neighbour(host, daemon.port) as peer:
        peer.send("/soundkin/hello", "me", 1, TOKEN)
        assert peer.answers()[0].address == "/soundkin/error"


def test_programs_here_are_local_even_where_the_daemon_listens_to_one_address(service: FakeService, host: str) -> None:
    with serving(service, OscSettings(host=host, port=0, lan=True, allow=(host,))) as daemon:
        assert daemon.server.host == "127.0.0.1"
        with SoundkinClient(daemon.server.host, daemon.port) as client:
            client.pause()
            assert client.find(Query(like=(Like(id=SampleId(5)),), k=1)).neighbours[0].sample.path.startswith("/")
    assert service.calls == ["pause"]


def test_a_machine_that_is_not_listed_gets_nothing(service: FakeService, host: str) -> None:
    settings = OscSettings(host="0.0.0.0", port=0, lan=True, allow=("203.0.113.7",), token=TOKEN)
    with serving(service, settings) as daemon, Neighbour(host, daemon.port) as peer:
        peer.send("/soundkin/ping", 1)
        assert peer.received(0.1) == []
        with socket.create_connection((host, daemon.port), 5, source_address=(host, 0)) as sock:
            sock.sendall(b"\xc0/soundkin/ping\0\0,\0\0\0\xc0")
            with contextlib.suppress(ConnectionError):
                assert sock.recv(100) == b""
        assert get(daemon.port, "/?HOST_INFO")[0] == 200


def test_a_controller_in_the_settings_is_pushed_to_unasked(service: FakeService) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(5)
        port = ear.getsockname()[1]
        with serving(service, OscSettings(port=0, controllers=(f"127.0.0.1:{port}",))) as daemon:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                sock.sendto(encode(Message("/soundkin/sel/id", (5,))), ("127.0.0.1", daemon.port))
            assert decode(ear.recv(9000)) == [Message("/soundkin/sel/name", ("kick 0005.wav",))]


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (OscSettings(host="0.0.0.0"), "set osc.lan = true"),
        (OscSettings(host="192.168.1.5"), "set osc.lan = true"),
        (OscSettings(host="0.0.0.0", lan=True), "osc.allow"),
        (OscSettings(lan=True, allow=("everyone",)), "'everyone'"),
        (OscSettings(token="short"), "at least 12 characters"),
        (OscSettings(controllers=("phone:9000",)), "ADDRESS:PORT"),
        (OscSettings(controllers=("1.2.3.4",)), "ADDRESS:PORT"),
    ],
)
def test_settings_that_open_more_than_they_say_are_refused(settings: OscSettings, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        Access(settings)


def test_only_listed_addresses_are_admitted() -> None:
    allow, controllers = ("192.168.1.0/24", "fd00::/8"), ("10.0.0.9:9000",)
    access = Access(OscSettings(host="0.0.0.0", lan=True, allow=allow, controllers=controllers))
    assert access.admits("127.0.0.1")
    assert access.admits("192.168.1.77")
    assert access.admits("fd00::1")
    assert access.admits("10.0.0.9")
    assert not access.admits("192.168.2.1")
    assert not access.admits("10.0.0.8")


def test_a_cookie_is_for_one_address_and_for_a_while() -> None:
    access = Access(OscSettings())
    cookie = access.cookie("192.168.1.7", 9000, 1000.0)
    assert 0 < cookie < 2**24
    assert access.is_cookie(cookie, "192.168.1.7", 9000, 1100.0)
    assert not access.is_cookie(cookie, "192.168.1.7", 9001, 1000.0)
    assert not access.is_cookie(cookie, "192.168.1.8", 9000, 1000.0)
    assert not access.is_cookie(cookie, "192.168.1.7", 9000, 1500.0)


def test_a_flood_from_one_machine_is_cut_to_a_rate() -> None:
    limit = RateLimit(filled_s=0.0)
    assert sum(limit.enter(20, 0.0) for _ in range(10_000)) == 400
    assert sum(limit.enter(20, 1.0) for _ in range(10_000)) == 200


def test_pushed_paths_are_cut_to_names_for_other_machines() -> None:
    assert without_folder(Message("/soundkin/commit", ("/a/b.wav",))) == Message("/soundkin/commit", ("b.wav",))
    assert without_folder(Message("/soundkin/audition", ("/a/b.wav", 1.0, 0.0))).args[0] == "b.wav"


def test_in_lan_mode_mdns_tells_where_osc_and_oscquery_are(service: FakeService, host: str) -> None:
    zeroconf = pytest.importorskip("zeroconf")
    found: dict[str, int] = {}
    services = ("_osc._udp.local.", "_oscjson._tcp.local.")

    class Listener:
        def add_service(self, zc: object, type_: str, name: str) -> None:
            info = browser.get_service_info(type_, name, 2000)
            if info is not None and name.startswith("Soundkin on "):
                found[type_] = info.port

        def update_service(self, zc: object, type_: str, name: str) -> None: ...
        def remove_service(self, zc: object, type_: str, name: str) -> None: ...

    settings = OscSettings(host="0.0.0.0", port=0, lan=True, allow=(host,))
    with serving(service, settings) as daemon:
        browser = zeroconf.Zeroconf()
        try:
            zeroconf.ServiceBrowser(browser, list(services), Listener())
            deadline = time.monotonic() + 8
            while len(found) < 2 and time.monotonic() < deadline:
                time.sleep(0.02)
        finally:
            browser.close()
        if not found:
            pytest.skip("this network does not carry multicast")
        assert found == dict.fromkeys(services, daemon.port)
