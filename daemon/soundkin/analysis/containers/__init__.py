"""What a file is by its first bytes, and what is to be put right so that a decoder hears all of it. Reads bytes only.

No decoder is imported here, and none is needed: sizes, pages and frames are looked at as bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from soundkin.analysis.containers import aiff, au, caf, flac, mpeg, ogg, riff
from soundkin.analysis.containers.data import Data, FileData, Joined, Stream
from soundkin.analysis.containers.form import AS_IT_IS, UNKNOWN, Form
from soundkin.analysis.containers.recognise import Codec, recognise
from soundkin.analysis.containers.tags import begins_oddly, behind_tags

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "AS_IT_IS",
    "UNKNOWN",
    "Codec",
    "Data",
    "FileData",
    "Form",
    "Stream",
    "bare_flac",
    "examine",
    "find_mpeg",
    "for_ffmpeg",
    "recognise",
    "torn_flac",
]

bare_flac = flac.bare
torn_flac = flac.torn
for_ffmpeg = caf.for_ffmpeg

_MOST_TAG = 1 << 20

_BY_MAGIC: dict[bytes, Callable[[Data], Form]] = {
    b"RIFF": riff.examine,
    b"RIFX": riff.examine,
    b"RF64": riff.examine,
    b"BW64": riff.examine,
    b"FORM": aiff.examine,
    b"fLaC": flac.examine,
    b"OggS": ogg.examine,
    b"caff": caf.examine,
    b".snd": au.examine,
}


def examine(data: Data) -> Form:
    """How a file is to be read; `AS_IT_IS` where its header is right, `UNKNOWN` where nothing is known of its kind."""
    head = data.at(0, 4)
    if head[:3] == b"ID3":
        start = behind_tags(data)
        if begins_oddly(data):  # whose size may be wrong
            start += max(0, data.at(start, _MOST_TAG).find(b"fLaC"))
        inner = Joined(data, [(start, data.size - start)])
        return _inside(inner) if data.at(start, 4) == b"fLaC" else mpeg.examine(data) or AS_IT_IS
    if head[:1] == b"\xff":
        return mpeg.examine(data) or AS_IT_IS
    look = _BY_MAGIC.get(head)
    if look is None:
        return UNKNOWN
    form = look(data)
    return form if form.sealed is None else _inside(form.sealed)


def find_mpeg(data: Data) -> Form | None:
    """MPEG audio behind other bytes, for a file that nothing else is known of; None where there is none."""
    return mpeg.examine(data)


def _inside(inner: Data) -> Form:
    """How a stream is to be read that another file wraps."""
    form = examine(inner)
    return Form(form.data or inner, form.frames, form.promised, is_cut=form.is_cut)
