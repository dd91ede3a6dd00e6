"""Which roots can be reached right now, and which disks and links below them are roots of their own."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable

from soundkin.disks.shortage import raise_shortage
from soundkin.folders import places
from soundkin.folders.findings import Findings
from soundkin.folders.presence import is_folder
from soundkin.folders.reachability import Reachability
from soundkin.folders.walk import is_below, is_entered, meets
from soundkin.interfaces import ScanLibrary
from soundkin.model import Root

_log = logging.getLogger(__name__)


class Disks:
    """Asks for each root once a comparison, and again where something seems lost. One thread uses it."""

    def __init__(
        self,
        library: ScanLibrary,
        reachability: Reachability,
        mounts: Callable[[], frozenset[str]],
        ignore: tuple[str, ...],
    ) -> None:
        self._library = library
        self._reachability = reachability
        self._mount_points = mounts
        self._ignore = ignore
        self._asked: dict[str, str] = {}
        self._real: dict[str, str] = {}
        """Where links led when they were last looked at: one that leads to a disk that hangs is not asked again."""
        self.mounts: frozenset[str] = frozenset()
        self.roots: tuple[Root, ...] = ()
        """Every root, places included."""

    def begin(self) -> None:
        """A comparison begins: what was answered before counts no more."""
        self._asked.clear()
        self.mounts = self._mount_points()
        self.roots = self._library.roots()

    def why_not(self, root: Root) -> str:
        """What is wrong with a root, "" where it can be reached, `places.GONE` where it is none any more.

        Raises `DiskHangsError` where its disk does not answer now.
        """
        if root.path not in self._asked:
            self._asked[root.path] = self._ask(root)
        return self._asked[root.path]

    def went(self, root: Root, findings: Findings) -> bool:
        """Whether a disk went while it was looked at, so that what seems lost is only away. Raises as `why_not`."""
        self._asked.clear()
        self.mounts = self._mount_points()
        why = self.why_not(root)
        if why and why != places.GONE:
            self.note_offline(root, why, findings)
        return bool(why)

    def note_offline(self, root: Root, why: str, findings: Findings) -> None:
        """A root cannot be reached: all that is known of it stays."""
        sentence = f"{root.path} {why}: it is offline, and all that is known of its files is kept"
        findings.notes[root.path] = sentence
        findings.online[root.path] = False
        if root.online:
            _log.warning("%s", sentence)
            self._library.set_online(root.id, False)

    def note_online(self, root: Root, findings: Findings) -> None:
        """A root can be reached, and what was looked at is known."""
        if not root.online:
            _log.info("%s is back", root.path)
            self._library.set_online(root.id, True)
            findings.back.append(root.path)

    # ---- places ----

    def real_paths(self) -> tuple[str, ...]:
        """Where each root lies, links followed."""
        return tuple(self._real.get(root.path, root.path) for root in self.roots)

    def inside(self, root: Root) -> frozenset[str]:
        """Roots that lie in a root and answer for themselves."""
        return frozenset(each.path for each in self.roots if each.id != root.id and is_below(each.path, root.path))

    def is_new_place(self, root: Root, target: str) -> bool:
        """Whether the target is a disk or a link below its root that was not known."""
        if target == root.path or not is_folder(target) or not is_entered(target, root.path, self._ignore):
            return False
        try:
            if places.is_link(target):
                return not meets(os.path.realpath(target), self.real_paths())
            return places.is_mounted(target, self.mounts)
        except OSError as error:
            raise_shortage(error)
            return False

    def add_place(self, root: Root, path: str, findings: Findings, *, is_link: bool) -> Root:
        """Make a disk or a link below a root a root of its own."""
        place = self._library.add_place(path, places.asked_for(root), is_link=is_link)
        _log.info("%s is %s of its own", path, "a link to a folder" if is_link else "a disk")
        self._note_places(findings)
        return place

    def drop_place(self, place: Root, findings: Findings) -> None:
        """A place is none any more: the root around it takes over what is known."""
        self._library.drop_place(place.id)
        self._note_places(findings)

    def _note_places(self, findings: Findings) -> None:
        self.roots = self._library.roots()
        findings.new_places = True

    def _ask(self, root: Root) -> str:
        if root.within is None:
            return self._reachability.why_not(root.path, had_files=root.samples > 0)
        holder = places.holder_of(root.path, self.roots)
        if holder is not None and (why := self.why_not(holder)):
            return places.GONE if why == places.GONE else f"lies in {holder.path}, which {why}"
        why = self._reachability.ask(root.path, lambda: self._look_at(root))
        return why or self._reachability.why_not(root.path, had_files=root.samples > 0)

    def _look_at(self, place: Root) -> str:
        """What is wrong with a place whose surroundings can be reached; asks its disk."""
        if place.is_link:
            self._real[place.path] = real = os.path.realpath(place.path)
            others = [self._real.get(each.path, each.path) for each in self.roots if each.path != place.path]
            if meets(real, others):
                return places.GONE  # it is walked another way
        return places.why_not(place, self.mounts, self._library)
