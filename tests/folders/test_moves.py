"""Recognising moved files by content."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
import xxhash

from soundkin.folders.content_hash import HashKind, content_hash, full_hash, is_same, kind_of, short_hash
from soundkin.folders.moves import find_moves
from soundkin.model import DiskFile, FileStamp, KnownFile, SampleId


def lost(number: int, path: Path) -> KnownFile:
    size = path.stat().st_size
    return KnownFile(SampleId(number), FileStamp(size, 1), content_hash(str(path), size), 1, True, False)


def on_disk(path: Path) -> DiskFile:
    return DiskFile(str(path), FileStamp(path.stat().st_size, 2))


def test_a_renamed_file_keeps_its_row_and_only_files_of_a_lost_size_are_read(tmp_path: Path) -> None:
    (tmp_path / "new.wav").write_bytes(b"kick" * 10)
    (tmp_path / "other.wav").write_bytes(b"longer" * 10)
    read: list[str] = []

    def spy(path: str, size: int, kind: HashKind) -> bytes:
        read.append(path)
        return short_hash(path, size, kind)

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
    size = 8 * 64 * 1024
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


# ---- hashes of two kinds ----


def old_hash(data: bytes) -> bytes:
    """As libraries of earlier versions hold it: written out here, for it may never change."""
    size, sampled = len(data), data
    if size > 196_608:
        middle = (size - 65_536) // 2
        sampled = data[:65_536] + data[middle : middle + 65_536] + data[-65_536:]
    short = hashlib.blake2b(str(size).encode() + b"\n" + sampled, digest_size=16).digest()
    return short if size <= 196_608 else short + hashlib.blake2b(data, digest_size=16).digest()


SIZES = [10, 100_000, 196_608, 196_609, 900_000, 4_000_000]


@pytest.mark.parametrize("size", SIZES)
def test_a_file_is_compared_with_a_hash_of_an_earlier_version_in_that_ones_way(tmp_path: Path, size: int) -> None:
    data = bytearray(os.urandom(size))
    path = tmp_path / "a.wav"
    path.write_bytes(data)
    known = old_hash(bytes(data))
    assert kind_of(known).num_bytes == 16
    assert is_same(str(path), size, known, briefly=True)
    assert is_same(str(path), size, known, briefly=False)
    data[size // 3] ^= 1
    path.write_bytes(data)
    assert not is_same(str(path), size, known, briefly=False)


@pytest.mark.parametrize("size", SIZES)
def test_a_new_hash_is_that_of_the_reference_and_shorter_than_an_old_one(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    path = tmp_path / "a.wav"
    path.write_bytes(data)
    found = content_hash(str(path), size)
    assert kind_of(found).num_bytes == 15
    assert len(found) == (15 if size <= 196_608 else 30)
    if size <= 196_608:
        assert found == xxhash.xxh3_128_digest(str(size).encode() + b"\n" + data)[:15]
    else:
        assert found[15:] == xxhash.xxh3_128_digest(data)[:15]
    assert content_hash(data, size) == found, "and so is one of the bytes themselves"


@pytest.mark.parametrize("size", [4000, 900_000])
def test_a_moved_file_is_recognised_by_a_hash_of_either_kind(tmp_path: Path, size: int) -> None:
    rows, files = {}, []
    for number in range(4):
        data = os.urandom(size)
        path = tmp_path / f"{number}.wav"
        path.write_bytes(data)
        known = old_hash(data) if number % 2 else content_hash(data, size)
        rows[f"/old/{number}.wav"] = KnownFile(SampleId(number), FileStamp(size, 1), known, 1, True, False)
        files.append(on_disk(path))
    stranger = tmp_path / "stranger.wav"
    stranger.write_bytes(os.urandom(size))
    moves, rest = find_moves([*files, on_disk(stranger)], rows)
    assert [(move.id, move.path) for move in moves] == [(n, str(tmp_path / f"{n}.wav")) for n in range(4)]
    assert [file.path for file in rest] == [str(stranger)]


def test_two_old_rows_of_one_beginning_are_told_apart_by_every_byte(tmp_path: Path) -> None:
    data = bytearray(900_000)
    data[200_000] = 1
    other = bytearray(900_000)
    other[200_000] = 2
    path = tmp_path / "a.wav"
    path.write_bytes(other)
    rows = {
        f"/old/{number}.wav": KnownFile(
            SampleId(number), FileStamp(900_000, 1), old_hash(bytes(content)), 1, True, False
        )
        for number, content in enumerate((data, other))
    }
    moves, _ = find_moves([on_disk(path)], rows)
    assert [move.id for move in moves] == [1]
    assert full_hash(str(path), 900_000, kind_of(old_hash(b""))) == old_hash(bytes(other))[16:]
