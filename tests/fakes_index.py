"""A `VectorIndex` without a graph: everything in a dictionary, every answer by arithmetic over all of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from soundkin.errors import VectorIndexError
from soundkin.model import FeatureParams, SampleId


class PlainIndex:
    """Exact, slow and short; held to the contract tests of the real one."""

    def __init__(self, params: FeatureParams) -> None:
        self._params = params
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
            raise VectorIndexError(f"ids {ids}, expected 1 to {2**24 - 1}, below {2**24}")
        for sample_id in removed:
            self._vectors.pop(sample_id, None)
        for sample_id, vector in zip(ids.tolist(), vectors, strict=True):
            self._vectors[sample_id] = vector
        self.generation = generation

    def query(self, vector: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """All distances, sorted."""
        if vector.shape != (self._params.num_dimensions,):
            raise VectorIndexError(f"got a vector of shape {vector.shape}")
        found = sorted((float(np.linalg.norm(each - vector)), key) for key, each in self._vectors.items())[:k]
        return np.array([key for _, key in found], np.int64), np.array([each for each, _ in found], np.float32)

    def save(self, path: Path) -> int:
        """Write something."""
        path.write_text(str(self.generation), "utf-8")
        return self.generation
