"""Recognising moved files by content."""

from __future__ import annotations

from pathlib import Path

from soundkin.identity import BLOCK, content_hash
from soundkin.model import DiskFile, FileStamp, KnownFile, SampleId
from soundkin.moves import find_moves


def lost(number: int, path: Path) -> KnownFile:
    size = path.stat().st_size
    return KnownFile(SampleId(number), FileStamp(size, 1), content_hash(str(path), size), 1, True, False)


def on_disk(path: Path) -> DiskFile:
    return DiskFile(str(path), FileStamp(path.stat().st_size, 2))


def test_a_renamed_file_keeps_its_row_and_only_files_of_a_lost_size_are_read(tmp_path: Path) -> None:
    (tmp_path / "new.wav").write_bytes(b"kick" * 10)
    (tmp_path / "other.wav").write_bytes(b"longer" * 10)
    read: list[str] = []

    def spy(path: str, size: int) -> bytes:
        read.append(path)
        return content_hash(path, size)

    moves, rest = find_moves(
        [on_disk(tmp_path / "new.wav"), on_disk(tmp_path / "other.wav")],
        {"/old.wav": lost(7, tmp_path / "new.wav")},
        spy,
    )
    assert [(move.id, move.path, move.stamp.mtime_ns) for move in moves] == [(7, str(tmp_path / "new.wav"), 2)]
    assert [file.path for file in rest] == [str(tmp_path / "other.wav")]
    assert read == [str(tmp_path / "new.wav")]


def test_same_size_and_other_content_is_no_move(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"aaaa")
    (tmp_path / "b.wav").write_bytes(b"bbbb")
    moves, rest = find_moves([on_disk(tmp_path / "b.wav")], {"/old": lost(1, tmp_path / "a.wav")})
    assert not moves
    assert len(rest) == 1


def test_among_equal_contents_the_same_name_wins_and_no_row_is_given_twice(tmp_path: Path) -> None:
    for folder in ("x", "y", "z"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{folder}.wav").write_bytes(b"same")
    rows = {"/old/y.wav": lost(1, tmp_path / "x/x.wav"), "/old/x.wav": lost(2, tmp_path / "x/x.wav")}
    moves, rest = find_moves([on_disk(tmp_path / f"{n}/{n}.wav") for n in "xyz"], rows)
    assert {(move.id, Path(move.path).name) for move in moves} == {(2, "x.wav"), (1, "y.wav")}
    assert [Path(file.path).name for file in rest] == ["z.wav"]


def test_a_file_that_vanishes_before_it_is_read_is_left_to_the_next_scan(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"aaaa")
    row = lost(1, tmp_path / "a.wav")
    gone = DiskFile(str(tmp_path / "gone.wav"), FileStamp(4, 2))
    moves, rest = find_moves([gone], {"/old": row})
    assert not moves
    assert rest == [gone]


def test_the_content_hash_sees_size_start_middle_and_end(tmp_path: Path) -> None:
    size = 8 * BLOCK
    base = bytearray(size)
    hashes = set()
    for where in (None, 0, size // 2, size - 1):
        data = bytearray(base)
        if where is not None:
            data[where] = 1
        path = tmp_path / f"{where}.bin"
        path.write_bytes(data)
        hashes.add(content_hash(str(path), size))
    hashes.add(content_hash(str(tmp_path / "None.bin"), size - 1))
    assert len(hashes) == 5
