"""Opens files where names and stamps do not tell enough, each in its disk's lane; reads as little as it can."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from soundkin.disks import DiskHangsError, Kind, Lanes, beat
from soundkin.folders import content_hash
from soundkin.folders.completeness import has_writer
from soundkin.folders.content_hash import HashKind
from soundkin.model import DiskFile

_T = TypeVar("_T")


class Contents:
    """What is in files. `place_of` names the root that a path belongs to. Raises `OSError`, `DiskHangsError` as one."""

    def __init__(self, lanes: Lanes, place_of: Callable[[str], str]) -> None:
        self._lanes = lanes
        self._place_of = place_of

    def short_hash(self, path: str, size: int, kind: HashKind) -> bytes:
        """See `content_hash.short_hash`."""
        return self._read(path, lambda: content_hash.short_hash(path, size, kind))

    def full_hash(self, path: str, size: int, kind: HashKind) -> bytes:
        """See `content_hash.full_hash`."""
        return self._read(path, lambda: content_hash.full_hash(path, size, kind))

    def is_same(self, file: DiskFile) -> bool:
        """Whether a file still has the content that is known of it."""
        return self._read(file.path, lambda: content_hash.is_same(file.path, file.stamp.size, file.known, briefly=True))

    def is_written(self, path: str) -> bool:
        """Whether some program has the file open for writing. One whose disk does not answer is not complete either."""
        try:
            return self._read(path, lambda: has_writer(path))
        except DiskHangsError:
            return True

    def written(self, place: str, paths: list[str]) -> set[str]:
        """Those of some files of one root that are still written to, asked in one go."""

        def ask() -> set[str]:
            found = set()
            for path in paths:
                beat(path)
                if has_writer(path):
                    found.add(path)
            return found

        try:
            return self._lanes.ask(place, ask, kind=Kind.READ) if paths else set()
        except DiskHangsError:
            return set(paths)

    def _read(self, path: str, call: Callable[[], _T]) -> _T:
        return self._lanes.ask(self._place_of(path), call, path, kind=Kind.READ)
