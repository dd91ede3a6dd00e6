"""Ogg: where its last whole page ends, and FLAC taken out of its pages. Reads bytes only; RFC 3533."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from soundkin.analysis.containers import flac
from soundkin.analysis.containers.checksums import crc
from soundkin.analysis.containers.data import Joined, Piece
from soundkin.analysis.containers.form import AS_IT_IS, Form

if TYPE_CHECKING:
    from soundkin.analysis.containers.data import Data

_HEAD = 27
_LONGEST_PAGE = _HEAD + 255 + 255 * 255
_POLYNOMIAL = 0x04C1_1DB7
_USUAL_PAGES = 1 << 13
_BEGINS = 2
"""Bit of a page's flags: a stream begins with it."""
_MOST_LINKS = 256
_MOST_PAGES = 64
"""Up to 4 MiB, in which the comments of a stream end."""
_FLAC_MARK = b"\x7fFLAC"
_BEFORE_FLAC = 9
"""Bytes of the first packet before the stream's own beginning: a mark, a version, a count of packets."""


def first_packet(data: Data) -> bytes:
    """The beginning of the first packet, which names the codec."""
    page = data.at(0, _LONGEST_PAGE)
    return page[_HEAD + page[26] :][:64] if len(page) > _HEAD else b""


def second_packet(data: Data) -> Joined | None:
    """The packet that holds the comments of the first stream; None where it does not end within `_MOST_PAGES`."""
    pieces: list[Piece] = []
    at, number = 0, 0
    for _ in range(_MOST_PAGES):
        head = data.at(at, _HEAD + 255)
        size = _page_size(head)
        if head[:4] != b"OggS" or not size:
            return None
        start = end = at + _HEAD + head[26]
        for length in head[_HEAD : _HEAD + head[26]] if head[14:18] == data.at(14, 4) else b"":
            end += length
            if length < 255:
                if number:
                    return Joined(data, [*pieces, (start, end - start)])
                start, number = end, 1
        if number:
            pieces.append((start, end - start))
        at += size
    return None


def examine(data: Data) -> Form:
    """What is to be put right in an Ogg file: streams one behind the other, and what `_examine_one` finds in each."""
    starts = _starts(data)
    if len(starts) == 1:
        return _examine_one(data)
    ends = [*starts[1:], data.size]
    pieces = [Joined(data, [(start, end - start)]) for start, end in zip(starts, ends, strict=True)]
    links = [(piece, _examine_one(piece)) for piece in pieces]
    return Form(
        links=tuple(replace(form, data=form.data or piece) for piece, form in links),
        is_cut=any(form.is_cut for _, form in links),
    )


def _starts(data: Data) -> list[int]:
    """Where streams begin that do not run beside those before them (RFC 3533: chained); of many, the first ones."""
    starts, at, was_first = [0], 0, True
    while len(starts) < _MOST_LINKS and at + _HEAD <= data.size:
        head = data.at(at, _HEAD + 255)
        size = _page_size(head)
        if head[:4] != b"OggS" or not size:
            break
        is_first = bool(head[5] & _BEGINS)
        if is_first and not was_first:
            starts.append(at)
        was_first = is_first
        at += size
    return starts


def _examine_one(data: Data) -> Form:
    """What is to be put right in an Ogg stream: a torn last page, FLAC that libsndfile does not take in Ogg."""
    last, end = _last_whole_page(data)
    is_torn = end < data.size and data.at(end, 4) == b"OggS"[: data.size - end]
    if first_packet(data).startswith(_FLAC_MARK):
        inner = Joined(data, list(_payload(data)))
        inner = Joined(inner, [(_BEFORE_FLAC, inner.size - _BEFORE_FLAC)])
        form = flac.examine(inner)
        return Form(form.data or inner, form.frames, form.promised, is_cut=form.is_cut or is_torn)
    if not is_torn:
        return AS_IT_IS
    return Form(Joined(data, [(0, end), _rest(data, end, _granule(data.at(last, _HEAD)))]), is_cut=True)


def _last_whole_page(data: Data) -> tuple[int, int]:
    """Where the last whole page begins and ends; the end of the data where there is none."""
    for reach in (_USUAL_PAGES, 2 * _LONGEST_PAGE):
        start = max(0, data.size - reach)
        tail = data.at(start, reach)
        at = len(tail)
        while (at := tail.rfind(b"OggS", 0, at)) >= 0:
            size = _page_size(tail[at : at + _HEAD + 255])
            if size and at + size <= len(tail):
                return start + at, start + at + size
    return data.size, data.size


def _rest(data: Data, at: int, before: int) -> bytes:
    """A page of the whole packets that a torn page holds; empty where it holds none.

    `before`: samples up to the page. Those in it are counted by its share of packets.
    """
    page = data.at(at, _LONGEST_PAGE)
    sizes = page[_HEAD : _HEAD + page[26]] if len(page) > _HEAD else b""
    there = len(page) - _HEAD - len(sizes)
    ends = [number + 1 for number, size in enumerate(sizes) if size < 255]
    kept = [number for number in ends if sum(sizes[:number]) <= there]
    if not kept or len(sizes) < page[26]:
        return b""
    samples = before + (_granule(page) - before) * len(kept) // len(ends)
    head = bytearray(page[:_HEAD])
    head[6:14] = max(0, samples).to_bytes(8, "little")
    head[22:26] = bytes(4)
    head[26] = kept[-1]
    content = sizes[: kept[-1]] + page[_HEAD + len(sizes) :][: sum(sizes[: kept[-1]])]
    head[22:26] = crc(bytes(head) + content, _POLYNOMIAL, 32).to_bytes(4, "little")
    return bytes(head) + content


def _granule(head: bytes) -> int:
    """Samples up to the end of the page with this head; 0 where no packet ends in it."""
    return max(0, int.from_bytes(head[6:14], "little", signed=True))


def _page_size(head: bytes) -> int:
    """Bytes of the page with this head; 0 where the head itself is torn."""
    if len(head) < _HEAD or len(head) < _HEAD + head[26]:
        return 0
    return _HEAD + head[26] + sum(head[_HEAD : _HEAD + head[26]])


def _payload(data: Data) -> Iterator[Piece]:
    """What the pages of the first stream carry."""
    at, serial = 0, data.at(14, 4)
    while at < data.size:
        head = data.at(at, _HEAD + 255)
        size = _page_size(head)
        if head[:4] != b"OggS" or not size:
            return
        skip = _HEAD + head[26]
        if head[14:18] == serial:
            yield (at + skip, size - skip)
        at += size
