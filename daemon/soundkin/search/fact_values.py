"""Facts of a sample as filters compare them: numbers, small codes, folded texts. Pure."""

from __future__ import annotations

import math
import os
import unicodedata
from typing import TYPE_CHECKING

from soundkin.model import Kind
from soundkin.names.followed import followed_part

if TYPE_CHECKING:
    from soundkin.model import Sample

PITCH_CLASSES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


def number_of(field: str, sample: Sample) -> float:
    """A measured fact; NaN where unsure."""
    facts = sample.facts
    value: float | None
    if field == "note":
        value = note_of(facts.root_hz)
    else:
        value = {
            "dur": facts.duration_s,
            "bpm": facts.tempo_bpm,
            "loud": facts.loudness_db,
            "sr": facts.sample_rate,
        }[field]
    return math.nan if value is None else value


def note_of(root_hz: float | None) -> float | None:
    """MIDI note number, 60 for middle C (C4), 69 for 440 Hz."""
    return 69.0 + 12.0 * math.log2(root_hz / 440.0) if root_hz and root_hz > 0 else None


def kind_code(kind: Kind | None) -> int:
    """Small number for a column: 1 and up in the order of `Kind`, 0 where unsure."""
    return 0 if kind is None else 1 + tuple(Kind).index(kind)


def key_of(key: str | None) -> tuple[int, bool] | None:
    """Pitch class and whether it is minor, of any spelling; None where it is no key."""
    pitch_class, rest = pitch_class_of(key or "")
    mode = rest.strip().lower()
    minor = mode in ("m", "min", "minor") and rest[:1] != "M"
    if pitch_class is None or not (minor or mode in ("", "m", "maj", "major")):
        return None
    return pitch_class, minor


def key_code(key: tuple[int, bool] | None) -> int:
    """Small number for a column: 1..12 for C to B major, 13..24 for C to B minor, 0 where unsure."""
    return 0 if key is None else key[0] + (13 if key[1] else 1)


def pitch_class_of(text: str) -> tuple[int | None, str]:
    """Pitch class at the start of a text (letter, then # or b), and what follows."""
    letter = text[:1].upper()
    if letter not in PITCH_CLASSES:
        return None, text
    rest = text[1:]
    step = {"#": 1, "♯": 1, "b": -1, "♭": -1}.get(rest[:1], 0)
    return (PITCH_CLASSES[letter] + step) % 12, rest[1:] if step else rest


def folded(text: str) -> str:
    """One spelling for all cases and compositions of a text."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def text_of(field: str, path: str, root: str) -> str:
    """The folded part of a path that a text condition looks at."""
    if field == "in":
        return folder_text(os.path.dirname(path), root)
    name = os.path.basename(path)
    return folded(name) if field == "name" else extension(name)


def folder_text(folder: str, root: str) -> str:
    """What `in` looks at, folded: `/drums/kicks/808/`."""
    return folded(followed_part(folder, root))


def extension(name: str) -> str:
    """Folded extension without its dot."""
    return folded(os.path.splitext(name)[1][1:])
