"""Categories in the library: written with the vector, worked out again from stored vectors, apart from both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import apsw
import numpy as np
import pytest

from library_health import findings
from library_samples import (
    CLASSIFIER,
    NAMES,
    NEXT_PARAMS,
    PARAMS,
    ROOT,
    analysed,
    failed,
    heard_of,
    likely_of,
    sounding,
    under,
)  # fmt: skip
from soundkin.errors import LibraryError
from soundkin.interfaces import Classifier
from soundkin.library import SqliteLibrary, open_library
from soundkin.library.connections import connect
from soundkin.library.heard import Hearing
from soundkin.model import KNOWN, FileStamp, Heard, Move, SampleId, Source, State

A, B = under("a.wav"), under("b.wav")
CLAP, SNARE = sounding("clap"), sounding("snare")
NEXT = replace(CLASSIFIER, version=2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "library.db"


@pytest.fixture
def library(path: Path) -> Iterator[SqliteLibrary]:
    library = open_library(path, PARAMS, classifier=CLASSIFIER)
    library.add_root(ROOT)
    yield library
    assert findings(library) == []
    library.close()


def rows(path: Path, statement: str) -> list[tuple[object, ...]]:
    db = connect(path)
    found = [tuple(row) for row in db.execute(statement)]
    db.close()
    return found


def category(library: SqliteLibrary, path: str) -> str | None:
    sample = library.by_path(path, KNOWN)
    assert sample is not None
    return sample.labels.category


def filled(library: SqliteLibrary, most: int = 3) -> list[int]:
    """How large the batches were until nothing was lacking."""
    sizes, last = [], 0
    while batch := library.classify(last, most):
        sizes.append(len(batch))
        last = int(batch[-1])
    return sizes


def test_a_category_is_stored_with_its_vector_and_again_with_another_one(library: SqliteLibrary, path: Path) -> None:
    library.put([analysed(A, CLAP)])
    assert category(library, A) == "clap"
    library.put([analysed(A, SNARE)])
    assert category(library, A) == "snare"
    assert rows(path, "SELECT sample_id, version, category FROM heard") == [(1, 1, NAMES.index("snare"))]
    assert filled(library) == []


def test_the_transaction_that_stores_a_vector_stores_the_category_or_neither(
    path: Path, library: SqliteLibrary
) -> None:
    class LostError(Exception):
        pass

    def stumbles(vectors: object) -> None:
        raise LostError

    library.put([analysed(A, CLAP)])
    other = open_library(path, PARAMS, classifier=replace(CLASSIFIER, posteriors=stumbles))  # type: ignore[arg-type]
    with pytest.raises(LostError):
        other.put([analysed(A, SNARE), analysed(B, SNARE)])
    other.close()
    assert library.by_path(B) is None
    assert category(library, A) == "clap"


def test_a_file_that_is_no_audio_any_more_or_is_forgotten_has_no_category(library: SqliteLibrary, path: Path) -> None:
    library.put([analysed(A, CLAP), analysed(B, CLAP)])
    library.put([failed(A)])
    library.mark_missing([SampleId(2)], 5.0)
    assert category(library, B) == "clap"
    assert rows(path, "SELECT sample_id FROM heard") == [(2,)]
    library.forget_missing(9.0)
    assert rows(path, "SELECT sample_id FROM heard") == []


def test_removing_a_folder_takes_the_categories_of_its_samples_along(library: SqliteLibrary, path: Path) -> None:
    library.put([analysed(A, CLAP)])
    library.remove_root(ROOT)
    assert rows(path, "SELECT * FROM heard") == []


def test_another_sound_stored_without_a_classifier_does_not_keep_the_old_category(
    library: SqliteLibrary, path: Path
) -> None:
    library.put([analysed(A, CLAP)])
    bare = open_library(path, PARAMS)
    bare.put([analysed(A, SNARE)])
    assert category(bare, A) is None
    bare.close()


def test_the_name_counts_follows_a_rename_and_needs_no_analysis(library: SqliteLibrary) -> None:
    library.put([analysed(A, sounding(None))])
    sample = library.by_path(A)
    assert sample is not None
    assert sample.labels.category is None
    for name, expected in (("kick 1.wav", "kick"), ("x.wav", None), ("claps/x.wav", "clap")):
        library.move([Move(sample.id, under(*name.split("/")), FileStamp(1, 2))])
        moved = library.samples([sample.id])[sample.id].labels
        assert moved.category == expected
        assert moved.source is (None if expected is None else Source.NAME)


def test_facts_in_blocks_say_the_same_as_samples(library: SqliteLibrary) -> None:
    names = [*(f"kick {n}.wav" for n in range(9)), *(f"{n}.wav" for n in range(40)), "hat.wav", "Drums/1.wav"]
    library.put([analysed(under(*name.split("/")), seed) for seed, name in enumerate(names, 1)])
    samples = library.samples([SampleId(n) for n in range(1, len(names) + 1)])
    said = {int(id_): sample.labels.category for id_, sample in samples.items()}
    assert len(set(said.values())) > 5
    (block,) = library.fact_blocks(None, {State.PRESENT})
    ids, codes = library.categories([*said, 999])
    for found_ids, found in ((block.ids, block.category), (ids, codes)):
        spelled = {int(id_): NAMES[code - 1] if code else None for id_, code in zip(found_ids, found, strict=True)}
        assert spelled == said


def test_what_lacks_a_category_gets_it_in_batches_from_its_vector(path: Path) -> None:
    library = open_library(path, PARAMS)
    library.add_root(ROOT)
    library.put([analysed(under(f"{n}.wav"), n) for n in range(1, 9)])
    library.put([failed(under("no.wav"))])
    library.mark_missing([SampleId(2)], 5.0)
    library.close()
    library = open_library(path, PARAMS, classifier=CLASSIFIER)
    assert category(library, under("1.wav")) is None
    generation = library.generation()
    assert filled(library) == [3, 3, 2]
    assert library.generation() == generation, "the index has nothing to do for it"
    assert [category(library, under(f"{n}.wav")) for n in range(1, 9)] == [heard_of(n) for n in range(1, 9)]
    assert filled(library) == []
    assert rows(path, "SELECT value FROM meta WHERE name = 'classified'") == [(1,)]
    assert findings(library) == []
    library.close()


def test_a_newer_classifier_goes_through_all_samples_and_the_old_answers_serve_meanwhile(path: Path) -> None:
    library = open_library(path, PARAMS, classifier=CLASSIFIER)
    library.add_root(ROOT)
    library.put([analysed(under(f"{n}.wav"), CLAP) for n in range(6)])
    assert filled(library) == []
    library.close()
    names = ("thump", *NAMES[::-1])

    def posteriors(vectors: np.ndarray) -> np.ndarray:
        return np.hstack([np.zeros((len(vectors), 1), np.float32), np.roll(likely_of(vectors), 1, axis=1)[:, ::-1]])

    old = Classifier(2, names, PARAMS.version, posteriors, CLASSIFIER.decide)
    library = open_library(path, PARAMS, classifier=old)
    assert filled(library, 4) == [4, 2]
    following = NAMES[(NAMES.index("clap") + 1) % len(NAMES)]
    assert {category(library, under(f"{n}.wav")) for n in range(6)} == {following}, "numbers of another order"
    assert [version for (version,) in rows(path, "SELECT version FROM classifier")] == [2]
    library.close()
    library = open_library(path, PARAMS, classifier=replace(CLASSIFIER, version=3))
    library.classify(0, 2)
    assert [category(library, under(f"{n}.wav")) for n in range(6)] == ["clap"] * 2 + [following] * 4
    assert filled(library, 4) == [4]
    library.close()


def test_a_category_that_this_program_does_not_know_is_none(path: Path) -> None:
    names = ("thump", *NAMES[1:])
    library = open_library(path, PARAMS, classifier=replace(CLASSIFIER, names=names))
    library.add_root(ROOT)
    library.put([analysed(A, sounding(NAMES[0])), analysed(B, CLAP)])
    assert [category(library, each) for each in (A, B)] == [None, "clap"]
    library.close()


def test_categories_that_change_without_a_new_version_are_refused(library: SqliteLibrary, path: Path) -> None:
    library.put([analysed(A, CLAP)])
    other = open_library(path, PARAMS, classifier=replace(CLASSIFIER, names=NAMES[::-1]))
    with pytest.raises(LibraryError, match=r"classifier version 1 .* need a new version"):
        other.put([analysed(B, CLAP)])
    other.close()


def test_vectors_of_other_features_are_left_to_the_analysis_that_replaces_them(path: Path) -> None:
    library = open_library(path, PARAMS)
    library.add_root(ROOT)
    library.put([analysed(A, 1), analysed(B, 2)])
    library.close()
    classifier = replace(CLASSIFIER, feature_version=NEXT_PARAMS.version)
    library = open_library(path, NEXT_PARAMS, classifier=classifier)
    assert filled(library) == []
    library.put([analysed(A, 1, NEXT_PARAMS)])
    assert library.serving_params == PARAMS
    assert category(library, A) == heard_of(1, NEXT_PARAMS)
    assert filled(library) == []
    library.put([analysed(B, 2, NEXT_PARAMS)])
    assert library.serving_params == NEXT_PARAMS
    assert filled(library) == []
    assert rows(path, "SELECT value FROM meta WHERE name = 'classified'") == [(1,)]
    library.close()


def test_what_was_stored_while_a_batch_was_being_worked_out_is_not_overwritten(library: SqliteLibrary) -> None:
    library.put([analysed(A, CLAP), analysed(B, CLAP)])
    other = open_library(library._database.path, PARAMS, classifier=NEXT)
    other.put([analysed(A, SNARE)])
    assert filled(other) == [1]
    assert [category(other, each) for each in (A, B)] == ["snare", "clap"]
    other.close()


def test_contradictions_are_told_surest_first_and_only_of_what_is_there(library: SqliteLibrary) -> None:
    library.put(
        [
            analysed(under("kick 1.wav"), CLAP),
            analysed(under("clap 1.wav"), CLAP),
            analysed(under("Kicks", "2.wav"), SNARE),
            analysed(under("kick 3.wav"), sounding(None)),
            analysed(under("kick 4.wav"), CLAP),
        ]
    )
    library.mark_missing([SampleId(5)], 5.0)
    found = library.contradictions()
    assert [(each.id, each.path, each.named, each.heard) for each in found] == [
        (3, under("Kicks", "2.wav"), ("kick",), "snare"),
        (1, under("kick 1.wav"), ("kick",), "clap"),
    ]
    assert all(each.confidence == pytest.approx(0.9, abs=0.003) for each in found)
    assert category(library, under("kick 1.wav")) == "clap"


@pytest.mark.parametrize("harm", ["INSERT INTO heard VALUES (77, 1, 0, x'00')", "UPDATE heard SET version = 9"])
def test_categories_that_belong_to_nothing_are_found_and_mended(path: Path, harm: str) -> None:
    from soundkin.library import integrity, mending

    library = open_library(path, PARAMS, classifier=CLASSIFIER)
    library.add_root(ROOT)
    library.put([analysed(A, CLAP), analysed(B, SNARE)])
    assert filled(library) == []
    library.close()
    db = apsw.Connection(str(path))
    db.execute(harm)
    db.close()
    db = connect(path)
    assert any("categor" in each for each in integrity.promises(db))
    with db:
        mending.mend(db)
    assert integrity.full(db) == []
    db.close()
    library = open_library(path, PARAMS, classifier=CLASSIFIER)
    filled(library)
    assert [category(library, each) for each in (A, B)] == ["clap", "snare"]
    library.close()


def test_what_is_stored_is_the_number_and_a_byte_for_each_likelihood(path: Path) -> None:
    sure = replace(CLASSIFIER, posteriors=lambda vectors: np.where(likely_of(vectors) > 0.5, 1.2, 0.0))
    library = open_library(path, PARAMS, classifier=sure)
    library.add_root(ROOT)
    library.put([analysed(A, sounding(NAMES[0])), analysed(B, sounding(None))])
    library.close()
    nothing = bytes(len(NAMES))
    assert rows(path, "SELECT category, likely FROM heard ORDER BY sample_id") == [
        (0, b"\xff" + nothing[1:]),
        (None, nothing),
    ]


def test_numbers_of_another_order_are_read_by_their_names(path: Path) -> None:
    open_library(path, PARAMS).close()
    db = connect(path)
    for version, names in ((1, NAMES), (2, ("thump", *NAMES[::-1]))):
        db.execute("INSERT INTO classifier VALUES (?, ?)", (version, json.dumps(names)))
    hearing = Hearing(db)
    db.close()
    bytes_ = bytes(range(len(NAMES) + 1))
    assert hearing.heard(1, None, bytes_[1:]) == Heard(-1, bytes_[1:])
    assert hearing.heard(1, 0, bytes_[1:]) == Heard(0, bytes_[1:])
    assert hearing.heard(2, 1, bytes_) == Heard(len(NAMES) - 1, bytes_[:0:-1])
    assert hearing.heard(2, 0, bytes_) == Heard(-1, bytes_[:0:-1]), "what this program does not know"
    assert hearing.heard(2, None, bytes_) == Heard(-1, bytes_[:0:-1])
    assert hearing.heard(None, None, None) is None


def test_likelihoods_of_categories_that_an_older_classifier_did_not_know_are_0(path: Path) -> None:
    open_library(path, PARAMS).close()
    db = connect(path)
    db.execute("INSERT INTO classifier VALUES (1, ?)", (json.dumps(["clap"]),))
    found = Hearing(db).heard(1, 0, b"\xc8")
    db.close()
    assert found == Heard(NAMES.index("clap"), bytes(200 if name == "clap" else 0 for name in NAMES))


def test_a_library_that_was_gone_through_is_not_looked_at_again(library: SqliteLibrary, path: Path) -> None:
    library.put([analysed(A, CLAP)])
    assert filled(library) == []
    db = connect(path)
    db.execute("DELETE FROM heard")
    db.close()
    assert filled(library) == []


def test_a_category_takes_less_than_fifty_bytes_of_the_file(tmp_path: Path) -> None:
    sizes = []
    for name, classifier in (("with.db", CLASSIFIER), ("without.db", None)):
        library = open_library(tmp_path / name, PARAMS, classifier=classifier)
        library.add_root(ROOT)
        for start in range(0, 20_000, 1000):
            library.put([analysed(under(f"{n}.wav"), n) for n in range(start, start + 1000)])
        library.close()
        sizes.append((tmp_path / name).stat().st_size)
    assert (sizes[0] - sizes[1]) / 20_000 < 50


def test_the_names_of_the_numbers_are_kept_beside_them(library: SqliteLibrary, path: Path) -> None:
    library.put([analysed(A, CLAP)])
    assert [(version, tuple(json.loads(str(names)))) for version, names in rows(path, "SELECT * FROM classifier")] == [
        (1, NAMES)
    ]


@pytest.mark.parametrize("classifier", [CLASSIFIER, None])
def test_what_comes_back_with_its_folder_has_its_category_or_gets_it_with_the_next_classifier(
    path: Path, classifier: Classifier | None
) -> None:
    first = open_library(path, PARAMS, classifier=CLASSIFIER)
    first.add_root(ROOT)
    first.put([analysed(A, CLAP), analysed(B, SNARE)])
    assert filled(first) == []
    first.remove_root(ROOT)
    first.close()
    again = open_library(path, PARAMS, classifier=classifier)
    again.add_root(ROOT)
    again.close()
    library = open_library(path, PARAMS, classifier=CLASSIFIER)
    assert filled(library) == ([] if classifier else [2])
    assert [category(library, each) for each in (A, B)] == ["clap", "snare"]
    library.close()
