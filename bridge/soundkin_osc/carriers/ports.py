"""Sockets that own their port, or an error that names who has it."""

from __future__ import annotations

import contextlib
import errno
import logging
import socket
import sys

from soundkin.errors import SoundkinError

log = logging.getLogger(__name__)

_RECEIVE_BUFFER = 4 << 20
"""Bytes asked of the system for datagrams that wait; it gives what its administrator allows."""


class PortBusyError(SoundkinError):
    """The OSC port belongs to another program."""

    code = "port-busy"


def bind(host: str, port: int, kind: socket.SocketKind = socket.SOCK_DGRAM) -> socket.socket:
    """A socket that owns its port. Raises `PortBusyError` naming the port and, where it can be told, its owner."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, kind)
    try:
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if sys.platform == "win32":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        elif kind == socket.SOCK_STREAM:  # only skips the wait after our own last run: never shares on POSIX
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE or getattr(error, "winerror", 0) in (10013, 10048):
            raise PortBusyError(
                f"port {port} on {host} is in use{_owner(port)}; set another one with --port"
            ) from error
        raise PortBusyError(f"cannot listen on {host} port {port}: {error.strerror or error}") from error
    return sock


def bind_beside(everywhere: socket.socket, host: str) -> socket.socket | None:
    """A datagram socket for `host` on the port of one for all addresses, so that a flood there leaves it alone.

    None where the system allows no such thing: then the other one gets what is sent to `host` too. Both share the
    port with no other program.
    """
    if sys.platform == "win32":
        return None
    sock = socket.socket(everywhere.family, socket.SOCK_DGRAM)
    try:
        for each in (everywhere, sock):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        sock.bind((host, everywhere.getsockname()[1]))
        for each in (everywhere, sock):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    except OSError as error:
        log.debug("no socket of its own for %s: %s", host, error)
        sock.close()
        with contextlib.suppress(OSError):
            everywhere.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        return None
    return sock


def _owner(port: int) -> str:
    """The text " by NAME (pid N)" where the system tells, else nothing: any failure only shortens a message."""
    try:
        import psutil

        for connection in psutil.net_connections("inet"):
            if connection.laddr and connection.laddr.port == port and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except Exception as error:
        log.debug("cannot tell who owns port %d: %s", port, error)
    return ""
