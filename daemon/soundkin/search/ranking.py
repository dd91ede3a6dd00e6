"""Exact order of the samples of a view by a question: a quick pass with a bound of its error, then the truth.

Scores and distances are float32 made from float64 arithmetic; equal scores stand by id, the asked sample first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from soundkin.search.novelty import COLD, HEAT_RANK
from soundkin.vectors import exact_distances

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from soundkin.search.novelty import Heat
    from soundkin.search.question import Question
    from soundkin.vectors import View

FEW_ROWS = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """Samples in order, with what the order came from; all of shape (n,)."""

    ids: NDArray[np.int32]
    distances: NDArray[np.float32]
    """From the asked point, in the question's weights."""
    scores: NDArray[np.float32]
    """What the order is by: the distance, and what nearness to other examples or lack of novelty adds."""
    rows: NDArray[np.intp]
    """Of the view."""


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
        self._rooted_scores = False
        """Whether the quick pass holds scores as they are, not their squares."""
        self._slack = 0.0
        self._reach = 0.0
        if not self.gathered:
            self._scan()
        if question.query.within is not None:
            self._keep_within(question.query.within)
        if question.query.novelty and len(heat.ids):
            self._reach = float(self.head(HEAT_RANK).scores.max(initial=0.0))
            self._warm_up()

    @property
    def total(self) -> int:
        """Eligible samples."""
        return len(self.rows)

    # ---- exact values of some rows -----------------------------------------------------------------------------

    def measure(self, rows: NDArray[np.intp]) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
        """Ids, exact distances and exact scores of some rows."""
        ids, _, vectors = self._view.gather(rows)
        distances = exact_distances(self._view.params, vectors, self._question.point, self._question.scale)
        scores = distances.astype(np.float64)
        for push, span in zip(self._question.pushes, self._spans, strict=True):
            near = exact_distances(self._view.params, vectors, push.vector, self._question.scale)
            scores += push.weight * np.maximum(0.0, span - near.astype(np.float64))
        scores += self._warmth(ids)
        return ids, distances, scores.astype(np.float32)

    def _span(self, vector: NDArray[np.float32]) -> float:
        """Distance from the asked point to an example to get away from."""
        return float(exact_distances(self._view.params, vector[None, :], self._question.point, self._question.scale)[0])

    def _warmth(self, ids: NDArray[np.int32]) -> NDArray[np.float64]:
        """What is added to the scores of recent hits: up to the distance of the 64th hit, so that others come first."""
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
        self._rooted_scores = True
        scores, self._slack = _rooted(self._squares, slack)
        for push, span in zip(question.pushes, self._spans, strict=True):
            near, more = self._view.squared_distances(push.vector, question.scale)
            distances, more = _rooted(near[self.rows], more)
            scores += np.float32(push.weight) * np.maximum(0, np.float32(span) - distances)
            self._slack += push.weight * more
        self._approximate = scores

    def _warm_up(self) -> None:
        """Add the same to the quick pass."""
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

    def walk(self, count: int, unwanted: Callable[[NDArray[np.intp]], NDArray[np.bool_]]) -> Iterator[Ranked]:
        """All eligible rows in their order, exactly, in blocks: the first of about `count`, each four times the last.

        Few rows are measured twice. Those that are `unwanted` (a mask for some rows, asked for again before each block)
        may be left out.
        """
        if self._approximate is None:
            yield self.ordered(self.rows, len(self.rows))
            return
        left, values = self.rows, self._approximate
        waiting = self.ordered(self.rows[:0], 0)
        while len(left) or len(waiting.ids):
            keep = ~unwanted(np.append(left, waiting.rows))[: len(left)]
            left, values = left[keep], values[keep]
            bound = math.inf
            now = np.ones(len(left), np.bool_)
            if count < len(left):
                last = np.partition(values, count - 1)[count - 1]
                now = values <= last + np.float32(2 * self._slack)
                bound = self._at_least(float(last) + 0.9 * self._slack)  # the sum before was rounded
            block = self.ordered(np.append(waiting.rows, left[now]), len(waiting.rows) + int(np.count_nonzero(now)))
            left, values = left[~now], values[~now]
            safe = len(block.ids) if not len(left) else int(np.searchsorted(block.scores, np.float32(bound)))
            waiting = _part(block, slice(safe, None))
            yield _part(block, slice(0, safe))
            count *= 4

    def _at_least(self, value: float) -> float:
        """The score of a value of the quick pass."""
        return value if self._rooted_scores else math.sqrt(max(0.0, value))

    def alike(self, sample_id: int, radius: float) -> NDArray[np.intp]:
        """Eligible rows within `radius` (unweighted) of a sample, its own included where it is eligible."""
        own = self._view.vector(sample_id)
        if own is None:
            return self.rows[:0]
        rows = self.rows
        if self._squares is not None:
            # the triangle inequality: what is near the sample is about as far from the asked point as the sample
            scale, slack = self._question.scale, self._squares_slack
            distance = float(exact_distances(self._view.params, own[None, :], self._question.point, scale)[0])
            stretch = self._stretched(radius)
            low, high = max(0.0, distance - stretch), distance + stretch
            rows = rows[(self._squares >= low * low - slack) & (self._squares <= high * high + slack)]
        _, _, vectors = self._view.gather(rows)
        return rows[exact_distances(self._view.params, vectors, own, None) <= np.float32(radius)]

    def vectors(self) -> NDArray[np.float32]:
        """Of all eligible rows, shape (total, d)."""
        return self._view.gather(self.rows)[2]

    def rows_of(self, ids: NDArray[np.int32]) -> NDArray[np.intp]:
        """Rows of those ids that are in the view, in no order."""
        return self._view.rows_of(ids)

    def ids_of(self, rows: NDArray[np.intp]) -> NDArray[np.int32]:
        """Ids of some rows."""
        return self._view.labels(rows)[0]

    def horizon(self, ids: Sequence[int], radius: float) -> float:
        """No sample farther from the asked point could stand before one of these hits, nor fold into one (`radius`).

        Every score is at least the distance, so what is farther than the worst score comes behind it.
        """
        rows = np.array([row for each in ids if (row := self._view.row(each)) >= 0], np.intp)
        _, distances, scores = self.measure(rows)
        horizon = max(self._reach, float(scores.max(initial=0.0)))
        if self._question.query.fold_duplicates:
            horizon = max(horizon, float(distances.max(initial=0.0)) + self._stretched(radius))
        return horizon

    def _stretched(self, radius: float) -> float:
        """An unweighted distance in the question's weights, at most, and some to spare."""
        scale = self._question.scale
        return radius * (1.0 if scale is None else math.sqrt(float(scale.max()))) + 1e-4

    def ordered(self, rows: NDArray[np.intp], count: int) -> Ranked:
        """The first `count` of some rows, exactly."""
        ids, distances, scores = self.measure(rows)
        others = ~_among(ids, self._question.asked)
        order = np.lexsort((ids, others, scores))[:count]
        return Ranked(ids[order], distances[order], scores[order], rows[order])


def _part(ranked: Ranked, places: slice) -> Ranked:
    return Ranked(ranked.ids[places], ranked.distances[places], ranked.scores[places], ranked.rows[places])


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
