"""From stored vectors to categories: a few small networks whose constants ship with Soundkin. Reads no audio."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from soundkin.model.categories import CATEGORIES

if TYPE_CHECKING:
    from numpy.typing import NDArray

CONSTANTS = Path(__file__).with_name("categories.npz")
FITTED_TO = 4
"""Version of the features that the constants are made from: vectors of another one are not understood."""
SURE = 0.5
"""Below this the likeliest category is no answer."""
_TOGETHER = 2048


@dataclass(frozen=True, slots=True, eq=False)
class Networks:
    """The shipped table: m networks of one hidden layer of h units, for d numbers and c categories."""

    mean: NDArray[np.float64]
    """(d,)"""
    scale: NDArray[np.float64]
    """(d,) one over the standard deviation."""
    hidden: NDArray[np.float64]
    """(m, d, h)"""
    hidden_bias: NDArray[np.float64]
    """(m, 1, h)"""
    out: NDArray[np.float64]
    """(m, h, c), calibrated."""
    out_bias: NDArray[np.float64]
    """(m, 1, c), calibrated."""


@lru_cache(maxsize=1)
def networks() -> Networks:
    """Read the table, which benchmarks/fit_categories.py wrote."""
    names = ("mean", "scale", "hidden", "hidden_bias", "out", "out_bias")
    with np.load(CONSTANTS) as file:
        return Networks(*(file[name].astype(np.float64) for name in names))


def posteriors(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """How likely each category is for each vector.

    Parameters
    ----------
    vectors : (n, PARAMS.num_dimensions) float32, as `vectors_of` makes them and the library stores them

    Returns
    -------
    (n, len(CATEGORIES)) float32, each row adds up to 1. A row does not depend on the others, to the last bit.
    Calibrated: of answers near 0.8 four in five are right (docs/categories.md). The networks' logits are averaged.
    """
    found = np.empty((len(vectors), len(CATEGORIES)), np.float32)
    for at in range(0, len(vectors), _TOGETHER):
        found[at : at + _TOGETHER] = _softmax(_logits(vectors[at : at + _TOGETHER]))
    return found


def decide(likely: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """From posteriors (n, c) to places in `CATEGORIES` (n,), -1 where unsure, and how likely the best is (n,)."""
    best = likely.argmax(axis=1).astype(np.int8)
    confidence = likely.max(axis=1)
    best[confidence < np.float32(SURE)] = -1
    return best, confidence


def _logits(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """(n, c), the mean of all networks'."""
    table = networks()
    scores = (vectors.astype(np.float64) - table.mean) * table.scale
    # one product a vector and a network: the last bits of a larger product depend on how many rows it has
    hidden = np.maximum(scores[:, None, None, :] @ table.hidden + table.hidden_bias, 0.0)
    logits: NDArray[np.float64] = (hidden @ table.out + table.out_bias)[:, :, 0, :].mean(axis=1)
    return logits


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares
