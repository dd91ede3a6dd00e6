"""Short sounds in plain WAV files, the most of every sample folder, straight from the file's bytes.

Only what is written by the book, of one or two channels: anything else is None, and a decoder's business, which
forgives what others got wrong. The samples are those that libsndfile gives, bit by bit.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from soundkin.analysis.containers.iff import chunks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.analysis.containers import FileData

_FORMAT = struct.Struct("<HHIIHH")
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_KINDS = {
    (_PCM, 16): ("<i2", 2.0**15),
    (_PCM, 24): ("<i4", 2.0**31),
    (_PCM, 32): ("<i4", 2.0**31),
    (_FLOAT, 32): ("<f4", 1.0),
}
"""How numbers lie in memory, and what full scale is in them; 24 bits are widened first."""
_GUID_TAIL = bytes.fromhex("000000001000800000aa00389b71")
_MOST_CHANNELS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Pcm:
    """The samples of one file."""

    numbers: NDArray[np.int16] | NDArray[np.int32] | NDArray[np.float32]
    """(frames * channels,), channels taking turns, as they are in the file."""
    full_scale: float
    sr: int
    channels: int
    bit_depth: int


def read_pcm(data: FileData) -> Pcm | None:
    """The samples of a WAV file; None where they are not plain numbers, or not exactly as many as promised."""
    content = data.all
    if content is None or content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        return None
    form = b""
    for chunk in chunks(data, "<"):
        if chunk.name == b"fmt ":
            form = content[chunk.start : chunk.start + chunk.size]
        elif chunk.name == b"data":
            return _numbers(content, form, chunk.start, chunk.size)
    return None


def _numbers(content: bytes, form: bytes, start: int, size: int) -> Pcm | None:
    if len(form) < _FORMAT.size or not size or start + size > len(content):
        return None
    tag, channels, sr, _, frame_bytes, bits = _FORMAT.unpack_from(form)
    if tag == _EXTENSIBLE and form[26:40] == _GUID_TAIL and int.from_bytes(form[18:20], "little") == bits:
        tag = int.from_bytes(form[24:26], "little")
    kind = _KINDS.get((tag, bits))
    if kind is None or not 0 < channels <= _MOST_CHANNELS or frame_bytes != channels * bits // 8 or size % frame_bytes:
        return None
    count = size * 8 // bits
    if bits == 24:  # the upper three bytes of four, of which the lowest is the number before
        numbers = np.ndarray((count,), "<i4", content, start - 1, (3,)) & np.int32(-256)
    else:
        numbers = np.frombuffer(content, kind[0], count, start)
    return Pcm(numbers, kind[1], sr, channels, bits)
