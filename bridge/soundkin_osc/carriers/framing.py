"""Packets in a byte stream: SLIP (OSC 1.1) and int32 sizes (OSC 1.0), both ways, bounded. Pure."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from soundkin_osc.protocol.codec import MAX_PACKET, PacketError

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_FRAME = MAX_PACKET
END, ESC, ESC_END, ESC_ESC = 0xC0, 0xDB, 0xDC, 0xDD
_END, _ESC = bytes([END]), bytes([ESC])
_SIZE = struct.Struct(">i")


class SizeFrames:
    """Each packet after its size as int32."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Packets that are complete now. Raises `PacketError` at the first frame that cannot be; give up then."""
        rest = self._rest
        rest += data
        packets: list[bytes] = []
        pos = 0
        while len(rest) - pos >= 4:
            (size,) = _SIZE.unpack_from(rest, pos)
            if not 0 < size <= MAX_FRAME:
                raise PacketError(f"frame of {size} bytes, expected 1 to {MAX_FRAME}")
            if len(rest) - pos - 4 < size:
                break
            packets.append(bytes(rest[pos + 4 : pos + 4 + size]))
            pos += 4 + size
        del rest[:pos]
        return packets

    def wrap(self, packet: bytes) -> bytes:
        """The packet as it is written to the stream."""
        return _SIZE.pack(len(packet)) + packet

    @property
    def empty(self) -> bool:
        """Whether no begun frame waits for its rest."""
        return not self._rest


class SlipFrames:
    """Packets between END bytes; one END between two packets is enough, as in RFC 1055."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Packets that are complete now. Raises `PacketError` at the first frame that cannot be; give up then."""
        *whole, last = data.split(_END)
        packets: list[bytes] = []
        for part in whole:
            self._append(part)
            if self._rest:
                packets.append(unescaped(bytes(self._rest)))
                self._rest.clear()
        self._append(last)
        return packets

    def _append(self, part: bytes) -> None:
        self._rest += part
        if len(self._rest) > 2 * MAX_FRAME:
            raise PacketError(f"frame longer than {MAX_FRAME} bytes")

    def wrap(self, packet: bytes) -> bytes:
        """The packet as it is written to the stream."""
        body = packet.replace(_ESC, bytes([ESC, ESC_ESC])).replace(_END, bytes([ESC, ESC_END]))
        return _END + body + _END


def unescaped(body: bytes) -> bytes:
    """A SLIP frame's packet. Raises `PacketError` for an escape that is none."""
    if _ESC not in body:
        return body
    first, *rest = body.split(_ESC)
    parts = [first]
    for part in rest:
        if not part or part[0] not in (ESC_END, ESC_ESC):
            raise PacketError("SLIP escape without a meaning")
        parts += [_END if part[0] == ESC_END else _ESC, part[1:]]
    return b"".join(parts)


def size_framed(packets: Iterable[bytes]) -> bytes:
    """A file or stream of packets with int32 sizes."""
    return b"".join(_SIZE.pack(len(packet)) + packet for packet in packets)


def size_unframed(data: bytes) -> list[bytes]:
    """Packets of a whole file. Raises `PacketError` where anything is left over."""
    frames = SizeFrames()
    packets = frames.feed(data)
    if not frames.empty:
        raise PacketError("the last frame is cut off")
    return packets
