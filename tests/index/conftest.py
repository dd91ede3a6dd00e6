"""An index with replaced and removed samples, and where to save it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from search_world import PARAMS, sounds
from small_graphs import graphs_of_any_size
from soundkin.index import VoyagerIndex
from soundkin.model import SampleId

COUNT = 600


@pytest.fixture(autouse=True)
def _graphs_of_any_size() -> Iterator[None]:
    with graphs_of_any_size():
        yield


@pytest.fixture
def index() -> VoyagerIndex:
    index = VoyagerIndex(PARAMS, "uid")
    index.update(np.arange(1, COUNT + 1), sounds(COUNT), [], 1)
    index.update(np.array([5, 9]), sounds(2, seed=8), [SampleId(7)], 42)
    assert index.settle(60)
    return index


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.soundkin"
