"""OSC by hand: `monitor` prints what the daemon pushes, `send` asks one thing and prints the answer.

Messages are built by python-osc, an implementation that is not ours, so that trying by hand also tries the daemon.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from soundkin.errors import BadArgumentError, DaemonNotRunningError
from soundkin.names.printable import printable
from soundkin_osc.protocol.address import PREFIX
from soundkin_osc.protocol.addresses import TABLE
from soundkin_osc.protocol.codec import Message, PacketError, decode

if TYPE_CHECKING:
    from soundkin_osc.protocol.signature import Parameter

_RENEW_S = 20.0
_QUIET_S = 0.3
"""A control's feedback has come by then."""


def send(host: str, port: int, address: str, words: Sequence[str], timeout_s: float = 5.0) -> Iterator[Message]:
    """Ask by hand and yield what answers, up to and with its last message.

    `words` are read in the types that the address wants. Raises `BadArgumentError`, `DaemonNotRunningError`.
    """
    address = full_address(address)
    entry = TABLE.get(address)
    packet = build(address, typed(entry.parameters if entry else (), words))
    control = entry is not None and entry.kind != "request"
    last = _last_addresses(address)
    with connected(host, port) as sock:
        if control:
            sock.send(build("/soundkin/subscribe", []))
            _skip_state(sock, timeout_s)
        sock.send(packet)
        deadline = time.monotonic() + (_QUIET_S if control else timeout_s)
        for message in received(sock, deadline):
            yield message
            if not control and message.address in last:
                return
        if not control:
            raise DaemonNotRunningError(f"no answer from {host} port {port} within {timeout_s:g} s")


def monitor(
    host: str, port: int, filters: Sequence[str] = (), stop: Callable[[], bool] = lambda: False
) -> Iterator[tuple[float, Message]]:
    """Everything that the daemon pushes: (seconds since the epoch, message), until `stop` says so.

    `filters` are globs over addresses such as "/soundkin/cursor/*"; none: everything.
    """
    globs = [full_address(text) for text in filters]
    with connected(host, port) as sock:
        renewed = 0.0
        while not stop():
            if time.monotonic() - renewed > _RENEW_S:
                sock.send(build("/soundkin/subscribe" if not renewed else "/soundkin/ping", []))
                renewed = time.monotonic()
            for message in received(sock, time.monotonic() + 0.25):
                if message.address != "/soundkin/pong" and is_wanted(message.address, globs):
                    yield time.time(), message


def shown(message: Message) -> str:
    """A message as one readable line: address, then arguments, strings quoted."""
    words = [f'"{_printable(arg)}"' if isinstance(arg, str) else _number(arg) for arg in message.args]
    return " ".join([_printable(message.address), *words])


def full_address(text: str) -> str:
    """`find/path` and `/soundkin/find/path` mean the same."""
    return text if text.startswith("/") else f"{PREFIX}/{text}"


def typed(parameters: Sequence[Parameter], words: Sequence[str]) -> list[tuple[str, int | float | str]]:
    """Words of a command line with their OSC types. Raises `BadArgumentError`."""
    return [_typed(parameters[at] if at < len(parameters) else None, word) for at, word in enumerate(words)]


def build(address: str, arguments: Sequence[tuple[str, int | float | str]]) -> bytes:
    """Bytes of a message."""
    from pythonosc.osc_message_builder import BuildError, OscMessageBuilder

    builder = OscMessageBuilder(address)
    try:
        for tag, value in arguments:
            builder.add_arg(value, tag)
        return builder.build().dgram
    except (BuildError, ValueError, OverflowError) as error:
        raise BadArgumentError(f"{address}: {error}") from error


@contextlib.contextmanager
def connected(host: str, port: int) -> Iterator[socket.socket]:
    """A datagram socket towards the daemon; refusals become `DaemonNotRunningError`."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect((host, port))
            yield sock
        except OSError as error:
            raise DaemonNotRunningError(f"no daemon answers on {host} port {port}") from error


def received(sock: socket.socket, deadline: float) -> Iterator[Message]:
    """Messages that arrive until the deadline."""
    while (left := deadline - time.monotonic()) > 0:
        sock.settimeout(left)
        try:
            packet = sock.recv(65_535)
        except TimeoutError:
            return
        with contextlib.suppress(PacketError):
            yield from decode(packet)


def is_wanted(address: str, globs: Sequence[str]) -> bool:
    """Whether an address is among those asked for."""
    return not globs or any(fnmatchcase(address, glob) for glob in globs)


def _skip_state(sock: socket.socket, timeout_s: float) -> None:
    sock.send(build("/soundkin/ping", [("i", 1)]))
    ends = time.monotonic() + timeout_s
    for message in received(sock, ends):
        if message.address == "/soundkin/pong":
            return


def _last_addresses(address: str) -> set[str]:
    entry = TABLE.get(address)
    ends = {f"{PREFIX}/error"}
    if entry is not None and entry.replies:
        ends.add(f"{PREFIX}/{entry.replies.split()[-1]}")
    return ends


def _typed(parameter: Parameter | None, word: str) -> tuple[str, int | float | str]:
    kind = "*" if parameter is None else {"p": "f"}.get(parameter.type, parameter.type)
    try:
        if kind == "i":
            return "i", int(word)
        if kind == "f":
            return "f", float(word)
    except ValueError:
        name = parameter.name if parameter else "argument"
        wanted = "a whole number" if kind == "i" else "a number"
        raise BadArgumentError(f"{name}: expected {wanted}, got {word!r}") from None
    if kind == "*":
        for tag, convert in (("i", int), ("f", float)):
            with contextlib.suppress(ValueError):
                return tag, convert(word)
    return "s", word


def _number(arg: object) -> str:
    return f"{arg:g}" if isinstance(arg, float) else str(arg)


def _printable(text: str) -> str:
    return printable(text)
