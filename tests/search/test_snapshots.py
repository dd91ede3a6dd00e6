"""How many answers are kept for their next pages, and for how long."""

from __future__ import annotations

from soundkin.search.pages import Hit, Pages, Snapshot


def kept(pages: Pages, name: str, question: str = "q", made_s: float = 1_000.0) -> Snapshot:
    snapshot = Snapshot(name, (question,), made_s, 10, "exact")
    pages.keep(snapshot)
    return snapshot


def test_a_page_without_a_name_belongs_to_an_answer_of_the_last_two_minutes() -> None:
    pages = Pages()
    snapshot = kept(pages, "a")
    assert pages.find(("q",), None, 1_000.0) is snapshot
    assert pages.find(("q",), None, 1_120.0) is snapshot
    assert pages.find(("q",), None, 1_120.1) is None
    assert pages.find(("q",), None, 999.9) is None  # the clock was set back: not to be trusted
    assert pages.find(("other",), None, 1_000.0) is None


def test_a_page_with_a_name_may_come_at_any_time_but_only_to_its_own_question() -> None:
    pages = Pages()
    snapshot = kept(pages, "a")
    assert pages.find(("q",), "a", 1_000_000.0) is snapshot
    assert pages.find(("other",), "a", 1_000.0) is None
    assert pages.find(("q",), "b", 1_000.0) is None


def test_of_several_answers_to_a_question_the_newest_is_meant() -> None:
    pages = Pages()
    kept(pages, "a")
    newest = kept(pages, "b", made_s=1_001.0)
    kept(pages, "c", "other")
    assert pages.find(("q",), None, 1_002.0) is newest


def test_an_old_answer_hides_none_that_would_do() -> None:
    pages = Pages()
    old = kept(pages, "a", made_s=500.0)
    assert pages.find(("q",), None, 1_000.0) is None
    assert pages.find(("q",), "a", 1_000.0) is old


def test_64_answers_are_kept_and_the_one_longest_unused_is_forgotten() -> None:
    pages = Pages()
    for number in range(64):
        kept(pages, str(number), str(number))
    assert pages.find(("0",), "0", 0.0) is not None
    kept(pages, "one more")
    assert pages.find(("1",), "1", 0.0) is None
    assert pages.find(("0",), "0", 0.0) is not None
    assert pages.find(("2",), "2", 0.0) is not None


def test_a_search_that_finds_nothing_refreshes_nothing() -> None:
    pages = Pages()
    for number in range(64):
        kept(pages, str(number), str(number))
    assert pages.find(("wrong",), "0", 0.0) is None
    kept(pages, "one more")
    assert pages.find(("0",), "0", 0.0) is None


def test_names_tell_the_generation_and_are_never_given_twice() -> None:
    pages = Pages()
    assert [pages.new_name(255), pages.new_name(255), pages.new_name(256)] == ["ff.1", "ff.2", "100.3"]


def test_a_new_snapshot_is_empty_and_incomplete_and_a_hit_stands_for_itself() -> None:
    one, other = kept(Pages(), "a"), kept(Pages(), "b")
    assert (one.hits, one.complete) == ([], False)
    assert one.lock is not other.lock
    assert Hit(1, 0.5).stands_for == 1
