"""When the index's cache file is written, on a clock that tests move."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fakes_index import PlainIndex
from fakes_library import FakeLibrary
from library_samples import PARAMS
from soundkin.errors import LibraryFullError
from soundkin.ingest.index_sync import IndexSync


class CountingIndex(PlainIndex):
    """Counts its saves; `building` stands for a graph that is not complete."""

    saves = 0
    building = False

    def save(self, path: Path) -> int:
        self.saves += 1
        return super().save(path)

    def is_complete(self) -> bool:
        return not self.building

    def change(self) -> None:
        self.update(np.array([1], np.int64), np.zeros((1, 6), np.float32), (), self.generation + 1)


class House:
    def __init__(self, folder: Path) -> None:
        self.library = FakeLibrary(PARAMS)
        self.index = CountingIndex(PARAMS)
        self.index_sync = IndexSync(self.library, self.index, folder / "cache")

    def saves_at(self, *times: float, idle: bool = True) -> list[int]:
        """How often it had saved by each of these times."""
        counts = []
        for now in times:
            self.index_sync.maybe_save(now, idle=idle)
            counts.append(self.index.saves)
        return counts


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_nothing_new_is_never_saved(house: House) -> None:
    assert house.saves_at(0, 10, 1000) == [0, 0, 0]
    assert house.index_sync.save()
    assert house.index.saves == 0


def test_a_change_is_saved_once_when_all_has_been_still_for_some_seconds(house: House) -> None:
    house.index.change()
    assert house.saves_at(0, 2.9, 3.1, 10, 500) == [0, 0, 1, 1, 1]


def test_a_long_scan_saves_every_two_minutes(house: House) -> None:
    counts = []
    for now in range(0, 500, 10):
        house.index.change()
        counts += house.saves_at(now, idle=False)
    assert counts[-1] == 4


def test_a_graph_that_is_complete_only_after_the_save_is_saved_again_or_every_start_would_build_it(
    house: House,
) -> None:
    house.index.building = True
    house.index.change()
    assert house.saves_at(0, 100, 121, 200, 1000) == [0, 0, 1, 1, 1]
    house.index.building = False
    assert house.saves_at(1001, 1005, 2000) == [1, 2, 2]


def test_a_graph_that_turned_out_to_be_lost_is_saved_once_it_is_built_again(house: House) -> None:
    house.index.change()
    assert house.saves_at(0, 5, 10) == [0, 1, 1]
    house.index.building = True
    assert house.saves_at(20, 300) == [1, 1]
    house.index.building = False
    assert house.saves_at(301, 304, 1000) == [1, 2, 2]


def test_at_the_end_what_there_is_of_a_graph_is_saved(house: House) -> None:
    house.index.building = True
    house.index.change()
    house.saves_at(0, 121)
    assert house.index_sync.save()
    assert house.index.saves == 2


def test_a_save_that_fails_is_tried_again_a_minute_later_not_at_every_turn(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_generation: int) -> None:
        raise LibraryFullError("no room")

    house.index.change()
    with monkeypatch.context() as patch:
        patch.setattr(house.library, "note_index_saved", full)
        assert house.saves_at(0, 4, 5, 30, 63, 65) == [0, 1, 1, 1, 1, 2]
    assert house.saves_at(200, 300) == [3, 3]
