"""Pages of lists: read ahead once somebody reads on, fresh from the first page, ids only."""

from __future__ import annotations

import pytest

from fakes_service import FakeService, library
from soundkin.errors import BadArgumentError
from soundkin.model import Sample
from soundkin_osc.handlers.lists import Lists

ME, OTHER = ("udp", "me"), ("udp", "other")


class Counting(FakeService):
    """Notes how far each search read."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.limits: list[int] = []

    def search(self, text: str, limit: int, matching: str = "") -> list[Sample]:
        self.limits.append(limit)
        return super().search(text, limit, matching)


class Clock:
    """Seconds that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def service() -> Counting:
    return Counting(samples=library(20_000).samples)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lists(service: Counting, clock: Clock) -> Lists:
    return Lists(service, clock)


def ids(page: tuple[list[Sample], int]) -> list[int]:
    return [sample.id for sample in page[0]]


def test_a_first_page_reads_what_it_holds_and_one_more(lists: Lists, service: Counting) -> None:
    found, known = lists.page(ME, ("kick", ""), 0, 16)
    assert [sample.id for sample in found] == list(range(1, 17))
    assert known == 17
    assert service.limits == [17]


def test_reading_a_list_to_its_end_searches_a_few_times_only(lists: Lists, service: Counting) -> None:
    whole = [sample.id for sample in service.search("kick", 20_000)]
    service.limits.clear()
    read: list[int] = []
    offset, known = 0, 1
    while offset < known:
        page, known = lists.page(ME, ("kick", ""), offset, 64)
        read += [sample.id for sample in page]
        offset += 64
    assert read == whole
    assert len(service.limits) == 5
    assert sum(service.limits) < 4 * len(whole)


def test_the_last_page_says_that_nothing_comes_behind_it(lists: Lists) -> None:
    assert lists.page(ME, ("kick 1999", ""), 0, 64)[1] == 12
    assert lists.page(ME, ("kick", ""), 19_990, 10)[1] == 20_000
    assert lists.page(ME, ("kick", ""), 19_984, 10)[1] == 19_995
    assert lists.page(ME, ("kick", ""), 30_000, 10) == ([], 20_000)


def test_what_was_read_ahead_serves_pages_for_two_minutes_from_the_last_one(
    lists: Lists, service: Counting, clock: Clock
) -> None:
    for _ in range(3):
        lists.page(ME, ("kick", ""), 64, 64)
        clock.now += 119.9
    assert len(service.limits) == 1
    clock.now += 0.3
    lists.page(ME, ("kick", ""), 64, 64)
    assert len(service.limits) == 2


def test_a_first_page_makes_the_pages_behind_it_fresh(lists: Lists, service: Counting) -> None:
    lists.page(ME, ("kick", ""), 64, 4)
    del service.samples[70]
    assert ids(lists.page(ME, ("kick", ""), 68, 4)) == [69, 71, 72]
    lists.page(ME, ("kick", ""), 0, 64)
    assert ids(lists.page(ME, ("kick", ""), 68, 4)) == [69, 71, 72, 73]


def test_other_words_and_filters_are_other_lists_of_which_four_are_kept(lists: Lists, service: Counting) -> None:
    asked = [("kick", ""), ("kick", "kind:loop"), ("wav", ""), ("samples", "")]
    for words, matching in asked:
        lists.page(ME, (words, matching), 8, 4)
    for words, matching in asked:
        lists.page(ME, (words, matching), 12, 4)
    assert len(service.limits) == 4
    lists.page(ME, ("k", ""), 8, 4)
    lists.page(ME, ("kick", ""), 12, 4)
    assert len(service.limits) == 6


def test_what_is_read_ahead_for_one_source_is_neither_used_nor_let_go_by_another(
    lists: Lists, service: Counting
) -> None:
    lists.page(ME, ("kick", ""), 8, 4)
    del service.samples[15]
    assert ids(lists.page(OTHER, ("kick", ""), 12, 4)) == [13, 14, 16, 17]
    for words in ("kick", "wav", "samples", "k", "ki"):
        lists.page(OTHER, (words, ""), 0, 4)
        lists.page(OTHER, (words, ""), 8, 4)
    service.limits.clear()
    assert ids(lists.page(ME, ("kick", ""), 12, 4)) == [13, 14, 16]
    assert service.limits == []


def test_a_bad_filter_is_refused_on_every_page(lists: Lists) -> None:
    for offset in (0, 64):
        with pytest.raises(BadArgumentError, match="lost"):
            lists.page(ME, ("kick", "is:lost"), offset, 4)
