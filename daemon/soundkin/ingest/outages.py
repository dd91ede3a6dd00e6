"""Disks that went away in mid-work: what could not be read of them goes back into the queue, and is held there.

A file that cannot be read says nothing about the file. So its disk is asked first: one that is away is marked offline
and no more of its files are handed out, while those of other disks go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from soundkin.disks import Hang, Kind
from soundkin.folders.walk import is_below
from soundkin.ingest.queue import AnalysisQueue
from soundkin.model import AnalysisFailure, Outcome, Root

_FIRST_S = 5.0
_CALM_S = 10.0
"""A root whose files could not be read on is left alone for so long after the last of them."""
_LONGEST_S = 60.0


class Outages:
    """Roots whose files are held. One thread uses it; `is_away` asks a root's disk and marks it offline."""

    def __init__(self, queue: AnalysisQueue, is_away: Callable[[Root], bool]) -> None:
        self._queue = queue
        self._is_away = is_away
        self._roots: tuple[Root, ...] = ()
        self._away: dict[str, tuple[float, float]] = {}
        """Root to when it is asked again, and how long after that."""
        self._stalled: dict[str, Hang] = {}
        """Root to the file that a worker waits with, or waited last."""
        self._calm_at: dict[str, float] = {}

    def follow(self, roots: Sequence[Root]) -> int:
        """These are the roots now. What waits in no other is dropped; how many files those were."""
        known = {root.path for root in self._roots}
        followed = {root.path for root in roots}
        self._roots = tuple(sorted(roots, key=lambda root: len(root.path), reverse=True))
        self._away = {path: each for path, each in self._away.items() if path in followed}
        self._stalled = {path: each for path, each in self._stalled.items() if path in followed}
        return self._queue.drop(lambda path: self._owner(path) is None) if known - followed else 0

    def sift(self, outcomes: Sequence[Outcome], now: float) -> tuple[list[Outcome], int]:
        """What of the outcomes is to be stored, and how many files wait no longer for lack of their disk."""
        owned = [(outcome, owner) for outcome in outcomes if (owner := self._owner(outcome.path)) is not None]
        suspects = {owner.path: owner for outcome, owner in owned if _is_unread(outcome)}
        away = {path for path, root in suspects.items() if path in self._away or self._is_away(root)}
        unread = [(outcome, owner) for outcome, owner in owned if _is_unread(outcome) and owner.path in away]
        fewer = sum(self._hold(path, [each.path for each, owner in unread if owner.path == path], now) for path in away)
        returned = {outcome.path for outcome, _ in unread}
        return [outcome for outcome, _ in owned if outcome.path not in returned], fewer + len(returned)

    def gone(self, paths: Iterable[str], now: float) -> int:
        """A comparison found that these roots are away; how many files wait no longer."""
        fewer = 0
        for path in paths:
            was_away = path in self._away
            held = self._hold(path, (), now)
            if not held and not was_away:  # nothing waits for it: the next comparison is soon enough
                self.back([path])
            fewer += held
        return fewer

    def back(self, paths: Iterable[str]) -> int:
        """These roots can be reached; how many files wait again."""
        known = [path for path in paths if self._away.pop(path, None)]
        return sum(self._queue.release(path) for path in known if path not in self._stalled)

    def stall(self, files: Iterable[tuple[str, float]], now: float) -> int:
        """Workers wait for a disk with these files, each for some seconds; how many more files may be handed out now.

        No other file of such a root is handed out until some time after: one hanging disk takes no further worker.
        """
        before = set(self._stalled)
        for file, silent_s in files:
            owner = self._owner(file)
            if owner is not None:
                self._stalled[owner.path] = Hang(owner.path, Kind.READ, file, silent_s, time.time() - silent_s)
                self._calm_at[owner.path] = now + _CALM_S
        calm = [path for path in self._stalled if self._calm_at[path] <= now]
        for path in calm:
            del self._stalled[path]
        more = sum(self._queue.release(path) for path in calm if path not in self._away)
        return more - sum(map(self._hold_stalled, self._stalled.keys() - before))

    def hold_new(self) -> int:
        """Files were queued: those of roots that a worker waits for are held too; how many those are."""
        return sum(map(self._hold_stalled, self._stalled))

    def _hold_stalled(self, root: str) -> int:
        return self._queue.hold(root, lambda path: _path_of(self._owner(path)) == root)

    @property
    def is_waiting(self) -> bool:
        """Whether files are held that may well be read in a moment."""
        return bool(self._stalled)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What hangs, for a person."""
        return tuple(hang.sentence for hang in self._stalled.copy().values())

    def _hold(self, root: str, unread: Sequence[str], now: float) -> int:
        self._away.setdefault(root, (now + _FIRST_S, _FIRST_S))
        return self._queue.hold(root, lambda path: _path_of(self._owner(path)) == root, unread)

    def due(self, now: float) -> list[str]:
        """Roots to ask again now: after five seconds, then ever later, every minute at last."""
        due = [path for path, (at, _) in self._away.items() if at <= now]
        for path in due:
            wait_s = min(_LONGEST_S, 2 * self._away[path][1])
            self._away[path] = (now + wait_s, wait_s)
        return due

    def _owner(self, path: str) -> Root | None:
        """The innermost root that holds a path."""
        return next((root for root in self._roots if is_below(path, root.path)), None)


def _is_unread(outcome: Outcome) -> bool:
    return isinstance(outcome, AnalysisFailure) and not outcome.is_verdict


def _path_of(root: Root | None) -> str | None:
    return None if root is None else root.path
