"""Whether the daemon's memory, descriptors and threads level off under questions, churn and passing connections.

    python benchmarks/soak.py --minutes 30

Runs the real daemon over synthetic sounds. One thread asks questions of all kinds over UDP, one opens connections of
all kinds, asks and drops them, one asks through the mailbox, and one adds, changes, renames and removes files. A line
is printed every half minute; at the end the third quarter of the time is compared with the last. Linux shows most.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from soundkin.errors import SoundkinError
from soundkin.model import Like, Query
from soundkin_daemon.cli.demo import free_port
from soundkin_daemon.cli.demo_sounds import write_library
from soundkin_osc.carriers.framing import size_framed
from soundkin_osc.client.udp_client import SoundkinClient
from soundkin_osc.protocol.codec import Message, encode

EVERY_S = 30.0
GROWN_MB = 3.0
"""Growth of the median from the third to the last quarter that counts as levelling off."""


@dataclass
class Load:
    """What is done to one daemon, counted."""

    port: int
    samples: Path
    mailbox: Path
    ended: threading.Event = field(default_factory=threading.Event)
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, what: str) -> None:
        """One more of these."""
        self.counts[what] = self.counts.get(what, 0) + 1

    def threads(self) -> list[threading.Thread]:
        """One for each kind of load."""
        kinds = (self.ask, self.connect, self.post, self.churn)
        return [threading.Thread(target=self._again, args=(kind, seed), daemon=True) for seed, kind in enumerate(kinds)]

    def _again(self, kind: Callable[[random.Random], None], seed: int) -> None:
        chance = random.Random(seed)
        while not self.ended.is_set():
            try:
                kind(chance)
            except (OSError, SoundkinError):
                self.count("refused")
                self.ended.wait(0.2)

    def ask(self, chance: random.Random) -> None:
        """Questions of all kinds from one endpoint after the other."""
        with SoundkinClient("127.0.0.1", self.port, timeout_s=10.0) as client:
            known = client.search("", 100)
            if not known:
                self.ended.wait(0.5)
                return
            for _ in range(50):
                path = chance.choice(known).path
                query = Query(
                    like=(Like(path=path),),
                    k=chance.choice((1, 10, 60)),
                    filter=chance.choice(("", "dur<1", "kind:oneshot", f"name:{chance.randrange(99)}")),
                    novelty=chance.choice((0.0, 0.5)),
                    fold_duplicates=chance.random() < 0.3,
                    weights=chance.choice(({}, {"timbre": 2.0 * chance.random()})),
                )
                asked: list[Callable[[], object]] = [
                    lambda query=query: client.find(query),  # type: ignore[misc]
                    lambda: client.search(str(chance.randrange(99)), 20),
                    lambda query=query: client.kit(query, 3),  # type: ignore[misc]
                    client.status,
                    client.problems,
                    client.missing,
                    client.roots,
                    client.duplicates,
                ]
                with contextlib.suppress(SoundkinError):  # a file that is gone by now
                    chance.choices(asked, (40, 10, 5, 3, 3, 2, 2, 1))[0]()
                self.count("questions")
                self.ended.wait(0.004)

    def connect(self, chance: random.Random) -> None:
        """Connections of all kinds that ask and go, politely or not."""
        with socket.create_connection(("127.0.0.1", self.port), 5) as sock:
            kind = chance.randrange(6)
            host = f"Host: 127.0.0.1:{self.port}\r\n".encode()
            if kind == 0:
                sock.sendall(b"GET /?HOST_INFO HTTP/1.1\r\n" + host + b"\r\n")
                sock.recv(4096)
            elif kind == 1:
                sock.sendall(b"GET //[x HTTP/1.1\r\n\r\n")
                sock.recv(4096)
            elif kind == 2:
                key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                sock.sendall(
                    b"GET / HTTP/1.1\r\n" + host + b"Upgrade: websocket\r\nConnection: Upgrade\r\n" + key + b"\r\n"
                )
                sock.recv(4096)
            elif kind == 3:
                messages = [
                    Message("/soundkin/subscribe", ("cursor slots",)),
                    Message("/soundkin/find/text", (1, "a", 9)),
                ]
                sock.sendall(size_framed(map(encode, messages)))
                sock.recv(65_536)
            elif kind == 4:
                sock.sendall(b"\0\0\0\x20/soun")  # and never the rest
            else:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, not an end
                sock.sendall(size_framed([encode(Message("/soundkin/ping", (1,)))]))
        self.count("connections")
        self.ended.wait(0.02)

    def post(self, chance: random.Random) -> None:
        """A question as a file, and what is no question."""
        name = f"{chance.getrandbits(64):016x}"
        request, answer = self.mailbox / f"req-{name}.osc", self.mailbox / f"res-{name}.osc"
        draft = request.with_suffix(".tmp")
        if chance.random() < 0.1:
            request.mkdir()
        else:
            messages = [Message("/soundkin/find/text", (n, str(chance.randrange(99)), 5)) for n in (1, 1, 2)]
            draft.write_bytes(size_framed(map(encode, messages)))
            draft.replace(request)
        deadline = time.monotonic() + 10
        while not answer.exists() and time.monotonic() < deadline and not self.ended.is_set():
            time.sleep(0.01)
        answer.unlink(missing_ok=True)
        self.count("mails")
        self.ended.wait(0.1)

    def churn(self, chance: random.Random) -> None:
        """Files that come, change, move and go; how many there are stays about the same."""
        files = sorted(self.samples.rglob("*.wav"))
        path = chance.choice(files)
        kind = chance.randrange(4)
        if kind == 0 or len(files) < 50:
            shutil.copyfile(path, path.with_name(f"copy {chance.randrange(10_000)}.wav"))
        elif kind == 1:
            path.rename(path.with_name(f"moved {chance.randrange(10_000)}.wav"))
        elif kind == 2:
            with path.open("ab") as file:
                file.write(bytes(2 * chance.randrange(1, 500)))
        elif len(files) > 60:
            path.unlink()
        self.count("changes")
        self.ended.wait(0.25)


@dataclass(frozen=True, slots=True)
class Look:
    """The daemon at one moment."""

    at_s: float
    resident_mb: float
    descriptors: int
    threads: int
    workers_mb: float


@contextmanager
def daemon(folder: Path, port: int) -> Iterator[psutil.Process]:
    """A real one, ended afterwards."""
    config = folder / "soak.toml"
    config.write_text("[scan]\ninterval_s = 120\nsettle_s = 0.2\n", "utf-8")
    words = ["up", "--quiet", str(folder / "samples"), "--data-dir", str(folder / "data"), "--port", str(port)]
    process = subprocess.Popen([sys.executable, "-m", "soundkin_daemon", *words, "--config", str(config)])
    try:
        yield psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGTERM if os.name == "nt" else signal.SIGINT)
        process.wait(60)


def look(process: psutil.Process, began: float) -> Look:
    """What the system says of it now."""
    workers = 0.0
    for child in process.children(recursive=True):
        with contextlib.suppress(psutil.Error):
            workers += child.memory_info().rss / 1e6
    descriptors = process.num_fds() if hasattr(process, "num_fds") else 0
    resident = process.memory_info().rss / 1e6
    return Look(time.monotonic() - began, resident, descriptors, process.num_threads(), workers)


def verdict(looks: list[Look]) -> str:
    """The third quarter of the time against the last."""
    half = looks[len(looks) // 2 :]
    third, last = half[: len(half) // 2], half[len(half) // 2 :]
    if not third:
        return "too short to tell"
    lines = []
    for name, unit, most in (("resident_mb", "MB", GROWN_MB), ("descriptors", "", 4.0), ("threads", "", 2.0)):
        before, after = (statistics.median(getattr(each, name) for each in part) for part in (third, last))
        says = "levels off" if after - before <= most else "GROWS"
        lines.append(f"{name}: {says} ({before:.1f} -> {after:.1f} {unit}".rstrip() + ")")
    return "\n".join(lines)


def soak(minutes: float, folder: Path) -> list[Look]:
    """Print a line every half minute, and return what was seen."""
    write_library(folder / "samples")
    port = free_port()
    looks: list[Look] = []
    with daemon(folder, port) as process:
        with SoundkinClient("127.0.0.1", port) as client:
            while not client.ping():
                time.sleep(0.1)
        load = Load(port, folder / "samples", folder / "data" / "mailbox")
        threads = load.threads()
        for thread in threads:
            thread.start()
        began = time.monotonic()
        print(f"{'minutes':>8}{'MB':>8}{'descr.':>8}{'threads':>8}{'workers MB':>12}  done", flush=True)
        while time.monotonic() - began < 60 * minutes:
            time.sleep(min(EVERY_S, 6 * minutes))
            now = look(process, began)
            looks.append(now)
            done = ", ".join(f"{count:,} {what}" for what, count in sorted(load.counts.items()))
            numbers = (
                f"{now.at_s / 60:8.1f}{now.resident_mb:8.1f}{now.descriptors:8}{now.threads:8}{now.workers_mb:12.0f}"
            )
            print(f"{numbers}  {done}", flush=True)
        load.ended.set()
        for thread in threads:
            thread.join(15)
    return looks


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soundkin-soak-", ignore_cleanup_errors=True) as folder:
        print(verdict(soak(options.minutes, Path(folder).resolve())))


if __name__ == "__main__":
    main()
