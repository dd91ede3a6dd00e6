"""Has the system drop datagrams of chosen senders before they take room in a socket's buffer (Linux: a BPF filter).

Where the system has no such thing nothing happens: the datagrams are received, and dropped here.
"""

from __future__ import annotations

import contextlib
import ctypes
import ipaddress
import logging
import socket
import struct
import sys
from collections.abc import Collection, Hashable

log = logging.getLogger(__name__)

_SO_ATTACH_FILTER, _SO_DETACH_FILTER = 26, 27
_LOAD_HALF, _LOAD_WORD, _JUMP_EQUAL, _RETURN = 0x28, 0x20, 0x15, 0x06
_NETWORK = 0xFFF00000
"""What the kernel takes as the beginning of the IP header; 0 is that of the UDP header, and so the sender's port."""
_SOURCE = {socket.AF_INET: 12, socket.AF_INET6: 8}
_ALL = 0xFFFFFFFF

Instruction = tuple[int, int, int, int]


def program(family: socket.AddressFamily, senders: Collection[Hashable]) -> list[Instruction]:
    """A filter that drops what comes from (host, port) senders by their port, from hosts by their address."""
    ports = [sender[1] for sender in senders if isinstance(sender, tuple)]
    hosts = [sender for sender in senders if isinstance(sender, str)]
    lines: list[Instruction] = []
    if ports:
        lines.append((_LOAD_HALF, 0, 0, 0))
        for port in ports:
            lines += [(_JUMP_EQUAL, 0, 1, port), (_RETURN, 0, 0, 0)]
    for host in hosts:
        packed = ipaddress.ip_address(host.partition("%")[0]).packed
        words = struct.unpack(f">{len(packed) // 4}I", packed)
        for number, word in enumerate(words):
            to_next = 2 * (len(words) - number) - 1
            lines.append((_LOAD_WORD, 0, 0, _NETWORK + _SOURCE[family] + 4 * number))
            lines.append((_JUMP_EQUAL, 0, to_next, word))
        lines.append((_RETURN, 0, 0, 0))
    return [*lines, (_RETURN, 0, 0, _ALL)]


def drop_from(sock: socket.socket, senders: Collection[Hashable]) -> None:
    """Drop from now on what these send, and nothing else."""
    if sys.platform != "linux":
        return
    if not senders:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)
        return
    lines = program(sock.family, senders)
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in lines))
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", len(lines), ctypes.addressof(code)))
    except OSError as error:
        log.debug("the system takes no filter for datagrams: %s", error)
