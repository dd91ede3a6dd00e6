"""Hints that something changed: a pure `Debouncer`, and the watchdog observer that feeds it. Never the truth."""

from __future__ import annotations

import errno
import logging
import os
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver, ObservedWatch

_log = logging.getLogger(__name__)

_IGNORED_EVENTS = frozenset({"opened", "closed_no_write"})


class Debouncer:
    """Collects hints and gives each path out once it has been quiet for `settle_s`. Time is an argument."""

    def __init__(self, settle_s: float, most: int = 5_000) -> None:
        self._settle_s = settle_s
        self._most = most
        self._due: dict[str, float] = {}
        self._folders: set[str] = set()

    def hint(self, path: str, now: float) -> None:
        """Something happened at `path`; its quiet time starts again.

        With more paths pending than `most`, they are folded into their parent folders, so memory stays bounded.
        """
        parent = os.path.dirname(path)
        self._due[parent if parent in self._folders else path] = now + self._settle_s
        while len(self._due) > self._most:
            self._fold()

    def _fold(self) -> None:
        """Put single paths into their folders; where only folders are left, those into theirs."""
        singles = self._due.keys() - self._folders or set(self._due)
        folded: dict[str, float] = {}
        for path, due in self._due.items():
            place = os.path.dirname(path) if path in singles else path
            folded[place] = max(due, folded.get(place, 0.0))
        self._due = folded
        self._folders = set(folded)

    def ready(self, now: float) -> list[str]:
        """Paths that have been quiet long enough; they leave the Debouncer. Paths inside another one are left out."""
        due = sorted(path for path, when in self._due.items() if when <= now)
        for path in due:
            del self._due[path]
            self._folders.discard(path)
        return _outermost(due)

    def next_due(self) -> float | None:
        """When the next path may become ready, on the caller's clock."""
        return min(self._due.values(), default=None)

    def __len__(self) -> int:
        return len(self._due)


def _outermost(ordered: Iterable[str]) -> list[str]:
    kept: list[str] = []
    folders: set[str] = set()
    for path in ordered:
        parent = os.path.dirname(path)
        while parent not in folders and parent != os.path.dirname(parent):
            parent = os.path.dirname(parent)
        if parent not in folders:
            kept.append(path)
            folders.add(path)
    return kept


class FolderWatcher:
    """Watches roots through watchdog and calls `hint(path)` from its threads.

    Watches are set up by a thread of their own, since walking a large tree takes long. What cannot be watched is
    named in `notes`; the periodic scan covers it.
    """

    def __init__(self, hint: Callable[[str], None]) -> None:
        self._hint = hint
        self._observer: BaseObserver | None = None
        self._watches: dict[str, ObservedWatch] = {}
        self._notes: dict[str, str] = {}
        self._wanted: set[str] = set()
        self._changed = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="soundkin-watch", daemon=True)

    def start(self) -> None:
        """Begin; `follow` may be called before or after."""
        self._thread.start()

    def follow(self, roots: Iterable[str]) -> None:
        """Watch exactly these folders from now on; returns at once."""
        self._wanted = set(roots)
        self._changed.set()

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence for each folder that cannot be watched."""
        return tuple(self._notes.values())

    def stop(self) -> None:
        """End all watching; returns when the threads have ended."""
        self._stopping = True
        self._changed.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._observer is not None:
            self._observer.stop()
            self._observer.join()

    def _run(self) -> None:
        while True:
            self._changed.wait()
            self._changed.clear()
            if self._stopping:
                return
            if self._observer is None:
                self._observer = Observer()
                self._observer.start()
            self._apply(set(self._wanted), self._observer)

    def _apply(self, wanted: set[str], observer: BaseObserver) -> None:
        for root in set(self._watches) - wanted:
            self._unwatch(root, observer)
        for root in sorted(wanted - set(self._watches)):
            if self._stopping:
                return
            try:
                self._watches[root] = observer.schedule(_Handler(self._hint), root, recursive=True)
                self._notes.pop(root, None)
            except OSError as error:
                self._notes[root] = _explain(root, error)
                _log.warning("%s", self._notes[root])
            else:
                self._hint(root)  # what changed while the watch was being set up
        for root in set(self._notes) - wanted:
            del self._notes[root]

    def _unwatch(self, root: str, observer: BaseObserver) -> None:
        try:
            observer.unschedule(self._watches.pop(root))
        except (KeyError, OSError) as error:
            _log.debug("unwatch %s: %r", root, error)


class _Handler(FileSystemEventHandler):
    """Turns watchdog's events into hints."""

    def __init__(self, hint: Callable[[str], None]) -> None:
        self._hint = hint

    def dispatch(self, event: FileSystemEvent) -> None:
        """Called by watchdog for every event."""
        if event.event_type in _IGNORED_EVENTS or (event.is_directory and event.event_type in {"modified", "closed"}):
            return
        for path in (event.src_path, event.dest_path):
            if path:
                self._hint(os.fsdecode(path))


def _explain(root: str, error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EMFILE}:
        return (
            f"{root}: the system's limit on watched folders is reached, so changes are found by scanning only; "
            "raise fs.inotify.max_user_watches and fs.inotify.max_user_instances"
        )
    return f"{root}: cannot be watched ({error.strerror or error}); changes are found by scanning only"
