"""What a file's name says: tempo, key, note, loop or one-shot. Pure; looks at the name and its folder's."""

from __future__ import annotations

import re
from dataclasses import dataclass

NOTES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_PITCH_CLASS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_TEMPO = re.compile(r"(?<![\d.])(\d{2,3}(?:\.\d{1,3})?)[ _-]?bpm|bpm[ _-]?(\d{2,3}(?:\.\d{1,3})?)(?!\d)", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![A-Za-z\d.])(\d{2,3})(?![\d.]*[A-Za-z\d])")
_KEY = re.compile(
    r"(?:^|[ _\-.(\[])([A-G])(#|b|sharp|flat|s)?[ _-]?(?:(major|maj|M)|(minor|min|m))(?=$|[ _\-.)\]\d])",
)
_KEY_LOOSE = re.compile(
    r"(?:^|[ _\-.(\[])([a-gA-G])(#|b|sharp|flat)?[ _-]?(?:(major|maj)|(minor|min))(?=$|[ _\-.)\]])", re.IGNORECASE
)
_NOTE = re.compile(r"(?:^|[ _\-.(\[])([A-Ga-g])(#|b)?(-?\d)?(?=$|[ _\-.)\]])")
_LOOP = re.compile(r"(?<![a-z])(loops?|breaks?|breakbeats?|beats?|grooves?|\w*loops?)(?![a-z])", re.IGNORECASE)
_ONE_SHOT = re.compile(
    r"(?<![a-z])(one[ _-]?shots?|hits?|stabs?|kicks?|snares?|claps?|rim(shot)?s?|toms?|(hi?[ _-]?)?hats?|crash(es)?"
    r"|rides?|bd|sd|hh)(?![a-z])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Name:
    """What the name says. None: nothing."""

    tempo_bpm: float | None = None
    maybe_tempi: tuple[float, ...] = ()
    """Bare numbers that could be a tempo; the length of the sound decides."""
    key: str | None = None
    pitch_classes: tuple[int, ...] = ()
    """Bare notes, which may as well count takes: the sound decides."""
    loop: bool | None = None


def read_name(path: str) -> Name:
    """Facts in the name of a file, or, for loop or one-shot, in that of its folder."""
    parts = re.split(r"[\\/]", path)
    stem = parts[-1].rsplit(".", 1)[0] or parts[-1]
    folder = parts[-2] if len(parts) > 1 else ""
    tempo = _TEMPO.search(stem)
    bpm = float(tempo[1] or tempo[2]) if tempo else None
    loop = _loop(stem)
    return Name(
        tempo_bpm=bpm if bpm and 30 <= bpm <= 300 else None,
        maybe_tempi=tuple(float(m[1]) for m in _NUMBER.finditer(stem) if 50 <= int(m[1]) <= 220),
        key=_key(stem),
        pitch_classes=tuple(pitch_class(m[1], m[2]) for m in _NOTE.finditer(stem)),
        loop=_loop(folder) if loop is None else loop,
    )


def key_name(pitch_class: int, minor: bool) -> str:
    """Such as "F#" or "Ebm"; minor keys with three or more flats are spelt with flats, as musicians do."""
    name = NOTES[pitch_class % 12]
    if minor:
        return {"D#": "Eb", "A#": "Bb"}.get(name, name) + "m"
    return {"D#": "Eb", "G#": "Ab", "A#": "Bb"}.get(name, name)


def _key(stem: str) -> str | None:
    found = _KEY.search(stem) or _KEY_LOOSE.search(stem)
    if not found:
        return None
    return key_name(pitch_class(found[1], found[2]), minor=found[4] is not None)


def pitch_class(letter: str, accidental: str | None) -> int:
    """0 for C to 11 for B; accidentals are #, s, sharp, b, flat or none."""
    shift = {"#": 1, "s": 1, "sharp": 1, "b": -1, "flat": -1}.get((accidental or "").lower(), 0)
    return (_PITCH_CLASS[letter.upper()] + shift) % 12


def _loop(text: str) -> bool | None:
    if _LOOP.search(text):
        return True
    return False if _ONE_SHOT.search(text) else None
