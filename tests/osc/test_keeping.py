"""What is kept to be read page by page: a share for each source, so much in all, and the longest unread goes."""

from __future__ import annotations

from dataclasses import dataclass

from soundkin_osc.handlers.keeping import Room
from soundkin_osc.handlers.reports import Rows


class Clock:
    """Seconds that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Filled:
    room: Room[str]

    def keep(self, *names: str, source: str = "A", rows: int = 1) -> None:
        for name in names:
            self.room.keep(name, name, (source,), rows)

    def held(self, *names: str) -> list[str]:
        return [name for name in names if self.room.find(name) is not None]


def filled(clock: Clock | None = None) -> Filled:
    return Filled(Room(clock or Clock()))


def test_a_source_keeps_four_and_loses_what_it_has_read_longest_ago() -> None:
    kept = filled()
    kept.keep("1", "2", "3", "4")
    kept.room.find("1")
    kept.keep("5")
    assert kept.held("1", "2", "3", "4", "5") == ["1", "3", "4", "5"]


def test_a_source_that_keeps_many_costs_no_other_its_own() -> None:
    kept = filled()
    kept.keep("polite", source="P")
    kept.keep(*map(str, range(100)))
    assert kept.held("polite", "95", "96", "97", "98", "99") == ["polite", "96", "97", "98", "99"]


def test_thirty_two_are_kept_in_all_and_who_keeps_most_makes_room() -> None:
    kept = filled()
    kept.keep("a", "b", "c", "d", source="greedy")
    for number in range(28):
        kept.keep(f"n{number}", source=f"N{number}")
    assert kept.held("a", "b", "c", "d", "n0", "n27") == ["a", "b", "c", "d", "n0", "n27"]
    for number in range(3):
        kept.keep(f"m{number}", source=f"M{number}")
    assert kept.held("a", "b", "c", "d") == ["d"]
    kept.keep("last", source="L")
    everything = ["d", "last", *(f"n{number}" for number in range(28)), *(f"m{number}" for number in range(3))]
    assert [name for name in everything if name not in kept.held(*everything)] == ["n1"]


def test_a_million_rows_are_kept_in_all_and_who_keeps_most_makes_room() -> None:
    kept = filled()
    kept.keep("polite", source="P", rows=200_000)
    kept.keep("1", "2", "3", "4", rows=200_000)
    assert kept.held("polite", "1", "2", "3", "4") == ["polite", "1", "2", "3", "4"]
    kept.keep("one row more", source="N")
    assert kept.held("polite", "1", "2", "3", "4", "one row more") == ["polite", "2", "3", "4", "one row more"]


def test_one_sources_share_is_kept_no_matter_how_long_it_is() -> None:
    kept = filled()
    kept.keep("1", "2", "3", "4", rows=5_000_000)
    assert kept.held("1", "2", "3", "4") == ["1", "2", "3", "4"]
    kept.keep("short", source="P")
    assert kept.held("1", "2", "3", "4", "short") == ["2", "3", "4", "short"]


def test_what_is_dropped_or_replaced_takes_no_room() -> None:
    kept = filled()
    for name, rows in (("1", 100_000), ("2", 200_000), ("3", 500_000)):
        kept.keep(name, rows=rows)
    kept.room.drop("1")
    kept.room.drop("1")
    assert kept.held("1", "2", "3") == ["2", "3"]
    kept.keep("2", rows=200_001)
    kept.keep("4", "5", "6", source="B", rows=99_999)
    assert kept.held("2", "3", "4", "5", "6") == ["2", "3", "4", "5", "6"]
    kept.keep("7", source="C", rows=3)  # with it, a million and one
    assert kept.held("2", "3", "4", "5", "6", "7") == ["2", "3", "5", "6", "7"]


def test_what_has_not_been_read_for_two_minutes_takes_no_room() -> None:
    clock = Clock()
    kept = filled(clock)
    kept.keep("old", rows=900_000)
    clock.now = 120.0
    assert kept.held("old") == ["old"]
    clock.now = 240.1
    kept.keep("1", "2", "3", "4", source="B", rows=100_000)
    assert kept.held("old", "1", "2", "3", "4") == ["1", "2", "3", "4"]
    clock.now = 360.2
    assert kept.held("1", "2", "3", "4") == []


def test_rows_without_a_name_are_kept_for_each_source_and_read_again_for_its_first_page() -> None:
    rows: Rows[int] = Rows(Clock())
    for number, source in enumerate("AB"):
        assert rows.of((source,), 0, lambda number=number: [number]) == [number]  # type: ignore[misc]
    assert rows.of(("A",), 1, lambda: [9]) == [0]
    assert rows.of(("B",), 1, lambda: [9]) == [1]
    assert rows.of(("C",), 1, lambda: [2]) == [2]
    assert rows.of(("A",), 0, lambda: [3]) == [3]
    assert rows.of(("A",), 1, lambda: [9]) == [3]
