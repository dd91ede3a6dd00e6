"""Whose place goes where there is room for no more: the longest idle of whoever holds most."""

from __future__ import annotations

from soundkin_osc.peers.budget import Budget


def filled(most: int, *places: tuple[str, str]) -> Budget[str]:
    budget: Budget[str] = Budget(most)
    for key, source in places:
        budget.take(key, source)
    return budget


def test_nobody_goes_while_there_is_room() -> None:
    budget = filled(2, ("a", "A"), ("b", "B"))
    assert not budget.exceeded
    budget.take("c", "C")
    assert budget.exceeded
    assert len(budget) == 3


def test_who_holds_most_gives_the_place_that_was_idle_longest() -> None:
    budget = filled(4, ("polite", "P"), ("a1", "A"), ("a2", "A"), ("a3", "A"), ("new", "N"))
    assert budget.first_out() == "a1"
    budget.used("a1")
    assert budget.first_out() == "a2"


def test_a_source_that_takes_all_pushes_out_its_own() -> None:
    budget = filled(4, ("polite", "P"))
    for number in range(100):
        budget.take(f"a{number}", "A")
        while budget.exceeded:
            budget.release(budget.first_out() or "")
    assert "polite" in budget
    assert [f"a{number}" in budget for number in range(96, 100)] == [False, True, True, True]


def test_of_sources_that_hold_as_many_the_longest_idle_place_goes_and_never_the_newest() -> None:
    budget = filled(3, ("a", "A"), ("b", "B"), ("c", "C"))
    budget.used("a")
    budget.take("new", "N")
    assert budget.first_out() == "b"


def test_a_place_that_is_given_back_counts_for_nobody() -> None:
    budget = filled(2, ("a", "A"), ("b", "A"), ("c", "C"))
    budget.release("a")
    budget.release("a")
    assert not budget.exceeded
    assert "a" not in budget
    budget.take("d", "D")
    assert budget.first_out() == "b"


def test_a_place_is_charged_to_who_took_it_last() -> None:
    budget = filled(3, ("a", "A"), ("b", "A"), ("c", "C"))
    assert budget.source_of("a") == "A"
    budget.take("a", "C")
    assert budget.source_of("a") == "C"
    assert budget.source_of("d") is None
    assert budget.first_out() == "c"
    assert len(budget) == 3


def test_who_is_spared_stays_and_none_goes_where_all_are() -> None:
    budget = filled(2, ("a", "A"), ("b", "A"), ("c", "C"))
    assert budget.first_out({"a", "b"}.__contains__) == "c"
    assert budget.first_out({"a"}.__contains__) == "b"
    assert budget.first_out(lambda key: True) is None


def test_using_what_has_no_place_takes_none() -> None:
    budget = filled(2, ("a", "A"))
    budget.used("b")
    assert len(budget) == 1
    assert "b" not in budget


def test_a_source_is_charged_most_where_no_other_holds_as_many() -> None:
    budget = filled(9, ("a1", "A"), ("a2", "A"), ("b1", "B"))
    assert [budget.is_charged_most(source) for source in "ABC"] == [True, False, False]
    budget.take("b2", "B")
    assert [budget.is_charged_most(source) for source in "AB"] == [False, False]
    budget.release("a1")
    assert [budget.is_charged_most(source) for source in "AB"] == [False, True]
    assert not filled(9).is_charged_most("A")


def test_a_source_knows_how_many_places_it_holds_and_which_is_idle_longest() -> None:
    budget = filled(9, ("a1", "A"), ("a2", "A"), ("b1", "B"))
    budget.used("a1")
    assert (budget.held_by("A"), budget.held_by("C")) == (2, 0)
    assert (budget.idle_of("A"), budget.idle_of("C")) == ("a2", None)


def test_using_a_place_leaves_it_at_its_sources_charge() -> None:
    budget = filled(9, ("a1", "A"), ("a2", "A"))
    budget.used("a1")
    budget.take("a3", "A")
    assert budget.held_by("A") == 3
    budget.take("a1", "A")
    assert budget.held_by("A") == 3
