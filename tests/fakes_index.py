"""An index without a graph: everything in a dictionary, every answer by arithmetic over all of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from soundkin.errors import VectorIndexError
from soundkin.interfaces import CandidateIndex
from soundkin.model import FeatureParams, SampleId
from soundkin.vectors import View, assembled


class PlainIndex:
    """Exact, slow and short; held to the contract tests of the real one."""

    def __init__(self, params: FeatureParams) -> None:
        self.params = params
        self._vectors: dict[int, NDArray[np.float32]] = {}
        self.generation = 0

    def __len__(self) -> int:
        return len(self._vectors)

    def update(
        self, ids: NDArray[np.int64], vectors: NDArray[np.float32], removed: Sequence[SampleId], generation: int
    ) -> None:
        """Add or replace, drop, note the generation."""
        if len(ids) != len(vectors):
            raise VectorIndexError(f"got {len(vectors)} vectors for {len(ids)} ids")
        if not np.isfinite(vectors).all():
            raise VectorIndexError("a vector holds NaN or infinity")
        if any(not 0 < each < 2**24 for each in ids.tolist()):
            raise VectorIndexError(f"ids {ids}, expected 1 to {2**24 - 1}")
        for sample_id in removed:
            self._vectors.pop(sample_id, None)
        for sample_id, vector in zip(ids.tolist(), vectors, strict=True):
            self._vectors[sample_id] = vector
        self.generation = generation

    def is_complete(self) -> bool:
        """There is nothing to build."""
        return True

    def keep_up(self) -> None:
        """There is nothing to build."""

    def rebuild(
        self,
        blocks: Iterable[tuple[NDArray[np.int64], NDArray[np.float32]]],
        generation: int,
        params: FeatureParams,
    ) -> None:
        """Replace everything."""
        self.params = params
        self._vectors.clear()
        for ids, vectors in blocks:
            self.update(ids, vectors, (), generation)
        self.generation = generation

    def view(self) -> View:
        """All vectors, put together at every call."""
        ids = np.array(list(self._vectors), np.int64)
        vectors = np.array(list(self._vectors.values()), np.float32).reshape(len(ids), self.params.num_dimensions)
        return replace(assembled(self.params, [(ids, vectors)]), generation=self.generation)

    def candidates(self, view: View, vector: NDArray[np.float32], k: int) -> NDArray[np.intp]:
        """Exactly the nearest, farthest first, and those equal to the vector a second time."""
        rows = np.flatnonzero(view.alive())
        _, _, vectors = view.gather(rows)
        distances = np.linalg.norm(vectors.astype(np.float64) - vector, axis=1)
        nearest = np.argsort(distances, kind="stable")[:k]
        return np.concatenate([rows[nearest][::-1], rows[distances == 0]])

    def reach(self, rank: int) -> float:
        """Its candidates are the nearest in any case."""
        del rank
        return float("inf")

    def save(self, path: Path) -> int:
        """Write something."""
        try:
            path.write_text(str(self.generation), "utf-8")
        except OSError as error:
            raise VectorIndexError(f"{path}: {error}") from error
        return self.generation


def nearest_in(
    index: CandidateIndex, vector: NDArray[np.float32], k: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Up to `k` ids and Euclidean distances, nearest first, equals by id: of the candidates, or of all there is."""
    view = index.view()
    rows = index.candidates(view, vector, k)
    rows = np.flatnonzero(view.alive()) if rows is None else np.unique(rows)
    ids, alive, vectors = view.gather(rows)
    distances = np.linalg.norm(vectors.astype(np.float64) - vector, axis=1).astype(np.float32)
    order = np.lexsort((ids, distances))
    order = order[alive[order]][:k]
    return ids[order].astype(np.int64), distances[order]
