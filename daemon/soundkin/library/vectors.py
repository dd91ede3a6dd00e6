"""Reading vectors: by id and in blocks. Works inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from soundkin.library import spaces
from soundkin.library.chunks import every_vector
from soundkin.library.rows import served_in
from soundkin.model import PRESENT, SampleId, State

if TYPE_CHECKING:
    import apsw
    from numpy.typing import NDArray

    from soundkin.model import Vector

SCAN_FROM = 20_000
"""Number of ids from which one scan of the table costs less than asking for each."""


def by_id(db: apsw.Connection, ids: Sequence[SampleId]) -> dict[SampleId, Vector]:
    """Vectors of the serving space, of those ids that have one."""
    table = spaces.table(spaces.serving(db).version)
    wanted = dict.fromkeys(int(id_) for id_ in ids)
    if len(wanted) >= SCAN_FROM:
        every = (pair for ids_seen, vectors in stored(db) for pair in zip(ids_seen.tolist(), vectors, strict=True))
        return {SampleId(id_): vector for id_, vector in every if id_ in wanted}
    rows = db.executemany(f"SELECT sample_id, embedding FROM {table} WHERE sample_id = ?", ((id_,) for id_ in wanted))
    return {SampleId(id_): np.frombuffer(blob, dtype="<f4") for id_, blob in rows}


def ids_in(db: apsw.Connection, states: Collection[State] = PRESENT) -> NDArray[np.int64]:
    """Ids of all samples that are in one of the states right now, ascending."""
    only_missing = set(states) == {State.MISSING}  # which have an index of their own
    tables = "sample CROSS JOIN root" if only_missing else "root CROSS JOIN sample"
    rows = db.execute(f"SELECT sample.id FROM {tables} ON sample.root_id = root.id WHERE {served_in(states)}")
    ids = np.fromiter((id_ for (id_,) in rows), np.int64)
    ids.sort()
    return ids


def blocks(
    db: apsw.Connection, states: Collection[State] = PRESENT
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Ids and vectors of every sample in one of the states, (n,) and (n, d), in blocks."""
    asked = ids_in(db, states)
    if State.PRESENT not in states and len(asked) < SCAN_FROM:
        found = by_id(db, [SampleId(id_) for id_ in asked.tolist()])
        if found:
            yield np.array(list(found), np.int64), np.array(list(found.values()), np.float32)
        return
    for ids, vectors in stored(db):
        wanted = np.isin(ids, asked, assume_unique=True)
        if wanted.all():
            yield ids, vectors
        elif wanted.any():
            yield ids[wanted], vectors[wanted]


def stored(db: apsw.Connection) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Ids and vectors of the serving space, findable or not, (n,) and (n, d), in blocks."""
    space = spaces.serving(db)
    return every_vector(db, spaces.table(space.version), space.num_dimensions)
