"""The README's picture of the command line shows what the commands print today."""

from __future__ import annotations

import re
import subprocess
import sys
from html import unescape
from pathlib import Path

TOP = Path(__file__).parents[2]


def lines_of(picture: Path) -> list[str]:
    """The text of a picture, line by line; numbers and bars, which differ from machine to machine, left out."""
    rows: dict[str, str] = {}
    for y, text in re.findall(
        r'<text class="soundkin-r\d" [^>]*? y="([\d.]+)"[^>]*>([^<]*)</text>', picture.read_text()
    ):
        rows[y] = rows.get(y, "") + unescape(text)
    texts = [re.sub(r"[\d.,]+ s\b|\d+\.\d+|[\u2580-\u259f]+", "", row) for row in rows.values()]
    return [line for line in (" ".join(text.split()) for text in texts) if line]


def test_the_picture_of_the_command_line_is_what_the_commands_print(tmp_path: Path) -> None:
    subprocess.run([sys.executable, TOP / "docs/make_pictures.py", tmp_path / "new.svg"], check=True)
    shown = lines_of(TOP / "docs/pictures/similar.svg")
    assert len(shown) > 10
    assert shown == lines_of(tmp_path / "new.svg"), "run: python docs/make_pictures.py"
