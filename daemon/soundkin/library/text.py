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

_SEPARATOR = "'" + os.sep + "'"
_NAME = f"replace({{0}}, rtrim({{0}}, replace({{0}}, {_SEPARATOR}, '')), '')"
_FOLDER = f"rtrim({{0}}, replace({{0}}, {_SEPARATOR}, ''))"

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


def condition(terms: tuple[TextTerm, ...], column: str) -> Condition:
    """Every term holds for the path in `column`. Raises `BadArgumentError` for more words than SQL can take."""
    if len(terms) > MOST_WORDS:
        raise BadArgumentError(f"got {len(terms)} words to look for, expected at most {MOST_WORDS}")
    each = [_one(term, column) for term in terms]
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


def _one(term: TextTerm, column: str) -> Condition:
    if len(term.word) > LONGEST_WORD or "\0" in term.word:  # where a pattern would end for SQLite
        return Condition("1" if term.negate else "0")
    found = _FINDERS[term.part](column, term.word)
    return Condition(f"NOT ({found.sql})", found.values) if term.negate else found


def _ext(column: str, word: str) -> Condition:
    return Condition(f"{column} LIKE ? ESCAPE '!'", ("%." + _escaped(stored(word.removeprefix("."))),))


def _in_folder(column: str, word: str) -> Condition:
    if word.isascii():
        return Condition(f"{column} LIKE ? ESCAPE '!'", (f"%{_escaped(word)}%{os.sep}%",))
    return _contains(_FOLDER.format(column), word)


def _in_name(column: str, word: str) -> Condition:
    # taking a path apart in SQL is slow, so only where the word is found, and found before a separator
    whole, folder, name = (
        _contains(column, word),
        _in_folder(column, word),
        _contains(_NAME.format(column), word),
    )
    return Condition(f"{whole.sql} AND (NOT ({folder.sql}) OR {name.sql})", whole.values + folder.values + name.values)


def _contains(expression: str, word: str) -> Condition:
    # LIKE ignores the case of ASCII only, and quickly; a word with other letters takes the Python function
    if word.isascii():
        return Condition(f"{expression} LIKE ? ESCAPE '!'", (f"%{_escaped(word)}%",))
    return Condition(f"has_folded({expression}, ?)", (stored(folded(word)),))


def _escaped(word: str) -> str:
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")


_FINDERS: dict[Part, Callable[[str, str], Condition]] = {
    "path": _contains, "name": _in_name, "folder": _in_folder, "ext": _ext,
}  # fmt: skip
