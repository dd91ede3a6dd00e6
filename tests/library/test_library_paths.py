"""The spelling of paths inside SQLite."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soundkin.library.paths import bare, below, holds, native, stored

names = st.text(st.characters() | st.sampled_from("\U0010ffff\udcff\udc80\ud800/0f"), max_size=12)


@given(names)
def test_every_name_comes_back_as_it_was(name: str) -> None:
    spelled = stored(name)
    spelled.encode("utf-8")
    assert native(spelled) == name


@given(names, names)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert (stored(one) == stored(other)) == (one == other)


@given(names, names)
def test_what_lies_below_a_folder_is_in_its_range_and_nothing_else(folder: str, name: str) -> None:
    folder = bare(os.sep + folder)
    low, high = below(folder)
    inside = folder + ("" if folder.endswith(os.sep) else os.sep) + name
    assert low <= stored(inside) < high
    assert holds(folder, inside)
    if not folder.endswith(os.sep):
        assert not low <= stored(folder + name.replace(os.sep, "") + "x") < high


def test_a_sibling_with_a_longer_name_is_not_below() -> None:
    low, high = below(os.sep + "a")
    for sibling in ("ab", "a.wav", "a0", "a\uffff", "a-", "b"):
        assert not low <= os.sep + sibling < high
        assert not holds(os.sep + "a", os.sep + sibling)


@pytest.mark.parametrize("path", [os.sep, "C:" + os.sep])
def test_the_root_of_a_volume_keeps_its_separator(path: str) -> None:
    assert bare(path) == path
    assert holds(path, path + "x.wav")
    assert bare(path + "x" + os.sep) == path + "x"
