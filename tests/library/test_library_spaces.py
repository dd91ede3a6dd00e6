"""From one feature version to the next while the old answers go on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from library_health import findings
from library_samples import NEXT_PARAMS, PARAMS, ROOT, analysed, failed, under, vector_of
from soundkin.errors import LibraryError
from soundkin.library import SqliteLibrary, open_library
from soundkin.model import FeatureParams, FileStamp, Move, SampleId

NAMES = ["a.wav", "b.wav", "c.wav"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed library with three files analysed under the old features."""
    path = tmp_path / "library.db"
    library = open_library(path, PARAMS)
    library.add_root(ROOT)
    library.put([analysed(under(name), number) for number, name in enumerate(NAMES, 1)])
    library.close()
    return path


@pytest.fixture
def bumped(path: Path) -> Iterator[SqliteLibrary]:
    """The same library, opened by a Soundkin with new features."""
    library = open_library(path, NEXT_PARAMS)
    yield library
    assert findings(library) == []
    library.close()


def redone(*names: str) -> list:  # type: ignore[type-arg]
    return [analysed(under(name), NAMES.index(name) + 1, NEXT_PARAMS) for name in names]


def served(library: SqliteLibrary) -> dict[int, int]:
    """Ids and the lengths of their vectors."""
    return {int(id_): len(row) for ids, rows in library.all_vectors() for id_, row in zip(ids, rows, strict=True)}


def test_old_vectors_answer_until_every_file_has_a_new_one(bumped: SqliteLibrary) -> None:
    generation = bumped.generation()
    assert (bumped.params, bumped.serving_params) == (NEXT_PARAMS, PARAMS)
    bumped.put(redone("a.wav", "b.wav"))
    assert bumped.serving_params.version == PARAMS.version
    assert served(bumped) == {1: 6, 2: 6, 3: 6}
    np.testing.assert_array_equal(bumped.vectors([SampleId(1)])[SampleId(1)], vector_of(1))
    assert bumped.changes_since(generation) is not None
    bumped.put(redone("c.wav"))
    assert bumped.serving_params == NEXT_PARAMS
    assert served(bumped) == {1: 8, 2: 8, 3: 8}
    np.testing.assert_array_equal(bumped.vectors([SampleId(1)])[SampleId(1)], vector_of(1, NEXT_PARAMS))
    assert bumped.count() == 3


@pytest.mark.parametrize("touched", [False, True], ids=["as it was", "with another date"])
def test_a_hash_made_in_another_way_is_of_the_same_sound_where_the_stamp_is_the_same(
    bumped: SqliteLibrary, touched: bool
) -> None:
    again = redone("a.wav")[0]
    stamp = replace(again.stamp, mtime_ns=9) if touched else again.stamp
    bumped.put([replace(again, content_hash=b"made in a longer way", stamp=stamp)])
    assert served(bumped) == ({2: 6, 3: 6} if touched else {1: 6, 2: 6, 3: 6})


def test_the_change_of_features_makes_every_index_rebuild(bumped: SqliteLibrary) -> None:
    bumped.put(redone("a.wav", "b.wav"))
    before = bumped.generation()
    bumped.put(redone("c.wav"))
    assert bumped.generation() > before
    assert bumped.changes_since(before) is None
    assert bumped.changes_since(bumped.generation()) == []


def test_stamps_say_what_is_still_to_be_redone(bumped: SqliteLibrary) -> None:
    bumped.put(redone("b.wav"))
    versions = {os.path.basename(p): known.feature_version for p, known in bumped.stamps(ROOT).items()}
    assert versions == {"a.wav": 1, "b.wav": 2, "c.wav": 1}


def test_a_file_whose_sound_changed_meanwhile_does_not_answer_with_its_old_vector(bumped: SqliteLibrary) -> None:
    since = bumped.generation()
    bumped.put([analysed(under("a.wav"), 99, NEXT_PARAMS)])
    assert served(bumped) == {2: 6, 3: 6}
    assert [(change.id, change.removed) for change in bumped.changes_since(since) or []] == [(1, True)]
    bumped.put(redone("b.wav", "c.wav"))
    assert served(bumped) == {1: 8, 2: 8, 3: 8}


def test_new_files_join_the_answers_with_the_new_features(bumped: SqliteLibrary) -> None:
    bumped.put([analysed(under("new.wav"), 50, NEXT_PARAMS)])
    assert bumped.by_path(under("new.wav")) is None
    bumped.put(redone(*NAMES))
    assert bumped.by_path(under("new.wav")) is not None


def test_files_that_fail_vanish_or_are_offline_do_not_hold_it_up(bumped: SqliteLibrary) -> None:
    other = bumped.add_root(os.path.join(os.path.dirname(ROOT), "other"))
    bumped.move([Move(SampleId(3), os.path.join(other.path, "c.wav"), FileStamp(1, 1))])
    bumped.put([*redone("a.wav"), failed(under("b.wav"))])
    assert bumped.serving_params.version == PARAMS.version
    bumped.set_online(other.id, False)
    assert bumped.serving_params.version == NEXT_PARAMS.version
    bumped.set_online(other.id, True)
    # no vector of the new features yet: its stamp says so, and it is found again after its analysis
    assert served(bumped) == {1: 8}
    bumped.put([analysed(os.path.join(other.path, "c.wav"), 3, NEXT_PARAMS)])
    assert served(bumped) == {1: 8, 3: 8}


@pytest.mark.parametrize("how", ["missing", "removed"])
def test_the_last_old_file_leaving_completes_the_change(bumped: SqliteLibrary, how: str) -> None:
    bumped.put(redone("a.wav", "b.wav"))
    if how == "missing":
        bumped.mark_missing([SampleId(3)], 5.0)
        assert served(bumped) == {1: 8, 2: 8}
    else:
        bumped.remove_root(ROOT)
        assert served(bumped) == {}
    assert bumped.serving_params.version == NEXT_PARAMS.version


def test_a_missing_file_that_returns_after_the_change_waits_for_its_analysis(bumped: SqliteLibrary) -> None:
    bumped.mark_missing([SampleId(3)], 5.0)
    bumped.put(redone("a.wav", "b.wav"))
    bumped.move([Move(SampleId(3), under("c.wav"), FileStamp(1003, 5_000_000_003))])
    assert served(bumped) == {1: 8, 2: 8}
    assert bumped.stamps(under("c.wav"))[under("c.wav")].feature_version == PARAMS.version


def test_an_interrupted_change_goes_on_where_it_was(path: Path) -> None:
    first = open_library(path, NEXT_PARAMS)
    first.put(redone("a.wav", "b.wav"))
    first.close()
    second = open_library(path, NEXT_PARAMS)
    assert second.serving_params.version == PARAMS.version
    second.put(redone("c.wav"))
    assert served(second) == {1: 8, 2: 8, 3: 8}
    second.close()


def test_a_third_version_drops_the_unfinished_second(path: Path) -> None:
    second = open_library(path, NEXT_PARAMS)
    second.put(redone("a.wav"))
    second.close()
    third_params = FeatureParams(3, 6, PARAMS.aspects)
    third = open_library(path, third_params)
    assert third.serving_params == PARAMS
    third.put([analysed(under(name), number, third_params) for number, name in enumerate(NAMES, 1)])
    assert third.serving_params == third_params
    assert findings(third) == []
    third.close()


def test_going_back_to_the_old_soundkin_needs_no_analysis(path: Path) -> None:
    open_library(path, NEXT_PARAMS).close()
    library = open_library(path, PARAMS)
    assert library.serving_params == PARAMS
    assert library.count() == 3
    library.close()


def test_what_was_away_during_an_update_that_is_taken_back_is_analysed_again(path: Path) -> None:
    new = open_library(path, NEXT_PARAMS)
    new.set_online(1, False)
    assert new.serving_params == NEXT_PARAMS, "nothing that can be found lacks a new vector"
    new.close()
    library = open_library(path, PARAMS)
    library.set_online(1, True)
    assert findings(library) == []
    assert all(known.feature_version != PARAMS.version for known in library.stamps(ROOT).values())
    library.put([analysed(under(name), number) for number, name in enumerate(NAMES, 1)])
    assert library.count() == len(NAMES)
    assert findings(library) == []
    library.close()


def test_an_empty_library_takes_new_features_at_once(tmp_path: Path) -> None:
    open_library(tmp_path / "empty.db", PARAMS).close()
    library = open_library(tmp_path / "empty.db", NEXT_PARAMS)
    assert library.serving_params.version == NEXT_PARAMS.version
    library.close()


def test_features_changed_without_a_new_version_are_refused_naming_both(path: Path) -> None:
    changed = replace(NEXT_PARAMS, version=PARAMS.version)
    with pytest.raises(LibraryError, match=r"8 dimensions.*timbre\[0:5\].*6 in.*timbre\[0:4\].*new version"):
        open_library(path, changed)
