"""What the file itself says beside the sound: ACID and sampler chunks of WAV, instrument and loop chunks of AIFF."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from soundkin.analysis.containers.iff import chunks

if TYPE_CHECKING:
    from collections.abc import Callable

    from soundkin.analysis.containers import Data

_MOST_CHUNKS = 64
_LONGEST = 256
_ACID = struct.Struct("<IHHfIHHf")
_ONE_SHOT, _ROOT_SET = 1, 2
_APPLE_ONE_SHOT = b"\0\1"
_BASC_SCALES = {1: "m", 2: ""}
_TEMPI = (20.0, 400.0)


@dataclass(frozen=True, slots=True)
class Said:
    """Facts stated by the file, in a chunk or in its name. None: not stated."""

    tempo_bpm: float | None = None
    beats: int | None = None
    root_note: int | None = None
    """MIDI note number."""
    minor: bool | None = None
    one_shot: bool | None = None


def read_chunks(data: Data) -> Said:
    """What the chunks of a file say; nothing where it has none or they make no sense. Raises OSError."""
    head = data.at(0, 12)
    if head[:4] in (b"RIFF", b"RF64") and head[8:] == b"WAVE":
        return _walk(data, "<", {b"acid": _acid, b"smpl": _smpl})
    if head[:4] == b"FORM" and head[8:] in (b"AIFF", b"AIFC"):
        return _walk(data, ">", {b"basc": _basc, b"INST": _inst})
    return Said()


def _walk(data: Data, order: str, readers: dict[bytes, Callable[[Said, bytes], Said]]) -> Said:
    said = Said()
    for chunk in islice(chunks(data, order), _MOST_CHUNKS):
        reader = readers.get(chunk.name)
        if reader:
            said = reader(said, data.at(chunk.start, min(chunk.size, _LONGEST)))
    return said


def _acid(said: Said, data: bytes) -> Said:
    if len(data) < _ACID.size:
        return said
    flags, root, _, _, beats, _, _, tempo = _ACID.unpack_from(data)
    one_shot = bool(flags & _ONE_SHOT)
    believable = not one_shot and beats > 0 and _TEMPI[0] <= tempo <= _TEMPI[1]
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
