"""The patches of freepats (Gravis UltraSound files), with the category that General MIDI gives their numbers."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from soundfont_zones import KEYS, LOWEST_BASS, PROGRAMS, Zoned

_FIRST = 129 + 63 + 47
"""Bytes of the headers of file, instrument and layer."""
_SAMPLE = 96
_SIXTEEN_BITS, _UNSIGNED, _LOOPED = 1, 2, 4


def patches_in(folder: Path) -> Iterator[Zoned]:
    """The samples of every patch whose file name begins with its program or key number."""
    for path in sorted(folder.rglob("*.pat")):
        found = re.match(r"(\d{3})_", path.name)
        if found:
            drums = path.parent.name.lower().startswith("drum")
            category = (KEYS if drums else PROGRAMS).get(int(found[1]), "")
            if category:
                yield from _samples(path, category)


def _samples(path: Path, category: str) -> Iterator[Zoned]:
    data = path.read_bytes()
    at = _FIRST
    for _ in range(data[198]):
        size, first, last, sr, _, _, root = struct.unpack_from("<IIIHIII", data, at + 8)
        modes = data[at + 55]
        at += _SAMPLE
        raw = data[at : at + size]
        at += size
        kind, width = ("<i2", 2) if modes & _SIXTEEN_BITS else ("i1", 1)
        y = np.frombuffer(raw, kind, len(raw) // width).astype(np.int32)
        if modes & _UNSIGNED:
            y = (y & (0xFFFF if width == 2 else 0xFF)) - (0x8000 if width == 2 else 0x80)
        note = 69 + 12 * np.log2(max(1, root) / 440_000)
        if y.size >= 200 and not (category == "bass" and note >= LOWEST_BASS):
            loud = np.clip(y * (1 if width == 2 else 256), -32768, 32767).astype(np.int16)
            loop = (first // width, last // width) if modes & _LOOPED else (0, 0)
            yield Zoned(path.stem, category, loud, max(sr, 4_000), loop)
