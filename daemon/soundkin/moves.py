"""Finds files that were moved or renamed: new paths whose content the library already knows under a lost one."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from soundkin.identity import content_hash
from soundkin.model import DiskFile, KnownFile, Move


def find_moves(
    new: Iterable[DiskFile],
    lost: Mapping[str, KnownFile],
    hash_file: Callable[[str, int], bytes] = content_hash,
) -> tuple[list[Move], list[DiskFile]]:
    """Pair new files with lost rows of the same size and content; also the files left over, in order.

    Only files whose size matches a lost row are read. Among equal contents the same name wins; each row is given
    away once. Rows without a vector (failures) are paired too, so that they are not tried again.
    """
    by_size: dict[int, dict[bytes, list[str]]] = defaultdict(lambda: defaultdict(list))
    for path, row in lost.items():
        by_size[row.stamp.size][row.content_hash].append(path)
    moves: list[Move] = []
    rest: list[DiskFile] = []
    for file in new:
        old_path = _match(file, by_size.get(file.stamp.size), hash_file)
        if old_path is None:
            rest.append(file)
        else:
            moves.append(Move(lost[old_path].id, file.path, file.stamp))
    return moves, rest


def _match(
    file: DiskFile, candidates: dict[bytes, list[str]] | None, hash_file: Callable[[str, int], bytes]
) -> str | None:
    if not candidates:
        return None
    try:
        paths = candidates.get(hash_file(file.path, file.stamp.size))
    except OSError:
        return None
    if not paths:
        return None
    name = os.path.basename(file.path)
    chosen = next((path for path in paths if os.path.basename(path) == name), paths[0])
    paths.remove(chosen)
    return chosen
