"""Chunks of RIFF, AIFF and their like: a name, a size, a padding byte that some writers forget. Reads bytes only."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from soundkin.analysis.containers.data import Data

_MOST_CHUNKS = 4096
SPARE_BYTES = 64
"""Bytes by which a size may be off: programs have counted their own header in."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk, as its header says."""

    name: bytes
    start: int
    """Where its content begins."""
    size: int
    """Bytes of content that the header promises; there may be fewer."""


def chunks(data: Data, order: str, start: int = 12) -> Iterator[Chunk]:
    """Chunks from `start` on, as far as their names are names. `order` is "<" or ">"."""
    for _ in range(_MOST_CHUNKS):
        head = data.at(start, 8)
        if not is_name(head[:4]) or len(head) < 8:
            return
        size = int(struct.unpack(order + "I", head[4:])[0])
        yield Chunk(head[:4], start + 8, size)
        start = behind(data, start + 8, size)


def behind(data: Data, start: int, size: int) -> int:
    """Where the next chunk begins behind content of this place and size, padded to an even size or not."""
    end = start + size
    is_padded = bool(size & 1) and (data.at(end, 1) == b"\0" or not is_name(data.at(end, 4)))
    return end + is_padded


def is_name(text: bytes) -> bool:
    """Whether four bytes can name a chunk."""
    return len(text) == 4 and all(32 <= byte < 127 for byte in text)


def is_all_chunks(data: Data, order: str, start: int) -> bool:
    """Whether chunks, and nothing else, lie between `start` and the end of the data."""
    end = start
    for chunk in chunks(data, order, start):
        end = chunk.start + chunk.size
    return end > start and 0 <= end - data.size + 1 <= 2
