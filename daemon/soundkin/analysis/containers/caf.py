"""Core Audio files: sizes that may be unknown, and the cookie of AAC as FFmpeg wants it. Reads bytes only."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

from soundkin.analysis.containers.data import Joined, overlaid
from soundkin.analysis.containers.form import AS_IT_IS, Form
from soundkin.analysis.containers.iff import SPARE_BYTES, Chunk, is_name

if TYPE_CHECKING:
    from soundkin.analysis.containers.data import Data

_MOST_CHUNKS = 4096
_BEFORE_INNER = {0x03: 3, 0x04: 13}
"""Bytes that an elementary stream's descriptors have before those inside them: ISO/IEC 14496-1, 7.2.6."""


def caf_chunks(data: Data) -> Iterator[Chunk]:
    """The chunks, each with the size it claims, which is -1 where unknown; what follows such a one is not seen."""
    start = 8
    for _ in range(_MOST_CHUNKS):
        head = data.at(start, 12)
        if len(head) < 12 or not is_name(head[:4]):
            return
        size = int(struct.unpack(">q", head[4:])[0])
        yield Chunk(head[:4], start + 12, size)
        if size < 0:
            return
        start += 12 + size


def codec(data: Data) -> bytes:
    """The four characters that name the codec."""
    return data.at(28, 4) if data.at(8, 4) == b"desc" else b""


def examine(data: Data) -> Form:
    """What is to be put right so that libsndfile takes a file with an unknown or wrong size of its sound."""
    frame_bytes = int(struct.unpack(">I", data.at(36, 4).rjust(4, b"\0"))[0])
    for chunk in caf_chunks(data):
        there = data.size - chunk.start
        if chunk.name == b"data" and (chunk.size <= 4 or chunk.size > there):
            is_cut = chunk.size > there + SPARE_BYTES
            return Form(
                overlaid(data, (chunk.start - 8, struct.pack(">q", there))),
                promised=(chunk.size - 4) // frame_bytes if is_cut and frame_bytes else None,
                is_cut=is_cut,
            )
    return AS_IT_IS


def for_ffmpeg(data: Data) -> Data:
    """The same file with the cookie of AAC spelled the way Apple writes it, the only one that FFmpeg reads."""
    for chunk in caf_chunks(data):
        if chunk.name == b"kuki" and codec(data) == b"aac " and 0 < chunk.size < 4096:
            cookie = _long_lengths(data.at(chunk.start, chunk.size))
            head = b"kuki" + struct.pack(">q", len(cookie))
            rest = chunk.start + chunk.size
            return Joined(data, [(0, chunk.start - 12), head + cookie, (rest, data.size - rest)])
    return data


def _long_lengths(descriptor: bytes) -> bytes:
    """An elementary stream's descriptor whose lengths take four bytes each, those inside it too."""
    out = b""
    while len(descriptor) > 2:
        tag, at, length = descriptor[0], 1, 0
        while at < len(descriptor):
            length = length << 7 | descriptor[at] & 0x7F
            at += 1
            if not descriptor[at - 1] & 0x80:
                break
        inner = descriptor[at : at + length]
        if tag in _BEFORE_INNER:
            head = _BEFORE_INNER[tag]
            inner = inner[:head] + _long_lengths(inner[head:])
        size = len(inner)
        out += bytes([tag, *(size >> shift & 0x7F | 0x80 for shift in (21, 14, 7)), size & 0x7F]) + inner
        descriptor = descriptor[at + length :]
    return out
