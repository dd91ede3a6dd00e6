"""How sample paths are spelled inside SQLite: valid UTF-8 for every name a disk can hold, and back. Pure."""

from __future__ import annotations

import os
import unicodedata

_ESCAPE = "\U0010ffff"  # the last code point, a noncharacter: no keyboard or file system makes it by accident
_ESCAPED_ESCAPE = _ESCAPE + "ffff"


def stored(path: str) -> str:
    """Spell a native path so that SQLite can hold it.

    Undecodable bytes of a name arrive as lone surrogates (PEP 383), which UTF-8 forbids; each becomes an escape
    followed by four hexadecimal digits. Works character by character, so a folder's spelling is a prefix of
    the spellings of what it holds.
    """
    if path.isascii():
        return path
    if _ESCAPE in path:
        path = path.replace(_ESCAPE, _ESCAPED_ESCAPE)
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return "".join(f"{_ESCAPE}{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in path)
    return path


def native(text: str) -> str:
    """Undo `stored`."""
    if _ESCAPE not in text:
        return text
    head, *escaped = text.split(_ESCAPE)
    parts = [head]
    for piece in escaped:
        digits = piece[:4]
        parts.append(_ESCAPE if digits == "ffff" else chr(int(digits, 16)))
        parts.append(piece[4:])
    return "".join(parts)


def composed(path: str) -> str:
    """One spelling for all ways to compose the letters of a native path: macOS takes them apart, others do not."""
    return path if path.isascii() else unicodedata.normalize("NFC", path)


def split(path: str) -> tuple[str, str]:
    """The folder of a file's path, with the separator at its end, and the name in it."""
    start = path.rfind(os.sep) + 1
    return path[:start], path[start:]


def bare(path: str) -> str:
    """A folder's path without its trailing separators, except where it is the root of a volume."""
    stripped = path.rstrip(os.sep)
    return stripped if stripped and not stripped.endswith(":") else path


def below(folder: str) -> tuple[str, str]:
    """Half-open range [low, high) of the stored spellings of everything below a folder.

    The separator belongs to the range's start, so `/a/b` does not cover `/a/bc`.
    """
    low = stored(folder)
    if not low.endswith(os.sep):
        low += os.sep
    return low, low[: -len(os.sep)] + chr(ord(os.sep) + 1)


def holds(folder: str, path: str) -> bool:
    """Whether `path` (native, like `folder`) is the folder itself or lies below it."""
    return path == folder or path.startswith(folder if folder.endswith(os.sep) else folder + os.sep)
