"""Graphs for libraries of any size that follow each change: the product begins none for few, and at rest only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from soundkin.index import VoyagerIndex


@contextmanager
def graphs_of_any_size() -> Iterator[None]:
    """Until the end of the block an index begins a graph with its first sample, and brings it up after each change."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("soundkin.index.upkeep.FEW_ROWS", 0)
        for name in ("update", "rebuild"):
            patch.setattr(VoyagerIndex, name, _then_kept_up(getattr(VoyagerIndex, name)))
        yield


def _then_kept_up(change: Any) -> Any:
    def changed(index: VoyagerIndex, *args: Any) -> None:
        change(index, *args)
        index.keep_up()

    return changed
