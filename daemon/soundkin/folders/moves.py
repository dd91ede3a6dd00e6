"""Finds files that were moved or renamed: new paths whose content the library already knows under a lost one."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from soundkin.disks.shortage import raise_shortage
from soundkin.folders.content_hash import HashKind, full_hash, full_part, is_whole, kind_of, short_hash, short_part
from soundkin.folders.packed import PackedFiles
from soundkin.model import DiskFile, KnownFile, Move

Hash: TypeAlias = Callable[[str, int, HashKind], bytes]


def find_moves(
    new: Iterable[DiskFile],
    lost: Mapping[str, KnownFile],
    hash_file: Hash = short_hash,
    hash_fully: Hash = full_hash,
) -> tuple[list[Move], PackedFiles]:
    """Pair new files with lost rows of the same size and content; also the files left over, in order.

    Only files whose size matches a lost row are read, and read fully only where neither the date of one candidate
    vouches for it nor the short hash saw every byte. Among equal contents the same name wins; each row is given away
    once. Failures have no content hash, so a renamed one is tried again. Raises `OSError` where descriptors or memory
    run out, so that nothing is taken for new or lost.
    """
    candidates = _Candidates(lost, hash_file, hash_fully)
    moves: list[Move] = []
    rest = PackedFiles()
    for file in new:
        found = candidates.match(file)
        if found is None:
            rest.append(file)
        else:
            moves.append(Move(lost[found].id, file.path, file.stamp))
    return moves, rest


class _Candidates:
    """Lost rows by size and short hash, those of either kind of hash."""

    def __init__(self, lost: Mapping[str, KnownFile], hash_file: Hash, hash_fully: Hash) -> None:
        self._lost = lost
        self._hash_file, self._hash_fully = hash_file, hash_fully
        self._paths: dict[tuple[int, bytes], list[str]] = defaultdict(list)
        self._kinds: dict[int, set[HashKind]] = defaultdict(set)
        for path, row in lost.items():
            if row.content_hash:
                self._paths[row.stamp.size, short_part(row.content_hash)].append(path)
                self._kinds[row.stamp.size].add(kind_of(row.content_hash))

    def match(self, file: DiskFile) -> str | None:
        """The lost path that this file had; it is taken out of the candidates."""
        size = file.stamp.size
        try:
            for kind in self._kinds.get(size, ()):
                paths = self._paths.get((size, self._hash_file(file.path, size, kind)), [])
                likely = paths if is_whole(size) else self._told_apart(file, paths, kind)
                if likely:
                    chosen = max(likely, key=lambda path: self._likeness(path, file))
                    paths.remove(chosen)
                    return chosen
        except OSError as error:
            raise_shortage(error)
        return None

    def _likeness(self, path: str, file: DiskFile) -> tuple[bool, bool]:
        same_name = os.path.basename(path) == os.path.basename(file.path)
        return same_name, self._lost[path].stamp.mtime_ns == file.stamp.mtime_ns

    def _told_apart(self, file: DiskFile, paths: list[str], kind: HashKind) -> list[str]:
        """Those of the paths that held the same bytes: a move keeps the date, else all of the file must agree."""
        same_date = [path for path in paths if self._lost[path].stamp.mtime_ns == file.stamp.mtime_ns]
        if len(same_date) == 1 or not paths:
            return same_date
        full = self._hash_fully(file.path, file.stamp.size, kind)
        return [path for path in paths if full_part(self._lost[path].content_hash) == full]
