"""A short look at a folder for whether there is any audio in it. Opens no file; the walk decides what is followed."""

from __future__ import annotations

import os
import threading

from soundkin import formats
from soundkin.folders.walk import is_entered, is_wanted


def unheard_alone(folder: str, ignore: tuple[str, ...], seconds: float) -> dict[str, int] | None:
    """What a folder without audio holds that cannot be heard, files by ending.

    None where it holds audio, where links lead out of it, and where it could not be looked through in the time: a disk
    that hangs holds nothing up.
    """
    found: list[dict[str, int] | None] = []
    looking = threading.Thread(target=lambda: found.append(_looked_through(folder, ignore)), daemon=True)
    looking.start()
    looking.join(seconds)
    return found[0] if found else None


def _looked_through(folder: str, ignore: tuple[str, ...]) -> dict[str, int] | None:
    unheard: dict[str, int] = {}
    for here, folders, files in os.walk(folder):
        paths = [os.path.join(here, name) for name in files]
        if any(is_wanted(path, folder, ignore) for path in paths):
            return None
        if any(os.path.islink(os.path.join(here, name)) for name in folders):
            return None
        folders[:] = [name for name in folders if is_entered(os.path.join(here, name), folder, ignore)]
        for name in files:
            if (ending := formats.ending(name)) in formats.counted() and not name.startswith("."):
                unheard[ending] = unheard.get(ending, 0) + 1
    return unheard
