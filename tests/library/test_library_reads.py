"""What the SQLite library answers beyond the common promises: columns in blocks, chunks of vectors, words in paths."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import apsw
import numpy as np
import pytest
from numpy.typing import NDArray

from library_samples import FEW_FACTS, FULL_FACTS, PARAMS, ROOT, analysed, failed, under
from soundkin.errors import BadArgumentError
from soundkin.library import SqliteLibrary, open_library, vectors
from soundkin.library.chunks import every_vector
from soundkin.model import PRESENT, SampleId


@pytest.fixture
def library(tmp_path: Path) -> Iterator[SqliteLibrary]:
    opened = open_library(tmp_path / "library.db", PARAMS, clock=lambda: 1234.5)
    opened.add_root(ROOT)
    yield opened
    opened.close()


def test_columns_hold_the_facts_of_every_findable_sample(library: SqliteLibrary) -> None:
    library.put([analysed(under("a.wav"), 1, facts=FULL_FACTS), analysed(under("b.wav"), 2, facts=FEW_FACTS)])
    library.put([analysed(under("gone.wav"), 3), failed(under("bad.wav"))])
    library.mark_missing([SampleId(3)], 5.0)
    (block,) = library.fact_blocks(None, PRESENT)
    assert block.ids.tolist() == [1, 2]
    assert block.duration_s.tolist() == [1.5, 0.25]
    np.testing.assert_array_equal(block.tempo_bpm, np.array([120.0, np.nan], np.float32))
    np.testing.assert_array_equal(block.root_hz, np.array([55.0, np.nan], np.float32))
    np.testing.assert_array_equal(block.loudness_db, np.array([-14.5, np.nan], np.float32))
    assert block.sample_rate.tolist() == [48_000, 44_100]
    assert block.kind.tolist() == [b"loop", b""]
    assert block.key.tolist() == [b"Am", b""]
    assert block.added_s.tolist() == [1234.5, 1234.5]
    assert block.paths == [under("a.wav"), under("b.wav")]
    assert block.roots == [ROOT, ROOT]


def test_columns_come_in_blocks(library: SqliteLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("soundkin.library.fact_blocks._BLOCK", 4)
    library.put([analysed(under(f"{number}.wav"), number) for number in range(10)])
    library.mark_missing([SampleId(id_) for id_ in (1, 2, 3, 4, 6)], 5.0)
    assert [block.ids.tolist() for block in library.fact_blocks(None, PRESENT)] == [[5, 7, 8, 9], [10]]


def together(blocks: Iterable[tuple[NDArray[np.int64], NDArray[np.float32]]]) -> dict[int, bytes]:
    """Vectors by id; none may come twice."""
    pairs = [(int(id_), vector.tobytes()) for ids, some in blocks for id_, vector in zip(ids, some, strict=True)]
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


def filled(library: SqliteLibrary) -> None:
    """Four chunks of vectors with holes, replaced ones, and some that are missing."""
    library.put([analysed(under(f"{number}.wav"), number) for number in range(3500)])
    library.mark_missing([SampleId(id_) for id_ in range(1, 1100)], 5.0)
    assert library.forget_missing(6.0) == 1099
    library.put([analysed(under(f"{number}.wav"), 9 * number) for number in range(1200, 1300)])
    library.mark_missing([SampleId(id_) for id_ in range(2000, 2010)], 5.0)


def test_vectors_read_by_the_chunk_are_those_read_one_by_one(library: SqliteLibrary) -> None:
    filled(library)
    stored, findable = together(library.stored_vectors()), together(library.all_vectors())
    alone = library.vectors([SampleId(id_) for id_ in range(1, 3600)])
    assert stored == {int(id_): vector.tobytes() for id_, vector in alone.items()}
    assert stored.keys() - findable.keys() == set(range(2000, 2010))
    assert findable.items() <= stored.items()


@pytest.mark.parametrize(
    "chunks",
    [
        "",
        "CREATE TABLE t_chunks (chunk_id INTEGER PRIMARY KEY, ids BLOB); CREATE TABLE t_vector_chunks00 (vectors BLOB)",
        "CREATE TABLE t_chunks AS SELECT 1 AS chunk_id, 8 AS size, x'ff' AS validity, zeroblob(64) AS rowids;"
        "CREATE TABLE t_vector_chunks00 AS SELECT zeroblob(8 * 4 * 2) AS vectors",
        "CREATE TABLE t_chunks AS SELECT 1 AS chunk_id, 8 AS size, x'ff' AS validity, zeroblob(64) AS rowids;"
        "CREATE TABLE t_vector_chunks00 AS SELECT zeroblob(8 * 4 * 3) AS vectors WHERE 0",
    ],
    ids=["no such tables", "other columns", "vectors of another size", "a chunk without vectors"],
)
def test_chunks_that_are_not_as_expected_are_left_alone(chunks: str) -> None:
    with closing(apsw.Connection(":memory:")) as db:
        db.execute("CREATE TABLE t (sample_id, embedding)")
        expected = {number: np.array([number, 0.5, -1], "<f4").tobytes() for number in range(1, 3000)}
        db.executemany("INSERT INTO t VALUES (?, ?)", expected.items())
        db.execute(chunks)
        assert together(every_vector(db, "t", 3)) == expected


def test_many_vectors_at_once_are_the_same_as_each_alone(
    library: SqliteLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.put([analysed(under(f"{number}.wav"), number) for number in range(20)])
    wanted = [SampleId(id_) for id_ in (3, 17, 5, 400)]
    few = library.vectors(wanted)
    monkeypatch.setattr(vectors, "SCAN_FROM", 1)
    many = library.vectors(wanted)
    assert set(few) == set(many) == {3, 5, 17}
    for id_ in few:
        np.testing.assert_array_equal(few[id_], many[id_])


PATHS = [
    ("Drums", "Kick Über.wav"),
    ("Drums", "Kick", "snare.WAV"),
    ("Vocals_1", "kick.flac"),
    ("Vocals%1", "loop wav.aif"),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {1, 2, 3, 4}),
        ("kick", {1, 2, 3}),
        ("ÜBER", {1}),
        ("samples", {1, 2, 3, 4}),
        ("wav", {1, 2, 4}),
        (os.path.join("KICK", "sn"), {2}),
        ("_1", {3}),
        ("%1", {4}),
        ("drums über", {1}),
        ("x" * 4_097, set()),
    ],
)
def test_words_are_looked_for_literally_in_folders_and_names(
    library: SqliteLibrary, text: str, expected: set[int]
) -> None:
    library.put([analysed(under(*parts), number) for number, parts in enumerate(PATHS)])
    library.put([analysed(under("Drums", "Kick", "kick gone.wav"), 9)])
    library.mark_missing([SampleId(5)], 5.0)
    assert {sample.id for sample in library.search(text, 10)} == expected


def test_more_words_than_sql_can_take_are_refused_with_the_number(library: SqliteLibrary) -> None:
    text = " ".join(str(number) for number in range(65))
    with pytest.raises(BadArgumentError, match="65"):
        library.search(text, 5)
    assert library.search("a " * 5000, 5) == []
