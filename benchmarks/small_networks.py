"""Networks of one hidden layer, trained in numpy for `fit_categories.py`. The same seed gives the same network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train."""

    hidden: int = 96
    steps: int = 1500
    batch: int = 256
    rate: float = 3e-3
    decay: float = 3e-2
    """Share of every weight that goes at each step, times the rate (AdamW)."""
    noise: float = 0.3
    """Standard deviation of what is added to the standardised numbers."""
    dropout: float = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Weights (d, h), (h,), (h, c), (c,)."""

    hidden: Matrix
    hidden_bias: Matrix
    out: Matrix
    out_bias: Matrix

    def logits(self, x: Matrix) -> Matrix:
        """(n, c) for standardised numbers (n, d)."""
        made: Matrix = np.maximum(x @ self.hidden + self.hidden_bias, 0) @ self.out + self.out_bias
        return made


def softmax(logits: Matrix) -> Matrix:
    """Rows that add up to 1."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Matrix = powers / powers.sum(axis=1, keepdims=True)
    return shares


def train(x: Matrix, targets: Matrix, weights: Matrix, recipe: Recipe, seed: int) -> Network:
    """A network for numbers (n, d) and target shares (n, c), a row drawn in proportion to its weight (n,)."""
    rng = np.random.default_rng(seed)
    shapes = ((x.shape[1], recipe.hidden), (recipe.hidden,), (recipe.hidden, targets.shape[1]), (targets.shape[1],))
    theta = [rng.standard_normal(s).astype(np.float32) * np.float32(np.sqrt(2 / s[0]) * (len(s) == 2)) for s in shapes]
    theta[2] *= np.float32(0.1)
    moments = [(np.zeros_like(each), np.zeros_like(each)) for each in theta]
    chances = weights.astype(np.float64) / weights.sum(dtype=np.float64)
    for step in range(recipe.steps):
        rows = rng.choice(len(x), recipe.batch, p=chances)
        noise = rng.standard_normal((recipe.batch, x.shape[1])).astype(np.float32) * np.float32(recipe.noise)
        kept = rng.random((recipe.batch, recipe.hidden)) >= recipe.dropout
        slopes = _slopes(
            theta, x[rows] + noise, targets[rows], kept.astype(np.float32) / np.float32(1 - recipe.dropout)
        )
        rate = recipe.rate * 0.5 * (1 + np.cos(np.pi * step / recipe.steps))
        for weight, slope, moment in zip(theta, slopes, moments, strict=True):
            _step(weight, slope, moment, count=step + 1, rate=np.float32(rate), decay=recipe.decay)
    return Network(*theta)


def _step(
    weight: Matrix, slope: Matrix, moment: tuple[Matrix, Matrix], *, count: int, rate: np.float32, decay: float
) -> None:
    """One step of AdamW, in place; biases do not decay."""
    moment[0][:] += 0.1 * (slope - moment[0])
    moment[1][:] += 0.001 * (slope**2 - moment[1])
    ahead, spread = moment[0] / (1 - 0.9**count), moment[1] / (1 - 0.999**count)
    weight -= rate * (ahead / (np.sqrt(spread) + 1e-8) + decay * weight * (weight.ndim == 2))


def _slopes(theta: list[Matrix], x: Matrix, targets: Matrix, kept: Matrix) -> list[Matrix]:
    """Derivatives of the mean cross entropy by each weight."""
    before = x @ theta[0] + theta[1]
    layer = np.maximum(before, 0) * kept
    error = (softmax(layer @ theta[2] + theta[3]) - targets) / np.float32(len(x))
    back = (error @ theta[2].T) * kept * (before > 0)
    return [x.T @ back, back.sum(axis=0), layer.T @ error, error.sum(axis=0)]
