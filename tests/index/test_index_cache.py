"""The cache file: what it holds comes back, and what is torn, foreign or lost never serves."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from search_world import PARAMS, held, same, sounds
from soundkin.config import IndexSettings
from soundkin.errors import StaleIndexError, VectorIndexError
from soundkin.index import VoyagerIndex, graph
from soundkin.model import Aspect, FeatureParams, SampleId

COUNT = 600


def test_a_saved_index_comes_back_with_generation_contents_and_graph(index: VoyagerIndex, path: Path) -> None:
    index.save(path)
    loaded = VoyagerIndex.load(path, PARAMS, "uid", held(index))
    assert same(loaded, index), "before the graph has come"
    assert loaded.settle(60)
    assert (loaded.generation, loaded.status()) == (42, index.status())
    assert loaded.status().state == "ready"
    assert same(loaded, index)
    assert sorted(each.suffix for each in path.parent.iterdir()) == [".graph", ".soundkin"]


def test_rows_whose_vectors_are_gone_from_the_library_are_dead(index: VoyagerIndex, path: Path) -> None:
    index.save(path)
    kept = [(ids[ids % 7 > 0], vectors[ids % 7 > 0]) for ids, vectors in held(index)]
    loaded = VoyagerIndex.load(path, PARAMS, "uid", kept)
    assert loaded.settle(60)
    gone = [SampleId(id_) for id_ in range(7, COUNT + 1, 7)]
    index.update(np.zeros(0, np.int64), np.zeros((0, PARAMS.num_dimensions), np.float32), gone, 42)
    assert loaded.view().row(7) == -1
    assert loaded.view().vector(7) is None
    assert same(loaded, index)


def test_a_vector_that_changed_since_the_save_is_right_once_it_is_caught_up(index: VoyagerIndex, path: Path) -> None:
    index.save(path)
    new = sounds(50, seed=31)
    index.update(np.arange(100, 150), new, [], 43)
    loaded = VoyagerIndex.load(path, PARAMS, "uid", held(index))  # the library holds the new ones already
    loaded.update(np.arange(100, 150), new, [], 43)
    assert loaded.settle(60)
    assert same(loaded, index)


def test_vectors_of_samples_that_the_saved_index_lacks_are_passed_over(index: VoyagerIndex, path: Path) -> None:
    index.save(path)
    more = [*held(index), (np.array([700, 90_000]), sounds(2, seed=2))]
    loaded = VoyagerIndex.load(path, PARAMS, "uid", more)
    assert same(loaded, index)
    assert loaded.view().row(700) == loaded.view().row(90_000) == -1


def test_a_graph_that_cannot_be_opened_by_name_is_passed_as_a_file(
    index: VoyagerIndex, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    index.save(path)
    monkeypatch.setattr(graph, "_opens_by_name", lambda _: False)
    loaded = VoyagerIndex.load(path, PARAMS, "uid", held(index))
    assert loaded.settle(60)  # it reads the file that the next save removes
    assert same(loaded, index)
    index.save(path)
    assert same(VoyagerIndex.load(path, PARAMS, "uid", held(index)), index)
    assert not caplog.text


def test_an_index_that_came_back_goes_on_changing(index: VoyagerIndex, path: Path) -> None:
    index.save(path)
    loaded = VoyagerIndex.load(path, PARAMS, "uid", held(index))
    for each in (index, loaded):
        each.update(np.array([3, 4000]), sounds(2, seed=5), [SampleId(1), SampleId(2)], 43)
    assert same(loaded, index)
    loaded.save(path)
    assert same(VoyagerIndex.load(path, PARAMS, "uid", held(index)), index)


def test_an_empty_index_can_be_saved_and_loaded(path: Path) -> None:
    VoyagerIndex(PARAMS, "uid").save(path)
    assert len(VoyagerIndex.load(path, PARAMS, "uid", [])) == 0


@pytest.mark.parametrize(
    ("params", "uid", "said"),
    [
        (PARAMS, "other", "'uid'.*'other'"),
        (FeatureParams(2, PARAMS.num_dimensions, PARAMS.aspects), "uid", "1.*2"),
        (FeatureParams(1, 12, (Aspect("timbre", 0, 12),)), "uid", "24.*12"),
    ],
)
def test_an_index_of_another_library_or_other_features_is_stale_and_both_values_are_named(
    index: VoyagerIndex, path: Path, params: FeatureParams, uid: str, said: str
) -> None:
    index.save(path)
    with pytest.raises(StaleIndexError, match=said):
        VoyagerIndex.load(path, params, uid, held(index))


def test_a_missing_file_is_stale(path: Path) -> None:
    with pytest.raises(StaleIndexError):
        VoyagerIndex.load(path, PARAMS, "uid", [])


def test_a_file_cut_short_anywhere_is_stale(index: VoyagerIndex, path: Path) -> None:
    index.save(path)
    whole = path.read_bytes()
    for length in (0, 3, 11, 16, 40, 4095, 4096, 5000, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(StaleIndexError):
            VoyagerIndex.load(path, PARAMS, "uid", held(index))


def test_a_flipped_bit_anywhere_is_noticed_or_does_not_matter(index: VoyagerIndex, path: Path) -> None:
    index.save(path)
    whole = path.read_bytes()
    rng = np.random.default_rng(1)
    for place in [*range(24), *rng.integers(0, len(whole), 60).tolist()]:
        torn = bytearray(whole)
        torn[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(torn)
        try:
            assert same(VoyagerIndex.load(path, PARAMS, "uid", held(index)), index)  # the unused room behind the header
        except StaleIndexError:
            continue


@pytest.mark.parametrize("harm", ["lost", "cut", "flipped", "emptied"])
def test_a_harmed_graph_is_built_again_from_the_vectors(
    index: VoyagerIndex, path: Path, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    index.save(path)
    (file,) = path.parent.glob("*.graph")
    data = bytearray(file.read_bytes())
    if harm == "lost":
        file.unlink()
    elif harm == "flipped":
        data[len(data) // 2] ^= 16
        file.write_bytes(data)
    else:
        file.write_bytes(data[: len(data) // 3 if harm == "cut" else 0])
    loaded = VoyagerIndex.load(path, PARAMS, "uid", held(index))
    assert loaded.settle(60)
    assert "building the graph again" in caplog.text
    assert loaded.status().state == "ready"
    assert same(loaded, index)


def test_a_graph_of_other_settings_is_built_again(index: VoyagerIndex, path: Path) -> None:
    index.save(path)
    loaded = VoyagerIndex.load(path, PARAMS, "uid", held(index), IndexSettings(M=8))
    assert loaded.settle(60)
    assert same(loaded, index)


def test_a_save_that_fails_says_so_and_leaves_the_earlier_one(
    index: VoyagerIndex, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.save(path)
    earlier = VoyagerIndex.load(path, PARAMS, "uid", held(index))
    assert earlier.settle(60)
    index.update(np.array([1]), sounds(1, seed=6), [], 50)
    for call in ("replace", "fsync"):

        def refuse(*_: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(os, call, refuse)
            with pytest.raises(VectorIndexError, match="No space left"):
                index.save(path)
        loaded = VoyagerIndex.load(path, PARAMS, "uid", held(index))
        assert loaded.settle(60)
        assert loaded.generation == 42
        assert same(loaded, earlier)
    assert sorted(each.suffix for each in path.parent.iterdir()) == [".graph", ".soundkin"]


def test_saving_again_and_again_leaves_two_files(index: VoyagerIndex, path: Path) -> None:
    for generation in range(43, 47):
        index.update(np.array([generation]), sounds(1, seed=generation), [], generation)
        assert index.save(path) == generation
    (path.parent / f"{path.name}.0123.graph").write_bytes(b"left by a crash")
    (path.parent / f"{path.name}.0123.graph.plain").write_bytes(b"left by another")
    index.save(path)
    assert len(list(path.parent.iterdir())) == 2


def test_a_folder_that_is_not_there_is_a_named_error(index: VoyagerIndex, tmp_path: Path) -> None:
    with pytest.raises(VectorIndexError, match="nowhere"):
        index.save(tmp_path / "nowhere" / "index")
