"""What a stamp says of a file that the library knows: the same, another, or a doubt, number by number."""

from __future__ import annotations

from dataclasses import replace

import pytest

from soundkin.folders.diff import Plan, _skip_unchanged, plan, plan_in_order
from soundkin.folders.walk import FileRow
from soundkin.interfaces import KnownRow
from soundkin.model import DiskFile, FileStamp, KnownFile, Move, SampleId

PATH, HASH = "/r/a.wav", b"hash"
NOTED = FileStamp(10, 5, 7, 8)
KNOWN = KnownFile(SampleId(3), NOTED, HASH, 1, missing=False, failed=False)
MISSING = replace(KNOWN, missing=True)

Kinds = dict[str, list[DiskFile | Move]]


def planned(stamp: FileStamp, known: KnownFile, *, streamed: bool = False) -> Plan:
    if not streamed:
        return plan([DiskFile(PATH, stamp)], {PATH: known}, 1)
    file: FileRow = (PATH, stamp.size, stamp.mtime_ns, stamp.ctime_ns, stamp.inode)
    noted = known.stamp
    row: KnownRow = (
        *(PATH, noted.size, noted.mtime_ns, noted.ctime_ns, noted.inode, known.id),
        *(known.content_hash, known.feature_version, int(known.missing), int(known.failed)),
    )
    return plan_in_order([[file]], [[row]], 1)


def kinds(result: Plan) -> Kinds:
    """All that is to be done, by kind."""
    assert result.vanished == {}
    names = ("new", "changed", "doubtful", "stale", "adopted", "returned")
    found: Kinds = {name: list(getattr(result, name)) for name in names if getattr(result, name)}
    if result.renumbered:
        found["renumbered"] = [each for pair in result.renumbered for each in pair]
    return found


def file(stamp: FileStamp) -> DiskFile:
    return DiskFile(PATH, stamp)


def doubtful(stamp: FileStamp, *, briefly: bool) -> DiskFile:
    return DiskFile(PATH, stamp, HASH, briefly)


def move(stamp: FileStamp) -> Move:
    return Move(SampleId(3), PATH, stamp)


SAME = NOTED
TOUCHED = FileStamp(10, 6, 7, 8)
GROWN = FileStamp(11, 5, 7, 8)
RIGHTS = FileStamp(10, 5, 9, 8)
NUMBER = FileStamp(10, 5, 7, 9)
REPLACED = FileStamp(10, 5, 9, 9)

CASES: list[tuple[str, FileStamp, KnownFile, Kinds, tuple[int, ...]]] = [
    ("the same", SAME, KNOWN, {}, (1, 1, 1)),
    ("grown", GROWN, KNOWN, {"changed": [file(GROWN)]}, (0, 1, 1)),
    ("another date", TOUCHED, KNOWN, {"doubtful": [doubtful(TOUCHED, briefly=False)]}, (0, 1, 1)),
    ("other rights", RIGHTS, KNOWN, {"doubtful": [doubtful(RIGHTS, briefly=True)]}, (0, 1, 1)),
    ("replaced", REPLACED, KNOWN, {"doubtful": [doubtful(REPLACED, briefly=True)]}, (0, 1, 1)),
    ("a number", NUMBER, KNOWN, {"renumbered": [doubtful(NUMBER, briefly=True), move(NUMBER)]}, (0, 1, 1)),
    ("no hash", RIGHTS, replace(KNOWN, content_hash=b""), {"changed": [file(RIGHTS)]}, (0, 1, 1)),
    ("old features", RIGHTS, replace(KNOWN, feature_version=2), {"changed": [file(RIGHTS)]}, (0, 1, 1)),
    ("the same, old features", SAME, replace(KNOWN, feature_version=2), {"stale": [file(SAME)]}, (0, 1, 1)),
    ("never noted", SAME, replace(KNOWN, stamp=FileStamp(10, 5)), {"adopted": [move(SAME)]}, (1, 1, 1)),
    (
        "never noted, old features",
        SAME,
        replace(KNOWN, stamp=FileStamp(10, 5), feature_version=0),
        {"stale": [file(SAME)]},
        (0, 1, 1),
    ),
    (
        "only the one was noted",
        SAME,
        replace(KNOWN, stamp=FileStamp(10, 5, 7, 0)),
        {"renumbered": [doubtful(SAME, briefly=True), move(SAME)]},
        (0, 1, 1),
    ),
    (
        "only the other was noted",
        SAME,
        replace(KNOWN, stamp=FileStamp(10, 5, 0, 8)),
        {"doubtful": [doubtful(SAME, briefly=True)]},
        (0, 1, 1),
    ),
    ("back", SAME, MISSING, {"returned": [move(SAME)]}, (0, 1, 0)),
    (
        "back with another number",
        NUMBER,
        MISSING,
        {"returned": [move(NOTED)], "doubtful": [doubtful(NUMBER, briefly=True)]},
        (0, 1, 0),
    ),
    ("back with another date", TOUCHED, MISSING, {"doubtful": [doubtful(TOUCHED, briefly=False)]}, (0, 1)),
    ("back and grown", GROWN, MISSING, {"changed": [file(GROWN)]}, (0, 1)),
]


@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "streamed"])
@pytest.mark.parametrize(
    ("stamp", "known", "wanted", "counts"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_each_difference_between_two_stamps_leads_to_what_is_done_about_it(
    stamp: FileStamp, known: KnownFile, wanted: Kinds, counts: tuple[int, ...], streamed: bool
) -> None:
    result = planned(stamp, known, streamed=streamed)
    assert kinds(result) == wanted
    assert (result.unchanged, result.found, result.known)[: len(counts)] == counts


def test_of_a_file_that_is_named_the_content_counts_unless_it_was_missing() -> None:
    for known, wanted in (
        (KNOWN, {"doubtful": [doubtful(SAME, briefly=True)]}),
        (MISSING, {"returned": [move(SAME)]}),
    ):
        assert kinds(plan([file(SAME)], {PATH: known}, 1, named=True)) == wanted
    assert kinds(plan([file(SAME)], {}, 1, named=True)) == {"new": [file(SAME)]}


def test_a_plan_of_nothing_finds_nothing_and_knows_nothing() -> None:
    for result in (Plan(), plan([], {}, 1), plan_in_order([], [], 1)):
        assert (kinds(result), result.unchanged, result.found, result.known, result.closed) == ({}, 0, 0, 0, ())


def test_each_file_is_counted_once_among_those_found_and_those_known() -> None:
    stamps = {
        "new": SAME,
        "back": SAME,
        "same": SAME,
        "grown": GROWN,
        "number": NUMBER,
        "doubted": NUMBER,
        "too": RIGHTS,
    }
    known = {
        "back": MISSING,
        "doubted": MISSING,
        "too": MISSING,
        "same": KNOWN,
        "grown": KNOWN,
        "number": KNOWN,
        "gone": KNOWN,
    }
    files = [DiskFile(f"/r/{name}", stamp) for name, stamp in stamps.items()]
    result = plan(files, {f"/r/{name}": row for name, row in known.items()}, 1)
    assert result.found == len(stamps)
    assert result.known == len(["same", "grown", "number", "gone"])


def test_what_could_not_be_looked_at_is_kept_in_the_plan() -> None:
    assert plan([], {PATH: KNOWN}, 1, [PATH]).closed == (PATH,)
    assert kinds(plan([], {PATH: KNOWN}, 1, [PATH])) == {}


def many(count: int, noted: FileStamp) -> tuple[list[list[FileRow]], list[list[KnownRow]]]:
    files: list[FileRow] = [(f"/r/{n:05}", 10, 5, 7, n + 1) for n in range(count)]
    known: list[KnownRow] = [
        (path, noted.size, noted.mtime_ns, noted.ctime_ns, noted.inode, n, HASH, 1, 0, 0)
        for n, (path, *_) in enumerate(files)
    ]
    return [files], [known]


@pytest.mark.parametrize(
    ("count", "handed", "kept"), [(4_095, [], 4_095), (4_096, [4_096], 0), (9_000, [4_096] * 2, 808)]
)
def test_stamps_to_be_taken_over_are_handed_out_4096_at_a_time(count: int, handed: list[int], kept: int) -> None:
    pieces: list[list[Move]] = []
    files, known = many(count, FileStamp(10, 5))
    result = plan_in_order(files, known, 1, adopt=pieces.append)
    assert [len(piece) for piece in pieces] == handed
    moves = [each for piece in [*pieces, result.adopted] for each in piece]
    assert len(result.adopted) == kept
    assert [(each.id, each.stamp.inode) for each in moves] == [(n, n + 1) for n in range(count)]
    assert result.unchanged == result.found == count


def test_without_anybody_to_take_them_all_stamps_are_kept() -> None:
    assert len(plan_in_order(*many(9_000, FileStamp(10, 5)), 1).adopted) == 9_000


# ---- how little is done for what has not changed ----


def same(count: int) -> tuple[list[FileRow], list[KnownRow]]:
    (files,), (known,) = many(count, FileStamp(10, 5, 7))
    return files, [(*row[:4], n + 1, *row[5:]) for n, row in enumerate(known)]


def blocks(rows: list[KnownRow], size: int = 3) -> list[list[KnownRow]]:
    return [rows[at : at + size] for at in range(0, len(rows), size)]


@pytest.mark.parametrize("piece", [1, 4, 100])
def test_all_files_of_unchanged_blocks_are_counted(piece: int) -> None:
    files, known = same(11)
    result = plan_in_order([files[at : at + piece] for at in range(0, 11, piece)], blocks(known), 1)
    assert (kinds(result), result.unchanged, result.found, result.known) == ({}, 11, 11, 11)


CHANGES = {
    "size": (1, 11),
    "date": (2, 6),
    "ctime": (3, 8),
    "number": (4, 99),
    "version": (7, 2),
    "missing": (8, 1),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("at", [0, 5, 10])
def test_blocks_are_passed_over_up_to_the_first_that_differs_in_anything(change: str, at: int) -> None:
    files, known = same(11)
    place, value = CHANGES[change]
    changed = list(known[at])
    changed[place] = value
    known[at] = tuple(changed)  # type: ignore[assignment]
    unchanged, left, rows = _skip_unchanged(iter(files), iter(blocks(known)), 1)
    assert unchanged == at - at % 3
    assert list(left) == files[unchanged:]
    assert list(rows) == known[unchanged:]


def test_what_has_not_changed_since_is_made_no_object_of(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def noted(path: str, stamp: FileStamp) -> DiskFile:
        made.append(path)
        return DiskFile(path, stamp)

    monkeypatch.setattr("soundkin.folders.diff.DiskFile", noted)
    files, known = same(50)
    known[1] = (*known[1][:7], 2, *known[1][8:])
    result = plan_in_order([files], [known], 1)
    assert made == [file.path for file in result.stale] == ["/r/00001"]
    assert result.unchanged == 49
