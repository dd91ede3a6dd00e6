"""Disks mounted below a followed folder, and links to folders there: each is a root of its own, there or away."""

from __future__ import annotations

import os
from collections.abc import Iterable
from itertools import islice

from soundkin.folders.presence import is_folder, is_named, is_there
from soundkin.folders.reachability import NOT_THERE
from soundkin.folders.walk import is_below
from soundkin.interfaces import ScanLibrary
from soundkin.model import Root

_LOOKED_FOR = 20
"""Number of files known on a disk that is enough to tell whether they are in the folder in its place."""

GONE = "is gone"
"""The place is none any more: what is known of it belongs to the root around it."""


def why_not(place: Root, mounts: frozenset[str], library: ScanLibrary) -> str:
    """What is wrong with a place, "" where it can be reached, GONE where it is none any more. Asks its disk.

    The folder around it can be reached.
    """
    if place.is_link:
        if not is_named(place.path):
            return GONE
        return "" if is_folder(place.path) else "leads to a folder that is not there"
    if not is_folder(place.path):
        return NOT_THERE
    if is_mounted(place.path, mounts):
        return ""
    return GONE if _holds_its_files(place, library) else "is not mounted"


def is_mounted(folder: str, mounts: frozenset[str]) -> bool:
    """Whether a folder is on another disk than the folder around it."""
    return folder in mounts or os.stat(folder).st_dev != os.stat(os.path.dirname(folder)).st_dev


def is_link(folder: str) -> bool:
    """Whether a folder's name leads to another place: a symbolic link, or a junction of Windows."""
    parent, name = os.path.split(folder)
    straight = os.path.join(os.path.realpath(parent), name)
    return os.path.normcase(os.path.realpath(folder)) != os.path.normcase(straight)


def holder_of(path: str, roots: Iterable[Root]) -> Root | None:
    """The innermost root that holds a path, other than one at this very path."""
    holding = [root for root in roots if root.path != path and is_below(path, root.path)]
    return max(holding, key=lambda root: len(root.path), default=None)


def asked_for(root: Root) -> int:
    """Id of the root that a person asked for: the root itself, or the one that brought the place."""
    return root.id if root.within is None else root.within


def _holds_its_files(place: Root, library: ScanLibrary) -> bool:
    """Whether the folder in the disk's place holds what the disk held, so that nothing is away."""
    known = list(islice((row[0] for rows in library.rows_in_order(place.path) for row in rows), _LOOKED_FOR))
    return not known or 2 * sum(map(is_there, known)) > len(known)
