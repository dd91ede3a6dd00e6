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
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from footprint import make_files, make_library
from osc_peers import Asker, WebAsker, daemon, echo, fetch, flood, wait_for
from soundkin.config import Settings
from soundkin.model import Like, Query, SampleId
from soundkin_daemon.cli.demo_sounds import write_library
from soundkin_daemon.engine import open_service
from soundkin_daemon.places import Places
from soundkin_osc.client.udp_client import SoundkinClient
from soundkin_osc.protocol.codec import Message, decode, encode

SUBSCRIBERS = 8
FLOODS = (1, 16, 64)
"""Sockets that flood the daemon while one asks now and then."""
_US, _MS = 1e6, 1e3


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


def answered_beside(port: int, sockets: int, pings: int = 200) -> float:
    """Share of a quiet endpoint's pings that are answered within 0.2 s while others flood, in percent."""
    context = multiprocessing.get_context("spawn")
    stop, ready = context.Event(), context.SimpleQueue()
    process = context.Process(target=flood, args=(port, sockets, stop, ready), daemon=True)
    process.start()
    ready.get()
    quiet, answered = Asker(port), 0
    quiet.socket.settimeout(0.2)
    for number in range(pings):
        quiet.socket.send(encode(Message("/soundkin/ping", (number,))))
        with contextlib.suppress(TimeoutError):
            while decode(quiet.socket.recv(65_535))[0].args != (number,):
                pass
            answered += 1
        time.sleep(0.005)
    quiet.close()
    stop.set()
    process.join()
    return 100 * answered / pings


def show(name: str, waits: list[float], echo_s: float | None = None) -> None:
    """One row of the table."""
    ordered = sorted(waits)
    middle, last = statistics.median(ordered), ordered[int(len(ordered) * 0.99)]
    ratio = f"{middle / echo_s:8.2f}" if echo_s else ""
    print(f"{name:44}{middle * _US:10.0f} us{last * _US:10.0f} us{ordered[-1] * _MS:8.1f} ms{ratio}")


def measure(when: str, port: int, rounds: int, ids: list[int], echo_s: float) -> None:
    """Ping, find and fader, in this order; then ping, find and a GET over TCP."""
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
    web = WebAsker(port)
    show(f"ping by WebSocket, {when}", timed(lambda _: web.ask(ping), rounds), echo_s)
    finds = [encode(Message("/soundkin/find/id", (0, number, 16))) for number in ids]
    show(f"find 16 hits by WebSocket, {when}", timed(lambda number: web.ask(finds[number % len(ids)]), rounds // 2))
    show(f"an OSCQuery node by HTTP, {when}", timed(lambda _: fetch(port), rounds // 10))
    web.close()


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
            for sockets in FLOODS:
                share = answered_beside(options.port, sockets)
                print(f"{f'quiet pings answered beside {sockets} flooding sockets':44}{share:10.1f} %")
            with SoundkinClient("127.0.0.1", options.port) as client:
                client.add_root(str(here / "new"))
                wait_for(lambda: client.status().progress.state == "analysing")
                measure("during a scan", options.port, options.rounds, ids, echo_s)
                state = client.status().progress
                print(f"(the scan was {'still running' if state.state == 'analysing' else 'over before the end'})")
        bare.close()


if __name__ == "__main__":
    main()
