"""Graphs for libraries of any size: the product begins none for a few samples, and tests of graphs have only those."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def graphs_of_any_size() -> Iterator[None]:
    """An index begins a graph with its first sample, until the end of the block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("soundkin.index.upkeep.FEW_ROWS", 0)
        yield
