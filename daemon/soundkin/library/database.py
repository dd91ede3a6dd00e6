"""Connections to the library file: one writer behind a lock, a pool of readers, and SQLite's errors in our words."""

from __future__ import annotations

import errno
import logging
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import apsw
import sqlite_vec

from soundkin.errors import CorruptLibraryError, LibraryError, LibraryFullError
from soundkin.library.paths import split
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
_BROKEN = (apsw.IOError, apsw.CorruptError, apsw.FullError, apsw.CantOpenError)
_NO_ROOM_WORDS = "there is no room on the disk to write the library {path}"
NO_ROOM = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def connect(path: Path, vfs: str | None = None) -> apsw.Connection:
    """One connection with the extension and functions that the library's SQL uses."""
    db = apsw.Connection(str(path), vfs=vfs)
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


class Database:
    """Hands out transactions. A read never waits for a write: the file is in WAL mode."""

    def __init__(self, path: Path, vfs: str | None = None) -> None:
        self.path = path
        self._vfs = vfs
        self._write_lock = threading.RLock()
        self._pool_lock = threading.Lock()
        self._writer: apsw.Connection | None = None
        self._idle: list[apsw.Connection] = []
        self._readers: set[apsw.Connection] = set()
        self._closed = False

    @contextmanager
    def writing(self) -> Iterator[apsw.Connection]:
        """One write transaction: all of it or nothing, durable against a killed process when it returns."""
        with self._write_lock, self._translated():
            db = self._open_writer()
            try:
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
            except BaseException as error:
                is_full = isinstance(error, apsw.IOError) and db.system_errno in NO_ROOM  # a quota, not the disk
                self._roll_back(db, error)
                if is_full:
                    raise LibraryFullError(_NO_ROOM_WORDS.format(path=self.path)) from error
                raise

    @contextmanager
    def reading(self) -> Iterator[apsw.Connection]:
        """One read transaction: every statement in it sees the same library."""
        with self._translated():
            db = self._take_reader()
            try:
                db.execute("BEGIN")
                yield db
            except _BROKEN:
                self._drop_readers(db)
                raise
            finally:
                self._give_back(db)

    @contextmanager
    def alone(self) -> Iterator[apsw.Connection]:
        """The write connection outside any transaction, for what SQLite does only there."""
        with self._write_lock, self._translated():
            yield self._open_writer()

    @contextmanager
    def first_look(self) -> Iterator[apsw.Connection]:
        """A connection of its own that has not so much as chosen the journal mode."""
        with self._translated(), closing(connect(self.path, self._vfs)) as db:
            yield db

    def close(self) -> None:
        """Close every connection, also those in use by abandoned iterators."""
        with self._write_lock, self._pool_lock:
            self._closed = True
            every = [*self._readers, *filter(None, [self._writer])]
            self._readers.clear()
            self._idle.clear()
            self._writer = None
            for db in every:
                # the last one tidies the log away, which may fail; the next to open the library does it then
                with suppress(apsw.Error):
                    db.close(True)

    def _open_writer(self) -> apsw.Connection:
        self._refuse_if_closed()
        if self._writer is None:
            db = connect(self.path, self._vfs)
            try:
                if db.pragma("page_count") == 0:
                    db.pragma("auto_vacuum", "incremental")  # for tidy.py; can only be chosen now
                # NORMAL: a killed process loses nothing, a power cut at worst the last commits (docs/adr/0021)
                if db.pragma("journal_mode", "wal") != "wal":
                    log.warning("%s lies on a disk without shared memory: reads may wait for writes", self.path)
                db.pragma("synchronous", 1)
                db.execute("PRAGMA cache_size = -16000; PRAGMA journal_size_limit = 33554432")
            except BaseException:
                db.close(True)
                raise
            self._writer = db
        return self._writer

    def _roll_back(self, db: apsw.Connection, error: BaseException) -> None:
        with suppress(apsw.Error):
            if db.in_transaction:
                db.execute("ROLLBACK")
        if isinstance(error, _BROKEN):
            # after a failed write a fresh connection is the one state that is surely sound
            self._writer = None
            with suppress(apsw.Error):
                db.close(True)

    def _take_reader(self) -> apsw.Connection:
        with self._pool_lock:
            self._refuse_if_closed()
            if self._idle:
                return self._idle.pop()
        db = connect(self.path, self._vfs)
        db.pragma("query_only", True)
        with self._pool_lock:
            if self._closed:
                db.close(True)
            self._refuse_if_closed()
            self._readers.add(db)
        return db

    def _give_back(self, db: apsw.Connection) -> None:
        try:
            if db.in_transaction:
                db.execute("ROLLBACK")
        except apsw.Error:
            self._drop_readers(db)
        with self._pool_lock:
            if db in self._readers:
                self._idle.append(db)

    def _drop_readers(self, broken: apsw.Connection) -> None:
        """A disk that failed or came back under another number: nobody is to meet the old files again."""
        with self._pool_lock:
            every = {broken, *self._idle}
            self._readers -= every
            self._idle.clear()
        for db in every:
            with suppress(apsw.Error):
                db.close(True)

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise LibraryError(f"the library {self.path} is closed")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            with self._in_our_words():
                yield
        except CorruptLibraryError:
            suspect(self.path)
            raise
        except LibraryError as error:
            if isinstance(error.__cause__, apsw.SQLError):
                suspect(self.path)  # our statements are tested: tables that refuse them disagree with each other
            raise

    @contextmanager
    def _in_our_words(self) -> Iterator[None]:
        try:
            yield
        except apsw.ConnectionClosedError as error:
            raise LibraryError(f"the library {self.path} is closed") from error
        except apsw.Error as error:
            raise translated(error, self.path) from error


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
        return LibraryFullError(_NO_ROOM_WORDS.format(path=path))
    for kinds, ours, words in _SENTENCES:
        if isinstance(error, kinds):
            return ours(f"{words.format(path=path)}: {error}")
    return LibraryError(f"the library {path} cannot do this: {error}")
