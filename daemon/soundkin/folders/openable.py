"""Whether a file named in a question may be opened: a plain file on this machine that is safe to open, and answers."""

from __future__ import annotations

import ntpath
import os
import stat
import sys
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress

from soundkin.errors import UnknownPathError
from soundkin.folders.placeholders import is_placeholder
from soundkin.model import DiskFile, FileStamp

_DEVICES = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"} | {
    f"{name}{digit}" for name in ("COM", "LPT") for digit in "0123456789"
}


def first_read(path: str, followed: Callable[[], Sequence[str]], *, known: bool) -> DiskFile:
    """As `check_openable`, and its first byte was read: a disk that hangs is met here, and not by the one worker.

    Whether it can be read at all is for the worker to say.
    """
    file = check_openable(path, followed, known=known)
    with suppress(OSError), open(file.path, "rb", buffering=0) as stream:
        stream.read(1)
    return file


def check_openable(path: str, followed: Callable[[], Sequence[str]], *, known: bool) -> DiskFile:
    """A plain file, spelled as its disk spells it. Raises `UnknownPathError` with the reason where `path` names none.

    Network and device names are refused before the system sees them (opening one can send the user's password hash
    to a stranger, or block for ever), unless the library knows the file or it lies in a `followed` folder.
    """
    if sys.platform == "win32" and not known and is_device_or_share(path) and not _is_inside(path, followed()):
        raise _refusal(path, "network and device names are only read inside followed folders", known)
    try:
        path, status = _found(path)
        is_regular = stat.S_ISREG(status.st_mode)
        is_away = is_regular and is_placeholder(path, status)
    except (OSError, ValueError) as error:
        raise _refusal(path, getattr(error, "strerror", None) or str(error), known) from error
    if not is_regular:
        raise _refusal(path, "not a regular file", known)
    if is_away:
        raise _refusal(path, "its contents are in the cloud only", known)
    return DiskFile(path, FileStamp.of(status))


def _found(path: str) -> tuple[str, os.stat_result]:
    """A path and what the system says of it, the letters composed in the other way where only that is there."""
    try:
        return path, os.stat(path)
    except FileNotFoundError:
        for other in (unicodedata.normalize("NFC", path), unicodedata.normalize("NFD", path)):
            if other != path and os.path.lexists(other):
                return other, os.stat(other)
        raise


def _refusal(path: str, reason: str, known: bool) -> UnknownPathError:
    where = "not a readable file now" if known else "not in the library and not a readable file here"
    return UnknownPathError(f"{path!r} is {where}: {reason}")


def _is_inside(path: str, folders: Sequence[str]) -> bool:
    return any(path.startswith(folder.rstrip("/\\") + separator) for folder in folders for separator in ("/", "\\"))


def is_device_or_share(path: str) -> bool:
    """Whether a Windows path leaves the local drives: shares, pipes, devices, or names such as NUL."""
    drive, rest = ntpath.splitdrive(path.replace("/", "\\"))
    if not (len(drive) == 2 and drive[1] == ":"):
        return True
    stems = {part.partition(".")[0].rstrip(" ").upper().partition(":")[0] for part in rest.split("\\")}
    return bool(stems & _DEVICES)
