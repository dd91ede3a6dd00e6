"""LAN mode with the real daemon and three machines: its own, one that osc.allow lists, and one that it does not."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from daemon_process import RunningDaemon
from flood import flooding
from network import Machine, machines, reason_to_skip
from soundkin_osc.carriers.framing import SlipFrames
from soundkin_osc.protocol.codec import Message, decode, encode

SKIPPED = reason_to_skip()
pytestmark = pytest.mark.skipif(bool(SKIPPED), reason=SKIPPED or "network namespaces")

TOKEN = "correct horse battery"
SETTINGS = f"""
[osc]
host = "0.0.0.0"
lan = true
allow = ["10.77.1.0/24"]
token = "{TOKEN}"
[scan]
interval_s = 86400
"""


class Lan(NamedTuple):
    """The daemon, and the machines around it."""

    daemon: RunningDaemon
    house: Machine
    friend: Machine
    stranger: Machine

    @property
    def at(self) -> tuple[str, int]:
        """Where the listed machine reaches the daemon."""
        return "10.77.1.1", self.daemon.port

    @property
    def at_from_stranger(self) -> tuple[str, int]:
        """Where the other one would."""
        return "10.77.2.1", self.daemon.port


@pytest.fixture(scope="module")
def lan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lan]:
    here: Path = tmp_path_factory.mktemp("lan")
    with machines() as (house, friend, stranger):
        daemon = house.inside(lambda: RunningDaemon(here / "data", settings=SETTINGS))
        try:
            yield Lan(daemon, house, friend, stranger)
        finally:
            log = daemon.end()
            assert TOKEN not in log


def sent(sock: socket.socket, to: tuple[str, int], address: str, *args: str | float) -> None:
    sock.sendto(encode(Message(address, args)), to)


def received(sock: socket.socket, for_s: float = 0.4) -> list[bytes]:
    sock.settimeout(for_s)
    found = []
    with contextlib.suppress(TimeoutError):
        while True:
            found.append(sock.recv(65_535))
    return found


def messages(sock: socket.socket, for_s: float = 0.4) -> list[Message]:
    return [message for packet in received(sock, for_s) for message in decode(packet)]


def confirmed(machine: Machine, to: tuple[str, int], port: int = 0) -> socket.socket:
    sock = machine.datagrams(port)
    sent(sock, to, "/soundkin/hello")
    (cookie,) = messages(sock)
    assert cookie.address == "/soundkin/cookie"
    sent(sock, to, "/soundkin/confirm", *[arg for arg in cookie.args if isinstance(arg, int)])
    assert [message.address for message in messages(sock)] == ["/soundkin/done"]
    return sock


def answered(sock: socket.socket, to: tuple[str, int], pings: int = 100) -> int:
    """How many pings are answered within half a second."""
    count = 0
    sock.settimeout(0.5)
    for number in range(pings):
        sent(sock, to, "/soundkin/ping", number)
        with contextlib.suppress(TimeoutError):
            while decode(sock.recv(65_535))[0].args != (number,):
                pass
            count += 1
        time.sleep(0.01)
    return count


def flood(machine: Machine, to: tuple[str, int]) -> contextlib.AbstractContextManager[None]:
    packet = encode(Message("/soundkin/ping"))
    return flooding(to, packet, 16, on=("ip", "netns", "exec", machine.name))


def test_a_listed_machine_is_answered_and_another_is_not(lan: Lan) -> None:
    with confirmed(lan.friend, lan.at) as friend:
        sent(friend, lan.at, "/soundkin/hello")
        assert [message.address for message in messages(friend)] == ["/soundkin/welcome"]
    with lan.stranger.datagrams() as stranger:
        for to in (lan.at, lan.at_from_stranger):
            for address in ("hello", "ping", "status", "quit"):
                sent(stranger, to, f"/soundkin/{address}")
        assert received(stranger) == []
    for to in (lan.at, lan.at_from_stranger):
        with contextlib.suppress(ConnectionError), lan.stranger.connected(to) as sock:
            sock.sendall(b"GET /?HOST_INFO HTTP/1.1\r\nHost: 10.77.2.1\r\n\r\n")
            assert sock.recv(100) == b""


def test_a_machine_reaches_the_daw_only_after_its_cookie(lan: Lan) -> None:
    with lan.house.inside(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as daw:
        daw.connect(("127.0.0.1", lan.daemon.port))
        daw.send(encode(Message("/soundkin/subscribe", ("cursor", 60))))
        assert messages(daw)
        with lan.friend.datagrams() as friend:
            sent(friend, lan.at, "/soundkin/session", "main")
            for _ in range(3):
                sent(friend, lan.at, "/soundkin/weight/timbre", 0.9)
            assert {message.args[1] for message in messages(friend)} == {8}
            assert messages(daw) == []
        with confirmed(lan.friend, lan.at) as friend:
            sent(friend, lan.at, "/soundkin/weight/timbre", 0.8)
            assert [message.address for message in messages(daw)] == ["/soundkin/weight/timbre"]
        daw.send(encode(Message("/soundkin/unsubscribe")))


def test_a_forged_sender_moves_nothing_and_brings_its_victim_three_bytes_for_one(lan: Lan) -> None:
    with lan.friend.datagrams(9_000) as victim, lan.house.inside(lambda: socket.socket(type=socket.SOCK_DGRAM)) as daw:
        daw.connect(("127.0.0.1", lan.daemon.port))
        daw.send(encode(Message("/soundkin/subscribe", ("cursor", 60))))
        assert messages(daw)
        size = 0
        for address, args in (
            ("hello", ()),
            ("confirm", (1,)),
            ("report", (1,)),
            ("subscribe", ()),
            ("weight/timbre", (0.1,)),
            ("commit", ()),
            ("*", ()),
        ):
            packet = encode(Message(f"/soundkin/{address}", args))
            size += len(packet)
            lan.stranger.forge(packet, ("10.77.1.2", 9_000), ("10.77.1.1", lan.daemon.port))
            lan.stranger.forge(packet, ("127.0.0.1", 9_000), ("10.77.2.1", lan.daemon.port))
        assert sum(map(len, received(victim))) <= 3 * size
        assert messages(daw) == []
        daw.send(encode(Message("/soundkin/unsubscribe")))


def test_a_machine_has_one_allowance_for_all_its_ports(lan: Lan) -> None:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(lan.friend.datagrams()) for _ in range(8)]
        began = time.monotonic()
        for number in range(250):
            for sock in sockets:
                sent(sock, lan.at, "/soundkin/ping", number)
        took_s = time.monotonic() - began
        count = sum(len(received(sock, 0.1)) for sock in sockets)
        assert 0 < count <= 400 + 200 * (took_s + 0.5)
    time.sleep(2)


def test_guessing_the_token_is_slow_and_leaves_a_trace(lan: Lan) -> None:
    frames = SlipFrames()
    looked_at = tried = 0
    ends = time.monotonic() + 3
    while time.monotonic() < ends:
        with contextlib.suppress(ConnectionError), lan.friend.connected(lan.at) as sock:
            for guess in range(50):
                sock.sendall(frames.wrap(encode(Message("/soundkin/hello", ("me", 1, f"guess {guess}")))))
            tried += 50
            answer = b""
            while part := sock.recv(65_535):
                answer += part
            looked_at += answer.count(b"wrong token\0")
    assert tried > 200
    assert 3 <= looked_at <= 6
    log = (lan.daemon.data_dir / "soundkin.log").read_text("utf-8")
    assert log.count("a wrong token came from 10.77.1.2") == 1
    with lan.friend.connected(lan.at) as sock:
        sock.sendall(frames.wrap(encode(Message("/soundkin/hello", ("me", 1, TOKEN)))))
        assert b"wait" in sock.recv(65_535)


@pytest.mark.alone
def test_a_machine_that_is_not_listed_starves_none(lan: Lan) -> None:
    with contextlib.ExitStack() as stack:
        here = stack.enter_context(lan.house.inside(lambda: socket.socket(type=socket.SOCK_DGRAM)))
        friend = stack.enter_context(confirmed(lan.friend, lan.at))
        stack.enter_context(flood(lan.stranger, lan.at_from_stranger))
        assert answered(here, ("127.0.0.1", lan.daemon.port)) >= 95
        assert answered(friend, lan.at) >= 90


@pytest.mark.alone
def test_a_listed_machine_that_floods_starves_no_program_on_the_daemons(lan: Lan) -> None:
    with lan.house.inside(lambda: socket.socket(type=socket.SOCK_DGRAM)) as here, flood(lan.friend, lan.at):
        assert answered(here, ("127.0.0.1", lan.daemon.port)) >= 95
