"""When the graph is built: not while samples come in, but once somebody says that there is time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fakes_index import nearest_in
from search_world import PARAMS, held, sounds
from soundkin.index import VoyagerIndex, upkeep

VECTORS = sounds(3000)


@pytest.fixture(autouse=True)
def _graphs_of_any_size() -> Iterator[None]:
    """As the folder's fixture of this name, but changes do not bring the graph up."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(upkeep, "FEW_ROWS", 0)
        yield


def put(index: VoyagerIndex, start: int, stop: int) -> None:
    index.update(np.arange(start + 1, stop + 1), VECTORS[start:stop], [], stop)


def finds_itself(index: VoyagerIndex, row: int) -> bool:
    ids, distances = nearest_in(index, VECTORS[row], 1)
    return VECTORS[ids[0] - 1].tolist() == VECTORS[row].tolist() and bool(distances[0] == 0)


def test_while_samples_come_in_no_graph_is_built_and_each_is_found() -> None:
    index = VoyagerIndex(PARAMS, "uid")
    for start in range(0, 3000, 100):
        put(index, start, start + 100)
        assert (index._graph.rows, index._builder, index.is_complete()) == (0, None, False)
        assert finds_itself(index, start + 99)
    index.rebuild(held(index), 3000, PARAMS)
    assert (index._graph.rows, index._builder, index.status().state) == (0, None, "building")
    index.keep_up()
    assert index.settle(60)
    assert (index._graph.rows, index.status().state) == (3000, "ready")
    index.close()


def test_a_few_samples_are_in_the_graph_when_keeping_up_returns() -> None:
    index = VoyagerIndex(PARAMS, "uid")
    put(index, 0, 300)
    index.keep_up()
    assert (index._graph.rows, index._builder, index.is_complete()) == (300, None, True)
    put(index, 300, 310)
    assert index._graph.rows == 300
    index.keep_up()
    assert index._graph.rows == 310


def test_a_change_stops_the_building_and_the_next_quiet_moment_goes_on_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    index = VoyagerIndex(PARAMS, "uid")
    put(index, 0, 2500)
    inside, go_on = threading.Event(), threading.Event()
    cover = upkeep.cover

    def slowly(*args: Any) -> bool:
        inside.set()
        assert go_on.wait(30)
        return cover(*args)

    monkeypatch.setattr(upkeep, "cover", slowly)
    index.keep_up()
    builder = index._builder
    assert builder is not None
    assert inside.wait(30)
    changing = threading.Thread(target=put, args=(index, 2500, 2600))
    changing.start()  # it waits for the step that is being made
    while not index._held:
        pass
    go_on.set()
    changing.join(30)
    builder.join(30)
    assert (index._graph.rows, index.status().size, index.is_complete()) == (1024, 2600, False)
    assert finds_itself(index, 2599)
    index.keep_up()
    assert index.settle(60)
    assert index._graph.rows == 2600
    index.close()


def test_a_saved_graph_is_taken_up_at_once_and_what_it_lacks_is_built_when_there_is_time(tmp_path: Path) -> None:
    index = VoyagerIndex(PARAMS, "uid")
    put(index, 0, 1000)
    assert index.settle(60)
    put(index, 1000, 3000)
    index.save(tmp_path / "index")
    index.close()
    again = VoyagerIndex.load(tmp_path / "index", PARAMS, "uid", held(index))
    assert again._taken_up.wait(30)
    if (builder := again._builder) is not None:
        builder.join(30)
    assert (again._graph.rows, again.is_complete()) == (1000, False)
    again.keep_up()
    assert again.settle(60)
    assert again._graph.rows == 3000
    again.close()
