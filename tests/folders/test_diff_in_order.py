"""Both ways to compare disk and library agree, on every kind of difference and whatever the order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soundkin.folders.diff import Plan, plan, plan_in_order
from soundkin.folders.walk import FileRow
from soundkin.interfaces import KnownRow
from soundkin.model import DiskFile, FileStamp, KnownFile, Move, SampleId

NAMES = [f"/r/{folder}{name}" for folder in ("", "a/", "a-b/", "b/") for name in ("x", "y", "z.wav", "\udcff")]
ROW = st.tuples(
    st.sampled_from([10, 11]), st.sampled_from([5, 6]), st.sampled_from([1, 2]), st.booleans(), st.booleans()
)


def in_order(path: str) -> tuple[str, str]:
    start = path.rfind("/") + 1
    return path[:start], path[start:]


def row(
    path: str, id_: int, size: int = 10, mtime: int = 5, version: int = 1, missing: int = 0, failed: int = 0
) -> KnownRow:
    return (path, size, mtime, 0, 0, id_, b"hash", version, missing, failed)


def found(path: str, size: int = 10, mtime: int = 5, ctime: int = 0, inode: int = 0) -> FileRow:
    return (path, size, mtime, ctime, inode)


def both(disk: list[FileRow], known: list[KnownRow], unreadable: tuple[str, ...] = (), piece: int = 3) -> Plan:
    """The plan by either way, after a look that they are the same."""
    files = [DiskFile(path, FileStamp(*numbers)) for path, *numbers in disk]
    rows = {
        path: KnownFile(SampleId(id_), FileStamp(*numbers), content, version, bool(missing), bool(failed))
        for path, *numbers, id_, content, version, missing, failed in known
    }
    plain = plan(files, rows, 1, unreadable)
    streamed = plan_in_order(cut(disk, piece), cut(known, piece), 1, unreadable)
    key = in_order
    for part in ("new", "changed", "doubtful", "stale", "returned", "adopted"):
        one, other = getattr(plain, part), getattr(streamed, part)
        assert sorted(one, key=lambda each: key(each.path)) == sorted(other, key=lambda each: key(each.path)), part
    assert plain.vanished == streamed.vanished
    assert plain.unchanged == streamed.unchanged
    return streamed


def cut(rows: list[Any], piece: int) -> Iterator[list[Any]]:
    yield []
    for at in range(0, len(rows), piece):
        yield rows[at : at + piece]


def test_each_kind_of_difference_is_told_apart_and_counted() -> None:
    result = both(
        [
            found("/r/back", 10, 5),
            found("/r/grown", 11, 5),
            found("/r/new", 10, 5),
            found("/r/old", 10, 5),
            found("/r/same", 10, 5),
            found("/r/touched", 10, 6),
        ],
        [
            row("/r/back", 1, missing=1),
            row("/r/gone", 2),
            row("/r/gone before", 3, missing=1),
            row("/r/grown", 4),
            row("/r/old", 5, version=2),
            row("/r/same", 6),
            row("/r/touched", 7),
            row("/r/z", 8),
            row("/r/zz", 9, missing=1),
        ],
    )
    assert [file.path for file in result.new] == ["/r/new"]
    assert [file.path for file in result.changed] == ["/r/grown"]
    assert result.doubtful == [DiskFile("/r/touched", FileStamp(10, 6), b"hash")]
    assert [file.path for file in result.stale] == ["/r/old"]
    assert result.returned == [Move(SampleId(1), "/r/back", FileStamp(10, 5))]
    assert list(result.vanished) == ["/r/gone", "/r/z"]
    assert result.unchanged == 1
    assert result.found == 6
    assert result.known == 2 + 1 + 2 + 1


def test_what_is_known_of_a_vanished_file_is_handed_on() -> None:
    result = both([], [row("/r/gone", 2, 7, 8, 3, failed=1)])
    assert result.vanished["/r/gone"] == KnownFile(SampleId(2), FileStamp(7, 8), b"hash", 3, False, True)


def test_files_come_by_folder_and_name_so_a_folder_is_not_torn_by_a_name_that_sorts_between() -> None:
    files = [found("/r/a/x"), found("/r/a/y"), found("/r/a-b")]
    ordered = sorted(files, key=lambda each: in_order(each[0]))
    result = both(ordered, [row(path, n) for n, (path, *_) in enumerate(ordered, 1)])
    assert result.unchanged == 3


def test_what_two_streams_sort_differently_is_put_right() -> None:
    rows = [row("/r/b", 1), row("/r/a", 2), row("/r/c", 3)]
    result = both([found("/r/a"), found("/r/b", 11), found("/r/c"), found("/r/d", 1, 1)], rows)
    assert [file.path for file in result.changed] == ["/r/b"]
    assert [file.path for file in result.new] == ["/r/d"]
    assert (result.vanished, result.unchanged) == ({}, 2)


@pytest.mark.parametrize("unreadable", [("/r/a",), ("/r/a/",), ("/r/nowhere", "/r/a")])
def test_nothing_below_a_folder_that_could_not_be_read_counts_as_vanished(unreadable: tuple[str, ...]) -> None:
    rows = sorted(
        (row(path, n) for n, path in enumerate(["/r/a/x", "/r/a/b/y", "/r/ab", "/r/a-b/z"])),
        key=lambda r: in_order(r[0]),
    )
    assert set(both([], rows, unreadable).vanished) == {"/r/ab", "/r/a-b/z"}


def test_what_cannot_be_read_is_looked_up_only_when_the_walk_is_over() -> None:
    unreadable: list[str] = []

    def disk() -> Iterator[list[FileRow]]:
        yield []
        unreadable.append("/r/a")

    result = plan_in_order(disk(), [[row("/r/a/x", 1), row("/r/b", 2)]], 1, unreadable)
    assert list(result.vanished) == ["/r/b"]


@given(st.dictionaries(st.sampled_from(NAMES), ROW), st.dictionaries(st.sampled_from(NAMES), ROW), st.booleans())
def test_the_streams_give_the_plan_that_the_dictionaries_give(
    disk: dict[str, Any], known: dict[str, Any], wild: bool
) -> None:
    files = [found(path, size, mtime) for path, (size, mtime, *_) in disk.items()]
    rows = [row(path, n, *known[path]) for n, path in enumerate(known)]
    if wild:  # a file that is back under a name that was passed over is analysed again, which costs little
        rows = [each for each in rows if not each[8]]
    else:
        files.sort(key=lambda each: in_order(each[0]))
        rows.sort(key=lambda each: in_order(each[0]))
    both(files, rows)
