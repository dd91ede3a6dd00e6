"""What the file itself says beside the sound: ACID and sampler chunks, AIFF's instrument and loop chunks, tags."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import islice

from soundkin.analysis.containers.data import Data
from soundkin.analysis.containers.iff import Chunk, chunks
from soundkin.analysis.containers.riff import wave_chunks
from soundkin.analysis.containers.tags import behind_tags
from soundkin.analysis.facts import tags
from soundkin.analysis.facts.fields import TEMPI

_MOST_CHUNKS = 64
_MOST_TAGS = 4
_LONGEST = 256
_ACID = struct.Struct("<IHHfIHHf")
_ONE_SHOT, _ROOT_SET = 1, 2
_APPLE_ONE_SHOT = b"\0\1"
_BASC_SCALES = {1: "m", 2: ""}


@dataclass(frozen=True, slots=True)
class Said:
    """Facts stated by the file, in a chunk or in its name. None: not stated."""

    tempo_bpm: float | None = None
    """Of a chunk, which states it beside a number of beats."""
    beats: int | None = None
    root_note: int | None = None
    """MIDI note number."""
    minor: bool | None = None
    one_shot: bool | None = None
    tag_bpm: float | None = None
    """Tempo of a text field, which comes without a number of beats."""
    tag_key: str | None = None
    """Such as "C", "F#", "Am", "Ebm"."""


def read_said(data: Data) -> Said:
    """What the chunks and tags of a file say; nothing where it has none or they make no sense.

    Raises OSError, MemoryError.
    """
    head = data.at(0, 12)
    magic = head[:4]
    if magic in (b"RIFF", b"RF64", b"BW64") and head[8:] == b"WAVE":
        return _walk(data, wave_chunks(data), {b"acid": _acid, b"smpl": _smpl})
    if magic == b"FORM" and head[8:] in (b"AIFF", b"AIFC"):
        return _walk(data, chunks(data, ">"), {b"basc": _basc, b"INST": _inst})
    reader = _TAGGED.get(magic) or (_tags_before if magic[:3] == b"ID3" else None)
    return _tagged(Said(), reader(data)) if reader else Said()


def _tags_before(data: Data) -> tags.Tag:
    """What an ID3 tag says, and comments where FLAC is behind it."""
    return tags.flac(data) if data.at(behind_tags(data), 4) == b"fLaC" else tags.id3(data)


_TAGGED: dict[bytes, Callable[[Data], tags.Tag]] = {b"fLaC": tags.flac, b"OggS": tags.ogg, b"caff": tags.caf_info}


def _walk(data: Data, found: Iterable[Chunk], readers: dict[bytes, Callable[[Said, bytes], Said]]) -> Said:
    said, tags_left = Said(), _MOST_TAGS
    for chunk in islice(found, _MOST_CHUNKS):
        reader = readers.get(chunk.name)
        if reader:
            said = reader(said, data.at(chunk.start, min(chunk.size, _LONGEST)))
        elif chunk.name in _TAG_CHUNKS and tags_left:
            said = _tagged(said, _TAG_CHUNKS[chunk.name](data, chunk))
            tags_left -= 1
    return said


_TAG_CHUNKS: dict[bytes, Callable[[Data, Chunk], tags.Tag]] = {
    b"id3 ": lambda data, chunk: tags.id3(data, chunk.start),
    b"ID3 ": lambda data, chunk: tags.id3(data, chunk.start),
    b"LIST": lambda data, chunk: tags.riff_info(data, chunk.start, chunk.size),
}


def _tagged(said: Said, tag: tags.Tag) -> Said:
    """The same with what a tag says; of two tags the first counts."""
    bpm, key = tag
    if tag == tags.NOTHING:
        return said
    return replace(said, tag_bpm=said.tag_bpm or bpm, tag_key=said.tag_key or key)


def _acid(said: Said, data: bytes) -> Said:
    if len(data) < _ACID.size:
        return said
    flags, root, _, _, beats, _, _, tempo = _ACID.unpack_from(data)
    one_shot = bool(flags & _ONE_SHOT)
    believable = not one_shot and beats > 0 and TEMPI[0] <= tempo <= TEMPI[1]
    return replace(
        said,
        tempo_bpm=float(tempo) if believable else said.tempo_bpm,
        beats=int(beats) if believable else said.beats,
        root_note=int(root) if flags & _ROOT_SET and 0 < root < 128 else said.root_note,
        one_shot=one_shot if one_shot or believable else said.one_shot,
    )


def _smpl(said: Said, data: bytes) -> Said:
    """The unity note, unless it is the 60 (or 0) that programs write by default."""
    if len(data) < 20:
        return said
    note = struct.unpack_from("<I", data, 12)[0]
    return replace(said, root_note=int(note)) if note not in (0, 60) and note < 128 else said


def _inst(said: Said, data: bytes) -> Said:
    return replace(said, root_note=data[0]) if data and data[0] not in (0, 60) and data[0] < 128 else said


def _basc(said: Said, data: bytes) -> Said:
    """Apple Loops: number of beats, root note, scale, loop or one-shot. The tempo of a loop follows from the length."""
    if len(data) < 12:
        return said
    _, beats, root, scale = struct.unpack_from(">IIHH", data)
    one_shot = data[16:18] == _APPLE_ONE_SHOT
    return replace(
        said,
        beats=int(beats) if 0 < beats < 4096 and not one_shot else None,
        one_shot=True if one_shot else said.one_shot,
        root_note=int(root) if 0 < root < 128 else said.root_note,
        minor=scale == 1 if scale in _BASC_SCALES else said.minor,
    )
