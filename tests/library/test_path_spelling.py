"""How paths are spelled in SQLite, letter by letter."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soundkin.library import paths

MARK = "\U0010ffff"
NAMES = st.text(
    st.one_of(st.characters(), st.sampled_from(["\udc80", "\udfff", "\ud800", MARK, "f", os.sep])), max_size=12
)
posix = pytest.mark.skipif(os.sep != "/", reason="spelled as on a POSIX system")


@pytest.mark.parametrize(
    ("native", "stored"),
    [
        ("/a/b.wav", "/a/b.wav"),
        ("/a/é💥.wav", "/a/é💥.wav"),
        ("/a/\udcff.wav", f"/a/{MARK}dcff.wav"),
        ("\ud800\udfff", f"{MARK}d800{MARK}dfff"),
        (f"x{MARK}y", f"x{MARK}ffffy"),
        (f"{MARK}\udcff", f"{MARK}ffff{MARK}dcff"),
        ("\ud7ff\ue000", "\ud7ff\ue000"),
        ("\udcff\ud7ff\ue000", f"{MARK}dcff\ud7ff\ue000"),
        (f"{MARK}dcff", f"{MARK}ffffdcff"),
    ],
)
def test_what_utf8_cannot_hold_is_escaped_and_nothing_else(native: str, stored: str) -> None:
    assert paths.stored(native) == stored
    assert paths.native(stored) == native


@pytest.mark.parametrize(
    ("path", "one_spelling"),
    [
        ("/a/kick.wav", "/a/kick.wav"),
        ("/a/e\u0301.wav", "/a/\u00e9.wav"),
        ("/a/\u00e9.wav", "/a/\u00e9.wav"),
        ("/a/\ufb01.wav", "/a/\ufb01.wav"),
        ("/a/\udcff.wav", "/a/\udcff.wav"),
    ],
)
def test_letters_that_were_taken_apart_are_put_together(path: str, one_spelling: str) -> None:
    assert paths.composed(path) == one_spelling


@posix
@pytest.mark.parametrize(
    ("path", "folder", "name"),
    [("/a/b.wav", "/a/", "b.wav"), ("b.wav", "", "b.wav"), ("/b", "/", "b"), ("/a/", "/a/", "")],
)
def test_a_path_is_split_behind_its_last_separator(path: str, folder: str, name: str) -> None:
    assert paths.split(path) == (folder, name)


@posix
@pytest.mark.parametrize(
    ("path", "bare"), [("/a/", "/a"), ("/a//", "/a"), ("/a", "/a"), ("/", "/"), ("C:/", "C:/"), ("", "")]
)
def test_separators_at_the_end_are_dropped_except_where_they_are_all(path: str, bare: str) -> None:
    assert paths.bare(path) == bare


@posix
def test_the_range_of_a_folder_begins_at_its_separator_and_ends_before_the_next_name() -> None:
    assert paths.below("/a/b") == ("/a/b/", "/a/b0")
    assert paths.below("/a/b/") == ("/a/b/", "/a/b0")
    low, high = paths.below("/é\udcff")
    assert (low, high) == (f"/é{MARK}dcff/", f"/é{MARK}dcff0")


@posix
@pytest.mark.parametrize(
    ("folder", "path", "held"),
    [
        ("/a", "/a", True),
        ("/a", "/a/b", True),
        ("/a/", "/a/b", True),
        ("/a", "/ab", False),
        ("/", "/a", True),
        ("/a/b", "/a", False),
    ],
)
def test_a_folder_holds_itself_and_what_lies_below_it(folder: str, path: str, held: bool) -> None:
    assert paths.holds(folder, path) is held


@given(NAMES, NAMES)
def test_every_name_comes_back_and_a_folder_begins_its_files(folder: str, name: str) -> None:
    path = folder + os.sep + name
    assert paths.native(paths.stored(path)) == path
    paths.stored(path).encode("utf-8")
    assert paths.stored(path).startswith(paths.stored(folder + os.sep))
