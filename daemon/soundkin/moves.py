"""Finds files that were moved or renamed: new paths whose content the library already knows under a lost one."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from soundkin.identity import SHORT_BYTES, full_hash, is_whole, short_hash
from soundkin.model import DiskFile, KnownFile, Move

Hash = Callable[[str, int], bytes]


def find_moves(
    new: Iterable[DiskFile],
    lost: Mapping[str, KnownFile],
    hash_file: Hash = short_hash,
    hash_fully: Hash = full_hash,
) -> tuple[list[Move], list[DiskFile]]:
    """Pair new files with lost rows of the same size and content; also the files left over, in order.

    Only files whose size matches a lost row are read, and read fully only where neither the date of one candidate
    vouches for it nor the short hash saw every byte. Among equal contents the same name wins; each row is given away
    once. Failures have no content hash, so a renamed one is tried again.
    """
    candidates: dict[tuple[int, bytes], list[str]] = defaultdict(list)
    sizes: set[int] = set()
    for path, row in lost.items():
        if row.content_hash:
            candidates[row.stamp.size, row.content_hash[:SHORT_BYTES]].append(path)
            sizes.add(row.stamp.size)
    moves: list[Move] = []
    rest: list[DiskFile] = []
    for file in new:
        found = _match(file, candidates, lost, hash_file, hash_fully) if file.stamp.size in sizes else None
        if found is None:
            rest.append(file)
        else:
            moves.append(Move(lost[found].id, file.path, file.stamp))
    return moves, rest


def _match(
    file: DiskFile,
    candidates: Mapping[tuple[int, bytes], list[str]],
    lost: Mapping[str, KnownFile],
    hash_file: Hash,
    hash_fully: Hash,
) -> str | None:
    """The lost path that this file had; it is taken out of the candidates."""
    size = file.stamp.size
    try:
        paths = candidates.get((size, hash_file(file.path, size)), [])
        likely = paths if is_whole(size) else _told_apart(file, paths, lost, hash_fully)
    except OSError:
        return None
    if not likely:
        return None
    name = os.path.basename(file.path)
    chosen = max(
        likely,
        key=lambda path: (os.path.basename(path) == name, lost[path].stamp.mtime_ns == file.stamp.mtime_ns),
    )
    paths.remove(chosen)
    return chosen


def _told_apart(file: DiskFile, paths: list[str], lost: Mapping[str, KnownFile], hash_fully: Hash) -> list[str]:
    """Those of the paths that held the same bytes: a move keeps the date, else all of the file must agree."""
    same_date = [path for path in paths if lost[path].stamp.mtime_ns == file.stamp.mtime_ns]
    if len(same_date) == 1 or not paths:
        return same_date
    full = hash_fully(file.path, file.stamp.size)
    return [path for path in paths if lost[path].content_hash[SHORT_BYTES:] == full]
