"""Graphs are begun for libraries of any size here, so that theirs are spoilt and mended too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from small_graphs import graphs_of_any_size


@pytest.fixture(scope="module", autouse=True)
def _graphs_of_any_size() -> Iterator[None]:
    with graphs_of_any_size():
        yield
