"""Endings of file names: which are worth opening, which hold sounds that cannot be heard. The one list of them.

The content of a file decides what it is; its ending decides only whether anybody looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.util import find_spec

CODECS_EXTRA = "soundkin[codecs]"
"""What has to be installed for `WITH_CODECS` to be heard."""

PLAIN = frozenset(
    {".wav", ".wave", ".bwf", ".amb", ".rf64", ".bw64", ".w64"}  # RIFF and its 64-bit kin
    | {".aif", ".aiff", ".aifc", ".afc", ".iff", ".8svx", ".svx", ".16sv", ".caf", ".au", ".snd"}
    | {".flac", ".fla", ".ogg", ".oga", ".opus", ".mp1", ".mp2", ".mp3", ".mpa", ".mpga"}
    | {".voc", ".sf", ".ircam", ".paf", ".fap", ".sph", ".nist", ".avr", ".htk", ".pvf", ".wve"}
    | {".xi", ".sds", ".mpc"}  # samplers: FastTracker, MIDI sample dump, Akai (or Musepack, told apart by content)
)
"""Read by libsndfile. Not .mat: a matrix is hardly ever a sound. Not .raw: it does not say what it holds."""

WITH_CODECS = frozenset(
    {".m4a", ".m4b", ".m4r", ".aac", ".adts", ".3gp", ".3g2", ".amr"}
    | {".wma", ".asf", ".wv", ".ape", ".tta", ".tak", ".mpp", ".mp+", ".spx", ".shn", ".dsf", ".dff"}
    | {".ac3", ".eac3", ".dts", ".ra", ".rm", ".mka", ".oma", ".aa3"}
    | {".mp4", ".m4v", ".mov", ".qt", ".mkv", ".webm", ".avi", ".wmv", ".flv", ".mpg", ".mpeg", ".ogv"}
)
"""Read by FFmpeg, where the extra is installed; else counted."""

UNHEARD = frozenset(
    {".rx2", ".rex", ".rcy", ".ncw", ".sd2", ".ofr"}  # closed, or without the half that a Mac kept elsewhere
    | {".nki", ".nkm", ".nkb", ".nkc", ".nkr", ".nkx", ".nks", ".nkp", ".nbkt", ".kt3", ".mxgrp", ".mxsnd", ".mxinst"}
    | {".sf2", ".sf3", ".sfark", ".sfz", ".gig", ".dls", ".exs", ".h2drumkit", ".xpm", ".xpj", ".akp", ".akm", ".pgm"}
    | {".als", ".alp", ".adv", ".adg", ".agr", ".sxt", ".drp", ".rns", ".reason", ".rfl", ".fst", ".flp", ".dwp"}
    | {".zip", ".rar", ".7z", ".tar", ".tgz", ".gz"}
)
"""Counted and named, never opened: closed formats, instruments, kits and projects, archives that hold samples."""

_EVERY = PLAIN | WITH_CODECS
_NEVER_OR_NOT_YET = UNHEARD | WITH_CODECS


@cache
def has_codecs() -> bool:
    """Whether the extra for `WITH_CODECS` is installed. Imports nothing of it."""
    return find_spec("av") is not None


def walked() -> frozenset[str]:
    """Endings of files that are opened, in lower case, each with its dot."""
    return _EVERY if has_codecs() else PLAIN


def counted() -> frozenset[str]:
    """Endings of files that are only counted."""
    return UNHEARD if has_codecs() else _NEVER_OR_NOT_YET


def ending(name: str) -> str:
    """What a name ends with, such as ".wav"; something that is no ending where there is no dot."""
    return name[name.rfind(".") :].lower()


def in_words(counts: Mapping[str, int]) -> str:
    """Such as "96 .rx2, 3 .zip": the most first."""
    return ", ".join(
        f"{count:,} {name}" for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )


def added(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """The sum of several counts."""
    total: dict[str, int] = {}
    for counts in parts:
        for name, count in counts.items():
            total[name] = total.get(name, 0) + count
    return total


def sentences(counts: Mapping[str, int]) -> list[str]:
    """What cannot be heard, and what would help: at most two sentences."""
    missed = {name: count for name, count in counts.items() if name in WITH_CODECS}
    closed = {name: count for name, count in counts.items() if name not in WITH_CODECS}
    found = [f"{in_words(closed)} cannot be heard"] if closed else []
    return found + ([f"{in_words(missed)} cannot be heard without {CODECS_EXTRA}"] if missed else [])
