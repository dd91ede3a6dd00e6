"""The library file's transactions: one writer behind a lock, a pool of readers, another way to read where one fails."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import apsw

from soundkin.errors import CorruptLibraryError, LibraryError, LibraryFullError
from soundkin.library.connections import NO_ROOM, NO_ROOM_WORDS, connect, suspect, translated
from soundkin.library.reading_only import Source, find_source, is_refusal_to_write
from soundkin.questions import effort

log = logging.getLogger(__name__)

_READERS_END_S, _LOOK_S = 5.0, 0.01
_STEPS = 10_000
"""Steps of SQLite's machine, a millisecond or a few, after which a read asks whether to go on."""
_BROKEN = (apsw.IOError, apsw.CorruptError, apsw.FullError, apsw.CantOpenError, apsw.ReadOnlyError)


class Database:
    """Hands out transactions. A read never waits for a write: the file is in WAL mode."""

    def __init__(self, path: Path, vfs: str | None = None) -> None:
        self.path = path
        self.refusal = ""
        """Why the library is only read; "" where it is written too."""
        self.changed_rows = 0
        """How many rows were changed through this object, of every table: a number that tells whether any was."""
        self.make_ready: Callable[[], None] = lambda: None
        """Brings the library up to date with this program: called where it can be written again, before it is."""
        self._vfs = vfs
        self._source: Source | None = None
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
            self._write_again()
            db = self._open_writer()
            try:
                before = db.total_changes()
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
                self.changed_rows += db.total_changes() - before
            except BaseException as error:
                is_full = isinstance(error, apsw.IOError) and db.system_errno in NO_ROOM  # a quota, not the disk
                self._roll_back(db, error)
                if is_full:
                    raise LibraryFullError(NO_ROOM_WORDS.format(path=self.path)) from error
                raise

    @contextmanager
    def reading(self) -> Iterator[apsw.Connection]:
        """One read transaction: every statement in it sees the same library."""
        with self._translated():
            db = self._begin_reading()
            try:
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
            self._write_again()
            yield self._open_writer()

    def only_read(self, error: LibraryError) -> None:
        """Read without writing from now on, until a write is asked for and works; `error` says why.

        Raises `error` where it is no refusal to write, or where the library cannot be read in any way.
        """
        with self._write_lock:  # while one looks for a way, nothing changes what it finds
            if self._source is not None:
                return
            try:
                if not (is_refusal_to_write(error) and self.path.exists()):
                    raise error from error.__cause__
                self._source = find_source(self.path, self._vfs)
            except (apsw.Error, OSError):
                raise error from error.__cause__
            self.refusal = str(error)
        log.warning("%s; it is only read until it can be written", error)

    def _write_again(self) -> None:
        """Leave that state, if the library can be written by now. Raises what refuses."""
        if not self.refusal:
            return
        refusal, self.refusal = self.refusal, ""
        source = self._source
        try:
            self._close_readers(patient=source is not None and not source.may_be_written)
            self._source = None
            self.make_ready()
        except BaseException:
            self.refusal, self._source = refusal, source
            self._drop_writer()
            raise
        if source is not None and source.copy is not None:
            source.copy.cleanup()
        log.info("the library %s can be written again", self.path)

    def _close_readers(self, *, patient: bool) -> None:
        """No reader may look at a file as one that does not change while it does: `patient` waits for those at work."""
        deadline = time.monotonic() + _READERS_END_S
        while True:
            with self._pool_lock:
                idle, self._idle = self._idle, []
                self._readers.difference_update(idle)
                busy = len(self._readers)
                if not patient:
                    self._readers.clear()
            for db in idle:
                with suppress(apsw.Error):
                    db.close(True)
            if not patient or not busy:
                return
            if time.monotonic() > deadline:
                raise LibraryError(f"the library {self.path} is being read: it is written another time")
            time.sleep(_LOOK_S)

    def _drop_writer(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            with suppress(apsw.Error):
                writer.close(True)

    @contextmanager
    def first_look(self) -> Iterator[apsw.Connection]:
        """A connection of its own on which not even the journal mode is set."""
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
            if self._source is not None and self._source.copy is not None:
                self._source.copy.cleanup()

    def _open_writer(self) -> apsw.Connection:
        self._refuse_if_closed()
        if self._writer is None:
            db = connect(self.path, self._vfs)
            try:
                if db.pragma("page_count") == 0:
                    db.pragma("auto_vacuum", "incremental")  # for tidy.py; can only be chosen now
                # NORMAL: a killed process loses nothing, a power cut at worst the last commits (docs/adr/0011)
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
            self._drop_writer()
        if isinstance(error, apsw.ReadOnlyError):
            self._close_readers(patient=False)  # while one is open, SQLite goes on taking the disk for read-only

    def _begin_reading(self) -> apsw.Connection:
        """A reader in a transaction; where SQLite may not write what it needs to read, another way is looked for."""
        try:
            return self._begun()
        except apsw.Error as error:
            ours = translated(error, self.path)
            ours.__cause__ = error
            if self._source is not None:
                raise
            self.only_read(ours)
        return self._begun()

    def _begun(self) -> apsw.Connection:
        """A reader that has begun to read: a transaction that has read nothing has not yet asked the disk."""
        db = self._take_reader()
        try:
            db.execute("BEGIN")
            db.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
        except BaseException as error:
            if isinstance(error, _BROKEN):
                self._drop_readers(db)
            self._give_back(db)
            raise
        return db

    def _take_reader(self) -> apsw.Connection:
        with self._pool_lock:
            self._refuse_if_closed()
            if self._idle:
                return self._idle.pop()
        db = connect(self.path, self._vfs, self._source)
        db.pragma("query_only", True)
        db.set_progress_handler(_goes_on, _STEPS)
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
        """A disk that failed or came back under another number: the old files must not be used again."""
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


def _goes_on() -> bool:
    """Called by SQLite in the middle of its work: False lets it go on. Raises as `effort.insist`."""
    effort.insist("Reading the library")
    return False
