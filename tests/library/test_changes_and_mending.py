"""The index's to-do list, and what is found and mended where tables disagree: small libraries, table by table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from library_samples import NEXT_PARAMS, PARAMS, ROOT, analysed, failed, under
from soundkin.library import changes, integrity, mending, open_library
from soundkin.library.connections import connect
from soundkin.model import Change, SampleId

A, B, C = SampleId(1), SampleId(2), SampleId(3)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Three samples and a failure in one root, and one sample in another."""
    path = tmp_path / "library.db"
    library = open_library(path, PARAMS)
    library.add_root(ROOT)
    library.add_root(ROOT + "-other")
    library.put([analysed(under(f"{name}.wav"), n) for n, name in enumerate("abc", 1)])
    library.put([failed(under("x.wav")), analysed(under("o.wav", root=ROOT + "-other"), 9)])
    library.close()
    return path


@pytest.fixture
def db(path: Path) -> Iterator[apsw.Connection]:
    db = connect(path)
    yield db
    db.close()


def rows(db: apsw.Connection, statement: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in db.execute(statement)]


# ---- the to-do list ----


def test_each_note_is_a_generation_and_the_newest_of_a_sample_counts(db: apsw.Connection) -> None:
    first = changes.generation(db)
    changes.note(db, [A, B])
    assert changes.generation(db) == first + 1
    changes.note(db, iter([A]))
    assert changes.generation(db) == first + 2
    assert changes.since(db, first) == [Change(B, False), Change(A, False)]
    assert changes.since(db, first + 1) == [Change(A, False)]
    assert changes.since(db, first + 2) == []


def test_nothing_noted_is_no_generation(db: apsw.Connection) -> None:
    first = changes.generation(db)
    changes.note(db, [])
    assert changes.generation(db) == first
    assert changes.next_generation(db) == first + 1


def test_a_list_that_does_not_reach_back_or_is_not_ours_is_none(db: apsw.Connection) -> None:
    newest = changes.generation(db)
    assert changes.since(db, newest + 1) is None
    assert changes.since(db, -1) is None
    assert changes.since(db, 0) is not None
    changes.prune(db, newest)
    assert changes.since(db, newest - 1) is None
    assert changes.since(db, newest) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE sample SET served = 0 WHERE id = 1",
        "UPDATE sample SET missing_since = 5.0 WHERE id = 1",
        "UPDATE root SET online = 0 WHERE id = 1",
        "PRAGMA foreign_keys = OFF; DELETE FROM sample WHERE id = 1",
        "PRAGMA foreign_keys = OFF; DELETE FROM root WHERE id = 1",
    ],
)
def test_whether_a_sample_leaves_the_answers_is_asked_when_the_list_is_read(db: apsw.Connection, change: str) -> None:
    first = changes.generation(db)
    changes.note(db, [A])
    assert changes.since(db, first) == [Change(A, False)]
    db.execute(change)
    assert changes.since(db, first) == [Change(A, True)]


def test_of_a_root_all_is_noted_that_is_neither_missing_nor_failed(db: apsw.Connection) -> None:
    db.execute("UPDATE sample SET missing_since = 5.0 WHERE id = 2")
    first = changes.generation(db)
    changes.note_root(db, 1)
    assert changes.generation(db) == first + 1
    assert changes.since(db, first) == [
        Change(A, False),
        Change(C, False),
    ]


def test_pruning_drops_what_a_saved_index_holds_and_never_goes_back(db: apsw.Connection) -> None:
    changes.prune(db, changes.generation(db))
    first = changes.generation(db)
    changes.note(db, [A])
    changes.note(db, [B])
    changes.prune(db, first + 1)
    assert rows(db, "SELECT sample_id FROM change") == [(B,)]
    assert changes.since(db, first) is None
    assert changes.since(db, first + 1) == [Change(B, False)]
    changes.prune(db, first)
    assert changes.since(db, first) is None
    changes.prune(db, first + 1_000)
    assert rows(db, "SELECT * FROM change") == []
    assert changes.since(db, changes.generation(db)) == []


def test_starting_again_leaves_no_index_up_to_date(db: apsw.Connection) -> None:
    before = changes.generation(db)
    changes.start_afresh(db)
    assert changes.generation(db) == before + 1
    assert rows(db, "SELECT * FROM change") == []
    assert changes.since(db, before) is None
    assert changes.since(db, before + 1) == []


# ---- what is found ----


def found(db: apsw.Connection) -> list[str]:
    return integrity.promises(db)


def test_a_sound_library_is_sound_by_every_look(db: apsw.Connection) -> None:
    assert integrity.quick(db) == []
    assert integrity.quick_within(db, 60.0) == []
    assert integrity.structure(db) == []
    assert integrity.full(db) == []
    assert found(db) == []


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("DELETE FROM vector_v1 WHERE sample_id IN (1, 2)", "2 samples lack their vector of feature version 1"),
        (
            "PRAGMA foreign_keys = OFF; DELETE FROM sample WHERE id = 1",
            "1 vectors of feature version 1 belong to no sample",
        ),
        (
            "UPDATE vector_v1 SET present = 0 WHERE sample_id = 2",
            "1 vectors of feature version 1 disagree with their sample",
        ),
        (
            "UPDATE vector_v1 SET root_id = 2 WHERE sample_id < 3",
            "2 vectors of feature version 1 disagree with their sample",
        ),
        (
            "UPDATE sample SET missing_since = 5.0 WHERE id = 3",
            "1 vectors of feature version 1 disagree with their sample",
        ),
        ("PRAGMA foreign_keys = OFF; DELETE FROM root WHERE id = 2", "1 samples belong to no folder"),
        ("INSERT INTO change VALUES (77, 999), (78, 999)", "the index's to-do list is ahead of the library"),
    ],
)
def test_each_broken_promise_is_told_with_its_count_and_mended(db: apsw.Connection, damage: str, sentence: str) -> None:
    db.execute(damage)
    assert found(db) == [sentence]
    assert integrity.full(db) == [sentence]
    before = changes.generation(db)
    with db:
        mending.mend(db)
    assert found(db) == []
    assert changes.since(db, before) is None


def test_several_promises_broken_at_once_are_all_told(db: apsw.Connection) -> None:
    db.execute("PRAGMA foreign_keys = OFF; DELETE FROM sample WHERE id = 1; DELETE FROM vector_v1 WHERE sample_id = 2")
    db.execute("UPDATE vector_v1 SET present = 0 WHERE sample_id = 3")
    assert [sentence.partition(" of ")[0] for sentence in found(db)] == [
        "1 samples lack their vector",
        "1 vectors",
        "1 vectors",
    ]


def test_a_list_that_is_as_new_as_the_library_is_not_ahead_of_it(db: apsw.Connection) -> None:
    changes.note(db, [A])
    assert found(db) == []
    db.execute("UPDATE change SET generation = generation + 1 WHERE sample_id = 1")
    assert len(found(db)) == 1


def test_a_table_that_cannot_be_read_is_named(db: apsw.Connection) -> None:
    db.execute("DROP TABLE change")
    (sentence,) = found(db)
    assert sentence.startswith("a table cannot be read:")
    assert "change" in sentence


def test_a_file_that_is_no_database_or_a_damaged_one_is_told_not_raised(path: Path, tmp_path: Path) -> None:
    for name, data in (
        ("text", b"not a database at all" * 300),
        ("cut", path.read_bytes()[: 4096 * 5] + b"\xee" * 4096),
    ):
        bad = tmp_path / f"{name}.db"
        bad.write_bytes(data)
        db = apsw.Connection(str(bad))
        assert integrity.quick(db), name
        assert integrity.structure(db), name
        assert all(isinstance(sentence, str) for sentence in [*integrity.quick(db), *integrity.structure(db)])
        db.close()


@pytest.fixture
def damaged(db: apsw.Connection) -> Iterator[apsw.Connection]:
    """A library with a table of a thousand rows as it says and fifty that are not."""
    db.execute("CREATE TABLE loose (a NOT NULL)")
    db.execute("PRAGMA writable_schema = ON")
    db.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1050) "
        "INSERT INTO loose SELECT iif(i <= 1000, '-1', i) FROM n"
    )
    db.execute("UPDATE sqlite_schema SET sql = 'CREATE TABLE loose (a TEXT CHECK (a < 0)) STRICT' WHERE name = 'loose'")
    again = connect(Path(db.db_filename("main")))
    yield again
    again.close()


def test_twenty_findings_are_enough(damaged: apsw.Connection) -> None:
    assert len(integrity.quick(damaged)) == 20
    assert len(integrity.structure(damaged)) == 20


def test_where_the_file_itself_is_damaged_the_full_look_says_that_alone(damaged: apsw.Connection) -> None:
    damaged.execute("UPDATE vector_v1 SET present = 0 WHERE sample_id = 2")
    assert len(found(damaged)) == 1
    assert integrity.full(damaged) == integrity.structure(damaged)


@pytest.mark.parametrize(("now_s", "findings"), [(100.0, 20), (160.0, 20), (160.1, 0)])
def test_a_look_goes_on_until_its_seconds_are_over(damaged: apsw.Connection, now_s: float, findings: int) -> None:
    times = iter([100.0])
    assert len(integrity.quick_within(damaged, 60.0, lambda: next(times, now_s))) == findings
    assert len(integrity.quick(damaged)) == 20


def test_a_look_with_its_time_over_finds_nothing_and_leaves_the_connection_usable(db: apsw.Connection) -> None:
    for _ in range(3):
        assert integrity.quick_within(db, -1.0) == []
    assert integrity.quick(db) == []


# ---- what is expected, and how it is mended ----


def test_vectors_are_expected_of_what_is_served_with_its_root_and_whether_it_is_there(db: apsw.Connection) -> None:
    db.execute("UPDATE sample SET missing_since = 5.0 WHERE id = 2")
    assert mending.expected_vectors(db, 1) == {1: (1, 1), 2: (1, 0), 3: (1, 1), 5: (2, 1)}


def test_of_features_to_come_vectors_are_expected_of_what_was_analysed_for_them(path: Path) -> None:
    library = open_library(path, NEXT_PARAMS)
    library.put([analysed(under("a.wav"), 1, NEXT_PARAMS)])
    library.close()
    db = connect(path)
    assert mending.expected_vectors(db, 2) == {1: (1, 1)}
    assert mending.expected_vectors(db, 1) == {1: (1, 1), 2: (1, 1), 3: (1, 1), 5: (2, 1)}
    assert found(db) == []
    db.execute("DELETE FROM vector_v2")
    assert found(db) == ["1 samples lack their vector of feature version 2"]
    with db:
        mending.mend(db)
    assert found(db) == []
    assert rows(db, "SELECT id FROM sample WHERE feature_version = -1") == [(1,)]
    assert rows(db, "SELECT sample_id FROM vector_v1") == [(1,), (2,), (3,), (5,)]
    db.execute("DELETE FROM vector_v1 WHERE sample_id = 2")
    with db:
        mending.mend(db)
    assert found(db) == []
    assert rows(db, "SELECT id FROM sample WHERE served = 1") == [(1,), (3,), (5,)]
    db.close()


def test_a_sample_without_its_vector_is_to_be_analysed_again_and_the_others_are_left_alone(db: apsw.Connection) -> None:
    db.execute("DELETE FROM vector_v1 WHERE sample_id = 2")
    with db:
        mending.mend(db)
    assert rows(db, "SELECT id, served, feature_version FROM sample ORDER BY id") == [
        (1, 1, 1),
        (2, 0, -1),
        (3, 1, 1),
        (4, 0, 1),
        (5, 1, 1),
    ]
    assert rows(db, "SELECT sample_id, root_id, present FROM vector_v1 ORDER BY sample_id") == [
        (1, 1, 1),
        (3, 1, 1),
        (5, 2, 1),
    ]


def test_what_a_vector_says_of_its_sample_is_put_right(db: apsw.Connection) -> None:
    db.execute("UPDATE vector_v1 SET root_id = 7, present = 0 WHERE sample_id = 1")
    db.execute("UPDATE sample SET missing_since = 5.0 WHERE id = 3")
    with db:
        mending.mend(db)
    assert rows(db, "SELECT sample_id, root_id, present FROM vector_v1 ORDER BY sample_id") == [
        (1, 1, 1),
        (2, 1, 1),
        (3, 1, 0),
        (5, 2, 1),
    ]


@pytest.mark.parametrize(("table", "kept"), [("root", [(5,)]), ("folder", [(5,)])])
def test_samples_of_a_root_or_folder_that_is_lost_go_with_their_vectors(
    db: apsw.Connection, table: str, kept: list[tuple[int]]
) -> None:
    db.execute(f"PRAGMA foreign_keys = OFF; DELETE FROM {table} WHERE id = 1")
    with db:
        mending.mend(db)
    assert rows(db, "SELECT id FROM sample") == kept
    assert rows(db, "SELECT sample_id FROM vector_v1") == kept
    assert found(db) == []
