"""What every Library promises, asked of the fake one and the real one alike."""

from __future__ import annotations

import math
import os
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from fakes_library import FakeLibrary, Library
from library_health import findings
from library_samples import (
    CLASSIFIER,
    FEW_FACTS,
    FULL_FACTS,
    NAMES,
    PARAMS,
    ROOT,
    analysed,
    failed,
    heard_of,
    sounding,
    under,
    vector_of,
)
from soundkin.errors import BadArgumentError, LibraryError
from soundkin.interfaces import FactBlock
from soundkin.library import open_library
from soundkin.model import (
    ABSENT,
    KNOWN,
    PRESENT,
    Analysis,
    AnalysisFailure,
    Change,
    Facts,
    FileStamp,
    KnownFile,
    Move,
    Problem,
    Sample,
    SampleId,
    State,
    Unchanged,
)

A, B, C = under("a.wav"), under("b.wav"), under("deep", "c.wav")


class Clock:
    """Seconds that stand still."""

    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["fake", "sqlite"])
def library(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Library]:
    path = tmp_path / "library.db"
    opened: Library = (
        FakeLibrary(PARAMS, classifier=CLASSIFIER, clock=clock)
        if request.param == "fake"
        else open_library(path, PARAMS, classifier=CLASSIFIER, clock=clock)
    )
    yield opened
    opened.close()
    if path.exists():
        again = open_library(path, PARAMS)
        assert findings(again) == []
        again.close()


@pytest.fixture
def filled(library: Library) -> Library:
    """One root with three analysed files."""
    library.add_root(ROOT)
    library.put([analysed(A, 1), analysed(B, 2), analysed(C, 3)])
    return library


def id_of(library: Library, path: str) -> SampleId:
    return library.stamps(path)[path].id


def all_ids(library: Library) -> list[int]:
    return sorted(int(id_) for ids, _ in library.all_vectors() for id_ in ids)


def todo(library: Library, since: int) -> dict[int, bool]:
    changes = library.changes_since(since)
    assert changes is not None
    return {change.id: change.removed for change in changes}


def test_a_new_library_is_empty_and_serves_its_own_features(library: Library) -> None:
    assert library.roots() == ()
    assert library.count() == 0
    assert library.problems() == []
    assert library.search("", 10) == []
    assert list(library.all_vectors()) == []
    assert library.generation() == 0
    assert library.changes_since(0) == []
    assert library.serving_params.version == library.params.version == PARAMS.version


def test_the_number_of_changed_rows_grows_with_every_change_and_with_nothing_else(library: Library) -> None:
    changes: list[Callable[[], object]] = [
        lambda: library.add_root(ROOT),
        lambda: library.put([analysed(A, 1), analysed(B, 2)]),
        lambda: library.put([analysed(A, 7)]),
        lambda: library.put([failed(C)]),
        lambda: library.restamp([Move(id_of(library, A), A, FileStamp(5, 6, 7, 8))]),
        lambda: library.move([Move(id_of(library, A), under("moved.wav"), FileStamp(5, 6, 7, 8))]),
        lambda: library.mark_missing([id_of(library, B)], 5.0),
        lambda: library.set_online(library.roots()[0].id, False),
        lambda: library.set_online(library.roots()[0].id, True),
        lambda: library.forget_missing(9.0),
        lambda: library.add_place(under("disk"), library.roots()[0].id, is_link=False),
        lambda: library.remove_root(ROOT),
    ]
    before = library.changed_rows()
    for change in changes:
        change()
        after = library.changed_rows()
        assert after > before
        library.stamps(ROOT), library.count(), library.samples([SampleId(1)]), list(library.rows_in_order(ROOT))
        library.forget_missing(0.0)
        assert library.changed_rows() == after
        before = after


def test_a_root_is_added_once_and_keeps_its_id(library: Library) -> None:
    first = library.add_root(ROOT)
    assert (first.path, first.online, first.samples) == (ROOT, True, 0)
    assert library.add_root(ROOT + os.sep) == first
    assert library.roots() == (first,)


def test_an_analysed_file_can_be_found_with_all_its_facts(library: Library) -> None:
    library.add_root(ROOT)
    library.put([analysed(A, 1, facts=FULL_FACTS), analysed(B, 2, facts=FEW_FACTS)])
    sample = library.by_path(A)
    assert sample is not None
    assert (sample.path, sample.root, sample.added_s, sample.facts) == (A, ROOT, 1000.0, FULL_FACTS)
    assert library.samples([sample.id]) == {sample.id: sample}
    other = library.by_path(B)
    assert other is not None
    assert other.facts == FEW_FACTS
    assert library.count() == 2
    assert library.roots()[0].samples == 2


def test_ids_are_dense_positive_and_never_reused(filled: Library) -> None:
    assert all_ids(filled) == [1, 2, 3]
    filled.put([analysed(B, 9), analysed(B, 10)])
    filled.mark_missing([id_of(filled, C)], 1.0)
    assert filled.forget_missing(2.0) == 1
    filled.put([analysed(under("new.wav"), 11)])
    assert id_of(filled, under("new.wav")) == 4


def test_putting_a_path_again_keeps_its_id_and_its_first_date(filled: Library, clock: Clock) -> None:
    before = filled.by_path(A)
    clock.now_s = 2000.0
    filled.put([analysed(A, 77, facts=FULL_FACTS)])
    after = filled.by_path(A)
    assert before is not None
    assert after is not None
    assert (after.id, after.added_s) == (before.id, 1000.0)
    assert after.facts == FULL_FACTS
    np.testing.assert_array_equal(filled.vectors([after.id])[after.id], vector_of(77))
    assert filled.stamps(A)[A].stamp == FileStamp(1077, 5_000_000_077)


def test_outcomes_outside_every_root_are_ignored(filled: Library) -> None:
    beside = ROOT + "-not"
    filled.put([analysed(os.path.join(beside, "x.wav"), 5), failed(os.path.join(beside, "y.wav"))])
    assert filled.count() == 3
    assert filled.stamps(beside) == {}


def test_stamps_cover_the_folder_itself_and_not_its_neighbours(filled: Library) -> None:
    filled.put([analysed(under("deep-not", "d.wav"), 4), analysed(under("deep.wav"), 5)])
    assert set(filled.stamps(under("deep"))) == {C}
    assert set(filled.stamps(under("deep") + os.sep)) == {C}
    assert set(filled.stamps(C)) == {C}
    assert len(filled.stamps(ROOT)) == 5
    assert len(filled.stamps(os.path.abspath(os.sep))) == 5
    assert filled.stamps(under("nothing")) == {}


def test_stamps_tell_all_that_planning_needs(filled: Library) -> None:
    filled.put([failed(B, size=70)])
    filled.mark_missing([id_of(filled, C)], 5.0)
    known = filled.stamps(ROOT)
    a, b, c = known[A], known[B], known[C]
    assert filled.missing() == {C: c}
    assert (a.stamp, a.content_hash, a.feature_version) == (FileStamp(1001, 5_000_000_001), (1).to_bytes(15, "big"), 1)
    assert (a.missing, a.failed) == (False, False)
    assert (b.stamp, b.content_hash, b.missing, b.failed) == (FileStamp(70, 8), b"", False, True)
    assert (c.missing, c.failed) == (True, False)


def test_rows_come_by_folder_and_name_and_say_the_same_as_stamps(
    filled: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("soundkin.library.reading._STAMP_BLOCK", 3)
    names = [
        "a",
        "a b.wav",
        "Z.wav",
        "\u00e9.wav",
        "\U0001f941.wav",
        "\ufffd.wav",
        os.path.join("a", "x.wav"),
        "a-.wav",
    ]
    filled.put([analysed(under(name), number) for number, name in enumerate(names)])
    filled.put([failed(B, size=70)])
    filled.mark_missing([id_of(filled, C)], 5.0)
    rows = [row for block in filled.rows_in_order(ROOT) for row in block]
    known = filled.stamps(ROOT)
    assert [row[0] for row in rows] == sorted(known, key=lambda path: (os.path.dirname(path) + os.sep, path))
    for path, *stamp, id_, content_hash, version, missing, failure in rows:
        assert known[path] == KnownFile(
            SampleId(id_), FileStamp(*stamp), content_hash, version, bool(missing), bool(failure)
        )
    assert [row[0] for block in filled.rows_in_order(under("deep")) for row in block] == [C]
    assert list(filled.rows_in_order(under("nothing"))) == []


def test_a_failure_is_listed_and_leaves_when_the_file_is_mended(filled: Library) -> None:
    filled.put([failed(under("bad.wav"), "decode", "it is\na picture")])
    assert filled.problems() == [Problem(under("bad.wav"), "decode", "it is\na picture")]
    assert filled.problem_count() == 1
    assert filled.count() == 3
    assert filled.by_path(under("bad.wav")) is None
    filled.put([analysed(under("bad.wav"), 8)])
    assert filled.problems() == []
    assert filled.problem_count() == 0
    assert filled.by_path(under("bad.wav")) is not None


def test_what_cannot_be_heard_is_kept_for_each_root_and_goes_with_it(library: Library) -> None:
    first, second = library.add_root(under("a")), library.add_root(under("b"))
    assert library.unheard() == {}
    library.note_unheard(first.id, {".rx2": 96, ".zip": 3})
    library.note_unheard(second.id, {".zip": 2})
    library.note_unheard(77, {".rar": 1})
    assert library.unheard() == {".rx2": 96, ".zip": 5}
    library.note_unheard(first.id, {".rx2": 95})
    assert library.unheard() == {".rx2": 95, ".zip": 2}
    library.remove_root(under("b"))
    assert library.unheard() == {".rx2": 95}
    library.note_unheard(first.id, {})
    assert library.unheard() == {}


def test_a_sound_that_is_cut_off_is_found_and_listed_among_the_problems_until_it_is_whole(filled: Library) -> None:
    short = Facts(0.25, 44_100, 1, cut_off="0.25 s of 0.5 s are there\ud83d")
    filled.put([analysed(under("short.wav"), 8, facts=short), failed(under("bad.wav"))])
    found = filled.by_path(under("short.wav"))
    assert found is not None
    assert found.facts == short
    assert filled.problems() == [
        Problem(under("bad.wav"), "decode", "not audio"),
        Problem(under("short.wav"), "cut-off", "0.25 s of 0.5 s are there\ud83d"),
    ]
    assert (filled.problem_count(), filled.count()) == (1, 4)
    assert [row.failed for row in filled.stamps(under("short.wav")).values()] == [False]
    filled.mark_missing([found.id], 5.0)
    assert [problem.path for problem in filled.problems()] == [under("bad.wav")]
    filled.put([analysed(under("short.wav"), 9)])
    whole = filled.by_path(under("short.wav"))
    assert whole is not None
    assert whole.facts.cut_off is None
    assert len(filled.problems()) == 1


def test_a_failure_takes_a_known_sound_out_of_the_answers_and_keeps_its_id(filled: Library) -> None:
    id_ = id_of(filled, B)
    since = filled.generation()
    filled.put([failed(B)])
    assert filled.by_path(B) is None
    assert filled.samples([id_]) == {}
    assert id_ not in filled.vectors([id_])
    assert id_ not in all_ids(filled)
    assert todo(filled, since) == {id_: True}
    assert id_of(filled, B) == id_


def test_features_that_are_not_numbers_become_a_problem(filled: Library) -> None:
    bad = analysed(B, 4)
    bad.vector[2] = np.nan
    filled.put([bad])
    assert [problem.path for problem in filled.problems()] == [B]
    assert filled.by_path(B) is None


def test_missing_files_leave_the_answers_and_come_back_as_they_were(filled: Library) -> None:
    id_ = id_of(filled, A)
    before = filled.by_path(A)
    since = filled.generation()
    filled.mark_missing([id_], 50.0)
    assert filled.by_path(A) is None
    assert filled.count() == 2
    assert id_ not in all_ids(filled)
    assert todo(filled, since) == {id_: True}
    since = filled.generation()
    filled.move([Move(id_, A, FileStamp(1001, 5_000_000_001))])
    assert filled.by_path(A) == before
    assert todo(filled, since) == {id_: False}


def test_a_missing_file_that_is_analysed_anew_is_back(filled: Library) -> None:
    id_ = id_of(filled, A)
    filled.mark_missing([id_], 50.0)
    since = filled.generation()
    filled.put([analysed(A, 60)])
    assert id_ in all_ids(filled)
    assert todo(filled, since) == {id_: False}


def test_a_missing_file_keeps_the_date_it_was_first_missed(filled: Library) -> None:
    id_ = id_of(filled, A)
    filled.mark_missing([id_], 50.0)
    filled.mark_missing([id_], 90.0)
    assert filled.forget_missing(50.0) == 0
    assert filled.forget_missing(51.0) == 1
    assert A not in filled.stamps(ROOT)


def test_missing_and_offline_files_are_no_problems(filled: Library) -> None:
    filled.put([failed(under("bad.wav"))])
    filled.mark_missing([id_of(filled, under("bad.wav"))], 5.0)
    assert filled.problems() == []
    assert filled.problem_count() == 0
    filled.put([failed(under("bad.wav"))])
    assert len(filled.problems()) == 1
    assert filled.problem_count() == 1
    filled.set_online(filled.roots()[0].id, False)
    assert filled.problems() == []
    assert filled.problem_count() == 0


def test_an_offline_root_takes_its_samples_out_and_brings_them_back(filled: Library) -> None:
    other = filled.add_root(os.path.abspath(os.path.join(os.sep, "other")))
    filled.put([analysed(os.path.join(other.path, "o.wav"), 9)])
    root = next(root for root in filled.roots() if root.path == ROOT)
    filled.mark_missing([id_of(filled, C)], 5.0)
    expected = {id_of(filled, A), id_of(filled, B)}
    since = filled.generation()
    filled.set_online(root.id, False)
    assert filled.count() == 1
    assert filled.by_path(A) is None
    assert [(r.path, r.online, r.samples) for r in filled.roots()] == [(other.path, True, 1), (ROOT, False, 0)]
    assert len(filled.stamps(ROOT)) == 3
    gone = todo(filled, since)
    assert expected <= set(gone)
    assert all(gone.values())
    since = filled.generation()
    filled.set_online(root.id, True)
    back = todo(filled, since)
    assert {id_ for id_, removed in back.items() if not removed} == expected
    assert filled.count() == 3


def test_a_root_already_in_the_asked_state_is_no_news(filled: Library) -> None:
    since = filled.generation()
    filled.set_online(filled.roots()[0].id, True)
    assert filled.generation() == since
    with pytest.raises(BadArgumentError, match="99"):
        filled.set_online(99, True)


def test_rows_of_an_offline_root_are_not_forgotten(filled: Library) -> None:
    filled.mark_missing([id_of(filled, A)], 5.0)
    root = filled.roots()[0]
    filled.set_online(root.id, False)
    assert filled.forget_missing(10.0) == 0
    filled.set_online(root.id, True)
    assert filled.forget_missing(10.0) == 1


def test_removing_a_root_forgets_its_rows_and_tells_the_index(filled: Library) -> None:
    ids = set(all_ids(filled))
    since = filled.generation()
    assert filled.remove_root(ROOT) == 3
    assert filled.roots() == ()
    assert filled.count() == 0
    assert filled.stamps(ROOT) == {}
    assert todo(filled, since) == dict.fromkeys(ids, True)
    with pytest.raises(BadArgumentError, match="not a followed folder"):
        filled.remove_root(ROOT)


def test_a_root_inside_a_root_owns_what_lies_below_it(filled: Library) -> None:
    inner = filled.add_root(under("deep"))
    assert inner.samples == 1
    filled.put([analysed(under("deep", "e.wav"), 12)])
    assert {r.path: r.samples for r in filled.roots()} == {ROOT: 2, under("deep"): 2}
    sample = filled.by_path(C)
    assert sample is not None
    assert sample.root == under("deep")
    filled.set_online(inner.id, False)
    assert filled.count() == 2
    filled.set_online(inner.id, True)
    # what the outer root still covers goes back to it instead of being lost
    assert filled.remove_root(under("deep")) == 0
    assert {r.path: r.samples for r in filled.roots()} == {ROOT: 4}


def test_a_moved_file_keeps_its_id_and_vector(filled: Library) -> None:
    id_ = id_of(filled, A)
    filled.mark_missing([id_], 5.0)
    since = filled.generation()
    filled.move([Move(id_, under("moved", "a2.wav"), FileStamp(3, 4))])
    sample = filled.by_path(under("moved", "a2.wav"))
    assert sample is not None
    assert sample.id == id_
    assert A not in filled.stamps(ROOT)
    assert filled.stamps(ROOT)[sample.path].stamp == FileStamp(3, 4)
    assert todo(filled, since) == {id_: False}
    np.testing.assert_array_equal(filled.vectors([id_])[id_], vector_of(1))


def test_files_may_trade_names_in_one_batch(filled: Library) -> None:
    a, b = id_of(filled, A), id_of(filled, B)
    filled.move([Move(a, B, FileStamp(1, 1)), Move(b, A, FileStamp(2, 2))])
    assert (id_of(filled, B), id_of(filled, A)) == (a, b)
    assert filled.count() == 3


def test_a_move_onto_a_known_path_replaces_what_was_there(filled: Library) -> None:
    a, b = id_of(filled, A), id_of(filled, B)
    since = filled.generation()
    filled.move([Move(a, B, FileStamp(1, 1))])
    assert id_of(filled, B) == a
    assert b not in filled.samples([b])
    assert todo(filled, since) == {a: False, b: True}


def test_moves_of_unknown_ids_or_to_outside_are_ignored(filled: Library) -> None:
    a = id_of(filled, A)
    filled.move([Move(SampleId(999), under("x.wav"), FileStamp(1, 1)), Move(a, os.sep + "x.wav", FileStamp(1, 1))])
    assert id_of(filled, A) == a
    assert filled.count() == 3


def test_a_move_into_another_root_belongs_to_that_root(filled: Library) -> None:
    other = filled.add_root(os.path.abspath(os.path.join(os.sep, "other")))
    path = os.path.join(other.path, "a.wav")
    filled.move([Move(id_of(filled, A), path, FileStamp(1, 1))])
    sample = filled.by_path(path)
    assert sample is not None
    assert sample.root == other.path
    filled.set_online(other.id, False)
    assert filled.by_path(path) is None


def test_search_takes_words_literally_and_in_any_case(library: Library) -> None:
    library.add_root(ROOT)
    names = ["Kick_100%.wav", "kick 1000.wav", "Snare!.wav", "kickX1000.wav", "Überraschung.wav"]
    library.put([analysed(under("Drums", name), number) for number, name in enumerate(names)])

    def found(text: str, limit: int = 10) -> list[str]:
        return [os.path.basename(sample.path) for sample in library.search(text, limit)]

    assert found("KICK") == sorted(names[i] for i in (0, 1, 3))
    assert found("kick_") == ["Kick_100%.wav"]
    assert found("100%") == ["Kick_100%.wav"]
    assert found("snare!") == ["Snare!.wav"]
    assert found("ÜBERRASCHUNG") == ["Überraschung.wav"]
    assert found("u\u0308berr") == ["Überraschung.wav"]
    assert found("1000 drums kick") == ["kick 1000.wav", "kickX1000.wav"]
    assert found("kick", 1) == ["Kick_100%.wav"]
    assert found("kick", 0) == []
    assert found("kick\0") == []
    assert found("\0") == []
    assert found("'; DROP TABLE sample; --") == []
    assert len(found("")) == 5


@pytest.mark.skipif(os.name == "nt", reason="names there are never undecodable bytes")
def test_any_name_that_a_disk_can_hold_survives(library: Library) -> None:
    library.add_root(ROOT)
    raw = [
        b"\xff\xfe kick.wav",
        b"new\nline.wav",
        "\U0001f941 🥁.wav".encode(),
        b"caf\xe9.wav",
        "\U0010ffff.wav".encode(),
    ]
    names = [os.fsdecode(name) for name in raw] + ["n\u0303.wav", "\u00f1.wav", "\udcff\udcfe"]
    library.put([analysed(under(name), number) for number, name in enumerate(names)])
    assert set(library.stamps(ROOT)) == {under(name) for name in names}
    assert library.count() == len(names)
    for name in names:
        sample = library.by_path(under(name))
        assert sample is not None
        assert os.fsencode(sample.path) == os.fsencode(under(name))
    assert [os.path.basename(s.path) for s in library.search("caf\udce9", 5)] == ["caf\udce9.wav"]
    library.put([failed(under("bad\udcff.wav"), message="bad\udcff")])
    assert library.problems() == [Problem(under("bad\udcff.wav"), "decode", "bad\udcff")]


@pytest.mark.skipif(os.name == "nt", reason="names there are never undecodable bytes")
def test_a_root_with_an_undecodable_name_holds_its_files(library: Library) -> None:
    root = library.add_root(under("r\udcff"))
    library.put([analysed(os.path.join(root.path, "x.wav"), 1)])
    assert list(library.stamps(root.path)) == [os.path.join(root.path, "x.wav")]
    assert library.roots()[0].samples == 1


def test_vectors_come_back_exactly_in_any_number(filled: Library) -> None:
    ids = all_ids(filled)
    found = filled.vectors([SampleId(id_) for id_ in [*ids, 4711]])
    assert sorted(found) == ids
    assert all(vector.dtype == np.float32 for vector in found.values())
    np.testing.assert_array_equal(found[id_of(filled, C)], vector_of(3))
    for block_ids, block in filled.all_vectors():
        assert block_ids.dtype == np.int64
        assert block.shape == (len(block_ids), PARAMS.num_dimensions)
        for id_, vector in zip(block_ids, block, strict=True):
            np.testing.assert_array_equal(found[SampleId(int(id_))], vector)


def test_samples_answer_only_what_can_be_found(filled: Library) -> None:
    a, b, c = (id_of(filled, path) for path in (A, B, C))
    filled.mark_missing([b], 1.0)
    filled.put([failed(C)])
    assert list(filled.samples([c, b, a, SampleId(4711)])) == [a]
    assert filled.samples([]) == {}


def test_facts_come_in_blocks_as_each_sample_has_them(filled: Library) -> None:
    filled.put([analysed(A, 1, facts=FULL_FACTS), analysed(B, 2, facts=FEW_FACTS), failed(under("bad.wav"))])
    filled.mark_missing([id_of(filled, C)], 5.0)
    for states in (PRESENT, KNOWN, ABSENT):
        samples = filled.samples([SampleId(id_) for id_ in range(1, 9)], states)
        rows = [row for block in filled.fact_blocks(None, states) for row in rows_of(block)]
        assert sorted(row[0] for row in rows) == sorted(samples)
        for row in rows:
            assert row == told_by(samples[SampleId(row[0])])
    assert [row[0] for block in filled.fact_blocks([2, 1, 99, 1], PRESENT) for row in rows_of(block)] == [2, 1]
    assert [row for block in filled.fact_blocks([], PRESENT) for row in rows_of(block)] == []


def rows_of(block: FactBlock) -> list[tuple[int, ...]]:
    columns = (block.duration_s, block.tempo_bpm, block.root_hz, block.loudness_db, block.sample_rate)
    numbers = [[None if math.isnan(value) else float(value) for value in column.tolist()] for column in columns]
    categories = [NAMES[code - 1] if code else None for code in block.category.tolist()]
    rest = (block.kind.tolist(), block.key.tolist(), block.added_s.tolist(), categories, block.paths, block.roots)
    return list(zip(block.ids.tolist(), *numbers, *rest, strict=True))


def told_by(sample: Sample) -> tuple[object, ...]:
    """The same of one sample, numbers at single precision."""
    facts = sample.facts
    numbers = (facts.duration_s, facts.tempo_bpm, facts.root_hz, facts.loudness_db, facts.sample_rate)
    single = [None if value is None else float(np.float32(value)) for value in numbers]
    words = ((facts.kind or "").encode(), (facts.key or "").encode())
    return (sample.id, *single, *words, sample.added_s, sample.labels.category, sample.path, sample.root)


def test_what_a_sample_is_comes_from_its_sound_and_its_name_and_follows_both(library: Library) -> None:
    library.add_root(ROOT)
    library.put([analysed(A, sounding("clap")), analysed(under("kick.wav"), sounding(None)), analysed(B, 5)])
    clap, kick = id_of(library, A), id_of(library, under("kick.wav"))
    assert [library.samples([each])[each].labels.category for each in (clap, kick)] == ["clap", "kick"]
    found = library.categories([kick, 99, clap])
    assert {int(id_): NAMES[code - 1] for id_, code in zip(*found, strict=True)} == {kick: "kick", clap: "clap"}
    library.move([Move(kick, under("Snares", "x.wav"), FileStamp(1, 2))])
    library.put([analysed(A, sounding("ride"))])
    labels = [library.samples([each])[each].labels for each in (clap, kick)]
    assert [(each.category, each.named, each.heard) for each in labels] == [
        ("ride", (), "ride"),
        ("snare", ("snare",), None),
    ]
    assert library.samples([id_of(library, B)])[id_of(library, B)].labels.heard == heard_of(5)
    assert library.classify(0, 10) == [], "what is stored has its category"


def test_a_sound_that_is_sure_to_be_another_thing_than_its_name_says_is_told(library: Library) -> None:
    library.add_root(ROOT)
    names = [("kick 1.wav", "clap"), ("clap 1.wav", "clap"), ("kick 2.wav", None), ("1.wav", "ride")]
    library.put([analysed(under(name), sounding(category)) for name, category in names])
    (found,) = library.contradictions()
    assert (found.path, found.named, found.heard) == (under("kick 1.wav"), ("kick",), "clap")
    assert found.confidence == pytest.approx(0.9, abs=0.01)
    library.mark_missing([found.id], 5.0)
    assert library.contradictions() == []


def test_size_and_content_of_a_file_are_known_by_id_whatever_its_state(filled: Library) -> None:
    filled.put([analysed(B, 77), failed(C, size=70)])
    filled.mark_missing([id_of(filled, A)], 5.0)
    ids = [id_of(filled, path) for path in (A, B, C)]
    found = filled.file_contents([*ids, SampleId(4711)])
    assert {id_: size for id_, (size, _) in found.items()} == dict(zip(ids, [1001, 1077, 70], strict=True))
    assert found[ids[0]][1] == filled.stamps(A)[A].content_hash != b""
    assert found[ids[2]][1] == b""
    assert filled.file_contents([]) == {}


def test_a_library_is_empty_until_a_file_is_known(library: Library) -> None:
    library.add_root(ROOT)
    assert library.is_empty()
    library.put([failed(B)])
    assert not library.is_empty()


def test_the_to_do_list_grows_with_every_change_and_says_where_it_begins(filled: Library) -> None:
    first = filled.generation()
    assert first > 0
    assert todo(filled, 0) == {1: False, 2: False, 3: False}
    filled.put([analysed(A, 40)])
    second = filled.generation()
    assert second > first
    assert filled.changes_since(first) == [Change(id_of(filled, A), removed=False)]
    assert filled.changes_since(second) == []


def test_history_that_is_gone_or_not_ours_asks_for_a_rebuild(filled: Library) -> None:
    first = filled.generation()
    filled.put([analysed(A, 40)])
    second = filled.generation()
    filled.note_index_saved(second)
    assert filled.changes_since(second) == []
    assert filled.changes_since(first) is None
    assert filled.changes_since(second + 1) is None
    filled.put([analysed(B, 41)])
    filled.note_index_saved(first)
    assert filled.changes_since(first) is None
    assert filled.changes_since(second) == [Change(id_of(filled, B), removed=False)]


def test_writes_that_change_no_answer_are_no_news(filled: Library) -> None:
    since = filled.generation()
    filled.put([])
    filled.put([failed(under("bad.wav"))])
    filled.mark_missing([], 1.0)
    filled.mark_missing([SampleId(999)], 1.0)
    filled.move([])
    assert filled.forget_missing(0.0) == 0
    assert filled.changes_since(since) == []


def test_a_batch_with_a_broken_outcome_is_not_stored_at_all(filled: Library) -> None:
    wrong = Analysis(B, FileStamp(1, 1), b"x" * 16, FEW_FACTS, np.zeros(3, np.float32))
    with pytest.raises(LibraryError, match=r"\(3,\), expected \(6,\)"):
        filled.put([analysed(under("new.wav"), 9), wrong])
    assert filled.stamps(under("new.wav")) == {}
    filled.put([analysed(under("new.wav"), 9)])
    assert filled.count() == 4


def test_a_closed_library_says_so(filled: Library) -> None:
    filled.close()
    filled.close()
    with pytest.raises(LibraryError, match="closed"):
        filled.count()
    with pytest.raises(LibraryError, match="closed"):
        filled.put([analysed(A, 1)])


@pytest.mark.parametrize("scan_from", [0, 20_000], ids=["all read", "few read"])
def test_absent_samples_are_read_with_their_state_where_it_is_asked_for(
    filled: Library, monkeypatch: pytest.MonkeyPatch, scan_from: int
) -> None:
    monkeypatch.setattr("soundkin.library.vectors.SCAN_FROM", scan_from)
    other = ROOT + " elsewhere"
    d, e = os.path.join(other, "d.wav"), os.path.join(other, "e.wav")
    elsewhere = filled.add_root(other)
    filled.put([analysed(d, 4), analysed(e, 5, facts=FULL_FACTS), failed(under("bad.wav"))])
    filled.mark_missing([id_of(filled, C), id_of(filled, e), id_of(filled, under("bad.wav"))], 5.0)
    filled.set_online(elsewhere.id, False)
    expected = {A: "present", B: "present", C: "missing", d: "offline", e: "missing"}
    ids = {path: id_of(filled, path) for path in expected}
    everything: list[frozenset[State]] = [KNOWN, ABSENT, *(frozenset({state}) for state in State)]
    for states in everything:
        wanted = {path: state for path, state in expected.items() if state in states}
        assert {s.path: s.state for s in filled.search("", 10, states)} == wanted
        assert {s.path: s.state for s in filled.samples(list(ids.values()), states).values()} == wanted
        assert {path for path in expected if filled.by_path(path, states)} == set(wanted)
        vectors = [(int(i), v) for block in filled.all_vectors(states) for i, v in zip(*block, strict=True)]
        assert sorted(i for i, _ in vectors) == sorted(ids[path] for path in wanted)
        for i, vector in vectors:
            np.testing.assert_array_equal(vector, vector_of(i))
    assert filled.samples([ids[e]], KNOWN)[ids[e]].facts == FULL_FACTS
    for states in everything:
        by_path = [sample.id for sample in filled.search("wav", 10, states)]
        assert [each for block in filled.ids_by_path("wav", states) for each in block] == by_path
        some = [SampleId(each) for each in sorted(ids.values(), reverse=True) if each != ids[A]]
        found = [each for block in filled.ids_by_path("wav", states, some) for each in block]
        assert found == [each for each in by_path if each in some]
        assert filled.ids_in(states).tolist() == sorted(by_path)


# ---- what nobody could get at ----


def unread(path: str, code: str = "unreadable", message: str = "Input/output error") -> AnalysisFailure:
    return failed(path, code, message, size=1001)


@pytest.mark.parametrize("code", ["unreadable", "changed", "timeout", "crash", "memory", "analysis", "never heard of"])
def test_a_file_that_nobody_could_get_at_keeps_everything_that_is_known_of_it(filled: Library, code: str) -> None:
    before, generation = filled.by_path(A), filled.generation()
    assert before is not None
    known, vector = filled.stamps(A), filled.vectors([before.id])[before.id]
    filled.put([unread(A, code), unread(under("new.wav"), code)])
    assert filled.by_path(A) == before
    assert filled.stamps(ROOT).keys() == {A, B, C}
    assert filled.stamps(A) == known
    np.testing.assert_array_equal(filled.vectors([before.id])[before.id], vector)
    assert filled.generation() == generation, "nothing for the index to do"
    assert [(each.path, each.kind) for each in filled.problems()] == [(A, "unread"), (under("new.wav"), "unread")]
    assert (filled.problem_count(), filled.unread_count()) == (0, 2)


@pytest.mark.parametrize("code", ["decode", "too-short"])
def test_a_verdict_on_a_file_takes_the_place_of_what_was_known(filled: Library, code: str) -> None:
    filled.put([unread(A)])
    filled.put([failed(A, code)])
    assert filled.by_path(A) is None
    assert [(each.kind, each.retry_s) for each in filled.problems()] == [("not-audio", None)]
    assert (filled.problem_count(), filled.unread_count()) == (1, 0)


def test_a_file_is_left_alone_longer_and_longer_up_to_a_day_and_the_news_that_it_was_read_ends_that(
    filled: Library, clock: Clock
) -> None:
    waits = []
    for _ in range(9):
        filled.put([unread(A)])
        (entry,) = filled.unread(ROOT).values()
        waits.append(entry.retry_s - clock.now_s)
        clock.now_s = entry.retry_s
    assert waits[0] <= 10
    assert waits == sorted(waits)
    assert waits[-1] == 86_400
    filled.put([analysed(A, 1)])
    assert filled.unread(ROOT) == {}
    filled.put([unread(A)])
    assert filled.unread(ROOT)[A].retry_s - clock.now_s == waits[0]


def test_a_library_that_knows_only_of_a_file_that_nobody_could_get_at_is_not_empty(library: Library) -> None:
    library.add_root(ROOT)
    assert library.is_empty()
    library.put([unread(A)])
    assert not library.is_empty()


def test_what_is_due_is_told_and_may_be_told_at_once_when_asked_or_when_its_disk_is_back(
    filled: Library, clock: Clock
) -> None:
    other = filled.add_root(ROOT + "-usb")
    far = os.path.join(other.path, "x.wav")
    filled.put([unread(A), unread(far)])
    assert filled.unread_due(clock.now_s, 9) == []
    assert sorted(filled.unread_due(clock.now_s + 10, 9)) == sorted([A, far])
    assert len(filled.unread_due(clock.now_s + 10, 1)) == 1
    filled.set_online(other.id, False)
    assert filled.unread_due(clock.now_s + 10, 9) == [A]
    assert [each.path for each in filled.problems()] == [A]
    filled.set_online(other.id, True)
    assert filled.unread_due(clock.now_s, 9) == [far]
    filled.retry_unread()
    assert sorted(filled.unread_due(clock.now_s, 9)) == sorted([A, far])


def test_what_has_waited_longest_is_due_first_and_problems_are_in_the_order_of_folders_and_names(
    filled: Library, clock: Clock
) -> None:
    other = filled.add_root(ROOT + "-usb")
    near = [under("inner", "x.wav"), under("inner.wav"), under("a.wav")]
    far = os.path.join(other.path, "x.wav")
    for path in (*near, far):
        filled.put([unread(path)])
        clock.now_s += 1
    assert filled.unread_due(clock.now_s + 10, 9) == [*near, far]
    filled.retry_unread()
    assert filled.unread_due(clock.now_s, 9) == sorted([*near, far])
    listed = [problem.path for problem in filled.problems()]
    assert listed == sorted((*near, far), key=lambda path: (path[: path.rfind(os.sep) + 1], path))


def test_a_clock_that_was_set_back_stops_no_retry(filled: Library, clock: Clock) -> None:
    filled.put([unread(A)])
    assert filled.unread_due(clock.now_s - 1_000_000, 9) == [A]


def test_what_could_not_be_read_goes_with_the_file_its_path_and_its_root(filled: Library) -> None:
    filled.put([unread(A), unread(B), unread(C)])
    filled.forget_unread([A])
    filled.move([Move(id_of(filled, C), B, FileStamp(1, 1))])
    assert set(filled.unread(ROOT)) == {C}
    filled.remove_root(ROOT)
    assert filled.unread(ROOT) == {}
    assert filled.problems() == []


# ---- stamps ----


def test_an_unchanged_file_gets_its_new_stamp_and_keeps_the_rest(filled: Library) -> None:
    before, generation = filled.by_path(A), filled.generation()
    stamp = FileStamp(1001, 7, 8, 2**63 - 1)
    filled.put([unread(A)])
    filled.put([Unchanged(A, stamp, (1).to_bytes(15, "big"))])
    assert filled.by_path(A) == before
    assert filled.stamps(A)[A].stamp == stamp
    assert filled.generation() == generation
    assert filled.unread(A) == {}


def test_a_missing_file_that_is_unchanged_is_back(filled: Library) -> None:
    filled.mark_missing([id_of(filled, A)], 5.0)
    generation = filled.generation()
    filled.put([Unchanged(A, FileStamp(1001, 7), (1).to_bytes(15, "big"))])
    assert filled.by_path(A) is not None
    assert todo(filled, generation) == {id_of(filled, A): False}
    assert filled.count() == 3


def test_unchanged_is_only_what_the_library_still_has_that_content_of(filled: Library) -> None:
    before = filled.stamps(ROOT)
    filled.put([Unchanged(A, FileStamp(9, 9), b"other content..."), Unchanged(under("new.wav"), FileStamp(9, 9), b"x")])
    assert filled.stamps(ROOT) == before


def test_a_new_stamp_touches_nothing_else(filled: Library) -> None:
    sample, generation = filled.by_path(A), filled.generation()
    assert sample is not None
    filled.restamp(
        [Move(sample.id, os.sep + "somewhere else", FileStamp(1, 2, 3, 4)), Move(SampleId(99), A, FileStamp(1, 2))]
    )
    assert filled.by_path(A) == sample
    assert filled.stamps(A)[A].stamp == FileStamp(1, 2, 3, 4)
    assert filled.generation() == generation


# ---- disks and links below a root ----


def test_a_place_below_a_root_is_away_on_its_own_and_its_samples_name_the_root_asked_for(filled: Library) -> None:
    filled.put([unread(under("deep", "d.wav"))])
    place = filled.add_place(under("deep"), filled.roots()[0].id, is_link=False)
    assert (place.within, place.samples, place.is_link) == (filled.roots()[0].id, 1, False)
    assert filled.add_place(under("deep"), filled.roots()[0].id, is_link=False) == place
    filled.set_online(place.id, False)
    assert [each.path for each in filled.search("", 9)] == [A, B]
    away = filled.by_path(C, KNOWN)
    assert away is not None
    assert (away.state, away.root) == (State.OFFLINE, ROOT)
    assert filled.unread_count() == 0
    filled.set_online(place.id, True)
    assert filled.count() == 3


def test_a_place_that_is_none_any_more_gives_its_samples_back(filled: Library) -> None:
    place = filled.add_place(under("deep"), filled.roots()[0].id, is_link=True)
    filled.put([unread(under("deep", "d.wav"))])
    filled.drop_place(place.id)
    (root,) = filled.roots()
    assert (root.path, root.samples) == (ROOT, 3)
    filled.drop_place(root.id)
    assert filled.roots() == (root,), "a root that a person asked for is no place"
    filled.remove_root(ROOT)
    assert filled.unread(ROOT) == {}


def test_places_go_with_their_root_and_only_one_that_is_away_can_be_removed_alone(filled: Library) -> None:
    place = filled.add_place(under("deep"), filled.roots()[0].id, is_link=False)
    with pytest.raises(BadArgumentError):
        filled.remove_root(place.path)
    filled.set_online(place.id, False)
    assert filled.remove_root(place.path) == 1
    assert filled.stamps(C) == {}
    filled.add_place(under("deep"), filled.roots()[0].id, is_link=False)
    filled.put([analysed(C, 3)])
    assert filled.remove_root(ROOT) == 3
    assert filled.roots() == ()


def test_a_place_that_a_person_asks_for_is_a_root_like_any_other(filled: Library) -> None:
    place = filled.add_place(under("deep"), filled.roots()[0].id, is_link=False)
    assert filled.add_root(under("deep")).within is None
    sample = filled.by_path(C)
    assert sample is not None
    assert sample.root == place.path
    filled.drop_place(place.id)
    assert len(filled.roots()) == 2


# ---- one path, two spellings ----


def test_a_path_finds_its_file_however_its_letters_are_composed(library: Library) -> None:
    composed, apart = (unicodedata.normalize(form, under("Größe é", "Ångström.wav")) for form in ("NFC", "NFD"))
    mixed = os.path.join(os.path.dirname(composed), os.path.basename(apart))
    library.add_root(os.path.dirname(apart))
    library.put([analysed(apart, 1)])
    for path in (composed, apart, mixed):
        sample = library.by_path(path)
        assert sample is not None, ascii(path)
        assert sample.path == apart
    library.add_root(os.path.dirname(composed))
    library.put([analysed(composed, 2)])
    exact = library.by_path(composed)
    assert exact is not None
    assert exact.path == composed, "both may exist: then the spelling counts"
    assert library.remove_root(os.path.dirname(composed)) == 1
    assert library.remove_root(os.path.dirname(composed)) == 1, "the other spelling's"
    assert library.by_path(under("Groß", "é.wav")) is None
