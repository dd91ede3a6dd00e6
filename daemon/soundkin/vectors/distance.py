"""The definition of distance: weighted Euclidean, in float64, told in float32. Pure numpy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.model import FeatureParams

FEW_ROWS = 4096
"""Number of rows up to which measuring all of them is as quick as asking a graph."""


def exact_distances(
    params: FeatureParams, vectors: NDArray[np.float32], point: NDArray[np.float32], scale: NDArray[np.float64] | None
) -> NDArray[np.float32]:
    """Distances of rows of `vectors`, shape (n, d), from `point`, shape (d,).

    `scale`, shape (aspects,): factor of each aspect's squared distance; None: all 1.
    """
    difference = vectors.astype(np.float64) - point.astype(np.float64)
    squares = difference * difference
    if scale is not None:
        squares *= spread(params, scale)
    return np.asarray(np.sqrt(squares.sum(axis=1)), np.float32)


def spread(params: FeatureParams, per_aspect: NDArray[np.float64]) -> NDArray[np.float64]:
    """Factor of every dimension from the factor of every aspect; dimensions of no aspect keep 1."""
    out = np.ones(params.num_dimensions)
    for aspect, factor in zip(params.aspects, per_aspect, strict=True):
        out[aspect.start : aspect.stop] = factor
    return out
