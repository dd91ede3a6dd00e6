"""WebSocket (RFC 6455): OSC in binary messages, OSCQuery's commands in text messages. Alone touches websockets."""

from __future__ import annotations

import json
import logging
from collections import deque
from typing import TYPE_CHECKING

from websockets.datastructures import Headers
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from soundkin_osc.carriers.framing import MAX_FRAME
from soundkin_osc.carriers.site import Refused
from soundkin_osc.carriers.wire import Line, Why
from soundkin_osc.protocol import oscquery

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soundkin_osc.carriers.site import HttpRequest

log = logging.getLogger(__name__)

VERSION = "13"
_CODES = {
    Why.NOT_OSC: CloseCode.UNSUPPORTED_DATA,
    Why.SILENT: CloseCode.GOING_AWAY,
    Why.NO_TOKEN: CloseCode.POLICY_VIOLATION,
    Why.WRONG_TOKEN: CloseCode.POLICY_VIOLATION,
    Why.CROWDED: CloseCode.POLICY_VIOLATION,
    Why.STOPPING: CloseCode.GOING_AWAY,
}


def accepted(request: HttpRequest, line: Line) -> tuple[WebSocketWire, tuple[tuple[str, str], ...]]:
    """What speaks from now on, and the headers of the 101. Raises `Refused` for a handshake that is none."""
    if request.header("sec-websocket-version") != VERSION:
        raise Refused(426, f"WebSocket version {VERSION} is spoken here", (("Sec-WebSocket-Version", VERSION),))
    protocol = ServerProtocol(state=State.OPEN, max_size=MAX_FRAME, logger=log)
    headers = Headers()
    for name, value in request.headers:
        headers[name] = value
    response = protocol.accept(Request(request.path, headers))
    if response.status_code != 101 or request.method != "GET":
        raise Refused(400, "this is no WebSocket handshake")
    return WebSocketWire(protocol, line), tuple(response.headers.raw_items())


class WebSocketWire:
    """One connection after its handshake."""

    hungry = True

    def __init__(self, protocol: ServerProtocol, line: Line) -> None:
        self._protocol = protocol
        self._line = line
        self._opcode = Opcode.CONT
        self._parts = bytearray()
        self._own: deque[bytes] = deque()
        """What the protocol answers by itself, in the order of what it answers."""

    def wrap(self, packet: bytes) -> bytes:
        """One binary message."""
        return Frame(Opcode.BINARY, packet).serialize(mask=False)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Packets of binary messages; the rest is done here."""
        self._protocol.receive_data(data)
        self._own += self._protocol.data_to_send()
        for event in self._protocol.events_received():
            if not isinstance(event, Frame) or self._line.ended:
                continue
            if event.opcode in (Opcode.CONT, Opcode.TEXT, Opcode.BINARY):
                yield from self._part(event)
            elif event.opcode is not Opcode.CLOSE:
                self._line.heard()
                if event.opcode is Opcode.PING:
                    self._line.write(self._own.popleft())
        if self._protocol.close_expected():  # the peer closed, or sent what cannot be read
            self._end()

    def _part(self, frame: Frame) -> Iterator[bytes]:
        """A frame of a message; a packet where it is the last of a binary one."""
        if frame.opcode is not Opcode.CONT:
            self._opcode = frame.opcode
        self._parts += frame.data
        if not frame.fin:
            return
        message = bytes(self._parts)
        self._parts.clear()
        if self._opcode is Opcode.BINARY:
            yield message
            return
        try:
            self._command(message.decode())
        except UnicodeDecodeError:
            self._fail(CloseCode.INVALID_DATA, "text is UTF-8")

    def _command(self, text: str) -> None:
        self._line.heard()
        try:
            table = json.loads(text)
            command, path = table["COMMAND"], table["DATA"]
        except (ValueError, KeyError, TypeError, RecursionError):
            log.debug("%s: a text message that is no OSCQuery command", self._line.name)
            return
        if command in ("LISTEN", "IGNORE") and isinstance(path, str) and oscquery.listens_to(path):
            self._line.listen(path, command == "LISTEN")

    def leave(self, why: Why) -> None:
        """A close frame that says why."""
        self._fail(_CODES[why], why.value)

    def _fail(self, code: CloseCode, reason: str) -> None:
        self._protocol.fail(code, reason)
        self._own += self._protocol.data_to_send()
        self._end()

    def _end(self) -> None:
        self._line.end(b"".join(self._own))

    def half_closed(self) -> None:
        """The connection ended without a close frame."""
        self._line.cut()

    def refill(self) -> None:
        """Nothing is ever held back."""

    def lost(self) -> None:
        """Nothing is left to do."""
