"""MPEG audio: every frame, with any bytes before, between or behind. Reads bytes only; ISO/IEC 11172-3."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from soundkin.analysis.containers.data import Joined, Piece
from soundkin.analysis.containers.form import AS_IT_IS, Form
from soundkin.analysis.containers.tags import begins_oddly, behind_tags, id3_size, without_tags

if TYPE_CHECKING:
    from soundkin.analysis.containers.data import Data

_KBIT = {
    (1, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = (44_100, 48_000, 32_000)
_HZ = {3: 1, 2: 2, 0: 4}
"""Divisor of the rate by version: 3 is MPEG 1, 2 is MPEG 2, 0 is MPEG 2.5."""
_STEADY = 0xFFFE_0C00
"""Bits of a header that do not change within a stream: sync, version, layer, rate."""
_MOST_JUNK = 1 << 20
"""Bytes before the first frame that are passed over."""
_IN_A_ROW = 4
"""Frames that must follow each other before anything is taken for MPEG audio."""
_BUFFER = 1 << 20
_SAME_BYTES = 4
"""How far the size that a file gives may be off; where it is farther, frames are counted."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the four bytes that begin a frame say."""

    size: int
    """Bytes of the whole frame."""
    samples: int
    layer: int
    is_mpeg_1: bool
    is_mono: bool


@lru_cache(maxsize=4096)
def header(word: int) -> Header | None:
    """Read a frame header; None where it is none, or one of a free bit rate."""
    version, layer, bits = word >> 19 & 3, 4 - (word >> 17 & 3), word >> 12 & 15
    if word >> 21 != 0x7FF or version == 1 or layer == 4 or bits in (0, 15) or word >> 10 & 3 == 3:
        return None
    rate = _RATES[word >> 10 & 3] // _HZ[version]
    bit_rate = _KBIT[1 if version == 3 else 2, layer][bits - 1] * 1000
    padding = word >> 9 & 1
    samples = {1: 384, 2: 1152, 3: 1152 if version == 3 else 576}[layer]
    size = (12 * bit_rate // rate + padding) * 4 if layer == 1 else samples // 8 * bit_rate // rate + padding
    return Header(size, samples, layer, version == 3, word >> 6 & 3 == 3)


@dataclass(slots=True)
class Walk:
    """The frames of a stream, one after the other."""

    word: int
    """Header of the first frame, as a number."""
    sounding: Header | None = None
    """The first frame that does not only count others."""
    count: int = 0
    is_cut: bool = False
    """Whether the last frame is not all there."""
    goes_on: bool = False
    """Whether frames of another rate or number of channels were passed over."""
    spans: list[tuple[int, int]] = field(default_factory=list)
    """Where frames lie, neighbours taken together."""

    def add(self, at: int, size: int) -> None:
        """One more frame."""
        self.count += 1
        if self.spans and sum(self.spans[-1]) == at:
            self.spans[-1] = (self.spans[-1][0], self.spans[-1][1] + size)
        else:
            self.spans.append((at, size))


class _Window:
    """Bytes by place, read a large block at a time."""

    def __init__(self, data: Data) -> None:
        self._data = data
        self._start = 0
        self._block = b""
        self.end = without_tags(data)

    def at(self, offset: int, count: int) -> bytes:
        """`count` bytes, fewer at the end."""
        skip = offset - self._start
        if skip < 0 or skip + count > len(self._block):
            self._start, self._block, skip = offset, self._data.at(offset, _BUFFER), 0
        return self._block[skip : skip + count]

    def header(self, offset: int) -> tuple[int, Header | None]:
        """The word there, and what it says as a frame header."""
        word = int.from_bytes(self.at(offset, 4), "big")
        return word, header(word)

    def find_sync(self, offset: int, stop: int) -> int:
        """The next place that a frame may begin at; `stop` where there is none."""
        while offset < stop:
            block = self.at(offset, min(4096, stop - offset))
            found = block.find(b"\xff")
            if found >= 0:
                return offset + found
            offset += max(1, len(block))
        return stop


def examine(data: Data) -> Form | None:
    """How the sound of an MPEG stream is heard whole; None where the data is none."""
    window = _Window(data)
    start = _first_frame(window, behind_tags(data))
    if start is None:
        return None
    counted, size = _count_tag(window, start)
    is_at_once = start == behind_tags(data) and not begins_oddly(data)
    if is_at_once and counted and size and abs(window.end - start - size) <= _SAME_BYTES:
        return AS_IT_IS
    walk = walk_frames(window, start)
    if is_at_once and counted and abs(counted - walk.count) <= 1 and not (walk.is_cut or walk.goes_on):
        return AS_IT_IS
    return _whole(data, walk, counted)


def _whole(data: Data, walk: Walk, promised: int) -> Form:
    """All frames and nothing else, behind them as many zeros as libsndfile needs to believe in all of them.

    Without a count in the file it takes the number of frames from the size of the first and that of the file.
    """
    first = walk.sounding
    if first is None:
        return AS_IT_IS
    size = sum(count for _, count in walk.spans)
    pieces: list[Piece] = [*walk.spans, max(2048, walk.count * (first.size + 1) - size)]
    is_short = promised > walk.count + 1
    return Form(
        Joined(data, pieces),
        frames=walk.count * first.samples,
        promised=promised * first.samples if is_short else None,
        is_cut=walk.is_cut or is_short,
        goes_on=walk.goes_on,
    )


def walk_frames(window: _Window, start: int) -> Walk:
    """Every frame from `start` on that is of one stream with the first, frames that only count others left out."""
    word, first = window.header(start)
    walk = Walk(word)
    at, end = start, window.end
    while first is not None and at + 4 <= end:
        word, found = window.header(at)
        if found is None or not _belongs(word, walk.word):
            at = _resume(window, at, walk)
        elif at + found.size > end:
            walk.is_cut = True
            break
        else:
            if not _count_tag(window, at, found)[0]:
                walk.sounding = walk.sounding or found
                walk.add(at, found.size)
            at += found.size
    rest = window.at(at, 3) if at < end else b""
    walk.is_cut = walk.is_cut or (bool(rest) and rest == walk.word.to_bytes(4, "big")[: len(rest)])
    return walk


def _belongs(word: int, first: int) -> bool:
    """Whether a header is of the same stream as the first: the same layer and rate, mono or not."""
    return (word ^ first) & _STEADY == 0 and (word >> 6 & 3 == 3) == (first >> 6 & 3 == 3)


def _resume(window: _Window, at: int, walk: Walk) -> int:
    """The next place where the stream goes on for at least two frames; else the end.

    Tags in its middle are passed over, and so are other streams, which the walk notes.
    """
    at += id3_size(window.at(at, 10))
    while (at := window.find_sync(at, window.end)) < window.end:
        if _in_a_row(window, at, walk.word, 2) >= 2:
            return at
        behind = _behind_another(window, at)
        walk.goes_on = walk.goes_on or behind > at
        at = max(behind, at + 1)
    return window.end


def _behind_another(window: _Window, start: int) -> int:
    """Where the frames of a stream of its own end that begins here; the same place where none does."""
    first, found = window.header(start)
    at, count = start, 0
    while found is not None and at + found.size <= window.end:
        at, count = at + found.size, count + 1
        word, found = window.header(at)
        found = found if _belongs(word, first) else None
    return at if count >= _IN_A_ROW else start


def _first_frame(window: _Window, start: int) -> int | None:
    """Where the first frame begins that others follow; None where the data is no MPEG audio."""
    at, stop = start, min(window.end, start + _MOST_JUNK)
    while (at := window.find_sync(at, stop)) < stop:
        count = _in_a_row(window, at, window.header(at)[0], _IN_A_ROW)
        if count >= _IN_A_ROW or (count and at == start):
            return at
        at += 1
    return None


def _in_a_row(window: _Window, at: int, first: int, most: int) -> int:
    """How many frames of one stream with `first` follow each other from here on, up to `most`; at the end all do."""
    for count in range(most):
        if at >= window.end - 3:
            return most if count else 0
        word, found = window.header(at)
        if found is None or not _belongs(word, first):
            return 0
        at += found.size
    return most


def _count_tag(window: _Window, at: int, found: Header | None = None) -> tuple[int, int]:
    """Frames and bytes that a frame without sound (Xing, Info, VBRI) counts; zeros where it has none or is none."""
    found = found or window.header(at)[1]
    if found is None or found.layer != 3:
        return 0, 0
    side = (17 if found.is_mono else 32) if found.is_mpeg_1 else (9 if found.is_mono else 17)
    tag = window.at(at + 4 + side, 16)
    if tag[:4] in (b"Xing", b"Info"):
        flags = tag[7] if len(tag) == 16 else 0
        values = [int.from_bytes(tag[start : start + 4], "big") for start in (8, 12)]
        if flags & 1:
            return values[0], values[1] if flags & 2 else 0
        return 0, 0
    tag = window.at(at + 36, 18)
    if tag[:4] == b"VBRI" and len(tag) == 18:
        return int.from_bytes(tag[14:18], "big"), int.from_bytes(tag[10:14], "big")
    return 0, 0
