"""All datagrams that the system holds for a socket, in one go. Alone receives from datagram sockets.

Where the system has recvmmsg (Linux), a call takes 64 of them and keeps the interpreter's lock meanwhile: with
recvfrom, every datagram gives it away, and a flood fills the system's buffer before the thread has it again.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import sys
from typing import Protocol, TypeAlias

from soundkin_osc.protocol.codec import MAX_PACKET

Datagram: TypeAlias = tuple[bytes, tuple[str, int]]
MOST = 1_024
"""Datagrams of one call, so that a sender that is faster than we are cannot keep us receiving."""
_BATCH = 64
_ROOM = 1 << 16
_NAME = 32
_KNOWN = 4_096


class Reception(Protocol):
    """A way to receive."""

    def one(self) -> Datagram | None:
        """One that waits, soonest; None where none does. Raises OSError."""
        ...

    def __call__(self) -> list[Datagram]:
        """What waits, up to `MOST`, with host and port of each sender; never waits itself. Raises OSError."""
        ...


def reception(sock: socket.socket) -> Reception:
    """The quickest way that this system has."""
    sock.setblocking(False)
    if sys.platform == "linux":
        try:
            return _Batches(sock)
        except (OSError, AttributeError):  # a C library without it
            pass
    return _Single(sock)


class _Single:
    """One after the other, on every system."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    def one(self) -> Datagram | None:
        """See `Reception`."""
        try:
            packet, address = self._socket.recvfrom(MAX_PACKET + 1)
        except BlockingIOError:
            return None
        return packet, (address[0], address[1])

    def __call__(self) -> list[Datagram]:
        found: list[Datagram] = []
        while len(found) < MOST:
            try:
                datagram = self.one()
            except OSError:
                if found:
                    break
                raise
            if datagram is None:
                break
            found.append(datagram)
        return found


class _Part(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))


class _Head(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_size", ctypes.c_uint32),
        ("parts", ctypes.c_void_p),
        ("part_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_size", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Message(ctypes.Structure):
    _fields_ = (("head", _Head), ("size", ctypes.c_uint32))


class _Batches(_Single):
    """Many by one call, into memory that is used again."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock)
        self._receive = ctypes.PyDLL(None, use_errno=True).recvmmsg
        self._receive.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p)
        self._bodies = ctypes.create_string_buffer(_BATCH * _ROOM)
        self._names = ctypes.create_string_buffer(_BATCH * _NAME)
        self._parts = (_Part * _BATCH)()
        self._messages = (_Message * _BATCH)()
        for at in range(_BATCH):
            self._parts[at].base = ctypes.addressof(self._bodies) + at * _ROOM
            self._parts[at].size = _ROOM
            head = self._messages[at].head
            head.name, head.name_size = ctypes.addressof(self._names) + at * _NAME, _NAME
            head.parts, head.part_count = ctypes.addressof(self._parts) + at * ctypes.sizeof(_Part), 1
        words = memoryview(self._messages).cast("B").cast("I")
        step = ctypes.sizeof(_Message) // 4
        self._sizes = words[_Message.size.offset // 4 :: step]
        self._body_view = memoryview(self._bodies).cast("B")
        self._name_view = memoryview(self._names).cast("B")
        self._name_size = 16 if sock.family == socket.AF_INET else 28
        self._known: dict[bytes, tuple[str, int]] = {}

    def __call__(self) -> list[Datagram]:
        found: list[Datagram] = []
        bodies, names, known = self._body_view, self._name_view, self._known
        while len(found) < MOST:
            count = self._receive(self._socket.fileno(), self._messages, _BATCH, socket.MSG_DONTWAIT, None)
            if count < 0:
                number = ctypes.get_errno()
                if number in (errno.EAGAIN, errno.EWOULDBLOCK) or found:
                    break
                raise OSError(number, os.strerror(number))
            for at, size in enumerate(self._sizes[:count].tolist()):
                name = bytes(names[at * _NAME : at * _NAME + self._name_size])
                address = known.get(name) or self._address(name)
                found.append((bytes(bodies[at * _ROOM : at * _ROOM + size]), address))
            if count < _BATCH:
                break
        return found

    def _address(self, name: bytes) -> tuple[str, int]:
        """Host and port of a sockaddr, as the standard library writes them."""
        port = int.from_bytes(name[2:4], "big")
        if len(name) == 16:
            host = socket.inet_ntop(socket.AF_INET, name[4:8])
        else:
            host = socket.inet_ntop(socket.AF_INET6, name[8:24])
            scope = int.from_bytes(name[24:28], sys.byteorder)
            if scope:
                host += f"%{_interface(scope)}"
        if len(self._known) >= _KNOWN:
            self._known.clear()
        self._known[name] = (host, port)
        return host, port


def _interface(number: int) -> str:
    try:
        return socket.if_indextoname(number)
    except OSError:
        return str(number)
