"""Cyclic redundancy checks that FLAC and Ogg end their pieces with. Pure."""

from __future__ import annotations

from functools import lru_cache


def crc(content: bytes, polynomial: int, bits: int) -> int:
    """The remainder of some bytes, most significant bit first, beginning at 0."""
    table, top, mask = _table(polynomial, bits), bits - 8, (1 << bits) - 1
    value = 0
    for byte in content:
        value = (value << 8 & mask) ^ table[value >> top ^ byte]
    return value


@lru_cache(maxsize=4)
def _table(polynomial: int, bits: int) -> tuple[int, ...]:
    """What each byte adds."""
    table = []
    for byte in range(256):
        value = byte << bits - 8
        for _ in range(8):
            value = value << 1 ^ (polynomial if value >> bits - 1 & 1 else 0)
        table.append(value & (1 << bits) - 1)
    return tuple(table)
