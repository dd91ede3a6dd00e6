"""Draws the pictures of docs/pictures/reaper-*.svg from what the plain window's code really draws.

usage: python tests/reaper/render_panel.py (needs lua5.4). A test compares the committed pictures with fresh ones.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
PICTURES = REPOSITORY / "docs" / "pictures"
SITUATIONS = {
    "found": "The panel after “Find similar to selected item”",
    "tuned": "The envelope weighted more, and a filter on the length",
    "offline": "The panel while the daemon does not run",
}
_CENTRE, _RIGHT = 1, 2


def drawn(situation: str, lua: str) -> list[str]:
    """The draw calls of one situation, a line each."""
    with tempfile.TemporaryDirectory() as folder:
        setting = {
            "SOUNDKIN_REAPER_TESTS": str(HERE),
            "SOUNDKIN_REAPER_SCRIPTS": str(REPOSITORY / "scripts" / "reaper" / "soundkin"),
            "SOUNDKIN_TEST_TMP": folder,
        }
        done = subprocess.run(
            [lua, str(HERE / "lua" / "picture.lua"), situation],
            env={**os.environ, **setting},
            capture_output=True,
            check=True,
            timeout=60,
        )
    return done.stdout.decode("utf-8").splitlines()


def svg(lines: list[str], title: str) -> str:
    """The draw calls as SVG text."""
    width, height = (int(word) for word in lines[0].split()[1:])
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="Arial, Helvetica, sans-serif" font-size="13">',
        f"<title>{escape(title)}</title>",
    ]
    for line in lines[1:]:
        kind, rest = line.split(" ", 1)
        out.append(_rect(rest) if kind == "rect" else _text(rest))
    return "\n".join([*out, "</svg>", ""])


def _rect(rest: str) -> str:
    colour, *numbers = rest.split()
    x, y, w, h, filled = (int(number) for number in numbers)
    if filled:
        return f'<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="{colour}"/>'
    place = f'x="{x + 0.5}" y="{y + 0.5}" width="{w - 1}" height="{h - 1}"'
    return f'<rect {place} fill="none" stroke="{colour}"/>'


def _text(rest: str) -> str:
    colour, x, y, right, bottom, flags, *words = rest.split(" ", 6)
    left, top, end, low = int(x), int(y), int(right), int(bottom)
    at, anchor = left, "start"
    if int(flags) & _CENTRE:
        at, anchor = (left + end) // 2, "middle"
    elif int(flags) & _RIGHT:
        at, anchor = end, "end"
    base = (top + low) / 2 + 4.5  # letters of 13 units stand on this line
    text = escape(words[0] if words else "")
    return f'<text x="{at}" y="{base:g}" text-anchor="{anchor}" fill="{colour}" xml:space="preserve">{text}</text>'


def pictures(lua: str) -> dict[Path, str]:
    """Every picture's path and text."""
    return {PICTURES / f"reaper-{name}.svg": svg(drawn(name, lua), title) for name, title in SITUATIONS.items()}


if __name__ == "__main__":
    found = shutil.which("lua5.4")
    if found is None:
        sys.exit("lua5.4 is not installed")
    PICTURES.mkdir(parents=True, exist_ok=True)
    for path, text in pictures(found).items():
        path.write_text(text, "utf-8")
