"""What was deleted gives its room back, in short steps, and nothing else changes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from library_health import findings
from library_samples import NEXT_PARAMS, PARAMS, ROOT, analysed, under
from soundkin.library import SqliteLibrary, open_library, tidy
from soundkin.model import FileStamp, Move, SampleId

FILES = 3000


@pytest.fixture
def library(tmp_path: Path) -> Iterator[SqliteLibrary]:
    """Every tenth of many samples is left."""
    library = open_library(tmp_path / "library.db", PARAMS)
    library.add_root(ROOT)
    library.put([analysed(under(f"{n}.wav"), n) for n in range(FILES)])
    library.mark_missing([SampleId(n) for n in range(1, FILES + 1) if n % 10], 1.0)
    library.forget_missing(2.0)
    yield library
    assert findings(library) == []
    library.close()


def chunks(library: SqliteLibrary) -> int:
    with library._database.reading() as db:
        return int(db.execute("SELECT count(*) FROM vector_v1_chunks").get)


def finish(library: SqliteLibrary) -> int:
    steps = 1
    while library.tidy():
        steps += 1
        assert steps < 1000
    return steps


def vectors(library: SqliteLibrary) -> dict[int, bytes]:
    return {int(id_): row.tobytes() for ids, rows in library.all_vectors() for id_, row in zip(ids, rows, strict=True)}


def test_the_holes_of_deleted_vectors_are_closed_and_the_index_hears_nothing(library: SqliteLibrary) -> None:
    before, generation, count = vectors(library), library.generation(), library.count()
    assert chunks(library) == 3
    assert finish(library) > 1
    assert chunks(library) == 1
    assert (vectors(library), library.generation(), library.count()) == (before, generation, count)
    assert library.vectors([SampleId(10)])[SampleId(10)].tobytes() == before[10]


def test_missing_and_offline_samples_stay_so(library: SqliteLibrary) -> None:
    library.mark_missing([SampleId(20)], 5.0)
    library.set_online(1, False)
    finish(library)
    assert library.count() == 0
    library.set_online(1, True)
    assert library.count() == FILES // 10 - 1
    assert 20 not in vectors(library)


def test_free_pages_go_back_to_the_disk(library: SqliteLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tidy, "_SPARE_PAGES", 10)
    monkeypatch.setattr(tidy, "_PAGES_A_STEP", 20)
    before = pages(library)
    finish(library)
    assert pages(library) < before * 0.6


def pages(library: SqliteLibrary) -> int:
    with library._database.reading() as db:
        return int(db.pragma("page_count"))


def test_a_library_without_waste_has_nothing_to_do(tmp_path: Path) -> None:
    library = open_library(tmp_path / "library.db", PARAMS)
    assert not library.tidy()
    library.add_root(ROOT)
    library.put([analysed(under(f"{n}.wav"), n) for n in range(FILES)])
    assert not library.tidy()
    library.close()


def test_both_spaces_of_a_change_of_features_are_tidied(library: SqliteLibrary, tmp_path: Path) -> None:
    bumped = open_library(tmp_path / "library.db", NEXT_PARAMS)
    bumped.put([analysed(under("9.wav"), 9, NEXT_PARAMS)])
    finish(bumped)
    assert chunks(bumped) == 1
    bumped.close()


def folders(library: SqliteLibrary) -> list[str]:
    with library._database.reading() as db:
        return [os.path.relpath(path, ROOT) for (path,) in db.execute("SELECT path FROM folder ORDER BY path")]


def test_a_folder_goes_with_the_last_file_that_is_known_of_it(tmp_path: Path) -> None:
    library = open_library(tmp_path / "library.db", PARAMS)
    root, other = library.add_root(ROOT), library.add_root(under("b"))
    library.put([analysed(under(os.path.join(*name)), 1) for name in (("a", "1"), ("a", "2"), ("b", "3"), ("c", "4"))])
    assert folders(library) == ["a", "b", "c"]
    library.mark_missing([SampleId(1), SampleId(4)], 1.0)
    assert folders(library) == ["a", "b", "c"]
    library.forget_missing(2.0)
    assert folders(library) == ["a", "b"]
    library.move([Move(SampleId(2), under(os.path.join("d", "2")), FileStamp(1, 1))])
    assert folders(library) == ["b", "d"]
    library.remove_root(root.path)
    assert folders(library) == ["b"], "which belongs to the root inside it"
    library.remove_root(other.path)
    assert folders(library) == []
    library.close()
