"""One connection to the library file with what its SQL uses, SQLite's errors in our words, and the mark of damage."""

from __future__ import annotations

import errno
import logging
from contextlib import suppress
from pathlib import Path

import apsw
import sqlite_vec

from soundkin.errors import CorruptLibraryError, LibraryError, LibraryFullError
from soundkin.library.paths import split
from soundkin.library.reading_only import Source
from soundkin.library.text import has_folded

log = logging.getLogger(__name__)

BUSY_TIMEOUT_MS = 10_000
_SENTENCES: tuple[tuple[tuple[type[apsw.Error], ...], type[LibraryError], str], ...] = (
    ((apsw.ReadOnlyError, apsw.PermissionsError, apsw.AuthError), LibraryError, "the library {path} cannot be written"),
    (
        (apsw.BusyError, apsw.LockedError),
        LibraryError,
        "the library {path} is in use by another program that does not let go",
    ),
    ((apsw.CantOpenError,), LibraryError, "the library {path} cannot be opened"),
    ((apsw.IOError,), LibraryError, "the disk under the library {path} reported an error"),
    ((apsw.CorruptError, apsw.NotADBError), CorruptLibraryError, "the library {path} is damaged"),
)
NO_ROOM_WORDS = "there is no room on the disk to write the library {path}"
NO_ROOM = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def connect(path: Path, vfs: str | None = None, source: Source | None = None) -> apsw.Connection:
    """One connection with the extension and functions that the library's SQL uses; `source`: what to open instead."""
    source = source or Source(str(path))
    db = apsw.Connection(source.name, flags=source.flags, vfs=vfs)
    try:
        db.set_busy_timeout(BUSY_TIMEOUT_MS)
        db.enable_load_extension(True)
        db.load_extension(sqlite_vec.loadable_path())
        db.enable_load_extension(False)
        db.create_scalar_function("folder_part", lambda *path: split(str(path[0]))[0], 1, deterministic=True)
        db.create_scalar_function("has_folded", has_folded, 2, deterministic=True)
        db.pragma("foreign_keys", True)
    except BaseException:
        db.close(True)
        raise
    return db


def suspicion(path: Path) -> Path:
    """The mark beside a library in which damage was met: the next start looks at all of it."""
    return path.with_name(path.name + "-suspect")


def suspect(path: Path) -> None:
    """Leave that mark."""
    log.error("something is wrong with the library %s; the next start of the daemon examines it", path)
    with suppress(OSError):
        suspicion(path).touch()


def translated(error: apsw.Error, path: Path) -> LibraryError:
    """One of our errors, in a sentence, for one of SQLite's."""
    extended = getattr(error, "extendedresult", 0)
    if isinstance(error, apsw.FullError) or extended == apsw.SQLITE_IOERR_SHMSIZE:
        return LibraryFullError(NO_ROOM_WORDS.format(path=path))
    for kinds, ours, words in _SENTENCES:
        if isinstance(error, kinds):
            return ours(f"{words.format(path=path)}: {error}")
    return LibraryError(f"the library {path} cannot do this: {error}")
