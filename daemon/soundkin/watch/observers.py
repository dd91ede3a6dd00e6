"""An observer for one root, whose events come through a thread of its own: what hangs or dies in one stops no other."""

from __future__ import annotations

import logging
from threading import Thread
from typing import TYPE_CHECKING

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver

_log = logging.getLogger(__name__)

_TELLING: list[type[FileSystemEvent]] = [
    *(DirCreatedEvent, DirDeletedEvent, DirMovedEvent),
    *(FileClosedEvent, FileCreatedEvent, FileDeletedEvent, FileModifiedEvent, FileMovedEvent),
]
"""Not that files are opened and read: our own workers do that all day, and it would fill the system's queue."""


class RootObserver:
    """Watches one folder from `start` to `stop`. Each call may hang with the folder's disk. Raises `OSError`.

    watchdog's observer for inotify has a descriptor, a reading thread and locks of its own.
    """

    def __init__(self) -> None:
        self._observer: BaseObserver = Observer()
        self._reader: Thread | None = getattr(self._observer, "_inotify_fd", None)

    def start(self, handler: FileSystemEventHandler, folder: str) -> None:
        """Begin to tell the handler."""
        self._observer.start()
        self._observer.schedule(handler, folder, recursive=True, event_filter=_TELLING)

    def is_alive(self) -> bool:
        """Whether all threads that events come through still run; one unexpected event can end each without a sign."""
        readers = [self._reader] if self._reader is not None else []
        return all(thread.is_alive() for thread in (self._observer, *self._observer.emitters, *readers))

    def stop(self) -> None:
        """Give the watches back."""
        try:
            self._observer.stop()
        except (KeyError, OSError) as error:
            _log.debug("unwatch: %r", error)
