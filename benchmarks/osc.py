"""How fast OSC is: round trips and their waits, for the daemon at rest and during a scan, next to a bare echo.

    python benchmarks/osc.py [--rows 100000] [--rounds 2000] [--sounds 400]

Runs the real daemon over that many real (tiny) files with made-up vectors, and a raw-socket echo in another process,
and asks both from this one over loopback, one message in flight unless said otherwise. "search" is what the engine
alone takes for the same questions, asked in this process before the daemon starts. The scan is that of a folder of
synthetic sounds, analysed by the daemon's workers while the same measurements run again.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from footprint import make_files, make_library
from soundkin.config import Settings
from soundkin.errors import DaemonNotRunningError
from soundkin.model import Like, Query, SampleId
from soundkin_daemon.demo_sounds import write_library
from soundkin_daemon.engine import open_service
from soundkin_daemon.places import Places
from soundkin_osc.client import SoundkinClient
from soundkin_osc.codec import Message, decode, encode

SUBSCRIBERS = 8
_US, _MS = 1e6, 1e3


class Asker:
    """A connected datagram socket that asks and waits."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.connect(("127.0.0.1", port))
        self.socket.settimeout(5)

    def echo(self, packet: bytes) -> None:
        """One datagram there, one back."""
        self.socket.send(packet)
        self.socket.recv(65_535)

    def find(self, rid: int, sample: int) -> None:
        """A question with 16 hits, until its done."""
        self.socket.send(encode(Message("/soundkin/find/id", (rid, sample, 16))))
        while True:
            last = decode(self.socket.recv(65_535))[-1]
            if last.address in ("/soundkin/done", "/soundkin/error"):
                assert last.args[1] == 16, last
                return

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()


def timed(work: Callable[[int], object], rounds: int) -> list[float]:
    """Seconds of each round."""
    waits = []
    for number in range(rounds):
        begun = time.perf_counter()
        work(number)
        waits.append(time.perf_counter() - begun)
    return waits


def per_second(asker: Asker, packet: bytes, rounds: int, in_flight: int = 32) -> float:
    """Round trips per second with several in flight."""
    begun = time.perf_counter()
    for _ in range(in_flight):
        asker.socket.send(packet)
    for _ in range(rounds):
        asker.socket.recv(65_535)
        asker.socket.send(packet)
    for _ in range(in_flight):
        asker.socket.recv(65_535)
    return rounds / (time.perf_counter() - begun)


def fader(port: int, rounds: int, sample: int) -> list[float]:
    """Seconds from a fader's move until the last of eight subscribers was told."""
    with contextlib.ExitStack() as stack:
        ears = [Asker(port) for _ in range(SUBSCRIBERS)]
        mover = Asker(port)
        for asker in (*ears, mover):
            stack.callback(asker.close)
        for ear in ears:
            ear.socket.send(encode(Message("/soundkin/subscribe", ("cursor", 600))))
        mover.socket.send(encode(Message("/soundkin/sel/id", (sample,))))
        mover.socket.send(encode(Message("/soundkin/go")))
        time.sleep(0.5)
        for ear in ears:
            ear.socket.settimeout(0.05)
            with contextlib.suppress(TimeoutError):
                while True:
                    ear.socket.recv(65_535)
            ear.socket.settimeout(5)

        def move(number: int) -> None:
            mover.socket.send(encode(Message("/soundkin/nav/fader", (0.2 + 0.6 * (number % 2),))))
            for ear in ears:
                ear.socket.recv(65_535)

        return timed(move, rounds)


def echo_server(ready: multiprocessing.SimpleQueue[int]) -> None:
    """What no server in Python can beat: bytes in, the same bytes out."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        ready.put(sock.getsockname()[1])
        while True:
            data, address = sock.recvfrom(65_535)
            sock.sendto(data, address)


@contextlib.contextmanager
def echo() -> Iterator[int]:
    """The echo in a process of its own; its port."""
    context = multiprocessing.get_context("spawn")
    ready = context.SimpleQueue()
    process = context.Process(target=echo_server, args=(ready,), daemon=True)
    process.start()
    try:
        yield ready.get()
    finally:
        process.terminate()
        process.join()


@contextlib.contextmanager
def daemon(data: Path, port: int) -> Iterator[None]:
    """The real daemon, once it answers."""
    config = data / "benchmark.toml"
    config.write_text("[scan]\ninterval_s = 86400\n", "utf-8")
    words = ["up", "--quiet", "--data-dir", str(data), "--config", str(config), "--port", str(port)]
    process = subprocess.Popen([sys.executable, "-m", "soundkin_daemon", *words], stdout=subprocess.DEVNULL)
    try:
        wait_for(lambda: asks(port, lambda client: client.status().index.state == "ready"))
        wait_for(lambda: asks(port, lambda client: client.status().progress.state == "idle"))
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def asks(port: int, question: Callable[[SoundkinClient], bool]) -> bool:
    """A yes-or-no question to the daemon; no while it is not there."""
    with SoundkinClient("127.0.0.1", port, timeout_s=2) as client, contextlib.suppress(DaemonNotRunningError):
        return question(client)
    return False


def wait_for(done: Callable[[], bool]) -> None:
    """Poll, for minutes if need be."""
    while not done():
        time.sleep(0.05)


def show(name: str, waits: list[float], echo_s: float | None = None) -> None:
    """One row of the table."""
    ordered = sorted(waits)
    middle, last = statistics.median(ordered), ordered[int(len(ordered) * 0.99)]
    ratio = f"{middle / echo_s:8.2f}" if echo_s else ""
    print(f"{name:44}{middle * _US:10.0f} us{last * _US:10.0f} us{ordered[-1] * _MS:8.1f} ms{ratio}")


def measure(when: str, port: int, rounds: int, ids: list[int], echo_s: float) -> None:
    """Ping, find and fader, in this order."""
    asker, ping = Asker(port), encode(Message("/soundkin/ping", (1, 2.0, "x" * 48)))
    timed(lambda number: asker.find(number + 1, ids[number % len(ids)]), 50)  # warm
    show(f"ping, {when}", timed(lambda _: asker.echo(ping), rounds), echo_s)
    show(
        f"find 16 hits, {when}",
        timed(lambda number: asker.find(number + 1, ids[number % len(ids)]), rounds // 2),
    )
    show(f"fader to {SUBSCRIBERS} subscribers, {when}", fader(port, rounds // 2, ids[0]))
    print(f"{f'pings per second, 32 in flight, {when}':44}{per_second(asker, ping, rounds * 5):10,.0f}")
    asker.close()


def search_alone(data: Path, rounds: int) -> tuple[list[int], list[float]]:
    """Ids to ask about, and what the engine takes for them without OSC."""
    with open_service(Places(data), Settings()) as service:
        ids = [int(sample.id) for sample in service.search("", 2_000)][::10]

        def ask(number: int) -> None:
            service.find(Query(like=(Like(id=SampleId(ids[number % len(ids)])),), k=16))

        timed(ask, 50)
        return ids, timed(ask, rounds // 2)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=2_000)
    parser.add_argument("--sounds", type=int, default=400, help="of each family, for the scan")
    parser.add_argument("--port", type=int, default=27_467)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soundkin-osc-") as folder, echo() as echo_port:
        here = Path(folder).resolve()
        (here / "data").mkdir()
        make_files(here / "samples", options.rows)
        make_library(here / "data", here / "samples")
        write_library(here / "new", each=options.sounds)
        with daemon(here / "data", options.port):
            pass  # builds and saves the index that both then use
        ids, searches = search_alone(here / "data", options.rounds)
        print(f"{f'{options.rows:,} rows':44}{'p50':>13}{'p99':>13}{'slowest':>11}{'x echo':>8}")
        bare, packet = Asker(echo_port), encode(Message("/soundkin/ping", (1, 2.0, "x" * 48)))
        timed(lambda _: bare.echo(packet), 200)
        echoes = timed(lambda _: bare.echo(packet), options.rounds)
        show("raw echo of the same bytes", echoes)
        print(f"{'raw echoes per second, 32 in flight':44}{per_second(bare, packet, options.rounds * 5):10,.0f}")
        show("search alone, 16 hits", searches)
        with daemon(here / "data", options.port):
            echo_s = statistics.median(echoes)
            measure("at rest", options.port, options.rounds, ids, echo_s)
            with SoundkinClient("127.0.0.1", options.port) as client:
                client.add_root(str(here / "new"))
                wait_for(lambda: client.status().progress.state == "analysing")
                measure("during a scan", options.port, options.rounds, ids, echo_s)
                state = client.status().progress
                print(f"(the scan was {'still running' if state.state == 'analysing' else 'over before the end'})")
        bare.close()


if __name__ == "__main__":
    main()
