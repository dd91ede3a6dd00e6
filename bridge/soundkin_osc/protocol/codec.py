"""OSC packets as values: the only place that reads bytes from the wire. Pure, bounded, touches nothing else.

Decoding is liberal in types (all of OSC 1.1 plus c, r, m and arrays) and strict in structure; a packet is understood
whole or raises `PacketError`. Encoding makes only i, f, s and b, which every known receiver reads.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from soundkin.errors import SoundkinError
from soundkin_osc.protocol.limits import MAX_STRING

if TYPE_CHECKING:
    from collections.abc import Sequence

Arg: TypeAlias = "int | float | str | bytes | bool | tuple[Arg, ...] | None"

MAX_PACKET = 65_507
MAX_DEPTH = 8
MAX_MESSAGES = 256
MAX_ARGS = 1_024
MAX_ADDRESS = 256

BUNDLE_HEAD = b"#bundle\0" + b"\0\0\0\0\0\0\0\1"
"""Start of a bundle that is to be run at once."""

_INT = struct.Struct(">i")
_UINT = struct.Struct(">I")
_FLOAT = struct.Struct(">f")
_LONG = struct.Struct(">q")
_ULONG = struct.Struct(">Q")
_DOUBLE = struct.Struct(">d")
_FIXED: dict[str, struct.Struct] = {"i": _INT, "f": _FLOAT, "h": _LONG, "d": _DOUBLE, "t": _ULONG, "r": _UINT}
_BARE: dict[str, bool | None] = {"T": True, "F": False, "I": True, "N": None}


class PacketError(SoundkinError):
    """Bytes that are not one well-formed OSC packet within the limits, or a value that OSC cannot carry."""

    code = "packet"


@dataclass(frozen=True, slots=True)
class Message:
    """One OSC message. T and I arrive as True, F as False, N as None, t and r as int, m as bytes, arrays as tuples."""

    address: str
    args: tuple[Arg, ...] = ()


def decode(packet: bytes) -> list[Message]:
    """The messages of a packet in order, bundles flattened and their timetags ignored. Raises `PacketError`."""
    if len(packet) > MAX_PACKET:
        raise PacketError(f"packet of {len(packet)} bytes, at most {MAX_PACKET}")
    found: list[Message] = []
    _element(packet, 0, len(packet), 0, found)
    return found


def _element(data: bytes, pos: int, end: int, depth: int, found: list[Message]) -> None:
    if (end - pos) % 4 or end == pos:
        raise PacketError(f"element of {end - pos} bytes, expected a positive multiple of 4")
    if data[pos] == 0x2F:  # "/"
        if len(found) >= MAX_MESSAGES:
            raise PacketError(f"more than {MAX_MESSAGES} messages in a packet")
        found.append(_message(data, pos, end))
    elif data[pos : pos + 8] == b"#bundle\0" and end - pos >= 16:
        if depth >= MAX_DEPTH:
            raise PacketError(f"bundles nested deeper than {MAX_DEPTH}")
        pos += 16
        while pos < end:
            size = _fixed(_INT, data, pos, end)
            start, pos = pos + 4, pos + 4 + size
            if size <= 0 or pos > end:
                raise PacketError(f"bundle element of {size} bytes where {end - start} are left")
            _element(data, start, pos, depth + 1, found)
    else:
        raise PacketError("neither a message nor a bundle")


def _message(data: bytes, pos: int, end: int) -> Message:
    address, pos = _string(data, pos, end, MAX_ADDRESS)
    if pos == end:  # senders older than OSC 1.0 leave out the type tags of a message without arguments
        return Message(address)
    tags, pos = _string(data, pos, end, MAX_ARGS + 2 * MAX_DEPTH + 1)
    if not tags.startswith(","):
        raise PacketError(f"type tags {tags[:20]!r} do not start with a comma")
    stack: list[list[Arg]] = [[]]
    for tag in tags[1:]:
        if tag == "[":
            if len(stack) > MAX_DEPTH:
                raise PacketError(f"arrays nested deeper than {MAX_DEPTH}")
            stack.append([])
        elif tag == "]":
            if len(stack) == 1:
                raise PacketError("array closed that was not open")
            inner = stack.pop()
            stack[-1].append(tuple(inner))
        else:
            value, pos = _value(tag, data, pos, end)
            stack[-1].append(value)
    if len(stack) != 1 or pos != end:
        raise PacketError(f"{end - pos} bytes left over, {len(stack) - 1} arrays left open")
    if len(tags) - 1 > MAX_ARGS:
        raise PacketError(f"more than {MAX_ARGS} arguments")
    return Message(address, tuple(stack[0]))


def _value(tag: str, data: bytes, pos: int, end: int) -> tuple[Arg, int]:
    fixed = _FIXED.get(tag)
    if fixed is not None:
        return _fixed(fixed, data, pos, end), pos + fixed.size
    if tag in ("s", "S"):
        return _string(data, pos, end, MAX_STRING)
    if tag in _BARE:
        return _BARE[tag], pos
    if tag == "b":
        size = _fixed(_INT, data, pos, end)
        after = pos + 4 + (size + 3) // 4 * 4
        if size < 0 or after > end:
            raise PacketError(f"blob of {size} bytes where {end - pos - 4} are left")
        return data[pos + 4 : pos + 4 + size], after
    if tag == "m" and pos + 4 <= end:
        return data[pos : pos + 4], pos + 4
    if tag == "c":
        return chr(_fixed(_UINT, data, pos, end) & 0x7F), pos + 4
    raise PacketError(f"type tag {tag!r} is unknown or has no data")


def _fixed(kind: struct.Struct, data: bytes, pos: int, end: int) -> int:
    """One number; typed as int so that sizes need no cast, though f and d give floats."""
    if pos + kind.size > end:
        raise PacketError(f"{kind.size} bytes wanted where {end - pos} are left")
    value: int = kind.unpack_from(data, pos)[0]
    return value


def _string(data: bytes, pos: int, end: int, limit: int) -> tuple[str, int]:
    stop = data.find(b"\0", pos, min(end, pos + limit + 1))
    if stop < 0:
        raise PacketError(f"string without an end within {limit} bytes")
    after = pos + ((stop - pos) // 4 + 1) * 4
    if after > end:
        raise PacketError("string padded beyond its element")
    if data[stop:after].strip(b"\0"):
        raise PacketError(f"string padded with {data[stop:after]!r}, expected zeros only")
    # File names that are not UTF-8 pass through as Python's own paths spell them.
    return data[pos:stop].decode("utf-8", "surrogateescape"), after


def encode(message: Message) -> bytes:
    """Bytes of a message whose arguments are int (31 bits), float, str or bytes. Raises `PacketError`."""
    tags = ","
    parts: list[bytes] = []
    for arg in message.args:
        if isinstance(arg, str):
            tags += "s"
            parts.append(_padded(arg))
        elif isinstance(arg, float):
            tags += "f"
            parts.append(_packed(_FLOAT, arg))
        elif isinstance(arg, int):
            tags += "i"
            parts.append(_packed(_INT, arg))
        elif isinstance(arg, bytes):
            tags += "b"
            parts.append(_INT.pack(len(arg)) + arg + bytes(-len(arg) % 4))
        else:
            raise PacketError(f"{message.address}: cannot send {arg!r}")
    return _padded(message.address) + _padded(tags) + b"".join(parts)


def _packed(kind: struct.Struct, value: float) -> bytes:
    try:
        return kind.pack(value)
    except (struct.error, OverflowError) as error:
        raise PacketError(f"{value!r} does not fit into 32 bits") from error


def _padded(text: str) -> bytes:
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a lone surrogate of a Windows name, which no byte stands for
        raw = text.encode("utf-8", "replace")
    if b"\0" in raw:
        raise PacketError(f"{text[:40]!r} holds a NUL, which ends an OSC string")
    return raw + bytes(4 - len(raw) % 4)


def bundle(elements: Sequence[bytes]) -> bytes:
    """A flat bundle, to be run at once, of encoded messages."""
    return BUNDLE_HEAD + b"".join(_INT.pack(len(element)) + element for element in elements)


def datagrams(messages: Sequence[bytes], limit: int, bundled: bool = True) -> list[bytes]:
    """Encoded messages in as few datagrams of at most `limit` bytes as order allows; a longer message goes alone."""
    if not bundled:
        return list(messages)
    packets: list[bytes] = []
    batch: list[bytes] = []
    size = len(BUNDLE_HEAD)
    for message in messages:
        if batch and size + 4 + len(message) > limit:
            packets.append(batch[0] if len(batch) == 1 else bundle(batch))
            batch, size = [], len(BUNDLE_HEAD)
        batch.append(message)
        size += 4 + len(message)
    if batch:
        packets.append(batch[0] if len(batch) == 1 else bundle(batch))
    return packets
