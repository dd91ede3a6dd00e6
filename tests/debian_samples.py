"""The sample packages of Debian that end-to-end tests use, where they are installed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARE = Path("/usr/share")
FOLDERS = (SHARE / "hydrogen/data/drumkits", SHARE / "lmms/samples", SHARE / "sonic-pi/samples")
NEEDED = pytest.mark.skipif(
    not all(folder.is_dir() for folder in FOLDERS),
    reason="needs the Debian packages hydrogen-drumkits, lmms-common and sonic-pi-samples",
)


def ogg_in_wav() -> set[str]:
    """Files named .ogg that are RIFF WAVE with an Ogg stream inside, format 0x674F."""
    found: set[str] = set()
    for folder in FOLDERS:
        for path in folder.rglob("*.ogg"):
            with path.open("rb") as file:
                head = file.read(22)
            if head[:4] == b"RIFF" and head[20:22] == b"Og":
                found.add(os.path.realpath(path))
    return found
