"""RIFF WAVE and its 64-bit kin: what the data chunk holds, and whether its size can be believed. Reads bytes only."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soundkin.analysis.containers.data import Joined, overlaid
from soundkin.analysis.containers.form import AS_IT_IS, Form
from soundkin.analysis.containers.iff import SPARE_BYTES, Chunk, behind, chunks, is_all_chunks

if TYPE_CHECKING:
    from soundkin.analysis.containers.data import Data

_UNKNOWN = 0x7FFF_F000
"""Programs that write to a pipe promise the most they can, or a little less."""
_SIZE_ELSEWHERE = 0xFFFF_FFFF
_SEALED = {0x0050, 0x0055, 0xF1AC, *range(0x674F, 0x6752), *range(0x676F, 0x6772)}
"""MPEG audio, FLAC, and Vorbis in Ogg in its six modes: what is inside is a file of its own."""
_BY_THE_FRAME = {0x0001, 0x0003, 0x0006, 0x0007}
_EXTENSIBLE = 0xFFFE


@dataclass(frozen=True, slots=True)
class Wave:
    """The parts of a WAVE file that matter here."""

    tag: int
    """Format tag; of an extensible format, the one inside."""
    frame_bytes: int
    """Bytes of a frame where every frame has as many, else 0."""
    order: str
    """"<" or ">" as in `struct`."""
    sound: Chunk
    """The data chunk; its size is the 64-bit one where there is one."""
    wide_size_at: int | None
    """Where the 64-bit size of the data chunk stands, where it is the one that counts."""

    def there(self, data: Data) -> int:
        """Bytes behind the head of the data chunk."""
        return data.size - self.sound.start


def wave_chunks(data: Data) -> Iterator[Chunk]:
    """The chunks of a WAVE file in little-endian order, those behind more than 4 GiB of sound too.

    Source: EBU Tech 3306: a size of -1 in the data chunk means that the ds64 chunk holds it.
    """
    wide: Chunk | None = None
    for chunk in chunks(data, "<"):
        if chunk.name == b"data" and chunk.size == _SIZE_ELSEWHERE and wide is not None:
            size = int.from_bytes(data.at(wide.start + 8, 8), "little")
            yield Chunk(chunk.name, chunk.start, size)
            yield from chunks(data, "<", behind(data, chunk.start, size))
            return
        if chunk.name == b"ds64":
            wide = chunk
        yield chunk


def read_wave(data: Data) -> Wave | None:
    """The parts of a WAVE file; None where it has no data chunk, or none that a format comes before."""
    order = ">" if data.at(0, 4) == b"RIFX" else "<"
    tag = frame_bytes = 0
    wide: Chunk | None = None
    for chunk in chunks(data, order):
        if chunk.name == b"ds64":
            wide = chunk
        elif chunk.name == b"fmt ":
            tag, frame_bytes = _format(data.at(chunk.start, 40), order)
        elif chunk.name == b"data":
            if not tag:
                return None
            if wide is None or chunk.size != _SIZE_ELSEWHERE:
                return Wave(tag, frame_bytes, order, chunk, None)
            size = int.from_bytes(data.at(wide.start + 8, 8), "little", signed=True)
            return Wave(tag, frame_bytes, order, Chunk(chunk.name, chunk.start, size), wide.start + 8)
    return None


def _format(content: bytes, order: str) -> tuple[int, int]:
    """Tag and bytes a frame from a format chunk."""
    if len(content) < 16:
        return 0, 0
    tag, channels, _, _, align, bits = struct.unpack_from(order + "HHIIHH", content)
    if tag == _EXTENSIBLE and len(content) >= 26:
        tag = struct.unpack_from(order + "H", content, 24)[0]
    return tag, align or channels * ((bits + 7) // 8) if tag in _BY_THE_FRAME else 0


def examine(data: Data) -> Form:
    """What is to be put right in a WAVE file so that all of its PCM is heard."""
    if _is_plain(data):
        return AS_IT_IS
    wave = read_wave(data)
    changes = [(0, _plain_name(data))] if data.at(0, 4) == b"BW64" else []
    if wave is None:
        return Form(overlaid(data, *changes)) if changes else AS_IT_IS
    if wave.tag in _SEALED:
        return Form(sealed=_content(data, wave))
    promised, there = wave.sound.size, wave.there(data)
    if _says_nothing(data, wave):
        if wave.wide_size_at is not None:
            changes.append((wave.wide_size_at, struct.pack("<Q", there)))
        elif not promised:
            size = min(there, _SIZE_ELSEWHERE - 1)
            changes.append((wave.sound.start - 4, struct.pack(wave.order + "I", size)))
    is_cut = not _says_nothing(data, wave) and promised > there + SPARE_BYTES
    return Form(
        overlaid(data, *changes) if changes else None,
        promised=promised // wave.frame_bytes if is_cut and wave.frame_bytes else None,
        is_cut=is_cut,
    )


def _is_plain(data: Data) -> bool:
    """Whether the file is a head of 44 bytes and as much PCM as it says: most are, and need no second look."""
    head = data.at(0, 44)
    if head[:4] != b"RIFF" or head[8:16] != b"WAVEfmt " or head[20:22] != b"\1\0" or head[36:40] != b"data":
        return False
    return 0 < int.from_bytes(head[40:44], "little") <= data.size - 44 + SPARE_BYTES


def _content(data: Data, wave: Wave) -> Joined:
    """What the data chunk holds, independent of its stated size."""
    there = wave.there(data)
    size = there if _says_nothing(data, wave) else min(wave.sound.size, there)
    return Joined(data, [(wave.sound.start, size)])


def _says_nothing(data: Data, wave: Wave) -> bool:
    """Whether the size is one that means "unknown", or was never filled in by a recorder that crashed."""
    size = wave.sound.size
    if wave.wide_size_at is not None:
        return size <= 0
    if size == 0:
        return wave.there(data) > 0 and not is_all_chunks(data, wave.order, wave.sound.start)
    return size >= _UNKNOWN


def _plain_name(data: Data) -> bytes:
    """The older name of a BW64 file."""
    return b"RF64" if any(chunk.name == b"ds64" for chunk in chunks(data, "<")) else b"RIFF"
