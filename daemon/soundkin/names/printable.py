"""Text of others as a terminal, a log or a page may show it. Pure.

A file name may hold escape sequences that clear the screen, retitle the window or make a terminal type, line breaks
that forge a line, and marks that turn the order of letters round. All that shows a name shows these as escapes.
"""

from __future__ import annotations

import re

_HARMFUL = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # control characters: C0, DEL, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks that change the direction of writing
    "\u2028\u2029"  # separators of lines and paragraphs
    "\ud800-\udfff"  # bytes of a name that is no valid text
    "]"
)


def printable(text: str) -> str:
    r"""The text in one line, harmful characters as escapes such as `\x1b`; a backslash stays as it is."""
    return _HARMFUL.sub(_escaped, text) if _HARMFUL.search(text) else text


def printable_lines(text: str) -> str:
    """The same line by line, for text of ours in several lines."""
    return "\n".join(map(printable, text.split("\n")))


def _escaped(found: re.Match[str]) -> str:
    return ascii(found[0])[1:-1]
