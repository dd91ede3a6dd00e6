"""Watches roots through watchdog and polls those that give no events. Whatever it learns is only a hint."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
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
from watchdog.observers.api import BaseObserver, EventEmitter

from soundkin.hints import Debouncer
from soundkin.mounts import file_system_of, is_silent
from soundkin.watch_limits import burst_size, explain, watch_error

if TYPE_CHECKING:
    from watchdog.observers.api import ObservedWatch

__all__ = ["Debouncer", "FolderWatcher"]

_log = logging.getLogger(__name__)

_TELLING: list[type[FileSystemEvent]] = [
    *(DirCreatedEvent, DirDeletedEvent, DirMovedEvent),
    *(FileClosedEvent, FileCreatedEvent, FileDeletedEvent, FileModifiedEvent, FileMovedEvent),
]
"""Not that files are opened and read: our own workers do that all day, and it would fill the system's queue."""
_TICK_S = 5.0
_RETRY_S = 60.0
_CALM_S = 1.0
_SHARE = 20
"""A poll that takes a second is repeated every twenty."""


@dataclass(slots=True)
class _Followed:
    """One root and how we hear of changes in it."""

    identity: tuple[int, int] | None = None
    """Device and inode it had when its watch was set up: a disk that went and came is another one."""
    watch: ObservedWatch | None = None
    trouble: str = ""
    """Why events cannot be relied on; then it is polled."""
    next_try: float = float("inf")
    next_poll: float = float("inf")


class FolderWatcher:
    """Calls `hint(path)` from its threads for whatever may have changed in the followed folders.

    A thread of its own sets watches up, since walking a large tree takes long, and tends them: what cannot be watched
    is named in `notes` and hinted at as a whole every `poll_s`; a disk that comes back is watched again. `cost` tells
    how many seconds a comparison of a root took last time.
    """

    def __init__(
        self,
        hint: Callable[[str], None],
        *,
        poll_s: float = 30.0,
        poll: Iterable[str] = (),
        cost: Callable[[str], float] = lambda _root: 0.0,
        make_observer: Callable[[], BaseObserver] = Observer,
        probe: Callable[[str], OSError | None] = watch_error,
        file_system: Callable[[str], str] = file_system_of,
    ) -> None:
        self._hint = hint
        self._poll_s = poll_s
        self._poll = tuple(poll)
        self._cost = cost
        self._make_observer = make_observer
        self._probe = probe
        self._file_system = file_system
        self._observer: BaseObserver | None = None
        self._readers: set[threading.Thread] = set()
        self._roots: dict[str, _Followed] = {}
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
        """A sentence for each folder whose changes are found by polling."""
        return tuple(
            f"{followed.trouble}; meanwhile it is compared every {self._every(root):.0f} s ([scan] poll_s)"
            for root, followed in sorted(self._roots.copy().items())
            if followed.trouble
        )

    def stop(self) -> None:
        """End all watching; a disk that does not answer is not waited for."""
        self._stopping = True
        self._changed.set()
        if self._thread.is_alive():
            self._thread.join(_TICK_S)
        if self._observer is not None:
            self._observer.stop()
            self._observer.join(_TICK_S)

    def _run(self) -> None:
        while not self._stopping:
            self._changed.wait(_TICK_S)
            self._changed.clear()
            try:
                self.tend(time.monotonic())
            except Exception:
                _log.exception("watching stumbled; the next scan finds what it missed")

    def tend(self, now: float) -> None:
        """Look after every followed folder once: set watches up, again where a disk came back, and poll what is due."""
        wanted = self._wanted
        if self._observer is not None and not self._observer.is_alive():
            self._observer = None
            for followed in self._roots.values():
                followed.watch, followed.identity = None, None
        for root in self._roots.keys() - wanted:
            self._unwatch(self._roots.pop(root))
        for root in sorted(wanted):
            if self._stopping:
                return
            followed = self._roots.setdefault(root, _Followed())
            self._look_after(root, followed, now)
            if followed.trouble and now >= followed.next_poll:
                followed.next_poll = now + self._every(root)
                self._hint(root)

    def _look_after(self, root: str, followed: _Followed, now: float) -> None:
        identity = _identity(root)
        replaced = identity != followed.identity or self._has_ended(followed)
        if replaced or now >= followed.next_try:
            self._unwatch(followed)
            followed.identity, followed.next_try = identity, float("inf")
            self._say(root, followed, self._set_up(root, followed, now), now)
            if replaced:
                self._hint(root)  # what changed before the watch was there
        elif not followed.trouble and followed.watch is not None:
            error = self._probe(root)
            if error is not None:
                followed.next_try, followed.next_poll = now + _RETRY_S, now
                self._say(root, followed, explain(root, error), now)
            elif self._is_deaf():
                followed.next_poll = now
                self._say(root, followed, _deaf(root), now)

    def _set_up(self, root: str, followed: _Followed, now: float) -> str:
        """Watch a root; why events cannot be relied on, or ""."""
        if followed.identity is None:
            return ""  # it is away: the sweep says so, and this looks again at every turn
        if self._observer is None:
            self._observer = self._make_observer()
            self._observer.start()
        refused = self._schedule(root, followed, self._observer) or self._probe(root)
        if refused is not None:
            followed.next_try = now + _RETRY_S
            return explain(root, refused)
        if self._is_deaf():
            return _deaf(root)
        self._readers |= _readers()
        kind = self._file_system(root)
        if is_silent(kind):
            return f"{root}: is on {kind}, which does not tell of changes made elsewhere"
        if any(fnmatch(root, glob) for glob in self._poll):
            return f"{root}: is set to be polled"
        return ""

    def _schedule(self, root: str, followed: _Followed, observer: BaseObserver) -> OSError | None:
        handler = _Handler(self._hint, root)
        try:
            followed.watch = observer.schedule(handler, root, recursive=True, event_filter=_TELLING)
        except OSError as error:
            return error
        return None

    def _say(self, root: str, followed: _Followed, trouble: str, now: float) -> None:
        if trouble and trouble != followed.trouble:
            _log.warning("%s; it is compared every %.0f s", trouble, self._every(root))
            followed.next_poll = min(followed.next_poll, now + self._every(root))
        if not trouble:
            followed.next_poll = float("inf")
        followed.trouble = trouble

    def _every(self, root: str) -> float:
        return max(self._poll_s, _SHARE * self._cost(root))

    def _is_deaf(self) -> bool:
        """Whether a thread that all events come through has died; watchdog has one for the process and no other."""
        return not all(thread.is_alive() for thread in self._readers)

    def _has_ended(self, followed: _Followed) -> bool:
        """Whether watchdog gave this watch up by itself."""
        emitters = self._observer.emitters if self._observer is not None and followed.watch is not None else ()
        return any(emitter.watch == followed.watch and not emitter.is_alive() for emitter in emitters)

    def _unwatch(self, followed: _Followed) -> None:
        watch, followed.watch = followed.watch, None
        if watch is None or self._observer is None:
            return
        try:
            self._observer.unschedule(watch)
        except (KeyError, OSError) as error:
            _log.debug("unwatch %s: %r", watch.path, error)


class _Handler(FileSystemEventHandler):
    """Turns watchdog's events into hints; a burst, of which the system may lose some, into one of the whole root."""

    def __init__(self, hint: Callable[[str], None], root: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._hint = hint
        self._root = root
        self._clock = clock
        self._most = burst_size()
        self._count = 0
        self._last = float("-inf")

    def dispatch(self, event: FileSystemEvent) -> None:
        """Called by watchdog for every event."""
        now = self._clock()
        self._count = self._count + 1 if now - self._last < _CALM_S else 1
        self._last = now
        if self._count >= self._most:
            self._hint(self._root)
            return
        for path in (event.src_path, event.dest_path):
            if path:
                self._hint(os.fsdecode(path))


def _readers() -> set[threading.Thread]:
    """Threads of watchdog that belong to no single watch and no observer."""
    return {
        thread
        for thread in threading.enumerate()
        if type(thread).__module__.startswith("watchdog.") and not isinstance(thread, BaseObserver | EventEmitter)
    }


def _deaf(root: str) -> str:
    return f"{root}: watching ended unexpectedly and begins again when Soundkin is restarted"


def _identity(root: str) -> tuple[int, int] | None:
    try:
        status = os.stat(root)
    except OSError:
        return None
    return status.st_dev, status.st_ino
