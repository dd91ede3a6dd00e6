"""Words in paths: literal, case-insensitive matching, as conditions for SQL. Pure."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass

from soundkin.errors import BadArgumentError
from soundkin.library.paths import native, stored

MOST_WORDS = 64
LONGEST_WORD = 4096
"""Longer than any path is; SQLite refuses patterns of 50,000 bytes."""

_FOLDER, _NAME = "folder.path", "sample.name"


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL for a WHERE clause and the values it binds, in order."""

    sql: str
    values: tuple[str, ...] = ()


def words_of(text: str) -> tuple[str, ...]:
    """The words of a search box, each to be found anywhere in the path."""
    return tuple(dict.fromkeys(text.split()))


def condition(words: tuple[str, ...]) -> Condition:
    """Every word is in the path of a `sample` joined with its `folder`. Raises `BadArgumentError` for too many."""
    if len(words) > MOST_WORDS:
        raise BadArgumentError(f"got {len(words)} words to look for, expected at most {MOST_WORDS}")
    each = [_in_path(word) for word in words]
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


def _in_path(word: str) -> Condition:
    if len(word) > LONGEST_WORD or "\0" in word:  # where a pattern would end for SQLite
        return Condition("0")
    if os.sep in word:  # which may begin in the folder and end in the name
        return _contains(f"({_FOLDER} || {_NAME})", word)
    folder, name = _contains(_FOLDER, word), _contains(_NAME, word)
    return Condition(f"{name.sql} OR {folder.sql}", name.values + folder.values)


def _contains(expression: str, word: str) -> Condition:
    # LIKE ignores the case of ASCII only, and quickly; a word with other letters takes the Python function
    if word.isascii():
        return Condition(f"{expression} LIKE ? ESCAPE '!'", (f"%{_escaped(word)}%",))
    return Condition(f"has_folded({expression}, ?)", (stored(folded(word)),))


def _escaped(word: str) -> str:
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")
