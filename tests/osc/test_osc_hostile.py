"""Hostile traffic over every carrier, while an honest client keeps asking: it is never kept waiting, nothing grows.

Each attack lasts SOUNDKIN_HOSTILE_S seconds (0.25 unless set; set it higher for a soak).
"""

from __future__ import annotations

import contextlib
import logging
import os
import random
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import psutil
import pytest

from fakes_service import FakeService, library
from flood import flooding
from osc_peer import Daemon, Peer, serving
from osc_streams import ClientFrames, StreamPeer, WebSocketPeer
from soundkin_osc.carriers.framing import SizeFrames, SlipFrames
from soundkin_osc.protocol.addresses import TABLE
from soundkin_osc.protocol.codec import Message, bundle, encode

FOR_S = float(os.environ.get("SOUNDKIN_HOSTILE_S", "0.25"))
PING_S = 0.1
ASKED, LONGEST_S = 30, 20.0
"""Pings that an attack lasts at least, and the seconds after which it ends without them."""
ENDLESS = bytes.fromhex("2362756e646c65000000000000000001fffffffc")

pytestmark = pytest.mark.alone


@pytest.fixture
def service() -> FakeService:
    return library(200)


@pytest.fixture
def daemon(service: FakeService, tmp_path: Path) -> Iterator[Daemon]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)  # as the daemon does; here the attackers are threads of the same interpreter
    try:
        yield from _serving(service, tmp_path)
    finally:
        sys.setswitchinterval(before)


def _serving(service: FakeService, tmp_path: Path) -> Iterator[Daemon]:
    with serving(service, mailbox=tmp_path / "box") as daemon:
        yield daemon


class Bystander:
    """An honest client that pings all the time and notes how long it waited."""

    def __init__(self, port: int) -> None:
        self.waits: list[float] = []
        self._port = port
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        with Peer(self._port, timeout_s=0.05) as peer:
            number = 0
            while not self._stop.is_set():
                number += 1
                began = time.monotonic()
                while not self._answered(peer, number) and not self._stop.is_set():
                    pass
                self.waits.append(time.monotonic() - began)
                time.sleep(0.002)

    @staticmethod
    def _answered(peer: Peer, number: int) -> bool:
        """Ask, and once more after a while where the flood displaced the datagram, as every client of UDP does."""
        peer.send("/soundkin/ping", number)
        try:
            while peer.receive()[-1].args != (number,):
                pass
        except TimeoutError:
            return False
        return True

    def ninth_in_ten(self) -> float:
        return sorted(self.waits)[len(self.waits) * 9 // 10]


def attacked(daemon: Daemon, attack: Callable[[], None]) -> Bystander:
    """Repeat an attack for a while next to an honest client, and check that the daemon stayed what it was."""
    process = psutil.Process()
    attack()
    threads, memory = threading.active_count(), process.memory_info().rss
    with Bystander(daemon.port) as bystander:
        began = time.monotonic()
        while (went := time.monotonic() - began) < FOR_S or (len(bystander.waits) < ASKED and went < LONGEST_S):
            attack()
            time.sleep(0.001)
    assert len(bystander.waits) >= ASKED
    assert bystander.ninth_in_ten() < PING_S, f"{bystander.ninth_in_ten() * 1000:.0f} ms"
    assert threading.active_count() <= threads + 2  # those for questions that take long start with the first of them
    assert process.memory_info().rss - memory < 60e6
    with Peer(daemon.port) as peer:
        assert peer.ask("/soundkin/find/id", 1, 1, 1)[-1].address == "/soundkin/done"
    return bystander


VALID = [
    encode(Message("/soundkin/find/id", (1, 5, 16))),
    encode(Message("/soundkin/find/path", (1, "/samples/kick 0001.wav", 16))),
    encode(Message("/soundkin/find/query", (1, '{"like": [{"id": 5}]}'))),
    encode(Message("/soundkin/subscribe", ("cursor slots", 5))),
    encode(Message("/soundkin/nav/fader", (0.5,))),
    bundle([encode(Message("/soundkin/sel/id", (5,))), encode(Message("/soundkin/go"))]),
    bundle([bundle([encode(Message("/soundkin/{nav,slot}/*", (1,)))])]),
]


def mutants(seed: int) -> Iterator[bytes]:
    """Random bytes and byte-flipped, cut and glued valid packets; never a valid order to quit."""
    dice = random.Random(seed)
    while True:
        if dice.random() < 0.2:
            packet = bytearray(dice.randbytes(dice.randrange(1, 400)))
        else:
            packet = bytearray(dice.choice(VALID))
            for _ in range(dice.randrange(1, 6)):
                packet[dice.randrange(len(packet))] = dice.choice((0, 0xFF, 0x2C, 0x2F, dice.randrange(256)))
            if dice.random() < 0.2:
                del packet[dice.randrange(len(packet)) :]
            if dice.random() < 0.1:
                packet += dice.choice(VALID)
        if packet and b"quit" not in packet:
            yield bytes(packet)


def udp(daemon: Daemon) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.connect(("127.0.0.1", daemon.port))
    sock.setblocking(False)
    return sock


def drained(sock: socket.socket) -> int:
    size = 0
    with contextlib.suppress(OSError):
        while True:
            size += len(sock.recv(65_535))
    return size


def test_random_and_flipped_datagrams(daemon: Daemon) -> None:
    packets = mutants(1)
    with udp(daemon) as sock:

        def attack() -> None:
            for _ in range(100):
                with contextlib.suppress(OSError):
                    sock.send(next(packets))
            drained(sock)

        attacked(daemon, attack)


@pytest.mark.parametrize("framing", ["slip", "size", "websocket", "bare"])
def test_random_and_flipped_bytes_in_connections(daemon: Daemon, framing: str) -> None:
    packets = mutants(2)
    wraps: dict[str, Callable[[bytes], bytes]] = {
        "slip": SlipFrames().wrap,
        "size": SizeFrames().wrap,
        "websocket": ClientFrames().wrap,
        "bare": lambda packet: packet,
    }

    def attack() -> None:
        with contextlib.suppress(OSError):
            if framing == "websocket":
                peer = WebSocketPeer(daemon.port)
                sock = peer.socket
            else:
                sock = socket.create_connection(("127.0.0.1", daemon.port), 5)
            with sock:
                for _ in range(20):
                    sock.sendall(wraps[framing](next(packets)))

    attacked(daemon, attack)


def test_random_bytes_in_the_mailbox(daemon: Daemon, tmp_path: Path) -> None:
    packets = mutants(3)
    box = tmp_path / "box"

    def attack() -> None:
        for number in range(20):
            packet = next(packets)
            (box / f"req-{number}.tmp").write_bytes(SizeFrames().wrap(packet) if number % 2 else packet)
            (box / f"req-{number}.tmp").rename(box / f"req-{number}.osc")
        for answer in box.glob("res-*.osc"):
            answer.unlink()

    attacked(daemon, attack)


@pytest.mark.parametrize(
    "packet",
    [
        ENDLESS,
        encode(Message("/soundkin/ping", (1,))),
        encode(Message("/soundkin/find/id", (0, 5, 64))),
        encode(Message("/soundkin/find/text", (0, "kick", 64))),
        encode(Message("/soundkin/find/path", (0, "/dev/zero"))),
        encode(Message("/soundkin/report", (0,))),
        encode(Message("/soundkin/xyzzy", ("x" * 4000,))),
        bundle([encode(Message("/soundkin/find/id", (0, 5, 64)))] * 64),
        bundle([encode(Message("/soundkin/" + "*a" * 100))] * 8),
        bundle([encode(Message("/soundkin/slot/*/" + "{*,?}" * 30))] * 8),
        bundle([encode(Message("/x"))] * 256),
        bundle([encode(Message(f"/soundkin/find/p{number}th")) for number in range(64)]),
        bytes(65_000),
    ],
    ids=lambda packet: f"{len(packet)} bytes of {packet[:40].decode('ascii', 'replace')!r}",
)
def test_a_flood_from_one_endpoint_does_not_delay_another(daemon: Daemon, packet: bytes) -> None:
    with udp(daemon) as sock:

        def attack() -> None:
            for _ in range(20):
                with contextlib.suppress(OSError):
                    sock.send(packet)
            drained(sock)

        attacked(daemon, attack)


def test_thousands_of_subscribers(daemon: Daemon) -> None:
    packet = encode(Message("/soundkin/subscribe", ("cursor", 60)))

    def attack() -> None:
        for _ in range(50):
            with udp(daemon) as sock:
                sock.send(packet)

    attacked(daemon, attack)
    with Peer(daemon.port) as peer:
        for _ in range(20):  # places change hands at a bounded rate
            time.sleep(0.2)
            peer.send("/soundkin/subscribe", "cursor")
            if peer.until("/soundkin/subscribed", "/soundkin/error")[-1].address == "/soundkin/subscribed":
                return
        pytest.fail("no place became free after the storm")


def test_patterns_of_every_shape_over_every_address(daemon: Daemon) -> None:
    dice = random.Random(4)
    pieces = ["*", "?", "[a-z]", "[!x]", "{a,b,}", "{slot,nav}", "a", "next", "/", "soundkin"]

    with udp(daemon) as sock:

        def attack() -> None:
            for _ in range(20):
                pattern = "/soundkin/" + "".join(dice.choices(pieces, k=dice.randrange(1, 40)))
                with contextlib.suppress(OSError):
                    sock.send(encode(Message(pattern[:255], (1,))))
            drained(sock)

        attacked(daemon, attack)
    assert not daemon.quit.is_set()


def test_endless_frames_and_readers_that_never_read(daemon: Daemon) -> None:
    starts = (b"\xc0" + b"x" * 4096, b"\0\0\xff\0" + b"x" * 4096, b"GET /" + b"x" * 4096, b"\xc0" * 4096)

    def attack() -> None:
        for start in starts:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", daemon.port), 1) as sock:
                sock.settimeout(0.05)
                for _ in range(60):
                    sock.sendall(start)

    attacked(daemon, attack)


def test_connections_that_say_nothing_keep_nobody_out(daemon: Daemon) -> None:
    with contextlib.ExitStack() as silent:
        for _ in range(60):
            silent.enter_context(socket.create_connection(("127.0.0.1", daemon.port), 5))
        attacked(daemon, lambda: time.sleep(0.01))
        with StreamPeer(daemon.port) as peer:
            assert peer.ask("/soundkin/find/id", 1, 1, 1)[-1].address == "/soundkin/done"


def test_http_posts_of_web_pages(daemon: Daemon) -> None:
    body = SlipFrames().wrap(encode(Message("/soundkin/quit")))
    posts = [
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Length: %d\r\n\r\n" % (daemon.port, len(body)) + body,
        b"POST / HTTP/1.1\r\nHost: evil.example\r\n\r\n" + body,
        b"OPTIONS / HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example\r\n\r\n" + body,
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 2000 + b"\r\n" + body,
        b"G" + body * 100,
    ]

    def attack() -> None:
        for post in posts:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", daemon.port), 0.1) as sock:
                sock.sendall(post)
                sock.recv(100)

    attacked(daemon, attack)
    assert not daemon.quit.is_set()


def test_the_log_stays_short_whatever_is_sent(daemon: Daemon, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    packets = mutants(6)
    with udp(daemon) as sock:

        def attack() -> None:
            for _ in range(100):
                with contextlib.suppress(OSError):
                    sock.send(next(packets))
            drained(sock)

        attacked(daemon, attack)
    assert len(caplog.text) < 20_000


def test_what_is_logged_is_one_printable_line_each(daemon: Daemon, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Peer(daemon.port) as peer:
        peer.send("/soundkin/\x1b[2J\nfake line", "\x07\r\n" * 500)
        peer.receive()
    for record in caplog.records:
        assert record.getMessage().isprintable(), record
        assert len(record.getMessage()) < 700


def test_no_answer_is_longer_than_the_questions_rights(daemon: Daemon) -> None:
    """Nothing in the table answers an empty message with more than a screenful."""
    with udp(daemon) as sock:
        for path, entry in TABLE.items():
            if entry.kind != "request" or entry.name in ("quit", "subscribe"):
                continue
            sock.send(encode(Message(path)))
        time.sleep(0.3)
        assert drained(sock) < 20_000


@pytest.mark.parametrize("sockets", [1, 16, 64])
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system does not drop a flood for us")
def test_a_quiet_endpoint_loses_few_packets_beside_a_flood_from_many_sockets(daemon: Daemon, sockets: int) -> None:
    packet = encode(Message("/soundkin/ping", (1,)))
    answered = 0
    with flooding(("127.0.0.1", daemon.port), packet, sockets), Peer(daemon.port, timeout_s=1.0) as peer:
        for number in range(100):
            answered += Bystander._answered(peer, number)
    assert answered >= 90
