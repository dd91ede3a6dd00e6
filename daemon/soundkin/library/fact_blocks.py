"""Bulk reads for filters: facts and paths of many samples as columns. Works inside the caller's transaction."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from soundkin.interfaces import FactBlock
from soundkin.library import heard
from soundkin.library.folders import PATH
from soundkin.library.heard import Hearing
from soundkin.library.paths import native
from soundkin.library.rows import LISTED, ROOT_PATH, WITH_PLACES, Row, listed, served_in
from soundkin.model import Heard, judged, named

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    import apsw
    from numpy.typing import NDArray

    from soundkin.model import State

_BLOCK = 4096
_ALL = f"FROM sample CROSS {WITH_PLACES}"
_COLUMNS = (
    f"{PATH}, {ROOT_PATH}, sample.id, sample.duration_s, sample.tempo_bpm, sample.root_hz, sample.loudness_db, "
    f"sample.sample_rate, coalesce(sample.kind, ''), coalesce(sample.key, ''), sample.added_s, {heard.COLUMNS}"
)
_FOR_CATEGORY = f"sample.id, {PATH}, {ROOT_PATH}, {heard.COLUMNS}"


def fact_blocks(db: apsw.Connection, ids: Sequence[int] | None, states: Collection[State]) -> Iterator[FactBlock]:
    """Blocks of every sample in one of the states, or of those of `ids`."""
    source, values = (_ALL, ()) if ids is None else (LISTED, (listed(ids),))
    cursor = db.execute(f"SELECT {_COLUMNS} {source} WHERE {served_in(states)}", values)
    hearing = Hearing(db)
    while rows := list(islice(cursor, _BLOCK)):
        yield _block(rows, hearing)


def categories(db: apsw.Connection, ids: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """Those of `ids` that are known, and their categories: 1 and up in the order of `CATEGORIES`, 0 where unsure."""
    hearing = Hearing(db)
    rows: list[Row] = db.execute(f"SELECT {_FOR_CATEGORY} {LISTED}", (listed(ids),)).fetchall()
    codes = [
        _code(native(path), native(root), hearing.heard(version, category, likely))
        for _, path, root, version, category, likely in rows
    ]
    return np.array([row[0] for row in rows], np.int64), np.array(codes, np.int8)


def _code(path: str, root: str, heard: Heard | None) -> int:
    return 1 + judged(named(path, root), heard)[0]


def _block(rows: list[Row], hearing: Hearing) -> FactBlock:
    paths, roots, ids, duration, tempo, root, loudness, rate, kind, key, added, *heard = zip(*rows, strict=True)
    files, tops = [native(path) for path in paths], [native(path) for path in roots]
    return FactBlock(
        ids=np.array(ids, np.int64),
        duration_s=np.array(duration, np.float32),
        tempo_bpm=np.array(tempo, np.float32),
        root_hz=np.array(root, np.float32),
        loudness_db=np.array(loudness, np.float32),
        sample_rate=np.array(rate, np.int32),
        kind=np.array(kind, np.bytes_),
        key=np.array(key, np.bytes_),
        added_s=np.array(added, np.float64),
        category=np.array(list(map(_code, files, tops, map(hearing.heard, *heard))), np.int8),
        paths=files,
        roots=tops,
    )
