"""Content identity: hashes that recognise a file's bytes under another name. The short one reads at most 192 KiB.

Hashes are XXH3-128 (xxHash 0.8, its first 15 bytes); libraries of earlier versions hold BLAKE2b-128 (16 bytes), and a
hash's length tells which it is. A file is compared with a known hash in that hash's own kind.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeAlias

import xxhash

from soundkin.disks import beat

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCK = 64 * 1024
_SAMPLED = 3 * BLOCK
_WHOLE = 64 * 1024 * 1024
_CHUNK = 1024 * 1024
_SMALL = 1024 * 1024
"""Three blocks of a smaller file take a disk as long as all of it."""

Source: TypeAlias = str | int | bytes
"""A path, an open descriptor, or the bytes of a file that was read as a whole."""


class _Digest(Protocol):
    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class HashKind:
    """One way to make hashes."""

    begin: Callable[[], _Digest]
    num_bytes: int
    """Length of the short hash, the first part of every content hash."""

    def of(self, *blocks: bytes) -> bytes:
        """The hash of blocks one after the other."""
        digest = self.begin()
        for block in blocks:
            digest.update(block)
        return self.end(digest)

    def end(self, digest: _Digest) -> bytes:
        """The hash of what a digest was given."""
        return digest.digest()[: self.num_bytes]


XXH3 = HashKind(xxhash.xxh3_128, 15)
BLAKE2B = HashKind(lambda: hashlib.blake2b(digest_size=16), 16)


def kind_of(known: bytes) -> HashKind:
    """How a content hash was made."""
    return BLAKE2B if len(known) % BLAKE2B.num_bytes == 0 else XXH3


def short_part(known: bytes) -> bytes:
    """The short hash in a content hash."""
    return known[: kind_of(known).num_bytes]


def full_part(known: bytes) -> bytes:
    """The full hash in a content hash; b"" where the short one saw every byte."""
    return known[kind_of(known).num_bytes :]


def content_hash(file: Source, size: int) -> bytes:
    """The short hash, and behind it the full one where the short one did not read everything: 15 or 30 bytes.

    Raises OSError where the file cannot be read.
    """
    short = short_hash(file, size)
    return short if is_whole(size) else short + full_hash(file, size)


def is_same(file: Source, size: int, known: bytes, *, briefly: bool) -> bool:
    """Whether a file has the content of a known hash. Raises OSError.

    `briefly`: the short hash is enough, unless it saw nothing but silence or the file is small anyway.
    """
    kind = kind_of(known)
    blocks = _blocks(file, size)
    if _short(size, blocks, kind) != short_part(known):
        return False
    if is_whole(size) or not full_part(known):
        return True
    if briefly and size > _SMALL and not _is_blank(blocks):
        return True
    return full_hash(file, size, kind) == full_part(known)


def is_whole(size: int) -> bool:
    """Whether the short hash of a file of this size reads all of it."""
    return size <= _SAMPLED


def short_hash(file: Source, size: int, kind: HashKind = XXH3) -> bytes:
    """Hash of the file's size and its first, middle and last 64 KiB."""
    return _short(size, _blocks(file, size), kind)


def full_hash(file: Source, size: int, kind: HashKind = XXH3) -> bytes:
    """Hash of all bytes; of files above 64 MiB, of 64 MiB spread evenly over them.

    It tells apart what looks alike in three places: stems of one session begin, end and often pause in silence.
    """
    digest = kind.begin()
    with _opened(file) as stream:
        if size <= _WHOLE:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
                beat()
        else:
            count = _WHOLE // _CHUNK
            for number in range(count):
                stream.seek((size - _CHUNK) * number // (count - 1))
                digest.update(stream.read(_CHUNK))
                beat()
    return kind.end(digest)


def _blocks(file: Source, size: int) -> list[bytes]:
    """What the short hash sees: all of a small file, else three blocks."""
    with _opened(file) as stream:
        if is_whole(size):
            return [stream.read(_SAMPLED)]
        blocks = []
        for offset in (0, (size - BLOCK) // 2, size - BLOCK):
            stream.seek(offset)
            blocks.append(stream.read(BLOCK))
        return blocks


def _short(size: int, blocks: list[bytes], kind: HashKind) -> bytes:
    return kind.of(str(size).encode() + b"\n", *blocks)


def _is_blank(blocks: list[bytes]) -> bool:
    """Whether two of three blocks hold one number only: digital silence. The first begins with the header."""
    return sum(len(set(block)) == 1 for block in blocks[1:]) == 2


def _opened(file: Source) -> BinaryIO:
    if isinstance(file, bytes):
        return io.BytesIO(file)
    # buffered: a disk that gives only part of what was asked for is asked for the rest
    stream = open(file, "rb", closefd=isinstance(file, str))  # noqa: SIM115
    if isinstance(file, int):
        stream.seek(0)
    return stream
