"""What to do with a damaged library: set it aside, and go on from the newest sound backup or an empty library."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import apsw

from soundkin.errors import CorruptLibraryError, LibraryError
from soundkin.library import backups, integrity, schema
from soundkin.library.connections import connect, suspicion, translated
from soundkin.library.copies import flush_folder, restore_copy
from soundkin.library.mending import mend
from soundkin.library.reading_only import is_refusal_to_write
from soundkin.library.sqlite import SqliteLibrary, open_library

if TYPE_CHECKING:
    from soundkin.interfaces import Classifier
    from soundkin.model import FeatureParams

log = logging.getLogger(__name__)

CHECK_S = 0.2
"""How long a start may look for damage; a library in which damage was met is looked at to the end."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A library that can be used, and what a person should know about how it came to be."""

    library: SqliteLibrary
    notes: tuple[str, ...] = ()


def open_or_recover(
    path: Path,
    params: FeatureParams,
    backup_folder: Path,
    *,
    classifier: Classifier | None = None,
    clock: Callable[[], float] = time.time,
) -> Opened:
    """Open the library; a damaged one is set aside and the newest sound backup, or a new library, takes its place.

    Nothing is ever overwritten. Raises `LibraryError` where that does not help: no permission, no room, a newer
    Soundkin's library.
    """
    is_new = _is_new(path)
    opened = partial(open_library, path, params, classifier=classifier, clock=clock)
    try:
        notes = _examined(path)
        library = opened()
    except LibraryError as error:
        if not (isinstance(error, CorruptLibraryError) or isinstance(error.__cause__, apsw.SQLError)):
            raise
        log.exception("the library is damaged")
        return _recover(path, opened, backup_folder, clock, str(error))
    newest = next(iter(backups.listed(backup_folder)), None)
    if is_new and newest is not None:
        date = backups.words_of(newest.taken_s)
        note = f"There was no library at {path}, so a new one was begun. `soundkin restore` brings back that of {date}."
        return Opened(library, (note,))
    return Opened(library, notes)


def _examined(path: Path) -> tuple[str, ...]:
    """As `examine`; a library that cannot be written is examined when it can be."""
    try:
        return examine(path, CHECK_S)
    except LibraryError as error:
        if not is_refusal_to_write(error):
            raise
        return ()


def examine(path: Path, seconds: float) -> tuple[str, ...]:
    """Look for damage, within a time limit, or to the end where it was found before; notes of what was mended.

    Raises `CorruptLibraryError` for a file that is damaged in itself.
    """
    if _is_new(path):
        return ()
    suspected = suspicion(path).exists()
    mended: tuple[str, ...] = ()
    try:
        with closing(connect(path)) as db:
            found = integrity.structure(db) if suspected else integrity.quick_within(db, seconds)
            if suspected and not found:
                mended, found = _mend(db)
    except apsw.Error as error:
        raise translated(error, path) from error
    if found:
        raise CorruptLibraryError(f"the library {path} is damaged: {found[0]}")
    if suspected:
        suspicion(path).unlink(missing_ok=True)
    return mended


def _mend(db: apsw.Connection) -> tuple[tuple[str, ...], list[str]]:
    """Notes of what was mended, and what could not be. Tables of an older schema are left to the migrations."""
    if schema.version_of(db) != schema.migrations()[-1].number:
        return (), []
    found = integrity.promises(db)
    if not found:
        return (), []
    try:
        with db:
            mend(db)
    except apsw.SQLError:
        return (), found
    log.warning("mended the library: %s", "; ".join(found))
    note = f"The library's tables disagreed and were mended ({'; '.join(found)}); some files are analysed again."
    return (note,), integrity.full(db)


def restore(backup: Path, path: Path, now_s: float) -> Path | None:
    """Put a backup in the library's place; where the library of before now lies, if there was one.

    No process may have the library open. Raises `LibraryError` where the backup is not a sound library; then nothing
    has changed.
    """
    fresh = path.with_name(path.name + ".restored")
    restore_copy(backup, fresh)
    _finish_log(path)
    aside = set_aside(path, now_s, "replaced")
    fresh.replace(path)
    flush_folder(path.parent)
    return aside


def set_aside(path: Path, now_s: float, why: str) -> Path | None:
    """Rename a library, and the log that belongs to it, to a dated name that is free; None where there is none."""
    if not path.exists():
        return None
    stem = f"{path.stem}-{why}-{backups.stamp_of(now_s)}"
    numbered = (path.with_name(f"{stem}{suffix}{path.suffix}") for suffix in ("", *(f"-{n}" for n in range(2, 1000))))
    aside = next(candidate for candidate in numbered if not candidate.exists())
    try:
        for ending in ("-wal", "-journal", ""):
            part = path.with_name(path.name + ending)
            if part.exists():
                part.rename(aside.with_name(aside.name + ending))
        for ending in ("-shm", "-suspect"):
            path.with_name(path.name + ending).unlink(missing_ok=True)
    except OSError as error:
        raise LibraryError(f"the library {path} cannot be set aside as {aside}: {error}") from error
    return aside


def _is_new(path: Path) -> bool:
    return not path.exists() or path.stat().st_size == 0


def _finish_log(path: Path) -> None:
    """Bring into the file what a killed daemon left in its log, so that the file alone is the whole library."""
    with suppress(apsw.Error), closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)) as db:
        db.pragma("schema_version")  # a connection that has read nothing does not know of the log
        db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)


def _recover(
    path: Path, opened: Callable[[], SqliteLibrary], backup_folder: Path, clock: Callable[[], float], why: str
) -> Opened:
    aside = set_aside(path, clock(), "damaged")
    kept = f"The library was damaged and has been kept as {aside.name if aside else path.name} ({why})."
    for backup in backups.listed(backup_folder):
        try:
            restore(backup.path, path, clock())
            library = opened()
        except LibraryError as error:
            log.warning("the backup %s cannot be used: %s", backup.path, error)
            set_aside(path, clock(), "damaged")
            continue
        date = backups.words_of(backup.taken_s)
        return Opened(library, (f"{kept} The backup of {date} took its place; a scan finds what changed since.",))
    library = opened()
    return Opened(library, (f"{kept} There was no backup to use, so a new library was begun: add your folders again.",))
