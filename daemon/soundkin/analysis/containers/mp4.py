"""MP4 and QuickTime: which codec the sound is in. Reads bytes only; ISO/IEC 14496-12."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from soundkin.analysis.containers.data import Data

_MOST_BOXES = 1024
_INSIDE = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
_NAMES = {
    b"mp4a": "AAC",
    b"alac": "ALAC",
    b"ac-3": "AC-3",
    b"ec-3": "E-AC-3",
    b"Opus": "Opus",
    b"fLaC": "FLAC",
    b".mp3": "MP3",
    b"samr": "AMR",
    b"ima4": "IMA ADPCM",
    b"QDM2": "QDesign",
    b"MAC3": "MACE 3",
    b"MAC6": "MACE 6",
    b"sowt": "PCM",
    b"twos": "PCM",
    b"lpcm": "PCM",
    b"in24": "PCM",
    b"raw ": "PCM",
}


def name(data: Data) -> str:
    """For people, such as "AAC in MP4"."""
    container = "QuickTime" if data.at(4, 4) != b"ftyp" or data.at(8, 4) == b"qt  " else "MP4"
    codec = next((_NAMES[four] for four in _sample_entries(data, 0, data.size, 0) if four in _NAMES), None)
    return f"{codec} in {container}" if codec else container


def _sample_entries(data: Data, start: int, end: int, depth: int) -> Iterator[bytes]:
    """The four characters of every track's first sample entry."""
    for _ in range(_MOST_BOXES):
        head = data.at(start, 16)
        if start + 8 > end or len(head) < 8:
            return
        size, four, skip = int.from_bytes(head[:4], "big"), head[4:8], 8
        if size == 1:
            size, skip = int.from_bytes(head[8:16], "big"), 16
        size = end - start if size == 0 else size
        if size < skip:
            return
        if four in _INSIDE and depth < len(_INSIDE):
            yield from _sample_entries(data, start + skip, min(end, start + size), depth + 1)
        elif four == b"stsd":
            yield data.at(start + skip + 12, 4)
        start += size
