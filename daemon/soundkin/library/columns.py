"""Facts of many samples at once as numpy columns, for whoever filters hundreds of thousands in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

COLUMNS = (
    "sample.id, sample.root_id, sample.duration_s, sample.tempo_bpm, sample.root_hz, sample.loudness_db, "
    "sample.sample_rate, CASE sample.kind WHEN 'oneshot' THEN 1 WHEN 'loop' THEN 2 ELSE 0 END, "
    "coalesce(sample.key, ''), sample.added_s, sample.content_hash"
)
KIND_CODES = {"oneshot": 1, "loop": 2}


@dataclass(frozen=True, slots=True, eq=False)
class ColumnBlock:
    """Columns of n findable samples, each of shape (n,). Unsure is NaN, an empty key or kind 0."""

    ids: NDArray[np.int64]
    root_ids: NDArray[np.int32]
    duration_s: NDArray[np.float32]
    tempo_bpm: NDArray[np.float32]
    root_hz: NDArray[np.float32]
    loudness_db: NDArray[np.float32]
    sample_rate: NDArray[np.int32]
    kind: NDArray[np.int8]
    """0 unsure, 1 one-shot, 2 loop: KIND_CODES."""
    key: NDArray[np.bytes_]
    """ASCII, at most four characters, such as b"Ebm"."""
    added_s: NDArray[np.float64]
    content_hash: NDArray[np.void]
    """16 raw bytes each."""

    def __len__(self) -> int:
        return len(self.ids)


_DTYPES = ("i8", "i4", "f4", "f4", "f4", "f4", "i4", "i1", "S4", "f8", "V16")


def block_from(rows: Sequence[tuple[Any, ...]]) -> ColumnBlock:
    """A block from rows of COLUMNS."""
    if not rows:
        return ColumnBlock(*(np.empty(0, dtype) for dtype in _DTYPES))
    *columns, hashes = zip(*rows, strict=True)
    arrays: list[NDArray[Any]] = [np.array(column, dtype) for column, dtype in zip(columns, _DTYPES[:-1], strict=True)]
    packed = np.frombuffer(b"".join(value.ljust(16, b"\0")[:16] for value in hashes), dtype="V16")
    arrays.append(packed)
    return ColumnBlock(*arrays)
