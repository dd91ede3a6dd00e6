"""Tempo and key in text tags. Containers find the bytes, tinytag reads ID3 and Vorbis comments; alone to import it.

Hostile tags cost a bounded number of bytes and of steps; one that makes no sense says nothing.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING

from soundkin.analysis.containers.caf import caf_chunks
from soundkin.analysis.containers.data import Joined
from soundkin.analysis.containers.flac import comment_block
from soundkin.analysis.containers.iff import chunks
from soundkin.analysis.containers.ogg import second_packet
from soundkin.analysis.containers.tags import behind_tags, id3_size
from soundkin.analysis.facts.fields import key_in, tempo_in

if TYPE_CHECKING:
    from soundkin.analysis.containers import Data

Tag = tuple[float | None, str | None]
"""BPM and key, None where the tag does not say them."""
NOTHING: Tag = (None, None)
_LONGEST = 1 << 15
"""Bytes of a tag that are read: tinytag's time grows with the square of the number of values of one field."""
_LONGEST_COMMENTS = 1 << 20
"""Bytes of Vorbis comments that are read: pictures may be among them."""
_MOST = 1024
"""Fields of one tag."""
_ID3_HINT = re.compile(rb"TBP|TKE|TXX")
_COMMENTS_HINT = re.compile(rb"bpm|tempo|key", re.IGNORECASE)
"""Without one of these in its bytes a tag is not worth parsing: most are not."""
_BEFORE_COMMENTS = {b"\x03vorbis": 7, b"OpusTags": 8}
_FLAC_HEAD = 4
_TEMPO_FIELDS = ("bpm", "tempo", "tbpm")
_KEY_FIELDS = ("initial_key", "initialkey", "initial key", "key", "tkey")
"""As tinytag names them, and as programs do that turn one tag into another."""


def id3(data: Data, start: int = 0) -> Tag:
    """What the ID3v2 tag that begins at `start` says. Raises OSError, MemoryError."""
    size = id3_size(data.at(start, 10))
    content = data.at(start, min(size, _LONGEST))
    if not size or not _ID3_HINT.search(content):
        return NOTHING
    if content[5] & 0x80 and content[3] < 4:  # ID3v2.3, 6.1: a zero byte was put behind each byte of ones
        content = content[:10] + content[10:].replace(b"\xff\0", b"\xff")
    # tinytag counts the head as frames, so the size is raised by it; else a short last frame is lost
    return _by_tinytag(content[:6] + _synchsafe(len(content)) + content[10:])


def _synchsafe(size: int) -> bytes:
    """Four bytes of seven bits."""
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def flac(data: Data) -> Tag:
    """What the comments of a FLAC file say, an ID3 tag before them included. Raises OSError, MemoryError."""
    start = behind_tags(data)
    block = comment_block(data, start)
    found = _comments(data.at(block.start, min(block.size, _LONGEST_COMMENTS))) if block else NOTHING
    return _first([found, id3(data)]) if start else found


def ogg(data: Data) -> Tag:
    """What the comments of Vorbis, Opus or FLAC in Ogg say. Raises OSError, MemoryError."""
    packet = second_packet(data)
    if packet is None or packet.size > _LONGEST_COMMENTS:
        return NOTHING
    content = packet.at(0, packet.size)
    skip = next((size for mark, size in _BEFORE_COMMENTS.items() if content.startswith(mark)), _FLAC_HEAD)
    return _comments(content[skip:])


def riff_info(data: Data, start: int, size: int) -> Tag:
    """What a LIST chunk of a WAVE file says, if it is one of text. Raises OSError."""
    content = data.at(start, min(size, _LONGEST))
    if content[:4] != b"INFO" or not (b"IBPM" in content or b"IKEY" in content):
        return NOTHING
    inside = Joined(data, [content])
    text = {each.name: inside.at(each.start, each.size) for each in islice(chunks(inside, "<", 4), _MOST)}
    bpm, key = (text.get(name, b"").partition(b"\0")[0].decode("latin-1") for name in (b"IBPM", b"IKEY"))
    return tempo_in(bpm), key_in(key, with_mode=True)  # IKEY is made for keywords


def caf_info(data: Data) -> Tag:
    """What the information chunk of a Core Audio file says: a count, then names and values. Raises OSError."""
    for chunk in islice(caf_chunks(data), _MOST):
        if chunk.name == b"info" and chunk.size > 0:
            words = data.at(chunk.start, min(chunk.size, _LONGEST))[4:].split(b"\0", 2 * _MOST)
            text = [word.decode("utf-8", "replace") for word in words]
            fields = {name.lower(): value for name, value in zip(text[::2], text[1::2], strict=False)}
            return tempo_in(fields.get("tempo", "")), key_in(fields.get("key signature", ""))
    return NOTHING


def _comments(content: bytes) -> Tag:
    """What Vorbis comments say that begin with the name of their writer, a length before each text."""
    count_at = 4 + int.from_bytes(content[:4], "little")
    count = int.from_bytes(content[count_at : count_at + 4], "little")
    if count > _MOST or not _COMMENTS_HINT.search(content):
        return NOTHING
    return _by_tinytag(b"fLaC\x84" + min(len(content), 0xFF_FFFF).to_bytes(3, "big") + content)


def _by_tinytag(content: bytes) -> Tag:
    """What a tag says that is put before tinytag as a file of its own."""
    from tinytag import TinyTag, TinyTagException  # only workers that meet such a tag import it

    try:
        other = TinyTag.get(file_obj=io.BytesIO(content), duration=False).other
    except TinyTagException as error:
        if isinstance(error.__cause__, MemoryError):
            raise error.__cause__ from error
        return NOTHING
    return _first(
        [(tempo_in(text), None) for text in _values(other, _TEMPO_FIELDS)]
        + [(None, key_in(text)) for text in _values(other, _KEY_FIELDS)]
    )


def _values(other: dict[str, list[str]], fields: Iterable[str]) -> list[str]:
    return [text for field in fields for text in other.get(field, [])][:_MOST]


def _first(tags: Iterable[Tag]) -> Tag:
    """The first tempo and the first key that any of them says."""
    tags = list(tags)
    return next((bpm for bpm, _ in tags if bpm), None), next((key for _, key in tags if key), None)
