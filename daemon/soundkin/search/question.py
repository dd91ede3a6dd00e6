"""A question as the searcher works on it: checked, blended into one point, weights made into factors. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from soundkin.errors import BadArgumentError
from soundkin.interfaces import QueryPoint, SampleFilter
from soundkin.model import PRESENT
from soundkin.model.filters import StateTerm, states_in
from soundkin.questions.limits import check_example_weight, check_query
from soundkin.search.grammar import parse_filter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from soundkin.model import FeatureParams, Query, SampleId, State, Vector
    from soundkin.model.filters import Term


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """One example of a question with its vector; `sample_id` where the library holds it."""

    vector: Vector
    weight: float = 1.0
    sample_id: SampleId | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Push:
    """An example to get away from. Samples nearer to it than the asked point are moved down in proportion."""

    vector: NDArray[np.float32]
    weight: float


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Everything that decides which samples come in which order, and nothing about pages."""

    query: Query
    params: FeatureParams
    """Features that it is asked in."""
    point: NDArray[np.float32]
    """Shape (d,): the example, or the weighted mean of several."""
    scale: NDArray[np.float64] | None
    """Shape (aspects,): factor of each aspect's squared distance; None: all alike."""
    pushes: tuple[Push, ...]
    terms: tuple[Term, ...]
    """Of the filter, but for those on the state of a sample's file."""
    states: frozenset[State]
    """States that samples may be in."""
    asked: frozenset[int]
    excluded: frozenset[int]
    blended: bool

    @property
    def filtered(self) -> bool:
        """Whether the filter asks for anything else than all that can be found."""
        return bool(self.terms) or self.states != PRESENT

    @property
    def query_point(self) -> QueryPoint:
        """From where nearness is measured."""
        return QueryPoint(self.point, self.scale, self.query.within, self.asked)

    def wanted(self, now_s: float) -> SampleFilter:
        """Which samples may be hits; ages count from `now_s`, seconds since the epoch."""
        return SampleFilter(self.terms, self.states, self.excluded, now_s)

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for questions that are the same but for the page asked."""
        query = self.query
        shape = replace(query, like=(), unlike=(), k=1, offset=0, snapshot=None, explain=False, weights={})
        pushes = tuple((push.vector.tobytes(), push.weight) for push in self.pushes)
        scale = None if self.scale is None else self.scale.tobytes()
        rest = tuple(value for name, value in _fields(shape) if name != "weights")
        return (self.point.tobytes(), scale, pushes, self.asked, rest)


def _fields(query: Query) -> list[tuple[str, object]]:
    return [(name, getattr(query, name)) for name in query.__slots__]


def checked_terms(query: Query) -> tuple[Term, ...]:
    """The terms of its filter. Raises `BadArgumentError` naming the first value that cannot be answered."""
    check_query(query)
    return parse_filter(query.filter)


def make_question(query: Query, like: Sequence[Example], unlike: Sequence[Example], params: FeatureParams) -> Question:
    """Check the question and bring it into the form that is searched for. Raises `QueryError`."""
    terms = checked_terms(query)
    if not like:
        raise BadArgumentError("the question has no example, expected at least one")
    for example in (*like, *unlike):
        _check_example(example, params.num_dimensions)
    asked = frozenset(int(each.sample_id) for each in like if each.sample_id is not None)
    unliked = frozenset(int(each.sample_id) for each in unlike if each.sample_id is not None)
    excluded = frozenset(int(each) for each in query.exclude) | (unliked - asked)
    return Question(
        query=query,
        params=params,
        point=blended(like),
        scale=factors(query, params),
        pushes=tuple(Push(np.asarray(each.vector, np.float32), each.weight) for each in unlike),
        terms=tuple(term for term in terms if not isinstance(term, StateTerm)),
        states=states_in(terms),
        asked=asked,
        excluded=excluded if query.include_self else excluded | asked,
        blended=len(like) > 1,
    )


def _check_example(example: Example, dimensions: int) -> None:
    vector = np.asarray(example.vector)
    if vector.shape != (dimensions,):
        raise BadArgumentError(f"an example of shape {vector.shape}, expected ({dimensions},)")
    if not np.isfinite(vector).all():
        raise BadArgumentError("an example with a number that is not finite")
    check_example_weight(example.weight)


def blended(like: Sequence[Example]) -> NDArray[np.float32]:
    """The weighted mean of the examples, shape (d,).

    The sum of weighted squared distances to several points differs from the squared distance to their weighted mean
    by a factor and a constant, so ranking by one is ranking by the other.
    """
    if len(like) == 1:
        return np.asarray(like[0].vector, np.float32)
    weights = np.array([each.weight for each in like], np.float64)
    vectors = np.array([each.vector for each in like], np.float64)
    return np.asarray(weights @ vectors / weights.sum(), np.float32)


def factors(query: Query, params: FeatureParams) -> NDArray[np.float64] | None:
    """Factor of each aspect's squared distance, mean 1, so that equal weights change nothing; None for equal weights.

    Raises `BadArgumentError` for an aspect that the features do not have, or when nothing is left to compare.
    """
    names = [aspect.name for aspect in params.aspects]
    for name in query.weights:
        if name not in names:
            raise BadArgumentError(f"weight of {name!r}, expected one of {', '.join(names) or 'none'}")
    weights = np.array([query.weights.get(name, 1.0) for name in names], np.float64)
    if not len(weights) or (weights == weights[0]).all():
        if len(weights) and weights[0] == 0:
            raise BadArgumentError("all weights are 0, expected at least one above")
        return None
    return np.asarray(weights * (len(weights) / weights.sum()))
