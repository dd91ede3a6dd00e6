"""Paths and names as text that any program can read, and back. Pure, and light to import.

A name on a disk may be no valid text: Linux takes any bytes, and Python spells those that are no UTF-8 as lone
surrogates. Such a path is sent as a file URI, `file:///samples/caf%E9.wav`, and such a name as its last part,
`file:caf%E9.wav`. No absolute path begins like that; a name that does is sent in this form too, so that the form always
means one name. All others are sent as they are.
"""

from __future__ import annotations

import os
from urllib.parse import quote_from_bytes, unquote_to_bytes

_SCHEME = "file:"


def sent(text: str) -> str:
    """A path or name as it is sent."""
    if text.isascii() and not is_uri(text):
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return uri(text)
    return uri(text) if is_uri(text) else text


def is_uri(text: str) -> bool:
    """Whether a text is in the form that is taken letter by letter."""
    return text.startswith(_SCHEME)


def meant(text: str) -> str:
    """The path or name that a text stands for, in either form."""
    if not is_uri(text):
        return text
    rest = text.removeprefix(_SCHEME)
    if rest.startswith("//localhost/"):
        rest = rest.removeprefix("//localhost")
    elif rest.startswith("///"):
        rest = rest[2:]
    name = os.fsdecode(unquote_to_bytes(rest))
    if os.name != "nt":
        return name
    return (name[1:] if name[2:3] == ":" else name).replace("/", "\\")


def readable(text: str) -> str:
    r"""A sentence in which bytes that are no text are written as `\xe9`; it is for people, not to be taken back."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raw = text.encode("utf-8", "surrogatepass" if os.name == "nt" else "surrogateescape")
        return raw.decode("utf-8", "backslashreplace")
    return text


def uri(text: str) -> str:
    """A path or name as a file URI."""
    if os.name == "nt":
        path = text.replace("\\", "/")
        raw = path.encode("utf-8", "surrogatepass")
        return _SCHEME + ("///" if path[1:2] == ":" else "") + quote_from_bytes(raw, safe="/:")
    return _SCHEME + ("//" if text.startswith("/") else "") + quote_from_bytes(os.fsencode(text))
