"""Bulk reads for filters: facts and paths of many samples as columns. Works inside the caller's transaction."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from soundkin.interfaces import FactBlock
from soundkin.library.folders import PATH
from soundkin.library.paths import native
from soundkin.library.rows import LISTED, ROOT_PATH, WITH_PLACES, Row, listed, served_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    import apsw

    from soundkin.model import State

_BLOCK = 4096
_ALL = f"FROM sample CROSS {WITH_PLACES}"
_COLUMNS = (
    f"{PATH}, {ROOT_PATH}, sample.id, sample.duration_s, sample.tempo_bpm, sample.root_hz, sample.loudness_db, "
    "sample.sample_rate, coalesce(sample.kind, ''), coalesce(sample.key, ''), sample.added_s"
)


def fact_blocks(db: apsw.Connection, ids: Sequence[int] | None, states: Collection[State]) -> Iterator[FactBlock]:
    """Blocks of every sample in one of the states, or of those of `ids`."""
    source, values = (_ALL, ()) if ids is None else (LISTED, (listed(ids),))
    cursor = db.execute(f"SELECT {_COLUMNS} {source} WHERE {served_in(states)}", values)
    while rows := list(islice(cursor, _BLOCK)):
        yield _block(rows)


def _block(rows: list[Row]) -> FactBlock:
    paths, roots, ids, duration, tempo, root, loudness, rate, kind, key, added = zip(*rows, strict=True)
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
        paths=[native(path) for path in paths],
        roots=[native(path) for path in roots],
    )
