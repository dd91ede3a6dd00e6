"""Reading a library that cannot be written: on a full disk, or one without permission to write.

SQLite wants to write beside a library even to read it. Where that is refused, the file alone is read, or, where a log
belongs to it, a private copy of both.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import apsw

from soundkin.errors import LibraryError, LibraryFullError

_WRITES = (
    *(apsw.SQLITE_IOERR_SHMSIZE, apsw.SQLITE_IOERR_SHMOPEN, apsw.SQLITE_IOERR_SHMMAP, apsw.SQLITE_IOERR_WRITE),
    *(apsw.SQLITE_IOERR_TRUNCATE, apsw.SQLITE_IOERR_FSYNC, apsw.SQLITE_IOERR_DELETE),
)


@dataclass(frozen=True, slots=True)
class Source:
    """What to open in order to read."""

    name: str
    flags: int = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    may_be_written: bool = True
    """Whether the file may change while it is read so."""
    copy: tempfile.TemporaryDirectory[str] | None = None


def is_refusal_to_write(error: LibraryError) -> bool:
    """Whether the disk would perhaps still be read."""
    cause = error.__cause__
    if isinstance(error, LibraryFullError) or isinstance(
        cause, apsw.ReadOnlyError | apsw.CantOpenError | apsw.PermissionsError | apsw.AuthError
    ):
        return True
    return isinstance(cause, apsw.IOError) and getattr(cause, "extendedresult", 0) in _WRITES


def find_source(path: Path, vfs: str | None) -> Source:
    """The first way in which the library can be read. Raises `apsw.Error`, `OSError`."""
    first: BaseException | None = None
    for source in _sources(path):
        try:
            with closing(apsw.Connection(source.name, flags=source.flags, vfs=vfs)) as db:
                db.execute("SELECT value FROM meta").fetchone()
        except apsw.Error as error:
            first = first or error
            if source.copy is not None:
                source.copy.cleanup()
            continue
        return source
    raise first or apsw.CantOpenError(str(path))


def _sources(path: Path) -> Iterator[Source]:
    yield Source(str(path), apsw.SQLITE_OPEN_READONLY)
    log = path.with_name(path.name + "-wal")
    if not log.exists() or log.stat().st_size == 0:
        uri = f"file:{quote(str(path.absolute()))}?immutable=1"
        yield Source(uri, apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI, may_be_written=False)
        return
    with suppress(OSError):
        yield _copied(path, log)


def _copied(path: Path, log: Path) -> Source:
    folder = tempfile.TemporaryDirectory(prefix="soundkin-", ignore_cleanup_errors=True)
    try:
        target = Path(folder.name) / path.name
        shutil.copyfile(path, target)
        shutil.copyfile(log, target.with_name(log.name))
    except OSError:
        folder.cleanup()
        raise
    return Source(str(target), copy=folder)
