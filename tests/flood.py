"""A process that sends one datagram as fast as it can, from as many sockets as a test likes, and reads no answer."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator

_FLOOD = """
import socket, sys
sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(int(sys.argv[3]))]
for sock in sockets:
    sock.connect((sys.argv[1], int(sys.argv[2])))
    sock.setblocking(False)
packet = bytes.fromhex(sys.argv[4])
print("flooding", flush=True)
while True:
    for sock in sockets:
        try:
            sock.send(packet)
        except OSError:
            pass
"""


@contextlib.contextmanager
def flooding(to: tuple[str, int], packet: bytes, sockets: int, *, on: tuple[str, ...] = ()) -> Iterator[None]:
    """The flood goes on inside. `on` is a command that runs another one on another machine."""
    words = [*on, sys.executable, "-c", _FLOOD, to[0], str(to[1]), str(sockets), packet.hex()]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"flooding\n"
        try:
            yield
        finally:
            process.kill()
