"""Words in paths: literal, case-insensitive matching, as conditions for SQL. Pure."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from soundkin.errors import BadArgumentError
from soundkin.library.paths import native, stored

MOST_WORDS = 64
LONGEST_WORD = 4096
"""Longer than any path is; SQLite refuses patterns of 50,000 bytes."""

_FOLDER, _NAME = "folder.path", "sample.name"

Part = Literal["path", "name", "folder", "ext"]


@dataclass(frozen=True, slots=True)
class TextTerm:
    """One word to look for in a part of the path: all of it, the file's name, its folder, or its extension."""

    word: str
    part: Part = "path"
    negate: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL for a WHERE clause and the values it binds, in order."""

    sql: str
    values: tuple[str, ...] = ()


def words_of(text: str) -> tuple[TextTerm, ...]:
    """The words of a search box, each to be found anywhere in the path."""
    return tuple(TextTerm(word) for word in dict.fromkeys(text.split()))


def condition(terms: tuple[TextTerm, ...]) -> Condition:
    """Every term holds for a `sample` joined with its `folder`. Raises `BadArgumentError` for too many words."""
    if len(terms) > MOST_WORDS:
        raise BadArgumentError(f"got {len(terms)} words to look for, expected at most {MOST_WORDS}")
    each = [_one(term) for term in terms]
    return Condition(
        " AND ".join(f"({one.sql})" for one in each) or "1", tuple(value for one in each for value in one.values)
    )


def has_folded(*texts: object) -> bool:
    """Whether a stored path contains an already folded word; SQL's `has_folded(path, word)`."""
    path, word = texts
    return native(str(word)) in folded(native(str(path)))


def folded(word: str) -> str:
    """One spelling for all cases and compositions of a word."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", word).casefold())


def _one(term: TextTerm) -> Condition:
    if len(term.word) > LONGEST_WORD or "\0" in term.word:  # where a pattern would end for SQLite
        return Condition("1" if term.negate else "0")
    found = _FINDERS[term.part](term.word)
    return Condition(f"NOT ({found.sql})", found.values) if term.negate else found


def _ext(word: str) -> Condition:
    return Condition(f"{_NAME} LIKE ? ESCAPE '!'", ("%." + _escaped(stored(word.removeprefix("."))),))


def _in_folder(word: str) -> Condition:
    return _contains(_FOLDER, word)


def _in_name(word: str) -> Condition:
    return _contains(_NAME, word)


def _in_path(word: str) -> Condition:
    if os.sep in word:  # which may begin in the folder and end in the name
        return _contains(f"({_FOLDER} || {_NAME})", word)
    folder, name = _in_folder(word), _in_name(word)
    return Condition(f"{name.sql} OR {folder.sql}", name.values + folder.values)


def _contains(expression: str, word: str) -> Condition:
    # LIKE ignores the case of ASCII only, and quickly; a word with other letters takes the Python function
    if word.isascii():
        return Condition(f"{expression} LIKE ? ESCAPE '!'", (f"%{_escaped(word)}%",))
    return Condition(f"has_folded({expression}, ?)", (stored(folded(word)),))


def _escaped(word: str) -> str:
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")


_FINDERS: dict[Part, Callable[[str], Condition]] = {
    "path": _in_path, "name": _in_name, "folder": _in_folder, "ext": _ext,
}  # fmt: skip
