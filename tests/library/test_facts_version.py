"""Facts of an older version are found again, one analysis a file, while vectors and old facts go on answering."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from library_health import findings
from library_samples import FEW_FACTS, FULL_FACTS, NEXT_PARAMS, PARAMS, analysed, failed, vector_of
from soundkin.folders.diff import plan
from soundkin.library import open_library
from soundkin.library.sqlite import SqliteLibrary
from soundkin.model import DiskFile, FeatureParams

ROOT, ONE, TWO, BAD = "/samples", "/samples/one.wav", "/samples/two.wav", "/samples/bad.wav"
BETTER = replace(PARAMS, facts_version=2)


def filled(path: Path) -> SqliteLibrary:
    library = open_library(path, PARAMS)
    library.add_root(ROOT)
    library.put([analysed(ONE, 1), analysed(TWO, 2), failed(BAD)])
    return library


def stale(library: SqliteLibrary, params: FeatureParams) -> set[str]:
    """Files that a scan would have analysed again."""
    known = library.stamps(ROOT)
    found = plan([DiskFile(path, row.stamp) for path, row in known.items()], known, params.version)
    assert not found.new
    assert not found.changed
    return {file.path for file in found.stale}


def test_a_new_version_of_facts_has_every_sample_analysed_once_more(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    filled(path).close()
    library = open_library(path, BETTER)
    assert stale(library, BETTER) == {ONE, TWO}
    sample = library.by_path(ONE)
    assert sample is not None
    assert sample.facts == FEW_FACTS
    assert library.vectors([sample.id])[sample.id].tolist() == vector_of(1).tolist()
    assert library.count() == 2
    assert findings(library) == []
    library.put([analysed(ONE, 1, facts=FULL_FACTS)])
    again = library.by_path(ONE)
    assert again is not None
    assert (again.id, again.facts) == (sample.id, FULL_FACTS)
    library.close()
    library = open_library(path, BETTER)
    assert stale(library, BETTER) == {TWO}
    assert findings(library) == []
    library.close()


@pytest.mark.parametrize(("params", "back"), [(PARAMS, {ONE, TWO}), (BETTER, set())])
def test_what_is_kept_of_a_removed_folder_does_not_bring_back_older_facts(
    params: FeatureParams, back: set[str], tmp_path: Path
) -> None:
    library = filled(tmp_path / "library.db")
    library.remove_root(ROOT)
    library.close()
    library = open_library(tmp_path / "library.db", params)
    library.add_root(ROOT)
    assert set(library.missing()) == back
    assert findings(library) == []
    library.close()


@pytest.mark.parametrize("facts_version", [1, 2])
def test_a_new_library_has_the_facts_of_its_program(facts_version: int, tmp_path: Path) -> None:
    params = replace(PARAMS, facts_version=facts_version)
    for _ in range(2):
        library = open_library(tmp_path / "library.db", params)
        library.add_root(ROOT)
        library.put([] if library.by_path(ONE) else [analysed(ONE, 1)])
        assert stale(library, params) == set()
        library.close()


def test_facts_that_change_while_new_features_are_filled_begin_these_again(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    filled(path).close()
    library = open_library(path, NEXT_PARAMS)
    library.put([analysed(ONE, 1, NEXT_PARAMS)])
    assert stale(library, NEXT_PARAMS) == {TWO, BAD}
    library.close()
    both = replace(NEXT_PARAMS, facts_version=2)
    library = open_library(path, both)
    assert {ONE, TWO} <= stale(library, both)
    assert library.serving_params.version == PARAMS.version
    assert findings(library) == []
    library.put([analysed(ONE, 1, NEXT_PARAMS), analysed(TWO, 2, NEXT_PARAMS)])
    assert library.serving_params.version == NEXT_PARAMS.version
    assert findings(library) == []
    library.close()
