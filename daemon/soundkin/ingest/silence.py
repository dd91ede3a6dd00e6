"""Targets whose disk did not answer: they are looked at again when it does, and once when it counts as away."""

from __future__ import annotations

from collections.abc import Iterable

from soundkin.disks import Lanes
from soundkin.folders.walk import is_below


class Silence:
    """One thread uses it."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._waiting: dict[str, str] = {}
        self._away: set[str] = set()

    def note(self, unanswered: Iterable[tuple[str, str]]) -> None:
        """These targets could not be looked at, each with the root that it belongs to."""
        for target, root in unanswered:
            if target == root and self._lanes.is_away(root):
                self._away.add(root)
                self._waiting = {path: holder for path, holder in self._waiting.items() if holder != root}
            elif root not in self._away:
                self._waiting[target] = root

    def follow(self, roots: Iterable[str]) -> None:
        """These are the roots now: what belongs to others is forgotten."""
        followed = tuple(roots)
        self._away &= set(followed)
        self._waiting = {
            target: root for target, root in self._waiting.items() if any(is_below(root, each) for each in followed)
        }

    def due(self) -> list[str]:
        """What to look at now: what can be asked again, and what is to be given up for now."""
        back = [root for root in self._away if not self._lanes.is_silent(root)]
        self._away.difference_update(back)
        due = [
            target
            for target, root in self._waiting.items()
            if not self._lanes.is_silent(root) or self._lanes.is_away(root)
        ]
        for target in due:
            del self._waiting[target]
        return back + due

    def __len__(self) -> int:
        """Targets that wait for an answer; what counts as away is not waited for."""
        return len(self._waiting)
