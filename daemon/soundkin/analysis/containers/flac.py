"""FLAC: how many samples are really there, from the last frame of the stream. Reads bytes only; RFC 9639."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from soundkin.analysis.containers.checksums import crc
from soundkin.analysis.containers.data import Joined
from soundkin.analysis.containers.form import AS_IT_IS, Form
from soundkin.analysis.containers.iff import Chunk
from soundkin.analysis.containers.tags import without_tags

if TYPE_CHECKING:
    from soundkin.analysis.containers.checksums import crc
from soundkin.analysis.containers.data import Data

_INFO = 8
"""Where the content of STREAMINFO begins."""
_MOST_BLOCKS = 128
_COMMENTS = 4
"""Type of the block that holds them."""
_WINDOW = 1 << 14
_FARTHEST = 1 << 24
"""A frame is never longer: STREAMINFO gives its size in 24 bits."""
_LONGEST_HEAD = 16
_FIXED_SIZES = {1: 192} | {code: 576 << code - 2 for code in range(2, 6)} | {code: 1 << code for code in range(8, 16)}


@dataclass(frozen=True, slots=True)
class _Frame:
    at: int
    first_sample: int
    samples: int


def comment_block(data: Data, start: int = 0) -> Chunk | None:
    """The block of comments of a FLAC stream that begins at `start`: RFC 9639, section 8.6."""
    return next((block for block in _blocks(data, start) if block.name[0] & 0x7F == _COMMENTS), None)


def bare(data: Data) -> Joined:
    """The same stream with its first block alone: no comments, pictures or seek points that a decoder may refuse."""
    *_, last = (Chunk(b"", 0, 0), *_blocks(data))
    frames = last.start + last.size
    return Joined(data, [b"fLaC\x80", (5, _INFO + 34 - 5), (frames, data.size - frames)])


def _blocks(data: Data, start: int = 0) -> Iterator[Chunk]:
    """The blocks before the frames, the first byte of each as its name, as far as there are any."""
    at = start + 4
    for _ in range(_MOST_BLOCKS):
        head = data.at(at, 4)
        if len(head) < 4:
            return
        block = Chunk(head[:1], at + 4, int.from_bytes(head[1:], "big"))
        yield block
        if head[0] & 0x80:
            return
        at = block.start + block.size


def examine(data: Data) -> Form:
    """What is to be put right in a FLAC stream that begins where the data does."""
    info = data.at(0, _INFO + 34)
    if len(info) < _INFO + 34 or info[4] & 0x7F:
        return AS_IT_IS
    promised = int.from_bytes(info[_INFO + 13 : _INFO + 18], "big") & (1 << 36) - 1
    last = _last_frame(data, int.from_bytes(info[_INFO : _INFO + 2], "big"))
    if last is None:
        return AS_IT_IS
    there = last.first_sample + last.samples
    if there == promised and promised <= 10 * _rate(info):
        return AS_IT_IS  # so short that all of it is decoded: the decoder will complain of a torn frame
    is_whole = _is_whole(data, last.at)
    if there == promised and is_whole:
        return AS_IT_IS
    end = data.size if is_whole else last.at
    frames = there if is_whole else last.first_sample
    head = info[: _INFO + 13] + ((info[_INFO + 13] & 0xF0) << 32 | frames).to_bytes(5, "big")
    return Form(
        Joined(data, [head, (len(head), end - len(head))]),
        frames=frames,
        promised=promised if promised > frames and not is_whole else None,
        is_cut=not is_whole,
    )


def torn(data: Data) -> Form:
    """As `examine`, for a stream whose last frame turned out not to decode."""
    info = data.at(0, _INFO + 34)
    promised = int.from_bytes(info[_INFO + 13 : _INFO + 18], "big") & (1 << 36) - 1
    last = _last_frame(data, int.from_bytes(info[_INFO : _INFO + 2], "big"))
    return Form(promised=promised, is_cut=last is not None and not _is_whole(data, last.at))


def _rate(info: bytes) -> int:
    return int.from_bytes(info[_INFO + 10 : _INFO + 13], "big") >> 4


def _last_frame(data: Data, block: int) -> _Frame | None:
    """The last frame that begins in the data, whole or not; `block` is the size of all blocks but the last."""
    reach, end = _WINDOW, data.size
    while True:
        start = max(0, end - reach)
        tail = data.at(start, end - start)
        at = len(tail)
        while (at := tail.rfind(b"\xff", 0, at)) >= 0:
            if tail[at + 1 : at + 2] in (b"\xf8", b"\xf9") and (frame := _frame(tail[at : at + _LONGEST_HEAD], block)):
                return _Frame(start + at, *frame)
        if not start or reach >= _FARTHEST:
            return None
        reach *= 8


def _frame(head: bytes, block: int) -> tuple[int, int] | None:
    """First sample and number of samples of the frame with this head; None where it is none."""
    if len(head) < 6:
        return None
    is_variable, size_code, rate_code = head[1] & 1, head[2] >> 4, head[2] & 15
    if not size_code or rate_code == 15 or head[3] >> 4 > 10 or head[3] & 1:
        return None
    number, at = _coded_number(head, 4)
    if at == 0:
        return None
    extra = {6: 1, 7: 2}.get(size_code, 0)
    samples = _FIXED_SIZES.get(size_code) or int.from_bytes(head[at : at + extra], "big") + 1
    at += extra + {12: 1, 13: 2, 14: 2}.get(rate_code, 0)
    if at >= len(head) or crc(head[:at], 0x07, 8) != head[at]:
        return None
    return (number if is_variable else number * block), samples


def _coded_number(head: bytes, at: int) -> tuple[int, int]:
    """A number spelled like a character of UTF-8, and where it ends; 0 where it is none."""
    first = head[at]
    count = 0
    while count < 8 and first & (0x80 >> count):
        count += 1
    if count in (1, 8) or at + max(1, count) > len(head):
        return 0, 0
    number = first & (0x7F >> count)
    for byte in head[at + 1 : at + count]:
        if byte >> 6 != 2:
            return 0, 0
        number = number << 6 | byte & 0x3F
    return number, at + max(1, count)


def _is_whole(data: Data, at: int) -> bool:
    """Whether the frame from here to the end of the data has the checksum that it ends with."""
    end = without_tags(data)
    content = data.at(at, min(end - at, _FARTHEST))
    return any(crc(each, 0x8005, 16) == 0 for each in (content, content.rstrip(b"\0")))
