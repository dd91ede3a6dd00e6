"""The graph of a saved index comes behind: answers are right before, meanwhile and after."""

from __future__ import annotations

import errno
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from search_world import PARAMS, held, same, sounds
from soundkin.index import VoyagerIndex, cache, graph, graph_file, voyager_index
from soundkin.model import SampleId

COUNT = 600


def test_the_saved_graph_is_taken_up_and_not_built_again(
    index: VoyagerIndex, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.save(path)
    added: list[int] = []
    monkeypatch.setattr(graph.Graph, "add", lambda _, rows, *__, **___: added.extend(rows))
    loaded = VoyagerIndex.load(path, PARAMS, "uid", held(index))
    assert loaded.settle(60)
    assert loaded.status().state == "ready"
    assert loaded.candidates(loaded.view(), sounds(1)[0], 5) is not None
    assert not added


def test_without_a_graph_every_question_is_a_scan_and_no_thread_is_started(index: VoyagerIndex, path: Path) -> None:
    index.save(path)
    before = threading.active_count()
    loaded = VoyagerIndex.load(path, PARAMS, "uid", held(index), with_graph=False)
    loaded.update(np.array([4000]), sounds(1, seed=5), [], 43)
    assert threading.active_count() == before
    assert loaded.candidates(loaded.view(), sounds(1)[0], 5) is None
    index.update(np.array([4000]), sounds(1, seed=5), [], 43)
    assert same(loaded, index)


def slowly(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Saved graphs come only when the event is set."""
    go = threading.Event()

    def unpack(*args: Any) -> graph.Graph:
        assert go.wait(60)
        return graph_file.unpack(*args)

    monkeypatch.setattr(voyager_index, "unpack", unpack)
    return go


def test_what_changes_before_the_graph_has_come_is_right_before_and_after(
    index: VoyagerIndex, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.save(path)
    go = slowly(monkeypatch)
    loaded = VoyagerIndex.load(path, PARAMS, "uid", held(index))
    assert loaded.status().state == "loading"
    for each in (index, loaded):
        each.update(np.array([3, 4000]), sounds(2, seed=5), [SampleId(1), SampleId(2)], 43)
    assert same(loaded, index)
    go.set()
    assert loaded.settle(60)
    candidates = loaded.candidates(loaded.view(), sounds(1)[0], 5)  # near the first, which has gone
    assert candidates is not None
    assert loaded.view().alive()[candidates].all(), "what died meanwhile is not in the graph"
    assert same(loaded, index)


def test_a_save_waits_for_the_graph_that_is_being_read(
    index: VoyagerIndex, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.save(path)
    go = slowly(monkeypatch)
    loaded = VoyagerIndex.load(path, PARAMS, "uid", held(index))
    threading.Timer(0.2, go.set).start()
    loaded.save(path)
    with path.open("rb") as file:
        part = cache.read_header(file, path).graph
    assert part is not None
    assert (part.rows, part.live) == (index.view().rows, len(index))


def test_a_graph_of_rows_that_were_renumbered_meanwhile_is_let_go(
    index: VoyagerIndex, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.save(path)
    go = slowly(monkeypatch)
    loaded = VoyagerIndex.load(path, PARAMS, "uid", held(index))
    others = sounds(COUNT, seed=77)
    for each in (index, loaded):
        each.rebuild([(np.arange(1, COUNT + 1), others)], 50, PARAMS)
    go.set()
    assert loaded.settle(60)
    assert index.settle(60)
    assert same(loaded, index)


def test_where_there_is_no_room_to_unpack_the_graph_it_is_built_again(
    index: VoyagerIndex, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    index.save(path)

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("soundkin.index.graph_file.shutil.copyfileobj", refuse)
        loaded = VoyagerIndex.load(path, PARAMS, "uid", held(index))
        assert loaded.settle(60)
    assert "No space left" in caplog.text
    assert loaded.status().state == "ready"
    assert same(loaded, index)
    assert sorted(each.suffix for each in path.parent.iterdir()) == [".graph", ".soundkin"]


def test_no_graph_is_deleted_while_the_index_that_names_its_own_cannot_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "index.cache"
    path.write_bytes(b"")
    graph = tmp_path / "index.cache.0123.graph"
    graph.write_bytes(b"graph")

    def lacking(*_: object, **__: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(Path, "open", lacking)
    cache.drop_orphans(path)
    monkeypatch.undo()
    assert graph.exists()
