"""Vectors of large libraries lie in a mapped file: the same answers, less memory, and memory where there is no file."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from soundkin.index.room import MappedRoom
from soundkin.index.table import VectorTable
from soundkin.model import Aspect, FeatureParams
from soundkin.vectors import InMemory, Place, Room, in_memory

PARAMS = FeatureParams(1, 8, (Aspect("all", 0, 8),))
COUNT = 3000
LARGE = 4
"""Number of the first block that lies on disk."""


def sounds(count: int, seed: int = 1) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal((count, 8)).astype(np.float32)


class Large(MappedRoom):
    """Takes every block for one of a large library."""

    def __call__(self, number: int, num_dimensions: int) -> Place:
        return super().__call__(number + LARGE, num_dimensions)


def changed(table: VectorTable) -> VectorTable:
    """Rows added, replaced, dropped and compacted."""
    ids = np.arange(1, COUNT + 1)
    table.update(ids, sounds(COUNT), (), 1)
    table.update(ids[::3], sounds(COUNT // 3, 2), [5, 6, 7], 2)
    table.compact()
    table.update(ids[:10], sounds(10, 3), [], 3)
    return table


def assert_same(one: VectorTable, other: VectorTable) -> None:
    for name in ("vectors", "norms", "prints", "ids"):
        ours, theirs = getattr(one.view.blocks[0], name), getattr(other.view.blocks[0], name)
        np.testing.assert_array_equal(ours[: one.view.rows], theirs[: other.view.rows])
    vector = sounds(1, 9)[0]
    np.testing.assert_array_equal(one.view.squared_distances(vector)[0], other.view.squared_distances(vector)[0])


def test_vectors_on_disk_are_those_in_memory(tmp_path: Path) -> None:
    room = Large(tmp_path)
    on_disk, beside = changed(VectorTable(PARAMS, room)), changed(VectorTable(PARAMS, in_memory))
    assert not isinstance(on_disk.view.blocks[0].place, InMemory)
    assert_same(on_disk, beside)
    room.rest()
    assert_same(on_disk, beside)


def test_a_saved_table_comes_back_in_any_order(tmp_path: Path) -> None:
    ids = np.random.default_rng(4).permutation(np.arange(1, COUNT + 1)).astype(np.int32)
    rooms: list[Room] = [Large(tmp_path), in_memory]
    tables = [VectorTable(PARAMS, room) for room in rooms]
    known, starts = np.arange(2, COUNT + 50), range(0, COUNT + 48, 700)
    for table in tables:
        table.restore(ids, [(known[n : n + 700], sounds(COUNT + 48)[n : n + 700]) for n in starts], 1)
    assert_same(*tables)
    np.testing.assert_array_equal(tables[0].view.vector(2), sounds(COUNT + 48)[0])
    assert tables[0].view.vector(1) is None


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_what_is_mapped_need_not_be_resident(tmp_path: Path) -> None:
    room = MappedRoom(tmp_path)
    place = room(LARGE, 48)
    place.put(np.arange(0, 60_000), np.ones((60_000, 48), np.float32))
    assert place.vectors.sum() == 60_000 * 48
    before = mapped_kb()
    room.rest()
    assert mapped_kb() < before - 8_000
    assert place.vectors.sum() == 60_000 * 48


def mapped_kb() -> int:
    """Pages of files in this process."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("RssFile"))
    return int(line.split()[1])


def test_a_small_library_needs_no_file(tmp_path: Path) -> None:
    room = MappedRoom(tmp_path)
    assert isinstance(room(LARGE - 1, 8), InMemory)
    assert not isinstance(room(LARGE, 8), InMemory)


def test_the_file_shows_no_name_and_its_pieces_are_used_again(tmp_path: Path) -> None:
    room = MappedRoom(tmp_path)
    place = room(LARGE, 8)
    if sys.platform != "win32":
        assert os.listdir(tmp_path) == []
    size = room._size
    del place
    other = room(LARGE, 8)
    assert room._size == size
    third = room(LARGE + 1, 8)
    assert room._size == 2 * size
    other.put(np.array([0]), sounds(1))
    assert not third.vectors.any()


def test_where_there_is_no_room_on_the_disk_vectors_are_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(descriptor: int, start: int, size: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    room = Large(tmp_path)
    assert_same(changed(VectorTable(PARAMS, room)), changed(VectorTable(PARAMS, in_memory)))
    assert "vectors stay in memory" in caplog.text
    assert isinstance(MappedRoom(tmp_path / "nowhere")(LARGE, 8), InMemory)


def test_a_disk_that_cannot_reserve_room_is_written_instead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "posix_fallocate", raising=False)
    place = MappedRoom(tmp_path)(LARGE, 8)
    assert not isinstance(place, InMemory)
    assert not place.vectors.any()
