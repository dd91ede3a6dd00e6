"""Files that trade places or are replaced behind our back, and files that only look as if they were."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from following import OLD_S, Follower, following, make
from loop_disk import loop_disk
from soundkin.folders import content_hash
from soundkin.folders.content_hash import is_same

MANY = 200
tells_changes = pytest.mark.skipif(sys.platform == "win32", reason="a scan alone cannot tell: no inode, no ctime")


def swap(one: Path, other: Path) -> None:
    aside = one.with_name("aside.tmp")
    one.rename(aside)
    other.rename(one)
    aside.rename(other)


def copy_over(source: Path, target: Path) -> None:
    """As `cp -p`: the same file on the disk, another content, the date of the source."""
    target.write_bytes(source.read_bytes())
    shutil.copystat(source, target)


@tells_changes
def test_two_files_of_equal_size_and_date_that_swap_names_each_get_their_own_sound(
    top: Path, follower: Follower
) -> None:
    one, other = make(top / "a.wav", "kick one"), make(top / "b.wav", "kick two")
    follower.scan()
    ids = {path: follower.library.stamps(str(path))[str(path)].id for path in (one, other)}
    swap(one, other)
    assert follower.scan() == 2
    assert follower.wrong() == []
    assert ids == {path: follower.library.stamps(str(path))[str(path)].id for path in (one, other)}
    assert follower.scan() == 0


@tells_changes
@pytest.mark.parametrize("how", [copy_over, lambda source, target: os.replace(shutil.copy2(source, "copy"), target)])
def test_a_file_that_was_replaced_by_another_of_equal_size_and_date_gets_the_new_sound(
    top: Path, follower: Follower, how: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(top.parent)
    make(top / "a.wav", "first")
    source = make(top.parent / "source.wav", "other")
    follower.scan()
    assert callable(how)
    how(source, top / "a.wav")
    assert (top / "a.wav").stat().st_mtime == OLD_S
    assert follower.scan() == 1
    assert follower.wrong() == []


@tells_changes
def test_folders_that_swap_names_take_their_sounds_with_them(top: Path, follower: Follower) -> None:
    for folder in ("a", "b"):
        for number in range(40):
            make(top / folder / f"{number}.wav", f"{folder} {number:02}")
    follower.scan()
    swap(top / "a", top / "b")
    follower.scan()
    assert follower.wrong() == []


def untold(files: list[tuple[str, os.stat_result]]) -> list[tuple[str, int, int, int, int]]:
    """What a system tells that knows nothing but size and date."""
    return [(path, status.st_size, status.st_mtime_ns, 0, 0) for path, status in files]


def test_an_event_that_names_a_file_makes_its_content_count_where_no_stamp_tells(
    top: Path, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = make(top / "a.wav", "kick one"), make(top / "b.wav", "kick two")
    monkeypatch.setattr("soundkin.folders.walk.rows_of", untold)
    monkeypatch.setattr("soundkin.model.files.rows_of", untold)
    follower.scan()
    swap(one, other)
    assert follower.scan() == 0, "such a system tells nothing"
    assert follower.hear(one, other) == 2
    assert follower.wrong() == []


@pytest.mark.parametrize("kind", ["vfat"])
def test_on_a_disk_without_numbers_of_its_own_a_swap_is_noticed_by_its_events(tmp_path: Path, kind: str) -> None:
    with loop_disk(tmp_path.resolve(), kind=kind) as disk:
        one, other = make(disk.mount / "a.wav", "kick one"), make(disk.mount / "b.wav", "kick two")
        with following(disk.mount.parent / "data", disk.mount) as follower:
            follower.scan()
            swap(one, other)
            follower.hear(one, other)
            assert follower.wrong() == []


# ---- and nothing is analysed without need ----


@pytest.mark.parametrize("what", ["chmod", "link", "touch", "restore", "earlier"])
def test_a_change_that_changes_no_content_costs_a_look_and_no_analysis(
    top: Path, follower: Follower, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(MANY):
        make(top / f"{number % 9}/{number}.wav")
    follower.scan()
    before = {sample.path: sample for sample in follower.library.search("", 1000)}
    for path in before:
        change(what, path)
    assert follower.scan() == 0
    assert {sample.path: sample for sample in follower.library.search("", 1000)} == before
    assert follower.ingest.last_scan.unchanged == MANY
    looked = len(follower.analyser.rechecked)
    assert looked == (MANY if what != "link" or sys.platform != "win32" else 0)
    assert follower.scan() == 0
    assert len(follower.analyser.rechecked) == looked, "once"


def change(what: str, path: str) -> None:
    status = os.stat(path)
    if what == "chmod":
        os.chmod(path, status.st_mode ^ 0o020)
    elif what == "link":
        os.link(path, path + ".linked")
    elif what == "restore":  # another file with the same content and date
        shutil.copy2(path, path + ".tmp")
        os.replace(path + ".tmp", path)
    else:
        hour = 3600 if what == "touch" else -3600
        os.utime(path, (OLD_S + hour, OLD_S + hour))


def test_a_disk_that_gives_its_files_new_numbers_costs_a_few_looks_and_no_more(
    top: Path, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1000):
        make(top / f"{number}.wav")
    follower.scan()
    read: list[str] = []

    def counted(file: str, size: int, known: bytes, *, briefly: bool) -> bool:
        read.append(file)
        return is_same(file, size, known, briefly=briefly)

    monkeypatch.setattr("soundkin.folders.content_hash.is_same", counted)
    renumber(monkeypatch)
    assert follower.scan() == 0
    assert 0 < len(read) < 40
    assert follower.analyser.rechecked == []
    read.clear()
    assert follower.scan() == 0
    assert read == [], "the numbers are known now"


def test_among_many_new_numbers_a_real_replacement_puts_all_of_them_to_the_test(
    top: Path, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(30):
        make(top / f"{number:02}.wav", f"sound {number:02}")
    follower.scan()
    renumber(monkeypatch)
    quietly(top / "00.wav", b"other 00")
    assert follower.scan() == 1
    assert follower.wrong() == []


def renumber(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk was plugged in again, and its file system makes numbers up; ctime stays what it is."""
    for place in ("soundkin.folders.walk.rows_of", "soundkin.model.files.rows_of"):
        monkeypatch.setattr(place, renumbered)


def renumbered(files: list[tuple[str, os.stat_result]]) -> list[tuple[str, int, int, int, int]]:
    return [(path, s.st_size, s.st_mtime_ns, CTIMES.get(path, s.st_ctime_ns), 2**40 + s.st_ino) for path, s in files]


CTIMES: dict[str, int] = {}


def quietly(path: Path, content: bytes) -> None:
    """Another content, of which only the number of the file tells."""
    CTIMES[str(path)] = path.stat().st_ctime_ns
    path.write_bytes(content)
    os.utime(path, (OLD_S, OLD_S))


# ---- how much of a file is read to tell ----


def test_stems_that_begin_pause_and_end_in_silence_are_told_apart(top: Path, follower: Follower) -> None:
    silence = bytearray(3_000_000)
    for number in range(2):
        silence[700_000:700_100] = bytes([number + 1]) * 100
        make(top / f"{number}.wav", bytes(silence))
    follower.scan()
    swap(top / "0.wav", top / "1.wav")
    follower.hear(top / "0.wav", top / "1.wav")
    assert follower.wrong() == []


def test_a_large_file_of_which_only_rights_changed_is_read_in_three_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "long.wav"
    path.write_bytes(os.urandom(4_000_000))
    known = content_hash.content_hash(str(path), 4_000_000)
    monkeypatch.setattr(content_hash, "full_hash", lambda file, size: pytest.fail("all of it was read"))
    assert is_same(str(path), 4_000_000, known, briefly=True)


@pytest.mark.parametrize("size", [10, 190_000, 200_000, 900_000, 4_000_000])
@pytest.mark.parametrize("briefly", [True, False])
def test_a_change_at_either_end_or_in_the_middle_is_always_seen(tmp_path: Path, size: int, briefly: bool) -> None:
    data = bytearray(os.urandom(size))
    path = tmp_path / "a.wav"
    path.write_bytes(data)
    known = content_hash.content_hash(str(path), size)
    assert is_same(str(path), size, known, briefly=briefly)
    for at in (0, size // 2, size - 1):
        changed = bytearray(data)
        changed[at] ^= 1
        path.write_bytes(changed)
        assert not is_same(str(path), size, known, briefly=briefly)


def test_where_the_date_is_another_every_byte_counts(tmp_path: Path) -> None:
    data = bytearray(os.urandom(4_000_000))
    path = tmp_path / "edited.wav"
    path.write_bytes(data)
    known = content_hash.content_hash(str(path), len(data))
    data[1_000_000] ^= 1
    path.write_bytes(data)
    assert not is_same(str(path), len(data), known, briefly=False)


def test_a_part_that_was_edited_in_place_is_noticed_by_its_date(top: Path, follower: Follower) -> None:
    data = bytearray(os.urandom(4_000_000))
    path = make(top / "edited.wav", bytes(data))
    follower.scan()
    data[1_000_000] ^= 1
    make(path, bytes(data), OLD_S + 60)
    assert follower.scan() == 1
    assert follower.wrong() == []
