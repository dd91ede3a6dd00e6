"""A packed list of files holds what was put into it, in its order."""

from __future__ import annotations

import os

from soundkin.folders.packed import PackedFiles
from soundkin.model import DiskFile, FileStamp

NAMES = ["/a/1.wav", "/a/2.wav", "/a/b/\udcff.wav", "/Ä/ü.wav", "/a/3.wav", "bare.wav", "/top.wav"]
FILES = [
    DiskFile(name.replace("/", os.sep), FileStamp(number, -number, 2**62, 2**63 - 1), bytes(number), number % 2 == 0)
    for number, name in enumerate(NAMES)
]


def test_files_come_out_as_they_went_in() -> None:
    packed = PackedFiles(FILES)
    assert list(packed) == FILES
    assert len(packed) == len(NAMES)
    packed.append(FILES[0])
    packed.extend(PackedFiles(FILES[:2]))
    packed.extend(FILES[2:])
    assert list(packed) == [*FILES, FILES[0], *FILES]
    assert packed == [*FILES, FILES[0], *FILES]
    assert packed != FILES
    assert not PackedFiles()


def test_a_folder_of_more_files_than_are_packed_together_keeps_their_order() -> None:
    many = [DiskFile(f"{os.sep}a{os.sep}{number:04}.wav", FileStamp(1, number)) for number in range(1000)]
    packed = PackedFiles(many)
    assert list(packed) == many
    assert len(packed.parts()) < 10


def test_only_what_is_wanted_is_kept_and_a_folder_of_which_nothing_is_goes() -> None:
    packed = PackedFiles(FILES)
    packed.keep(lambda file: file.stamp.size not in {1, 2, 5})
    assert list(packed) == [file for file in FILES if file.stamp.size not in {1, 2, 5}]
    packed.keep(lambda file: False)
    assert len(packed) == 0
    assert list(packed) == []
