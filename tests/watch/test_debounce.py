"""The Debouncer's numbers: how long quiet is waited for, and how much is kept. Time is an argument."""

from __future__ import annotations

import pytest

from soundkin.watch.debounce import Debouncer


def test_a_path_that_never_comes_to_rest_is_given_out_after_ten_seconds() -> None:
    debouncer = Debouncer(settle_s=2.0)
    for tenth in range(100):
        debouncer.hint("/a", now=tenth / 10)
        assert debouncer.ready(tenth / 10) == []
    assert debouncer.next_due() == 10.0
    assert debouncer.ready(9.99) == []
    assert debouncer.ready(10.0) == ["/a"]
    debouncer.hint("/a", now=10.1)  # its ten seconds begin again
    assert debouncer.ready(12.0) == []
    assert debouncer.ready(12.1) == ["/a"]


def test_a_longer_quiet_time_than_ten_seconds_is_waited_for() -> None:
    debouncer = Debouncer(settle_s=15.0)
    debouncer.hint("/a", now=0.0)
    assert debouncer.ready(14.9) == []
    assert debouncer.ready(15.0) == ["/a"]


def test_what_waits_is_counted_and_the_earliest_of_it_is_due_next() -> None:
    debouncer = Debouncer(settle_s=1.0)
    assert debouncer.next_due() is None
    debouncer.hint("/b", now=0.0)
    debouncer.hint("/a", now=0.5)
    debouncer.hint("/c", now=0.7)
    assert (len(debouncer), debouncer.next_due()) == (3, 1.0)
    assert debouncer.ready(1.5) == ["/a", "/b"]
    assert (len(debouncer), debouncer.next_due()) == (1, 1.7)
    assert debouncer.ready(1.7) == ["/c"]
    assert (len(debouncer), debouncer.next_due()) == (0, None)
    debouncer.hint("/d", now=5.0)
    assert debouncer.next_due() == 6.0


def test_five_thousand_paths_wait_on_their_own_and_one_more_folds_them_into_their_folders() -> None:
    debouncer = Debouncer(settle_s=1.0)
    for number in range(5_000):
        debouncer.hint(f"/s/{number % 10}/{number}.wav", now=0.0)
    assert len(debouncer) == 5_000
    debouncer.hint("/s/0/one-more.wav", now=0.5)
    assert len(debouncer) == 10
    assert debouncer.ready(1.0) == [f"/s/{n}" for n in range(1, 10)]
    assert debouncer.ready(1.5) == ["/s/0"]


def test_a_folder_that_was_folded_takes_in_what_happens_inside_it() -> None:
    debouncer = Debouncer(settle_s=1.0, most=2)
    for name in ("a", "b", "c"):
        debouncer.hint(f"/s/{name}.wav", now=0.0)
    assert len(debouncer) == 1
    debouncer.hint("/s/d.wav", now=0.8)
    assert len(debouncer) == 1
    assert debouncer.ready(1.0) == []
    assert debouncer.ready(1.8) == ["/s"]
    debouncer.hint("/s/e.wav", now=2.0)  # the folder has been given out: single paths wait again
    assert debouncer.ready(3.0) == ["/s/e.wav"]


def test_where_only_folders_are_left_they_are_folded_into_theirs() -> None:
    debouncer = Debouncer(settle_s=1.0, most=2)
    for number in range(6):
        debouncer.hint(f"/s/{number}/a.wav", now=0.0)
        assert len(debouncer) <= 2
    assert debouncer.ready(1.0) in (["/s"], ["/"], ["/s", "/s/5/a.wav"])


def test_a_folder_waits_for_the_latest_of_what_was_folded_into_it_but_for_ten_seconds_at_most() -> None:
    debouncer = Debouncer(settle_s=4.0, most=2)
    debouncer.hint("/s/a.wav", now=0.0)
    debouncer.hint("/s/b.wav", now=3.0)
    debouncer.hint("/s/c.wav", now=1.0)  # a clock may jump back
    assert debouncer.next_due() == 4.0
    assert debouncer.ready(6.9) == []
    assert debouncer.ready(7.0) == ["/s"]
    other = Debouncer(settle_s=4.0, most=2)
    for name in ("a", "b", "c"):
        other.hint(f"/s/{name}.wav", now=0.0)
    for now in (3.0, 6.0, 9.0):
        other.hint("/s/d.wav", now=now)
    assert other.ready(9.9) == []
    assert other.ready(10.0) == ["/s"]


def test_in_the_first_second_of_a_clock_folders_wait_no_longer_than_what_is_in_them() -> None:
    debouncer = Debouncer(settle_s=0.1, most=2, patience_s=0.5)
    for name in ("a", "b", "c"):
        debouncer.hint(f"/s/{name}.wav", now=0.0)
    assert debouncer.ready(0.05) == []
    debouncer.hint("/s/d.wav", now=0.45)
    assert debouncer.next_due() == 0.1
    assert debouncer.ready(0.5) == ["/s"]
    for name in ("a", "b", "c"):
        debouncer.hint(f"/s/{name}.wav", now=0.6)
    assert debouncer.ready(0.7) == ["/s"]


def test_its_patience_is_that_of_the_youngest_of_what_was_folded() -> None:
    debouncer = Debouncer(settle_s=4.0, most=2)
    debouncer.hint("/s/a.wav", now=0.0)
    debouncer.hint("/s/b.wav", now=5.0)
    debouncer.hint("/s/c.wav", now=5.0)
    for now in (8.0, 11.0, 14.0):
        debouncer.hint("/s/d.wav", now=now)
    assert debouncer.ready(14.9) == []
    assert debouncer.ready(15.0) == ["/s"]


@pytest.mark.parametrize(
    ("paths", "given"),
    [
        (["/a", "/a/b", "/a/b/c"], ["/a"]),
        (["/a/b/c", "/a/b/d"], ["/a/b/c", "/a/b/d"]),
        (["/", "/a"], ["/"]),
        (["/a-b", "/a", "/a/c"], ["/a", "/a-b"]),
        (["a", "a/b", "c"], ["a", "c"]),
    ],
)
def test_of_paths_that_lie_in_each_other_the_outermost_is_given_out(paths: list[str], given: list[str]) -> None:
    debouncer = Debouncer(settle_s=1.0)
    for path in paths:
        debouncer.hint(path, now=0.0)
    assert debouncer.ready(1.0) == given
