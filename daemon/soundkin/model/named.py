"""What a sample's name, or else its nearest folder that says anything, says it is. Pure.

Derived from the path each time, so that it follows renames; nothing of it is stored.
"""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from soundkin.model.categories import CATEGORIES
from soundkin.model.category_words import (
    CODES,
    DRUMS,
    HATS,
    JOINED,
    LOOPS,
    NOT,
    OF_HATS,
    OTHERS,
    PHRASES,
    WEAK,
    WORDS,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_WORD = re.compile(r"[^\W\d_]+|808")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_CODE = re.compile(r"([A-Za-z]{2})\d{0,4}")
_FIRST = frozenset(phrase.split()[0] for phrase in PHRASES)
_TELLING = frozenset(WORDS) | _FIRST
_DIGITS = str.maketrans("12345679", "1" * 8)
"""Names that differ in other digits say the same: only 808 is a word."""


@dataclass(frozen=True, slots=True)
class Named:
    """What a name says."""

    allowed: tuple[int, ...] = ()
    """Places in `CATEGORIES`: it is one of these, and the sound says which. Empty: the name says nothing."""
    otherwise: int = -1
    """The one that it is where the sound cannot tell; -1: unsure."""

    @property
    def names(self) -> tuple[str, ...]:
        """The categories as they are spelled."""
        return tuple(CATEGORIES[place].name for place in self.allowed)


NOTHING = Named()
_PLACES = {category.name: place for place, category in enumerate(CATEGORIES)}


def named(path: str, root: str) -> Named:
    """What the name of a file says, else that of its nearest folder, up to the followed folder `root`."""
    folder, _, name = path.rpartition(os.sep)
    return _of_file(name.translate(_DIGITS)) or _of_folders(folder, root.rstrip(os.sep))


@lru_cache(maxsize=16_384)
def _of_file(name: str) -> Named | None:
    stem = os.path.splitext(name)[0]
    code = _CODE.fullmatch(stem)
    if code and (category := CODES.get(code[1].lower())):
        return _named([category], category)
    words = _words(stem)
    return _meant(words) or next((_named(WEAK[word]) for word in words if word in WEAK), None)


@lru_cache(maxsize=4096)
def _of_folders(folder: str, root: str) -> Named:
    parent, name = os.path.split(folder)
    found = _meant(_words(name))
    if found is not None:
        return found
    return NOTHING if len(folder) <= len(root) or parent == folder else _of_folders(parent, root)


def _words(text: str) -> list[str]:
    """Folded words; `ClosedHat` is two where it is none that is known."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    words: list[str] = []
    for word in _WORD.findall(text):
        low = word.lower()
        whole = low in WORDS or word == low or not word.isascii()
        words += [low] if whole else [part.lower() for part in _PART.findall(word)]
    return words


def _meant(words: list[str]) -> Named | None:
    """What words mean together; None where they name no category."""
    if _TELLING.isdisjoint(words):
        return None
    found: dict[tuple[str, ...], None] = {}
    kept = [word for word in words if word not in JOINED]
    at = 0
    while at < len(kept):
        word, before, taken = kept[at], kept[at - 1] if at else "", 1
        phrase = PHRASES.get(f"{word} {kept[at + 1]}") if word in _FIRST and at + 1 < len(kept) else None
        if phrase is not None:
            taken = 2
        allowed = WORDS.get(word) if phrase is None else phrase
        if allowed and before not in NOT:
            found[allowed] = None
        at += taken
    return _settled(list(found), kept) if found else None


def _settled(meanings: list[tuple[str, ...]], words: list[str]) -> Named:
    """One meaning out of several: the narrowest where they lie in each other, else any of them."""
    narrow = [each for each in meanings if not any(set(other) < set(each) for other in meanings)]
    allowed = list(dict.fromkeys(category for each in narrow for category in each))
    if set(HATS) <= set(allowed) and (hats := {OF_HATS[word] for word in words if word in OF_HATS}):
        allowed = [each for each in allowed if each in hats or each not in HATS]
    otherwise = allowed[0] if len(allowed) == 1 or (len(narrow) == 1 and allowed[0] == OTHERS) else ""
    if not LOOPS.isdisjoint(words) and "beat" not in allowed and not set(DRUMS).isdisjoint(allowed):
        allowed.append("beat")
    return _named(allowed, otherwise)


def _named(allowed: Sequence[str], otherwise: str = "") -> Named:
    return Named(tuple(_PLACES[each] for each in allowed), _PLACES.get(otherwise, -1))
