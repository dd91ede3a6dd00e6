"""Watches roots and polls those that give no events, each in its disk's lane. What it reports is only a hint."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import partial

from soundkin.disks import DiskHangsError, Kind, Lanes
from soundkin.disks.mounts import file_system_of, is_silent, mount_points
from soundkin.disks.shortage import is_shortage, raise_shortage
from soundkin.watch.handler import HintingHandler
from soundkin.watch.limits import explain, watch_error
from soundkin.watch.observers import RootObserver

_log = logging.getLogger(__name__)

_TICK_S = 5.0
_FAREWELL_S = 2.0
_RETRY_S = 60.0
"""Until watches that were refused are set up again, which may walk a large tree."""
_RETRY_SOON_S = 10.0
"""The same where not even the first one could be: that costs next to nothing."""
_SHARE = 20
"""A poll that takes a second is repeated every twenty."""


@dataclass(slots=True)
class _Followed:
    """One root and how its changes are noticed."""

    identity: tuple[int, int] | None = None
    """Device and inode it had when its watch was set up: a disk that went and came is another one."""
    observer: RootObserver | None = None
    trouble: str = ""
    """Why events cannot be relied on; then it is polled."""
    next_try: float = float("inf")
    next_poll: float = float("inf")


@dataclass(frozen=True, slots=True)
class System:
    """What the system tells of folders."""

    probe: Callable[[str], OSError | None] = watch_error
    """What happens when one more watch is set up."""
    file_system: Callable[[str], str] = file_system_of
    mounts: Callable[[], frozenset[str]] = mount_points


class FolderWatcher:
    """Calls `hint(path)` from its threads for each path that may have changed in the followed folders.

    Disks and links below a folder are followed on their own, for events end at both. A thread of its own tends them,
    and sets watches up in the `lanes` of their disks, since walking a large tree takes long: what cannot be watched is
    named in `notes` and hinted at as a whole every `poll_s`; a disk that comes back is watched again. `cost` tells how
    many seconds a comparison of a root took last time.
    """

    def __init__(
        self,
        hint: Callable[[str], None],
        *,
        lanes: Lanes | None = None,
        poll_s: float = 30.0,
        poll: Iterable[str] = (),
        cost: Callable[[str], float] = lambda _root: 0.0,
        make_observer: Callable[[], RootObserver] = RootObserver,
        system: System | None = None,
    ) -> None:
        self._hint = hint
        self._lanes = lanes or Lanes()
        self._poll_s = poll_s
        self._poll = tuple(poll)
        self._cost = cost
        self._make_observer = make_observer
        self._system = system or System()
        self._mounts: frozenset[str] | None = None
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
            if followed.trouble and root in self._wanted
        )

    def stop(self) -> None:
        """End all watching; a disk that does not answer is not waited for."""
        self._stopping = True
        self._changed.set()
        if self._thread.is_alive():
            self._thread.join(_TICK_S)
        ending = threading.Thread(target=self._stop_all, name="soundkin-unwatch", daemon=True)
        ending.start()
        ending.join(_FAREWELL_S)

    def _stop_all(self) -> None:
        for root, followed in self._roots.copy().items():
            if followed.observer is not None and not self._lanes.is_busy(root, Kind.WATCH):
                followed.observer.stop()

    def _run(self) -> None:
        while not self._stopping:
            self._changed.wait(_TICK_S)
            self._changed.clear()
            try:
                self.tend(time.monotonic())
            except Exception:
                _log.exception("watching stumbled; the next scan finds what it missed")

    def tend(self, now: float) -> None:
        """Check every followed folder once: set watches up, again where a disk came back, and poll what is due."""
        wanted = self._wanted
        for root in self._roots.keys() - wanted:
            gone = self._roots.pop(root)
            self._lanes.tell(root, partial(_unwatch, gone), kind=Kind.WATCH)
        self._hint_at_new_disks(wanted)
        for root in sorted(wanted):
            if self._stopping:
                return
            followed = self._roots.setdefault(root, _Followed())
            self._tend_one(root, followed, now)
            if followed.trouble and now >= followed.next_poll:
                followed.next_poll = now + self._every(root)
                self._hint(root)

    def _hint_at_new_disks(self, wanted: Iterable[str]) -> None:
        """No event tells that a disk was mounted, or is not any more, below a followed folder."""
        before = self._mounts
        try:
            self._mounts = self._system.mounts()
        except (OSError, MemoryError) as error:
            if not is_shortage(error):
                raise
            return  # what was mounted is still the best that is known
        changed = self._mounts ^ before if before is not None else frozenset()
        for point in sorted(changed):
            if any(point.startswith(root.rstrip(os.sep) + os.sep) for root in wanted):
                self._hint(point)

    def _tend_one(self, root: str, followed: _Followed, now: float) -> None:
        try:
            self._lanes.ask(root, lambda: self._look_after(root, followed, now), kind=Kind.WATCH)
        except DiskHangsError:
            return  # its lane goes on with it alone
        except (OSError, MemoryError, RuntimeError) as error:
            if not is_shortage(error):
                raise
            followed.next_try = now + _RETRY_S
            self._say(root, followed, explain(root, error), now)

    def _look_after(self, root: str, followed: _Followed, now: float) -> None:
        identity = _identity(root)
        replaced = identity != followed.identity or _has_ended(followed)
        if replaced or now >= followed.next_try:
            _unwatch(followed)
            followed.identity, followed.next_try = identity, float("inf")
            self._say(root, followed, self._set_up(root, followed, now), now)
            if replaced:
                self._hint(root)  # what changed before the watch was there
        elif not followed.trouble and followed.observer is not None and (error := self._system.probe(root)) is not None:
            followed.next_try, followed.next_poll = now + _RETRY_S, now
            self._say(root, followed, explain(root, error), now)

    def _set_up(self, root: str, followed: _Followed, now: float) -> str:
        """Watch a root; why events cannot be relied on, or ""."""
        if followed.identity is None:
            return ""  # it is away: the scan says so, and this looks again at every turn
        refused = self._watch(root, followed)
        wait_s = _RETRY_SOON_S if refused is not None and is_shortage(refused) else _RETRY_S
        refused = refused or self._system.probe(root)
        if refused is not None:
            followed.next_try = now + wait_s
            return explain(root, refused)
        kind = self._system.file_system(root)
        if is_silent(kind):
            return f"{root}: is on {kind}, which does not report changes made elsewhere"
        if any(fnmatch(root, glob) for glob in self._poll):
            return f"{root}: is set to be polled"
        return ""

    def _watch(self, root: str, followed: _Followed) -> OSError | None:
        real = os.path.realpath(root)  # systems differ in what they make of a link
        try:
            followed.observer = self._make_observer()
            followed.observer.start(HintingHandler(self._hint, root, real), real)
        except OSError as error:
            _unwatch(followed)
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


def _has_ended(followed: _Followed) -> bool:
    """Whether its watch ended by itself."""
    return followed.observer is not None and not followed.observer.is_alive()


def _unwatch(followed: _Followed) -> None:
    observer, followed.observer = followed.observer, None
    if observer is not None:
        observer.stop()


def _identity(root: str) -> tuple[int, int] | None:
    try:
        status = os.stat(root)
    except OSError as error:
        raise_shortage(error)
        return None
    return status.st_dev, status.st_ino
