"""Whole copies of a library file: written beside their target, checked, flushed to the disk and only then renamed."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import apsw

from soundkin.errors import CorruptLibraryError, LibraryError, LibraryFullError
from soundkin.library import integrity, schema
from soundkin.library.connections import NO_ROOM, connect, translated

_PAGES_A_STEP = 2000  # 8 MB: other threads get a turn in between


def write_copy(db: apsw.Connection, target: Path) -> None:
    """Copy the database behind `db`, which holds a read transaction, so that writes meanwhile change nothing."""
    db.execute("SELECT count(*) FROM meta").get  # noqa: B018 - the snapshot begins with the first read

    def fill(draft: Path) -> None:
        with closing(apsw.Connection(str(draft))) as copy:
            with copy.backup("main", db, "main") as backup:
                while not backup.done:
                    backup.step(_PAGES_A_STEP)
            copy.pragma("journal_mode", "delete")  # one file, without a log beside it
            _refuse_damage(copy, Path(db.filename))

    _replace(target, fill, Path(db.filename))


def restore_copy(source: Path, target: Path) -> None:
    """Put a copy of the backup `source` at `target`, under a new uid: no index of before belongs to it."""

    def fill(draft: Path) -> None:
        shutil.copyfile(source, draft)
        try:
            with closing(connect(draft)) as copy:
                schema.check_owner(copy, source)
                _refuse_damage(copy, source)
                copy.execute("UPDATE meta SET value = ? WHERE name = 'uid'", (secrets.token_hex(8),))
        except apsw.NotADBError as error:
            raise CorruptLibraryError(f"{source} is not a Soundkin library: {error}") from error
        except (apsw.CorruptError, apsw.SQLError) as error:
            raise translated(error, source) from error

    _replace(target, fill, source)


def flush_folder(folder: Path) -> None:
    """Make renames in a folder survive a power cut, where the system has such a thing."""
    if os.name == "posix":
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _replace(target: Path, fill: Callable[[Path], None], source: Path) -> None:
    draft = target.with_name(target.name + ".tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        size = source.stat().st_size
        free = shutil.disk_usage(target.parent).free
        if free < 2 * size:
            raise LibraryFullError(
                f"there is no room in {target.parent} for a copy of {size // 1_000_000} MB ({free // 1_000_000} free)"
            )
        draft.unlink(missing_ok=True)
        fill(draft)
        if os.name == "posix":
            draft.chmod(0o600)  # under any umask, as the library itself
        with draft.open("r+b") as file:
            os.fsync(file.fileno())
        os.replace(draft, target)
        flush_folder(target.parent)
    except apsw.Error as error:
        raise translated(error, draft) from error
    except OSError as error:
        kind = LibraryFullError if error.errno in NO_ROOM else LibraryError
        raise kind(f"the library cannot be copied to {target}: {error}") from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _refuse_damage(copy: apsw.Connection, origin: Path) -> None:
    if found := integrity.quick(copy):
        raise CorruptLibraryError(f"the library {origin} is damaged: {found[0]}")
