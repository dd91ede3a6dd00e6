"""Draws the README's picture of the command line: runs the real commands on synthetic samples, writes an SVG.

uv run python docs/make_pictures.py [FILE]

FILE: where to, docs/pictures/similar.svg unless given. A test compares what that shows with a new picture.
"""

from __future__ import annotations

import io
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from soundkin_daemon.cli.demo_sounds import write_library

TARGET = Path(__file__).parent / "pictures/similar.svg"

# rich's own format without its web fonts, so that showing the picture fetches nothing
FORMAT = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
 white-space: pre; font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: arial; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""


def main(target: Path) -> None:
    """Run the commands and write the picture."""
    console = Console(record=True, width=126, file=io.StringIO())
    with tempfile.TemporaryDirectory(prefix="samples-") as folder:
        here = Path(folder).resolve()
        write_library(here / "Samples", each=6)
        for words in (
            ["scan", "Samples"],
            ["similar", "Samples/kick/kick-3.wav", "-k", "7", "--explain"],
            ["similar", "Samples/kick/kick-3.wav", "-k", "3", "--filter", "-in:kick dur<1"],
        ):
            console.print(Text.assemble(("$ ", "bold green"), (f"soundkin {shlex.join(words)}", "bold")))
            output = run(here, words).replace(str(here) + "/", "")
            console.print(Text(output.replace(" ", "\N{NO-BREAK SPACE}")), soft_wrap=True)
    target.write_text(console.export_svg(title="soundkin", code_format=FORMAT, unique_id="soundkin"), "utf-8")


def run(here: Path, words: list[str]) -> str:
    """What the command prints on its standard output."""
    line = [sys.executable, "-m", "soundkin_daemon", *words, "--data-dir", str(here / "data")]
    return subprocess.run(line, cwd=here, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
