"""The index over thousands of vectors: recall, points that the graph cannot reach, compaction, threads."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import soundkin.vectors
from fakes_index import nearest_in
from search_world import PARAMS, held, sounds
from soundkin.config import IndexSettings
from soundkin.index import VoyagerIndex
from soundkin.model import FeatureParams, SampleId

NONE = np.zeros(0, np.int64)
BLOCK = 65_536
"""Rows of a block of vectors."""
NO_VECTORS = np.zeros((0, PARAMS.num_dimensions), np.float32)


def nearest(vectors: NDArray[np.float32], asked: NDArray[np.float32], k: int) -> NDArray[np.float32]:
    """Distances of the k nearest by float64 arithmetic."""
    return np.sort(np.linalg.norm(vectors.astype(np.float64) - asked.astype(np.float64), axis=1))[:k].astype(np.float32)


def test_the_graph_finds_what_brute_force_finds() -> None:
    vectors = sounds(6000)
    index = VoyagerIndex(PARAMS, "uid")
    index.rebuild([(np.arange(1, 6001), vectors)], 1, PARAMS)
    assert index.settle(60)
    asked = np.concatenate([vectors[:150], sounds(150, seed=12)])
    view, found = index.view(), 0
    for each in asked:
        rows = index.candidates(view, each, 18)
        assert rows is not None  # else the graph would not be what is measured
        distances = np.sort(np.linalg.norm(vectors[rows].astype(np.float64) - each, axis=1))[:10]
        found += int(np.sum(distances <= nearest(vectors, each, 10)[-1] + 1e-6))
    assert found / (10 * len(asked)) >= 0.995


def test_a_library_of_4096_has_no_graph_and_one_more_sample_begins_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # as it is in the product: the other tests are about small graphs
    monkeypatch.setattr("soundkin.index.upkeep.FEW_ROWS", vars(soundkin.vectors)["FEW_ROWS"])
    index = VoyagerIndex(PARAMS, "uid")
    vectors = sounds(4097)
    for start in range(0, 4096, 256):
        index.update(np.arange(start + 1, start + 257), vectors[start : start + 256], [], start + 1)
        assert (index.settle(60), index.status().state, index._graph.rows) == (True, "ready", 0)
    assert index.candidates(index.view(), vectors[0], 5) is None
    index.save(tmp_path / "index")
    again = VoyagerIndex.load(tmp_path / "index", PARAMS, "uid", [(np.arange(1, 4097), vectors[:4096])])
    assert (again.settle(60), again.status().state, again._graph.rows) == (True, "ready", 0)
    index.update(np.array([4097]), vectors[4096:], [], 5000)
    assert index.settle(60)
    assert index._graph.rows == 4097
    assert index.candidates(index.view(), vectors[0], 5) is not None


def test_every_sample_finds_itself_where_the_graph_alone_would_not() -> None:
    hard = FeatureParams(1, 60, ())
    vectors = np.random.default_rng(0).normal(size=(3000, 60)).astype(np.float32)
    index = VoyagerIndex(hard, "uid", IndexSettings(M=4, ef_construction=16, query_ef=10))
    for start in range(0, 3000, 500):
        index.update(np.arange(start, start + 500) + 1, vectors[start : start + 500], [], start + 1)
    assert index.settle(60)
    assert len(index._graph.strays) > 30  # else the graph was too good to show anything
    for number, vector in enumerate(vectors, start=1):
        ids, distances = nearest_in(index, vector, 1)
        assert (ids.tolist(), distances.tolist()) == ([number], [0.0])


def test_points_that_the_graph_cannot_reach_are_among_the_candidates_all_the_same() -> None:
    vectors = np.random.default_rng(0).normal(size=(2000, 60)).astype(np.float32)
    params = FeatureParams(1, 60, ())
    index = VoyagerIndex(params, "uid", IndexSettings(M=4, ef_construction=16, query_ef=10))
    index.rebuild([(np.arange(1, 2001), vectors)], 1, params)
    assert index.settle(60)
    strays = index._graph.strays
    assert len(strays) > 20  # else there would be nothing to show
    for row in strays:
        ids, _ = nearest_in(index, vectors[row] + np.float32(1e-3), 1)
        assert ids.tolist() == [row + 1]


def test_rows_that_the_graph_does_not_cover_yet_are_found_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = sounds(1500)
    index = VoyagerIndex(PARAMS, "uid")
    index.update(np.arange(1, 501), vectors[:500], [], 1)
    monkeypatch.setattr(index, "keep_up", lambda: None)  # a graph that is behind
    index.update(np.arange(501, 1501), vectors[500:], [], 2)
    assert (index.status().state, index._graph.rows) == ("building", 500)
    for asked in vectors[500:1500:37] + np.float32(1e-3):
        assert index.candidates(index.view(), asked, 5) is not None
        assert np.array_equal(nearest_in(index, asked, 5)[1], nearest(vectors, asked, 5))


def test_a_sample_that_is_replaced_many_times_does_not_stop_the_index() -> None:
    params = FeatureParams(1, 6, ())
    vectors = np.random.default_rng(0).normal(size=(300, 6)).astype(np.float32)
    index = VoyagerIndex(params, "uid")
    for turn, vector in enumerate(vectors):
        index.update(np.array([1]), vector[None, :], [], turn)
        ids, distances = nearest_in(index, vector, 2)
        assert (ids.tolist(), distances.tolist()) == ([1], [0.0])


def test_numbers_beyond_what_the_graph_can_hold_are_found_all_the_same() -> None:
    vectors = sounds(400) * np.float32(1000)
    index = VoyagerIndex(PARAMS, "uid")
    index.update(np.arange(1, 401), vectors, [], 1)
    for asked in vectors[::20]:
        assert np.array_equal(nearest_in(index, asked, 1)[1], nearest(vectors, asked, 1))


def test_removing_most_samples_compacts_the_table_and_answers_stay_right() -> None:
    vectors = sounds(9000)
    index = VoyagerIndex(PARAMS, "uid")
    index.rebuild([(np.arange(1, 9001), vectors)], 1, PARAMS)
    before = index.view()
    index.update(NONE, NO_VECTORS, [SampleId(each) for each in range(1, 7001)], 2)
    after = index.view()
    assert (before.rows, before.count) == (9000, 9000)
    assert (after.rows, after.count) == (2000, 2000)
    assert index.settle(60)
    for each in vectors[7000:7020]:
        assert np.array_equal(nearest_in(index, each, 10)[1], nearest(vectors[7000:], each, 10))


def test_a_view_stays_what_it_was_while_the_index_changes() -> None:
    vectors = sounds(300)
    index = VoyagerIndex(PARAMS, "uid")
    index.update(np.arange(1, 201), vectors[:200], [], 1)
    view = index.view()
    index.update(np.arange(150, 301), vectors[149:] + 1, [SampleId(each) for each in range(1, 100)], 2)
    assert view.ids()[view.alive()].tolist() == list(range(1, 201))
    assert (view.row(5), view.row(160), view.row(250), view.row(10**6)) == (4, 159, -1, -1)
    old = view.vector(160)
    assert old is not None
    assert np.array_equal(old, vectors[159])
    new = index.view()
    assert (new.row(5), new.row(160) >= 200, new.count) == (-1, True, 201)


def test_samples_cross_block_borders() -> None:
    params = FeatureParams(1, 2, ())
    count = BLOCK + 100
    vectors = np.stack([np.arange(count), np.zeros(count)], axis=1).astype(np.float32)
    index = VoyagerIndex(params, "uid")
    index.update(np.arange(1, count + 1), vectors, [], 1)
    edge = np.array([BLOCK, 0], np.float32)
    assert sorted(nearest_in(index, edge, 3)[0].tolist()) == [BLOCK, BLOCK + 1, BLOCK + 2]
    for rows in ([3, BLOCK - 1, BLOCK, count - 1], [count - 1, 3, BLOCK, 3], [BLOCK + 7], []):
        ids, alive, found = index.view().gather(np.array(rows, np.intp))
        assert (ids.tolist(), found[:, 0].tolist()) == ([row + 1 for row in rows], [float(row) for row in rows])
        assert alive.all()
    index.close()


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 1000),
    stretch=st.floats(1e-3, 1e3),
    offset=st.floats(-100, 100),
    weights=st.one_of(st.none(), st.lists(st.floats(0, 3), min_size=3, max_size=3)),
)
def test_the_quick_distances_keep_their_promised_error(
    seed: int, stretch: float, offset: float, weights: list[float] | None
) -> None:
    vectors = (sounds(200, seed) * stretch + offset).astype(np.float32)
    index = VoyagerIndex(PARAMS, "uid")
    index.update(np.arange(1, 201), vectors, [], 1)
    scale = None if weights is None else np.array(weights)
    squares, slack = index.view().squared_distances(vectors[0], scale)
    factors = np.ones(3) if scale is None else scale
    spread = np.concatenate([np.full(a.stop - a.start, f) for a, f in zip(PARAMS.aspects, factors, strict=True)])
    true = ((vectors.astype(np.float64) - vectors[0].astype(np.float64)) ** 2 * spread).sum(axis=1)
    assert np.abs(squares - true).max() <= slack


def test_questions_get_consistent_answers_while_another_thread_changes_everything() -> None:
    vectors = sounds(4000)
    index = VoyagerIndex(PARAMS, "uid")
    index.rebuild([(np.arange(1, 2001), vectors[:2000])], 1, PARAMS)
    stop, wrong = threading.Event(), []

    def change() -> None:
        rng = np.random.default_rng(0)
        for generation in range(2, 50):
            ids = rng.choice(np.arange(1, 2001), 40, replace=False)
            index.update(ids[:30], vectors[ids[:30] - 1 + 2000], ids[30:].tolist(), generation)
            index.update(ids, vectors[ids - 1], [], generation)
            time.sleep(0)
        stop.set()

    def ask(seed: int) -> None:
        rng = np.random.default_rng(seed)
        while not stop.is_set():
            asked = vectors[rng.integers(0, 2000)]
            ids, distances = nearest_in(index, asked, 12)
            homes = np.linalg.norm(vectors[ids - 1] - asked, axis=1)
            aways = np.linalg.norm(vectors[ids - 1 + 2000] - asked, axis=1)
            true = np.minimum(np.abs(homes - distances), np.abs(aways - distances)) < 1e-4
            if len(ids) < 12 or len(set(ids.tolist())) < 12 or (np.diff(distances) < 0).any() or not true.all():
                wrong.append((ids, distances))

    threads = [threading.Thread(target=change), *(threading.Thread(target=ask, args=(each,)) for each in (1, 2))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert index.settle(60)
    assert len(index) == 2000


def test_a_program_ends_cleanly_while_the_graph_is_being_built(tmp_path: Path) -> None:
    script = tmp_path / "ends.py"
    script.write_text(
        "import numpy as np\n"
        "from soundkin.index import VoyagerIndex\n"
        "from soundkin.model import FeatureParams\n"
        "params = FeatureParams(1, 48, ())\n"
        "index = VoyagerIndex(params, 'uid')\n"
        "vectors = np.random.default_rng(0).normal(size=(30_000, 48)).astype(np.float32)\n"
        "index.rebuild([(np.arange(1, 30_001), vectors)], 1, params)\n"
        "print(index.status().state)\n",
        "utf-8",
    )
    source = os.path.dirname(os.path.dirname(soundkin.__file__))
    environment = {**os.environ, "PYTHONPATH": source}
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=60, env=environment, check=False
    )
    assert (done.returncode, done.stdout) == (0, "building\n"), done.stderr


def test_saving_while_changing_saves_one_moment(tmp_path: Path) -> None:
    vectors = sounds(2000)
    index = VoyagerIndex(PARAMS, "uid")
    path = tmp_path / "index"

    def change() -> None:
        for number in range(1, 150):  # generation n holds the ids 1 to 10 n
            index.update(
                np.arange(10 * number - 9, 10 * number + 1), vectors[10 * number - 10 : 10 * number], [], number
            )

    thread = threading.Thread(target=change)
    thread.start()
    while thread.is_alive():
        generation = index.save(path)
        loaded = VoyagerIndex.load(path, PARAMS, "uid", held(index))
        assert (loaded.generation, len(loaded)) == (generation, 10 * generation)
    thread.join()
