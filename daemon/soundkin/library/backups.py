"""Dated backups of the library in a folder of their own: one a day, the newest few kept."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from soundkin.errors import LibraryFullError

if TYPE_CHECKING:
    from soundkin.library.sqlite import SqliteLibrary

log = logging.getLogger(__name__)

DAY_S = 86_400.0
KEEP = 2
_STAMP = "%Y%m%dT%H%M%SZ"
_PREFIX = "library-"


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup file; its date is in its name, so that copying it around does not change it."""

    path: Path
    taken_s: float


def stamp_of(now_s: float) -> str:
    """A date for file names, UTC, that sorts by time."""
    return datetime.fromtimestamp(now_s, UTC).strftime(_STAMP)


def words_of(time_s: float) -> str:
    """A date for sentences."""
    return datetime.fromtimestamp(time_s, UTC).strftime("%Y-%m-%d %H:%M UTC")


def listed(folder: Path) -> list[Backup]:
    """The backups in a folder, newest first; other files are passed over."""
    found = []
    for path in folder.glob(f"{_PREFIX}*.db"):
        with suppress(ValueError):
            taken = datetime.strptime(path.stem.removeprefix(_PREFIX), _STAMP).replace(tzinfo=UTC)
            found.append(Backup(path, taken.timestamp()))
    return sorted(found, key=lambda backup: backup.taken_s, reverse=True)


def take(library: SqliteLibrary, folder: Path, now_s: float, keep: int = KEEP) -> Backup:
    """Back the library up now and drop all but the newest `keep`. Raises `LibraryError`."""
    path = folder / f"{_PREFIX}{stamp_of(now_s)}.db"
    library.backup(path)
    for old in listed(folder)[keep:]:
        old.path.unlink(missing_ok=True)
    log.info("backed the library up as %s", path)
    return Backup(path, now_s)


def take_if_due(library: SqliteLibrary, folder: Path, now_s: float, every_s: float = DAY_S) -> Backup | None:
    """A backup where the newest is older than `every_s`; None where it is not, is no use, or has no room."""
    newest = next(iter(listed(folder)), None)
    # a clock that was set back must not stop backups until it has caught up
    if newest is not None and 0 <= now_s - newest.taken_s < every_s:
        return None
    if library.is_empty():
        return None
    try:
        return take(library, folder, now_s)
    except LibraryFullError as error:
        log.warning("no backup today: %s", error)
        return None
