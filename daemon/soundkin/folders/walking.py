"""Walks through a folder in its disk's lane and says how what it finds differs from what the library knows of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from soundkin.disks import Lanes
from soundkin.folders.diff import Plan, plan_in_order
from soundkin.folders.disks import Disks
from soundkin.folders.repeats import Repeats
from soundkin.folders.walk import FileRow, Walk, is_below
from soundkin.interfaces import KnownRow, ScanLibrary
from soundkin.model import Root

Meanwhile: TypeAlias = Callable[[list[FileRow]], list[FileRow]]
"""Sees each piece of a walk and says what of it is left to compare."""


class ForsakenError(Exception):
    """The root is not followed any more."""


class Walking:
    """Compares folders, one after the other. One thread uses it, but for `forsake`."""

    def __init__(self, library: ScanLibrary, lanes: Lanes, disks: Disks, ignore: tuple[str, ...]) -> None:
        self._library = library
        self._lanes = lanes
        self._disks = disks
        self._ignore = ignore
        self._repeats = Repeats()
        self._forsaken: set[str] = set()

    def begin(self) -> None:
        """A comparison begins, of what is followed now."""
        self._forsaken.clear()

    def forsake(self, folder: str) -> None:
        """A folder is not followed any more: a walk through it ends soon. From any thread."""
        self._forsaken.add(folder)

    def compare(self, root: Root, target: str, meanwhile: Meanwhile | None) -> tuple[Walk, Plan]:
        """A walk through a folder, and how what it found differs from what is known.

        A root that was as the library knows it is first compared with the walk before, which reads no row. Where that
        shows a change that no hint announced, the root is walked a second time for the difference itself.
        Raises `ForsakenError` and `DiskHangsError`.
        """
        state = self._library.changed_rows()
        nested = self._disks.inside(root)
        may_repeat = target == root.path and meanwhile is None  # which takes files out of what is compared
        if may_repeat and self._repeats.knows(target, state):
            walk, runs = self._walk(root, target, nested)
            count = self._repeats.unchanged(target, runs)
            if count is not None and not walk.unreadable:
                return walk, Plan(unchanged=count)
        walk, runs = self._walk(root, target, nested)
        if may_repeat:
            runs = self._repeats.noted(target, runs)
        if meanwhile is not None:
            runs = map(meanwhile, runs)
        known, version = self._known(target, nested), self._library.params.version
        difference = plan_in_order(runs, known, version, walk.unreadable, self._library.restamp)
        if may_repeat and difference.is_empty and self._library.changed_rows() == state:
            self._repeats.settle(target, state)
        return walk, difference

    def _walk(self, root: Root, target: str, nested: frozenset[str]) -> tuple[Walk, Iterator[list[FileRow]]]:
        walk = Walk(target, self._ignore, nested, self._disks.real_paths(), self._disks.mounts)
        return walk, self._while_followed(root, self._lanes.stream(root.path, walk.runs, target))

    def _while_followed(self, root: Root, runs: Iterator[list[FileRow]]) -> Iterator[list[FileRow]]:
        for run in runs:
            if any(is_below(root.path, folder) for folder in self._forsaken):
                raise ForsakenError
            yield run

    def _known(self, target: str, nested: frozenset[str]) -> Iterator[list[KnownRow]]:
        """What the library knows below the target, but for roots inside it."""
        for rows in self._library.rows_in_order(target):
            if nested:
                yield [row for row in rows if not any(is_below(row[0], other) for other in nested)]
            else:
                yield rows
