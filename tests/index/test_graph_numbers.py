"""How many rows the graph is asked for, and how long a question waits while something else uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from soundkin.config import IndexSettings
from soundkin.index.graph import Graph

if TYPE_CHECKING:
    import threading

VECTORS = np.random.default_rng(1).normal(size=(300, 4)).astype(np.float32)


@pytest.fixture(scope="module")
def graph() -> Graph:
    graph = Graph(4, IndexSettings())
    graph.add(np.arange(300), VECTORS, chunk=300)
    return graph


@pytest.mark.parametrize(("asked", "named"), [(1, 36), (10, 72), (67, 300), (68, 300)])
def test_four_times_as_many_rows_as_asked_and_32_more_are_named_where_there_are(
    graph: Graph, asked: int, named: int
) -> None:
    found = graph.search(VECTORS[0], asked)
    assert found is not None
    assert len(set(found.tolist())) == named


class InUse:
    """A lock that somebody else holds, and how long each of those who came waited for it."""

    def __init__(self) -> None:
        self.waited_s: list[float] = []

    def acquire(self, *, timeout: float) -> bool:
        self.waited_s.append(timeout)
        return False


def test_a_question_waits_two_milliseconds_for_a_graph_in_use_and_then_does_without() -> None:
    graph, lock = Graph(4, IndexSettings()), InUse()
    graph._lock = cast("threading.Lock", lock)
    assert graph.search(VECTORS[0], 10) is None
    assert lock.waited_s == [0.002]
