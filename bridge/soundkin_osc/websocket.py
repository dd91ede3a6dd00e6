"""WebSocket frames (RFC 6455), the server's side, bounded. Pure."""

from __future__ import annotations

import base64
import hashlib
import struct
from dataclasses import dataclass

from soundkin_osc.codec import PacketError
from soundkin_osc.framing import MAX_FRAME

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


@dataclass(frozen=True, slots=True)
class Frame:
    """One whole message or control frame."""

    opcode: int
    data: bytes


def accept_key(key: str) -> str:
    """Value of Sec-WebSocket-Accept for a client's key."""
    return base64.b64encode(hashlib.sha1(key.encode("latin-1") + _GUID).digest()).decode()


def wrap(opcode: int, data: bytes) -> bytes:
    """A frame from server to client."""
    size = len(data)
    if size < 126:
        head = bytes([0x80 | opcode, size])
    elif size < 1 << 16:
        head = struct.pack(">BBH", 0x80 | opcode, 126, size)
    else:
        head = struct.pack(">BBQ", 0x80 | opcode, 127, size)
    return head + data


class Frames:
    """A client's stream being cut into messages."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._opcode = 0
        self._parts = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """Messages that are complete now. Raises `PacketError`: give the connection up."""
        self._rest += data
        frames: list[Frame] = []
        while (part := self._next()) is not None:
            final, opcode, body = part
            if opcode >= CLOSE:
                if not final or len(body) > 125:
                    raise PacketError("a control frame that is long or in parts")
                frames.append(Frame(opcode, body))
                continue
            if bool(opcode) == bool(self._opcode):
                raise PacketError("a continuation that continues nothing, or a message inside another")
            self._opcode = opcode or self._opcode
            self._parts += body
            if len(self._parts) > MAX_FRAME:
                raise PacketError(f"message longer than {MAX_FRAME} bytes")
            if final:
                frames.append(Frame(self._opcode, bytes(self._parts)))
                self._opcode = 0
                self._parts.clear()
        return frames

    def _next(self) -> tuple[bool, int, bytes] | None:
        rest = self._rest
        if len(rest) < 2:
            return None
        final, opcode, size, pos = bool(rest[0] & 0x80), rest[0] & 0x0F, rest[1] & 0x7F, 2
        if rest[0] & 0x70 or not rest[1] & 0x80 or opcode not in (0, TEXT, BINARY, CLOSE, PING, PONG):
            raise PacketError("a frame that is unmasked, reserved or of no known kind")
        if size >= 126:
            width = 2 if size == 126 else 8
            if len(rest) < pos + width:
                return None
            size = int.from_bytes(rest[pos : pos + width], "big")
            pos += width
        if size > MAX_FRAME:
            raise PacketError(f"frame of {size} bytes, at most {MAX_FRAME}")
        if len(rest) < pos + 4 + size:
            return None
        mask, body = rest[pos : pos + 4], bytes(rest[pos + 4 : pos + 4 + size])
        del rest[: pos + 4 + size]
        return final, opcode, _unmasked(body, bytes(mask))


def _unmasked(body: bytes, mask: bytes) -> bytes:
    """XOR with the repeated mask, as one big number: no loop over bytes."""
    size = len(body)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(body, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")
