"""What `osc.py` measures with: askers over UDP, WebSocket and HTTP, a flood, an echo, and the daemon in its process."""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.synchronize
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from soundkin.errors import DaemonNotRunningError
from soundkin_osc.client.udp_client import SoundkinClient
from soundkin_osc.protocol.codec import Message, decode, encode


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


class WebAsker:
    """A WebSocket that asks and waits."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 5)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        self.socket.sendall(_get(port, "/") + b"Connection: Upgrade\r\nUpgrade: websocket\r\n" + key + b"\r\n")
        self.rest = b""
        while b"\r\n\r\n" not in self.rest:
            self.rest += self.socket.recv(65_536)
        self.rest = self.rest.partition(b"\r\n\r\n")[2]

    def ask(self, packet: bytes) -> None:
        """One message there, and what comes up to a pong or done."""
        self.socket.sendall(bytes([0x82, 0x80 | len(packet), 0, 0, 0, 0]) + packet)
        while not self._message().startswith((b"/soundkin/pong", b"/soundkin/done")):
            pass

    def _message(self) -> bytes:
        while True:
            if len(self.rest) > 3:
                short = self.rest[1] < 126
                size, start = (self.rest[1], 2) if short else (int.from_bytes(self.rest[2:4], "big"), 4)
                if len(self.rest) >= start + size:
                    message, self.rest = self.rest[start : start + size], self.rest[start + size :]
                    return message
            self.rest += self.socket.recv(65_536)

    def close(self) -> None:
        """Close the socket."""
        self.socket.close()


def _get(port: int, path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n".encode()


def fetch(port: int) -> None:
    """One node of the OSCQuery tree over a connection of its own."""
    with socket.create_connection(("127.0.0.1", port), 5) as sock:
        sock.sendall(_get(port, "/soundkin/nav/fader") + b"Connection: close\r\n\r\n")
        answer = b""
        while part := sock.recv(65_536):
            answer += part
        assert answer.startswith(b"HTTP/1.1 200"), answer


def flood(
    port: int, sockets: int, stop: multiprocessing.synchronize.Event, ready: multiprocessing.SimpleQueue[int]
) -> None:
    """Sends pings from that many sockets as fast as it can, and reads no answer."""
    packet = encode(Message("/soundkin/ping", (1,)))
    floods = [Asker(port).socket for _ in range(sockets)]
    for sock in floods:
        sock.setblocking(False)
    ready.put(sockets)
    while not stop.is_set():
        for sock in floods:
            with contextlib.suppress(OSError):
                sock.send(packet)


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
