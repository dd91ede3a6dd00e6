"""Exact order of the samples of a view by a question: a quick pass with a bound of its error, then the truth.

Scores and distances are float32 made from float64 arithmetic; equal scores stand by id, the asked sample first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from soundkin.index.view import spread
from soundkin.search.novelty import COLD

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from soundkin.index import View
    from soundkin.search.novelty import Heat
    from soundkin.search.question import Question

FEW_ROWS = 4096
_NOVELTY_RANK = 64


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Rows in order, with what the order came from; all of shape (n,)."""

    rows: NDArray[np.intp]
    ids: NDArray[np.int32]
    distances: NDArray[np.float32]
    """From the asked point, in the question's weights."""
    scores: NDArray[np.float32]
    """What the order is by: the distance, and what nearness to other examples or lack of novelty adds."""


class Ranking:
    """Eligible rows of a view, put in order as far as they are wanted."""

    def __init__(self, view: View, question: Question, rows: NDArray[np.intp], heat: Heat = COLD) -> None:
        self._view = view
        self._question = question
        self._heat = heat
        self.rows = rows
        self.gathered = len(rows) <= max(FEW_ROWS, view.rows // 64)
        """Whether there are so few that all of them are measured at once."""
        self._spans = [self._span(push.vector) for push in question.pushes]
        self._squares: NDArray[np.float32] | None = None
        self._approximate: NDArray[np.float32] | None = None
        self._slack = 0.0
        self._reach = 0.0
        if not self.gathered:
            self._scan()
        if question.query.within is not None:
            self._keep_within(question.query.within)
        if question.query.novelty and len(heat.ids):
            self._reach = float(self.head(_NOVELTY_RANK).scores.max(initial=0.0))
            self._warm_up()

    @property
    def total(self) -> int:
        """Eligible samples."""
        return len(self.rows)

    # ---- exact values of some rows -----------------------------------------------------------------------------

    def measure(self, rows: NDArray[np.intp]) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
        """Ids, exact distances and exact scores of some rows."""
        ids, _, vectors = self._view.gather(rows)
        distances = exact_distances(self._view, vectors, self._question.point, self._question.scale)
        scores = distances.astype(np.float64)
        for push, span in zip(self._question.pushes, self._spans, strict=True):
            near = exact_distances(self._view, vectors, push.vector, self._question.scale)
            scores += push.weight * np.maximum(0.0, span - near.astype(np.float64))
        scores += self._warmth(ids)
        return ids, distances, scores.astype(np.float32)

    def _span(self, vector: NDArray[np.float32]) -> float:
        """Distance from the asked point to an example to get away from."""
        return float(exact_distances(self._view, vector[None, :], self._question.point, self._question.scale)[0])

    def _warmth(self, ids: NDArray[np.int32]) -> NDArray[np.float64]:
        """What hits of late pay: up to the distance of the 64th hit, so that fresh ones overtake them."""
        if not self._reach:
            return np.zeros(len(ids))
        return self._question.query.novelty * self._reach * self._heat.of(ids)

    # ---- the quick pass ----------------------------------------------------------------------------------------

    def _scan(self) -> None:
        """Scores of all eligible rows, squared where that keeps their order, off by at most `_slack`."""
        question = self._question
        squares, slack = self._view.squared_distances(question.point, question.scale)
        self._squares, self._squares_slack = squares[self.rows], slack
        if not question.pushes and not (question.query.novelty and len(self._heat.ids)):
            self._approximate, self._slack = self._squares, slack
            return
        scores, self._slack = _rooted(self._squares, slack)
        for push, span in zip(question.pushes, self._spans, strict=True):
            near, more = self._view.squared_distances(push.vector, question.scale)
            distances, more = _rooted(near[self.rows], more)
            scores += np.float32(push.weight) * np.maximum(0, np.float32(span) - distances)
            self._slack += push.weight * more
        self._approximate = scores

    def _warm_up(self) -> None:
        """Add what hits of late pay to the quick pass."""
        if self._approximate is None or not len(self.rows):
            return
        rows = self._view.rows_of(self._heat.ids)
        places = np.searchsorted(self.rows, rows)
        places = places[self.rows[np.minimum(places, len(self.rows) - 1)] == rows]
        ids, _ = self._view.labels(self.rows[places])
        self._approximate[places] += self._warmth(ids).astype(np.float32)

    def _keep_within(self, radius: float) -> None:
        """Drop rows farther than the radius; those the quick pass cannot decide are measured."""
        if self._squares is None or self._approximate is None:
            doubtful = np.arange(len(self.rows))
        else:
            square, slack = radius * radius, self._squares_slack
            keep = self._squares <= square * (1 + 1e-6) + slack
            self.rows, self._squares, self._approximate = self.rows[keep], self._squares[keep], self._approximate[keep]
            doubtful = np.flatnonzero(self._squares >= square * (1 - 1e-6) - slack)
        _, distances, _ = self.measure(self.rows[doubtful])
        out = doubtful[distances > np.float32(radius)]
        self.rows = np.delete(self.rows, out)
        if self._squares is not None and self._approximate is not None:
            self._squares, self._approximate = np.delete(self._squares, out), np.delete(self._approximate, out)

    # ---- the order ---------------------------------------------------------------------------------------------

    def head(self, count: int) -> Ranked:
        """The first `count` eligible rows, exactly."""
        rows = self.rows
        if self._approximate is not None and 0 < count < len(rows):
            last = np.partition(self._approximate, count - 1)[count - 1]
            rows = rows[self._approximate <= last + np.float32(2 * self._slack)]
        return self.ordered(rows, count)

    def alike(self, sample_id: int, radius: float) -> list[int]:
        """Ids of the eligible samples within `radius` (unweighted) of a sample, itself included."""
        own = self._view.vector(sample_id)
        if own is None:
            return [sample_id]
        rows = self.rows
        if self._squares is not None:
            # the triangle inequality: what is near the sample is about as far from the asked point as the sample
            scale, slack = self._question.scale, self._squares_slack
            distance = float(exact_distances(self._view, own[None, :], self._question.point, scale)[0])
            stretch = radius * (1.0 if scale is None else math.sqrt(float(scale.max()))) + 1e-4
            low, high = max(0.0, distance - stretch), distance + stretch
            rows = rows[(self._squares >= low * low - slack) & (self._squares <= high * high + slack)]
        ids, _, vectors = self._view.gather(rows)
        near = exact_distances(self._view, vectors, own, None) <= np.float32(radius)
        return [sample_id, *ids[near].tolist()]

    def ordered(self, rows: NDArray[np.intp], count: int) -> Ranked:
        """The first `count` of some rows, exactly."""
        ids, distances, scores = self.measure(rows)
        others = ~_among(ids, self._question.asked)
        order = np.lexsort((ids, others, scores))[:count]
        return Ranked(rows[order], ids[order], distances[order], scores[order])


def eligible_rows(view: View, question: Question, mask: NDArray[np.bool_] | None) -> NDArray[np.intp]:
    """Live rows of the view that a mask allows and the question does not exclude, ascending."""
    fits = view.alive() if mask is None else view.alive() & mask
    for sample_id in question.excluded:
        row = view.row(sample_id)
        if row >= 0:
            fits[row] = False
    return np.flatnonzero(fits)


def chosen_rows(view: View, question: Question, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """The same of some rows only, the asked sample's added."""
    asked = [view.row(sample_id) for sample_id in question.asked - question.excluded]
    rows = np.unique(np.append(rows, [row for row in asked if row >= 0]).astype(np.intp))
    ids, alive = view.labels(rows)
    return rows[alive & ~_among(ids, question.excluded)]


def exact_distances(
    view: View, vectors: NDArray[np.float32], point: NDArray[np.float32], scale: NDArray[np.float64] | None
) -> NDArray[np.float32]:
    """Weighted Euclidean distances of rows of `vectors`, shape (n, d), from `point`: the definition of distance."""
    difference = vectors.astype(np.float64) - point.astype(np.float64)
    squares = difference * difference
    if scale is not None:
        squares *= spread(view.params, scale)
    return np.asarray(np.sqrt(squares.sum(axis=1)), np.float32)


def _among(ids: NDArray[np.int32], few: Collection[int]) -> NDArray[np.bool_]:
    """Which ids are among a few."""
    if len(few) > 16:
        return np.isin(ids, list(few))
    out = np.zeros(len(ids), np.bool_)
    for each in few:
        out |= ids == each
    return out


def _rooted(squares: NDArray[np.float32], slack: float) -> tuple[NDArray[np.float32], float]:
    """Distances from squares that are off by at most `slack`: |sqrt(a) - sqrt(b)| <= sqrt(|a - b|)."""
    return np.sqrt(np.maximum(squares, 0)), math.sqrt(slack) + 1e-5
