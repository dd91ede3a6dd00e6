"""Makes index.xml, the ReaPack index of the scripts, from the header of the package file; checks ReaPack's rules.

usage: python make_index.py [--base-url URL] [--ref TAG] [--time ISO]. The files are fetched from
BASE/TAG/scripts/reaper/soundkin/NAME, so BASE is where a web server or forge gives raw files of a tag.
"""

from __future__ import annotations

import argparse
import fnmatch
import re
import sys
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

HERE = Path(__file__).resolve().parent
CATEGORY = "soundkin"
PACKAGE = "soundkin_Similar samples.lua"
BASE_URL = "https://soundkin.invalid/raw"
"""Stands for the place that the project will be published at: pass --base-url when there is one."""

SINGLE = {"version", "author", "description", "noindex"}
TEXT = {"about", "changelog", "provides"}
SECTIONS = {"main", "midi_editor", "midi_inlineeditor", "midi_eventlisteditor", "mediaexplorer", "crossfade_editor"}


class HeaderError(Exception):
    """The header breaks a rule of ReaPack's index."""


@dataclass
class Header:
    """The tags of a script's first comment block."""

    tags: dict[str, str] = field(default_factory=dict)

    def need(self, name: str) -> str:
        """A tag's value. Raises `HeaderError`."""
        if not self.tags.get(name):
            raise HeaderError(f"missing tag '{name}'")
        return self.tags[name]


@dataclass(frozen=True)
class Provided:
    """One file of the package, relative to the category, and the action lists it goes into."""

    name: str
    sections: tuple[str, ...] = ()


def read_header(text: str) -> Header:
    """The header of a Lua script. Raises `HeaderError` for an unknown tag, a doubled one, or one without value."""
    header, current = Header(), ""
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        body = line[2:]
        found = re.match(r"^ ?@(\w+)\s*(.*)$", body)
        if found:
            current = found[1]
            if current not in SINGLE | TEXT:
                raise HeaderError(f"unknown tag '{current}'")
            if current in header.tags:
                raise HeaderError(f"tag '{current}' twice")
            header.tags[current] = found[2].strip() or ("true" if current == "noindex" else "")
        elif current in TEXT and (body.startswith("   ") or not body.strip()):
            header.tags[current] = f"{header.tags[current]}\n{body.strip()}".strip("\n")
        elif body.strip():
            current = ""
    for name, value in header.tags.items():
        if not value:
            raise HeaderError(f"tag '{name}' has no value")
    return header


def check_version(version: str) -> str:
    """The version, if ReaPack takes it. Raises `HeaderError`."""
    if not re.match(r"^\d", version) or any(int(number) > 65_535 for number in re.findall(r"\d+", version)):
        raise HeaderError(f"version {version!r}: must begin with a digit, numbers at most 65535")
    return version


def provided(header: Header, names: list[str]) -> list[Provided]:
    """The package's files, itself first. `names`: every file below the category. Raises `HeaderError`."""
    found = {PACKAGE: Provided(PACKAGE, ("main",))}
    for line in filter(None, header.tags.get("provides", "").splitlines()):
        match = re.match(r"^(?:\[([^\]]*)\]\s*)?(.+)$", line)
        if match is None:
            raise HeaderError(f"cannot read @provides line {line!r}")
        sections = _sections(match[1] or "")
        hits = [name for name in names if fnmatch.fnmatchcase(name, match[2].strip())]
        if not hits:
            raise HeaderError(f"@provides {match[2]!r} matches no file")
        for name in hits:
            if name in found:
                raise HeaderError(f"{name} is provided twice")
            found[name] = Provided(name, sections)
    return list(found.values())


def _sections(options: str) -> tuple[str, ...]:
    option, _, wanted = options.strip().partition("=")
    if option in {"", "nomain"}:
        return ()
    if option != "main":
        raise HeaderError(f"unknown option {options!r}")
    sections = tuple(part.strip() for part in wanted.split(",")) if wanted else ("main",)
    unknown = set(sections) - SECTIONS
    if unknown:
        raise HeaderError(f"unknown section {min(unknown)!r}")
    return sections


def required_files(folder: Path) -> set[str]:
    """Every library file that a script of the folder requires, relative to it."""
    wanted = set()
    for path in folder.rglob("*.lua"):
        for name in re.findall(r'require\("([a-z_0-9]+)"\)', path.read_text("utf-8")):
            if (folder / "soundkin_lib" / f"{name}.lua").exists():
                wanted.add(f"soundkin_lib/{name}.lua")
    return wanted


def make_index(folder: Path, base_url: str, ref: str, time: str) -> str:
    """The text of index.xml. Raises `HeaderError`."""
    header = read_header((folder / PACKAGE).read_text("utf-8"))
    version = check_version(header.need("version"))
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.lua"))
    files = provided(header, names)
    left_out = required_files(folder) - {item.name for item in files}
    if left_out:
        raise HeaderError(f"required but not provided: {', '.join(sorted(left_out))}")
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<index version="1" name="Soundkin" commit={quoteattr(ref)}>',
        f"  <category name={quoteattr(CATEGORY)}>",
        f'    <reapack name={quoteattr(PACKAGE)} type="script" desc={quoteattr(header.need("description"))}>',
        f"      <version name={quoteattr(version)} author={quoteattr(header.need('author'))} time={quoteattr(time)}>",
        f"        <changelog><![CDATA[{header.need('changelog')}]]></changelog>",
    ]
    for item in files:
        url = f"{base_url}/{ref}/scripts/reaper/{CATEGORY}/{item.name}"
        main = f' main="{" ".join(item.sections)}"' if item.sections else ""
        file = "" if item.name == PACKAGE else f" file={quoteattr(item.name)}"
        lines.append(f"        <source{main}{file}>{escape(urllib.parse.quote(url, safe=':/'))}</source>")
    lines += ["      </version>", "    </reapack>", "  </category>", "</index>", ""]
    return "\n".join(lines)


def main(argv: list[str]) -> int:
    """Write index.xml beside this file; the exit code."""
    parser = argparse.ArgumentParser(description="Make the ReaPack index of the scripts.")
    parser.add_argument("--base-url", default=BASE_URL)
    parser.add_argument("--ref", help="tag or commit that the files are fetched from (default: v and the version)")
    parser.add_argument("--time", default="2026-11-23T00:00:00Z")
    options = parser.parse_args(argv)
    folder = HERE / CATEGORY
    try:
        ref = options.ref or "v" + read_header((folder / PACKAGE).read_text("utf-8")).need("version")
        text = make_index(folder, options.base_url, ref, options.time)
    except HeaderError as error:
        sys.stderr.write(f"{PACKAGE}: {error}\n")
        return 1
    (HERE / "index.xml").write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
