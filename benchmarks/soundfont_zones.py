"""Samples of SF2 files with the category that General MIDI gives the programs and drum keys that play them."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

KEYS = {
    **dict.fromkeys((35, 36), "kick"), **dict.fromkeys((38, 40), "snare"), **dict.fromkeys((49, 52, 55, 57), "crash"),
    **dict.fromkeys((41, 43, 45, 47, 48, 50), "tom"), **dict.fromkeys((51, 53, 59), "ride"), 37: "rim", 39: "clap",
    42: "hat-closed", 44: "hat-pedal", 46: "hat-open", 54: "tambourine", **dict.fromkeys((56, 67, 68), "cowbell"),
    **dict.fromkeys((60, 61, 62, 63, 64), "conga"), **dict.fromkeys((69, 70, 82), "shaker"),
    **dict.fromkeys((75, 76, 77), "woodblock"), **dict.fromkeys((58, 65, 66, 73, 74, 78, 79, 80, 81, 85), "percussion"),
}  # fmt: skip
"""Category by MIDI note of the drum channel (General MIDI 1, and what General Standard adds)."""
PROGRAMS = {
    **dict.fromkeys((*range(8), *range(16, 22), 23), "keys"), **dict.fromkeys((*range(8, 15), 108, 112, 114), "mallet"),
    **dict.fromkeys((15, *range(24, 32), 45, 46, *range(104, 108)), "pluck"), **dict.fromkeys(range(32, 40), "bass"),
    **dict.fromkeys((*range(40, 45), *range(48, 52), *range(88, 96), 110), "pad"),
    **dict.fromkeys((52, 53, 54), "vocal"), **dict.fromkeys((22, *range(56, 80), 109, 111), "wind"),
    **dict.fromkeys(range(80, 88), "lead"), 113: "cowbell", 115: "woodblock", **dict.fromkeys((117, 118), "tom"),
    **dict.fromkeys(range(119, 128), "effect"),
}  # fmt: skip
"""Category by program number from 0 (General MIDI 1); orchestra hit, timpani and the synth effects have none."""
OTHER_KITS = (48, 56)
"""Drum programs with maps of their own: orchestra, sound effects."""
LOWEST_BASS = 56
"""Samples of bass programs from this MIDI note on are left out: they sound like no bass."""
UNSAID = 60
"""The key of samples for which nobody gave one."""
_INSTRUMENT, _KEY_RANGE, _SAMPLE = 41, 43, 53
_HEADER = struct.Struct("<20sIIIIIBbHH")
_RIGHT = 2


@dataclass(frozen=True, slots=True, eq=False)
class Zoned:
    """One sample of a soundfont."""

    name: str
    category: str
    y: NDArray[np.int16]
    sr: int
    loop: tuple[int, int] = (0, 0)
    """Where it is repeated while a key is held."""


class SoundFont:
    """The tables of an SF2 file."""

    def __init__(self, path: Path) -> None:
        self._data = np.memmap(path, np.uint8, "r")
        self._found = _chunks(self._data)

    def samples(self) -> Iterator[Zoned]:
        """Those whose uses agree on a category, the right channels of stereo pairs left out."""
        votes = self._votes()
        offset, length = self._found[b"smpl"]
        pcm = self._data[offset : offset + length // 2 * 2].view("<i2")
        for at, row in enumerate(_HEADER.iter_unpack(self._table(b"shdr"))):
            name, start, end, first, last, sr, note, _, _, kind = row
            if len(votes[at]) != 1 or kind & _RIGHT or end - start < 200:
                continue
            category = next(iter(votes[at]))
            if category and not (category == "bass" and note >= LOWEST_BASS and note != UNSAID):
                text = name.split(b"\0")[0].decode("latin1").strip()
                yield Zoned(text, category, pcm[start:end], max(sr, 4_000), (first - start, last - start))

    def _votes(self) -> dict[int, set[str]]:
        """Categories of every sample by number."""
        votes: dict[int, set[str]] = defaultdict(set)
        heads = list(struct.iter_unpack("<20sHHHIII", self._table(b"phdr")))
        bags = [bag for _, bag in struct.iter_unpack("<20sH", self._table(b"inst"))]
        for (_, program, bank, first, *_), after in pairwise(heads):
            for keys, instrument in self._zones(b"pbag", b"pgen", first, after[3], wanted=_INSTRUMENT):
                zones = self._zones(b"ibag", b"igen", bags[instrument], bags[instrument + 1], wanted=_SAMPLE)
                for inner, sample in zones:
                    span = range(max(keys[0], inner[0]), min(keys[1], inner[1]) + 1)
                    votes[sample] |= _categories(bank, program, span)
        return votes

    def _zones(
        self, bags: bytes, generators: bytes, first: int, last: int, *, wanted: int
    ) -> Iterator[tuple[tuple[int, int], int]]:
        """Key range and target of the zones in [first, last); the range of a zone without target holds for all."""
        starts, rows = self._starts(bags), self._rows(generators)
        general = (0, 127)
        for at in range(first, last):
            keys, target = general, None
            for operator, low, high in rows[starts[at] : starts[at + 1]]:
                if operator == _KEY_RANGE:
                    keys = (low, high)
                elif operator == wanted:
                    target = low | high << 8
            if target is not None:
                yield keys, target
            elif at == first:
                general = keys

    @lru_cache(maxsize=4)  # noqa: B019  one font lives as long as its tables
    def _starts(self, bags: bytes) -> list[int]:
        return [at for at, _ in struct.iter_unpack("<HH", self._table(bags))]

    @lru_cache(maxsize=4)  # noqa: B019
    def _rows(self, generators: bytes) -> list[tuple[int, ...]]:
        return list(struct.iter_unpack("<HBB", self._table(generators)))

    def _table(self, name: bytes) -> bytes:
        offset, length = self._found[name]
        return self._data[offset : offset + length].tobytes()


def _categories(bank: int, program: int, keys: range) -> set[str]:
    if bank == 0:
        return {PROGRAMS.get(program, "")}
    if bank != 128 or program in OTHER_KITS or not keys:
        return set()
    return {KEYS.get(key, "") for key in keys}


def _chunks(data: NDArray[np.uint8]) -> dict[bytes, tuple[int, int]]:
    """Where the chunks inside the lists of a RIFF file begin, and how long they are."""
    found: dict[bytes, tuple[int, int]] = {}
    at = 12
    while at + 8 <= len(data):
        size = int(data[at + 4 : at + 8].view("<u4")[0])
        if data[at : at + 4].tobytes() == b"LIST":
            inner = at + 12
            while inner + 8 <= at + 8 + size:
                length = int(data[inner + 4 : inner + 8].view("<u4")[0])
                found[data[inner : inner + 4].tobytes()] = (inner + 8, length)
                inner += 8 + length + (length & 1)
        at += 8 + size + (size & 1)
    return found
