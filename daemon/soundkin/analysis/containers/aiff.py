"""AIFF and AIFC: sizes that cannot be believed, and spellings that libsndfile lacks. Reads bytes only."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from soundkin.analysis.containers.data import overlaid
from soundkin.analysis.containers.form import AS_IT_IS, UNKNOWN, Form
from soundkin.analysis.containers.iff import SPARE_BYTES, chunks, is_all_chunks

if TYPE_CHECKING:
    from soundkin.analysis.containers.data import Data

_HEAD = 8
"""The sound chunk begins with an offset and a block size."""
_OTHER_SPELLING = {b"42ni": b"42n1"}


def compression(data: Data) -> bytes:
    """The four characters that name the codec of an AIFC file; b"NONE" for AIFF."""
    for chunk in chunks(data, ">"):
        if chunk.name == b"COMM" and chunk.size >= 22 and data.at(8, 4) == b"AIFC":
            return data.at(chunk.start + 18, 4)
    return b"NONE"


def examine(data: Data) -> Form:
    """What is to be put right in an AIFF file so that all of its sound is heard."""
    if data.at(8, 4) not in (b"AIFF", b"AIFC"):
        return UNKNOWN
    changes: list[tuple[int, bytes]] = []
    frames = promised = there = 0
    is_cut = False
    for chunk in chunks(data, ">"):
        if chunk.name == b"COMM":
            frames = int(struct.unpack(">I", data.at(chunk.start + 2, 4).rjust(4, b"\0"))[0])
            codec = data.at(chunk.start + 18, 4)
            if chunk.size >= 22 and codec in _OTHER_SPELLING:
                changes.append((chunk.start + 18, _OTHER_SPELLING[codec]))
        elif chunk.name == b"SSND":
            promised, there = chunk.size, data.size - chunk.start
            if promised <= _HEAD < there and not is_all_chunks(data, ">", chunk.start + promised):
                changes.append((chunk.start - 4, struct.pack(">I", there)))
            is_cut = there + SPARE_BYTES < promised < 0x7FFF_F000
    if not changes and not is_cut:
        return AS_IT_IS
    return Form(
        overlaid(data, *sorted(changes)) if changes else None,
        promised=frames if is_cut and 0 < frames < 0x7FFF_F000 else None,
        is_cut=is_cut,
    )
