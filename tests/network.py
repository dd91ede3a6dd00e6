"""Three machines in network namespaces: the daemon's, one that its settings list, and one that they do not.

Needs Linux, root and iproute2. Sockets are made in a namespace by a thread that enters it; they stay there.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

Made = TypeVar("Made")
_NEW_NETWORK = 0x40000000


def ip(*words: str) -> None:
    """Run `ip`. Raises `CalledProcessError`."""
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=20)


def reason_to_skip() -> str:
    """Why there can be no namespaces here; "" where there can."""
    if sys.platform != "linux":
        return "network namespaces are Linux's"
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "iproute2 is not installed"
    name = f"skn-{os.getpid()}-try"
    try:
        ip("netns", "add", name)
        ip("netns", "del", name)
    except (subprocess.SubprocessError, OSError) as error:
        return f"network namespaces cannot be made: {error}"
    return ""


class Machine:
    """One namespace. `host`: its address on the way to the daemon."""

    def __init__(self, name: str, host: str) -> None:
        self.name = name
        self.host = host

    def inside(self, make: Callable[[], Made]) -> Made:
        """What `make` returns, called inside: sockets that it makes are the machine's."""
        found: list[Made] = []
        errors: list[BaseException] = []

        def run() -> None:
            try:
                self._enter()
                found.append(make())
            except BaseException as error:
                errors.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        if errors:
            raise errors[0]
        return found[0]

    def _enter(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        with Path(f"/var/run/netns/{self.name}").open() as file:
            if libc.setns(file.fileno(), _NEW_NETWORK) != 0:
                raise OSError(ctypes.get_errno(), "setns")

    def datagrams(self, port: int = 0) -> socket.socket:
        """A datagram socket of the machine's, bound to its address."""

        def make() -> socket.socket:
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind((self.host, port))
            sock.settimeout(2)
            return sock

        return self.inside(make)

    def connected(self, to: tuple[str, int]) -> socket.socket:
        """A stream connection from the machine."""
        return self.inside(lambda: socket.create_connection(to, 5))

    def forge(self, packet: bytes, source: tuple[str, int], to: tuple[str, int]) -> None:
        """Send a datagram that says it is from somewhere else."""

        def make() -> None:
            with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as sock:
                sock.sendto(_forged(packet, source, to), (to[0], 0))

        self.inside(make)


def _forged(packet: bytes, source: tuple[str, int], to: tuple[str, int]) -> bytes:
    size = 28 + len(packet)
    head = struct.pack(
        ">BBHHHBBH4s4s", 0x45, 0, size, 1, 0, 64, 17, 0, socket.inet_aton(source[0]), socket.inet_aton(to[0])
    )
    return head + struct.pack(">HHHH", source[1], to[1], size - 20, 0) + packet


@contextmanager
def machines() -> Iterator[tuple[Machine, Machine, Machine]]:
    """The daemon's machine, the listed one and the other, each on a line of its own to the first."""
    tag = f"skn{os.getpid()}"
    house, friend, stranger = Machine(f"{tag}h", ""), Machine(f"{tag}f", "10.77.1.2"), Machine(f"{tag}s", "10.77.2.2")
    try:
        for machine in (house, friend, stranger):
            ip("netns", "add", machine.name)
            ip("-n", machine.name, "link", "set", "lo", "up")
        for number, machine in enumerate((friend, stranger), 1):
            inner, outer = f"{tag}a{number}"[:15], f"{tag}b{number}"[:15]
            ip("link", "add", inner, "netns", house.name, "type", "veth", "peer", "name", outer, "netns", machine.name)
            for name, link, host in ((house.name, inner, f"10.77.{number}.1"), (machine.name, outer, machine.host)):
                ip("-n", name, "addr", "add", f"{host}/24", "dev", link)
                ip("-n", name, "link", "set", link, "up")
            ip("-n", machine.name, "route", "add", "default", "via", f"10.77.{number}.1")
        house.host = "10.77.1.1"
        yield house, friend, stranger
    finally:
        for machine in (house, friend, stranger):
            with contextlib.suppress(subprocess.SubprocessError):
                ip("netns", "del", machine.name)
