"""Tags that stand before or behind a sound and belong to no container: ID3, APE. Reads bytes only."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from soundkin.analysis.containers.data import Data

_MOST_TAGS = 8
_HEAD = 10
_VERSIONS = (b"\2", b"\3", b"\4")


def id3_size(head: bytes) -> int:
    """Bytes of the ID3v2 tag that begins with these ten; 0 where none does."""
    if len(head) < 10 or head[:3] != b"ID3" or any(byte & 0x80 for byte in head[6:10]):
        return 0
    size = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
    return 10 + size + (10 if head[5] & 0x10 else 0)


def behind_tags(data: Data) -> int:
    """Where the data goes on behind ID3v2 tags; of one that claims more than there is, behind its head."""
    at = 0
    for _ in range(_MOST_TAGS):
        size = id3_size(data.at(at, 10))
        if not size:
            break
        if at + size > data.size:
            return at + _HEAD
        at += size
    return at


def begins_oddly(data: Data) -> bool:
    """Whether the first tag is one that decoders stumble over: of an unknown version, or larger than the file."""
    head = data.at(0, _HEAD)
    if head[:3] != b"ID3":
        return False
    size = id3_size(head)
    return head[3:4] not in _VERSIONS or not size or size > data.size


def without_tags(data: Data) -> int:
    """Where the data ends, tags at its end left out."""
    end = data.size
    for _ in range(_MOST_TAGS):
        size = _tag_before(data, end)
        if not 0 < size <= end:
            break
        end -= size
    return end


def _tag_before(data: Data, end: int) -> int:
    """Bytes of the tag that ends at `end`; 0 where none does."""
    if end >= 128 and data.at(end - 128, 3) == b"TAG":
        return 128
    foot = data.at(end - 32, 32) if end >= 32 else b""
    if foot[:8] == b"APETAGEX":
        return int.from_bytes(foot[12:16], "little") + (32 if foot[23] & 0x80 else 0)
    if foot[-9:] == b"LYRICS200" and foot[-15:-9].isdigit():
        return int(foot[-15:-9]) + 15
    return 0
