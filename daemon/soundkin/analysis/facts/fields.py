"""What the text of a tag's field says: a tempo, a key. Pure; text that is not wholly one of these says nothing."""

from __future__ import annotations

import re

from soundkin.analysis.facts.names import key_name, pitch_class

TEMPI = (20.0, 400.0)
"""BPM that are taken for a tempo."""
_LONGEST = 64
_TEMPO = re.compile(r"0{0,4}([0-9]{1,3}(?:[.,][0-9]{1,9})?) ?(?:bpm)?", re.IGNORECASE)
_KEY = re.compile(
    r"([A-G])[ -]?(#|♯|b|♭|sharp|flat)?[ -]?(?:(?i:(major|maj|dur)|(minor|min|moll))|(M)|(m))?",
)
_LOWER = re.compile(r"([a-g])(#|♯|b|♭)?[ -]?(?:(?i:(major|maj|dur)|(minor|min|moll))|(M)|(m))")
_WHEEL = re.compile(r"0?([1-9]|1[0-2])([ABab]|[dm])")
_BETWEEN = re.compile(r" ?[/|] ?| - ")
_CAMELOT_C, _OPEN_KEY_C = 8, 1
"""Where C major stands on the wheels of two notations; each step is a fifth."""


def tempo_in(text: str) -> float | None:
    """BPM in a field, such as "120", "120,5" or "120.0 BPM"."""
    found = _TEMPO.fullmatch(text[:_LONGEST].strip())
    bpm = float(found[1].replace(",", ".")) if found else 0.0
    return bpm if TEMPI[0] <= bpm <= TEMPI[1] else None


def key_in(text: str, *, with_mode: bool = False) -> str | None:
    """The key in a field, such as "Am", "A minor", "Dbmaj", "8A" (Camelot), "1m" (Open Key), or "8A - Am".

    A lone "C" is C major, as in ID3, unless `with_mode`: then the field may hold other things. Notations that
    contradict each other say nothing.
    """
    if len(text) > _LONGEST:
        return None
    text = text.strip()
    whole = _one_key(text, with_mode)
    if whole:
        return whole
    keys = {_one_key(part, with_mode) for part in _BETWEEN.split(text)}
    return keys.pop() if len(keys) == 1 else None


def _one_key(text: str, with_mode: bool) -> str | None:
    wheel = _WHEEL.fullmatch(text)
    if wheel:
        return _on_wheel(int(wheel[1]), wheel[2])
    found = _KEY.fullmatch(text) or _LOWER.fullmatch(text)
    if not found or (with_mode and not any(found.groups()[2:])):
        return None
    accidental = {"♯": "#", "♭": "b"}.get(found[2], found[2])
    return key_name(pitch_class(found[1], accidental), minor=bool(found[4] or found[6]))


def _on_wheel(number: int, letter: str) -> str:
    """The key at a place of the circle of fifths: A and B of Camelot, m and d of Open Key are minor and major."""
    fifths = number - (_CAMELOT_C if letter in "ABab" else _OPEN_KEY_C)
    is_minor = letter in "Aam"
    return key_name((7 * fifths + (9 if is_minor else 0)) % 12, minor=is_minor)
