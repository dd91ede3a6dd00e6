"""Which lost row a new file is given: by size, content, date and name, in that order, and how much is read for it."""

from __future__ import annotations

from soundkin.folders.content_hash import HashKind
from soundkin.folders.moves import find_moves
from soundkin.model import DiskFile, FileStamp, KnownFile, Move, SampleId

SMALL, LARGE = 1_000, 10_000_000


def lost(
    number: int, size: int = LARGE, mtime: int = 1, short: bytes = b"s" * 15, full: bytes = b"f" * 15
) -> KnownFile:
    return KnownFile(SampleId(number), FileStamp(size, mtime), short + full if short else b"", 1, True, False)


def disk(path: str, size: int = LARGE, mtime: int = 1) -> DiskFile:
    return DiskFile(path, FileStamp(size, mtime))


class Bytes:
    """The hashes of files on disk, and which were asked for."""

    def __init__(self, short: bytes = b"s" * 15, full: bytes = b"f" * 15) -> None:
        self.read: list[str] = []
        self.read_fully: list[str] = []
        self._short, self._full = short, full

    def short(self, path: str, size: int, kind: HashKind) -> bytes:
        self.read.append(path)
        if "unreadable" in path:
            raise OSError(path)
        return self._short

    def full(self, path: str, size: int, kind: HashKind) -> bytes:
        self.read_fully.append(path)
        return self._full

    def find(self, new: list[DiskFile], known: dict[str, KnownFile]) -> tuple[list[Move], list[DiskFile]]:
        moves, rest = find_moves(new, known, self.short, self.full)
        return moves, list(rest)


def test_the_date_of_a_single_candidate_vouches_for_it_and_spares_the_reading() -> None:
    disk_bytes = Bytes(full=b"other")
    moves, rest = disk_bytes.find([disk("/new")], {"/old": lost(7), "/older": lost(8, mtime=2)})
    assert moves == [Move(SampleId(7), "/new", FileStamp(LARGE, 1))]
    assert rest == []
    assert disk_bytes.read_fully == []


def test_where_no_date_or_more_than_one_vouches_the_whole_file_is_read_once() -> None:
    for mtimes in ((2, 3), (1, 1)):
        rows = {f"/{n}": lost(n, mtime=mtime) for n, mtime in enumerate(mtimes, 1)}
        disk_bytes = Bytes()
        moves, _ = disk_bytes.find([disk("/new")], rows)
        assert len(moves) == 1
        assert disk_bytes.read_fully == ["/new"]
        none, rest = Bytes(full=b"other").find([disk("/new")], rows)
        assert none == []
        assert rest == [disk("/new")]


def test_of_several_whole_contents_only_those_that_agree_count() -> None:
    rows = {"/a": lost(1, mtime=2, full=b"x" * 15), "/b": lost(2, mtime=3), "/c": lost(3, mtime=4, full=b"y" * 15)}
    assert [move.id for move in Bytes().find([disk("/new")], rows)[0]] == [2]


def test_a_short_file_is_known_by_its_short_hash_which_saw_all_of_it() -> None:
    disk_bytes = Bytes(full=b"other")
    moves, _ = disk_bytes.find([disk("/new", SMALL, 9)], {"/old": lost(7, SMALL)})
    assert [move.id for move in moves] == [7]
    assert disk_bytes.read_fully == []


def test_only_files_of_a_size_that_was_lost_are_read_and_another_short_hash_is_another_file() -> None:
    disk_bytes = Bytes()
    moves, rest = disk_bytes.find([disk("/new"), disk("/other", LARGE + 1)], {"/old": lost(7, short=b"t" * 15)})
    assert (moves, [file.path for file in rest]) == ([], ["/new", "/other"])
    assert disk_bytes.read == ["/new"]
    assert disk_bytes.read_fully == []


def test_a_failure_has_no_hash_and_is_never_a_candidate() -> None:
    disk_bytes = Bytes()
    assert disk_bytes.find([disk("/new")], {"/old": lost(7, short=b"")}) == ([], [disk("/new")])
    assert disk_bytes.read == []


def test_what_cannot_be_read_is_left_over_and_the_others_are_still_matched() -> None:
    moves, rest = Bytes().find([disk("/unreadable"), disk("/new")], {"/old": lost(7)})
    assert [move.path for move in moves] == ["/new"]
    assert rest == [disk("/unreadable")]


def test_among_equal_contents_the_name_wins_then_the_date_and_each_row_is_given_once() -> None:
    rows = {"/a/kick": lost(1, SMALL, 5), "/a/snare": lost(2, SMALL, 9), "/b/hat": lost(3, SMALL, 7)}
    new = [disk("/c/snare", SMALL, 5), disk("/c/x", SMALL, 7), disk("/c/y", SMALL, 1), disk("/c/z", SMALL, 1)]
    moves, rest = Bytes().find(new, rows)
    assert [(move.path, move.id) for move in moves] == [("/c/snare", 2), ("/c/x", 3), ("/c/y", 1)]
    assert rest == [disk("/c/z", SMALL, 1)]


def test_a_move_carries_the_stamp_of_the_new_place() -> None:
    (move,), _ = Bytes().find([disk("/new", SMALL, 42)], {"/old": lost(7, SMALL)})
    assert move == Move(SampleId(7), "/new", FileStamp(SMALL, 42))
