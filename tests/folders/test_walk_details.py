"""What a walk takes for a sample and what it passes over, name by name and flag by flag."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from soundkin.folders import placeholders
from soundkin.folders.placeholders import suspicious, without_placeholders
from soundkin.folders.walk import Walk, is_below, is_entered, is_spelled_so, is_wanted, look_at_file

ENDINGS = [
    "wav",
    "wave",
    "bwf",
    "w64",
    "rf64",
    "aif",
    "aiff",
    "aifc",
    "flac",
    "ogg",
    "oga",
    "opus",
    "mp3",
    "caf",
    "au",
    "snd",
]
links = pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need a privilege on Windows")


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"RIFF")


def walked(walk: Walk) -> list[str]:
    return [os.path.relpath(file.path, walk.top) for file in walk]


@dataclass
class Status:
    """A file's status as one of the systems gives it."""

    st_size: int = 1_000_000
    st_blocks: int = 8
    st_file_attributes: int = 0
    st_flags: int = 0


def by_flags(**given: int) -> bool:
    return placeholders._is_flagged(cast("os.stat_result", Status(**given)))


@pytest.mark.parametrize(
    "flag", [0x1000, 0x40000, 0x400000], ids=["OFFLINE", "RECALL_ON_OPEN", "RECALL_ON_DATA_ACCESS"]
)
def test_each_of_the_three_flags_of_windows_means_in_the_cloud(flag: int) -> None:
    assert by_flags(st_file_attributes=flag) is True
    assert by_flags(st_file_attributes=flag | 0x20) is True


def test_other_flags_of_windows_and_macos_do_not() -> None:
    assert by_flags() is False
    assert by_flags(st_file_attributes=0xFFFFFFFF & ~(0x1000 | 0x40000 | 0x400000)) is False
    assert by_flags(st_flags=0xFFFFFFFF & ~0x40000000) is False


def test_macos_marks_what_has_no_data_here() -> None:
    assert by_flags(st_flags=0x40000000) is True


def test_a_flagged_file_is_in_the_cloud_whatever_its_blocks_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placeholders, "_HAS_FLAGS", True)
    status = cast("os.stat_result", Status(st_flags=0x40000000))
    assert without_placeholders([("/a", status)]) == []


def test_a_file_of_more_than_4096_bytes_in_no_block_may_be_in_the_cloud() -> None:
    found = [(str(n), Status(size, blocks)) for n, (size, blocks) in enumerate([(4096, 0), (4097, 0), (4097, 1)])]
    assert [path for path, _ in suspicious(cast("list[tuple[str, os.stat_result]]", found))] == ["1"]


@pytest.mark.parametrize(
    ("blocks", "flags", "expected"),
    [(True, False, ["1", "3"]), (True, True, ["1", "2", "3"]), (False, True, ["2", "3"])],
)
def test_a_system_is_asked_for_the_signs_that_it_has(
    monkeypatch: pytest.MonkeyPatch, blocks: bool, flags: bool, expected: list[str]
) -> None:
    monkeypatch.setattr(placeholders, "_HAS_BLOCKS", blocks)
    monkeypatch.setattr(placeholders, "_HAS_FLAGS", flags)
    states = (Status(), Status(st_blocks=0), Status(st_flags=0x40000000), Status(st_blocks=0, st_flags=0x40000000))
    found = cast("list[tuple[str, os.stat_result]]", [(str(n), status) for n, status in enumerate(states)])
    assert sorted(path for path, _ in suspicious(found)) == expected


def test_a_system_that_counts_no_blocks_is_asked_for_its_flags_only(monkeypatch: pytest.MonkeyPatch) -> None:
    class Bare:
        st_size = 1_000_000

    monkeypatch.setattr(placeholders, "_HAS_BLOCKS", False)
    monkeypatch.setattr(placeholders, "_HAS_FLAGS", True)
    assert suspicious([("/a", cast("os.stat_result", Bare()))]) == []


def test_what_this_system_has_is_what_its_stat_tells(tmp_path: Path) -> None:
    hollow = tmp_path / "hollow.wav"
    with hollow.open("wb") as file:
        file.truncate(1_000_000)
    status = hollow.stat()
    has_no_block = getattr(status, "st_blocks", 1) == 0
    assert [path for path, _ in suspicious([("hollow", status)])] == ["hollow"] * has_no_block


@pytest.mark.parametrize("ending", ENDINGS)
def test_each_audio_ending_is_listed_in_any_case(tmp_path: Path, ending: str) -> None:
    make(tmp_path, f"a.{ending}", f"B.{ending.upper()}")
    assert walked(Walk(str(tmp_path))) == [f"B.{ending.upper()}", f"a.{ending}"]
    assert is_wanted(str(tmp_path / f"a.{ending.upper()}"), str(tmp_path))


def test_no_other_ending_is(tmp_path: Path) -> None:
    names = ["a.txt", "b", "wav", "c.wav.txt", "d.mid", "e.wa", "f.wavx"]
    make(tmp_path, *names)
    assert walked(Walk(str(tmp_path))) == []
    assert not any(is_wanted(str(tmp_path / name), str(tmp_path)) for name in names)


@pytest.mark.parametrize(
    "name",
    [
        *("backup", "Backups", "__MACOSX", ".git", "$RECYCLE.BIN", "RECYCLER", "Recycled", "lost+found"),
        *("System Volume Information", "Network Trash Folder", "#recycle", "#snapshot", "@eaDir", "@tmp", "@Recycle"),
        *("@Recently-Snapshot", "@sharebin", "~snapshot"),
    ],
)
def test_folders_of_systems_and_backups_are_not_entered(tmp_path: Path, name: str) -> None:
    make(tmp_path, f"{name}/a.wav", f"x{name}/b.wav")
    assert walked(Walk(str(tmp_path))) == [os.path.join(f"x{name}", "b.wav")]
    assert not is_entered(str(tmp_path / name), str(tmp_path))
    assert not is_wanted(str(tmp_path / name / "deep" / "a.wav"), str(tmp_path))
    assert is_entered(str(tmp_path / f"x{name}"), str(tmp_path))


def test_a_followed_folder_may_have_any_name(tmp_path: Path) -> None:
    top = tmp_path / ".samples" / "backup"
    make(top, "a.wav")
    assert walked(Walk(str(top))) == ["a.wav"]
    assert is_wanted(str(top / "a.wav"), str(top))
    assert is_entered(str(top), str(top), ("backup",))


def test_globs_leave_out_by_name_and_by_path_files_and_folders(tmp_path: Path) -> None:
    make(tmp_path, "a.wav", "x/a.wav", "x/b.wav", "y/c.wav")
    top = str(tmp_path)
    for ignore, left in (
        (("a.wav",), ["x/b.wav", "y/c.wav"]),
        ((f"{top}/x/*",), ["a.wav", "y/c.wav"]),
        (("x",), ["a.wav", "y/c.wav"]),
        ((f"{top}/y",), ["a.wav", "x/a.wav", "x/b.wav"]),
        (("nothing", "b.*"), ["a.wav", "x/a.wav", "y/c.wav"]),
    ):
        assert walked(Walk(top, ignore=ignore)) == left
        wanted = [n for n in ("a.wav", "x/a.wav", "x/b.wav", "y/c.wav") if is_wanted(f"{top}/{n}", top, ignore)]
        assert wanted == left


def test_folders_and_files_come_in_the_order_of_the_library(tmp_path: Path) -> None:
    make(tmp_path, "b/1.wav", "b/0.wav", "b-c/1.wav", "z.wav", "a.wav", "b/d/1.wav")
    assert walked(Walk(str(tmp_path))) == ["a.wav", "z.wav", "b-c/1.wav", "b/0.wav", "b/1.wav", "b/d/1.wav"]


def test_files_come_in_runs_of_a_thousand_or_so(tmp_path: Path) -> None:
    for folder in range(5):
        (tmp_path / str(folder)).mkdir()
        for number in range(512):
            (tmp_path / str(folder) / f"{number}.wav").touch()
    assert [len(run) for run in Walk(str(tmp_path)).runs()] == [1024, 1024, 512]


def test_an_empty_folder_is_one_empty_run(tmp_path: Path) -> None:
    walk = Walk(str(tmp_path))
    assert list(walk.runs()) == [[]]
    assert (walk.entries, walk.placeholders, walk.unreadable) == (0, 0, [])


def test_everything_seen_but_hidden_and_ignored_things_is_counted(tmp_path: Path) -> None:
    make(tmp_path, "a.wav", "b.txt", ".c.wav", "d/e.wav", "f.tmp", "backup/g.wav")
    walk = Walk(str(tmp_path), ignore=("*.tmp",))
    list(walk)
    assert walk.entries == 5  # a.wav, b.txt, d, d/e.wav, backup


@pytest.mark.skipif(
    sys.platform == "win32" or getattr(os, "geteuid", int)() == 0, reason="permissions do not bind root"
)
def test_a_folder_that_may_not_be_listed_is_named(tmp_path: Path) -> None:
    make(tmp_path, "a.wav", "shut/b.wav")
    (tmp_path / "shut").chmod(0)
    walk = Walk(str(tmp_path))
    assert walked(walk) == ["a.wav"]
    (tmp_path / "shut").chmod(0o700)
    assert walk.unreadable == [str(tmp_path / "shut")]


@links
def test_a_link_that_hangs_is_passed_over_and_what_vanishes_before_its_stat_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "a.wav", "b.wav", "c.wav")
    (tmp_path / "d.wav").symlink_to(tmp_path / "nowhere.wav")
    listed = Walk._audio_and_folders

    def list_and_lose(walk: Walk, found: list[os.DirEntry[str]]) -> tuple[list[os.DirEntry[str]], list[str]]:
        result = listed(walk, found)
        (tmp_path / "b.wav").unlink()
        return result

    monkeypatch.setattr(Walk, "_audio_and_folders", list_and_lose)
    walk = Walk(str(tmp_path))
    assert walked(walk) == ["a.wav", "c.wav"]
    assert walk.unreadable == [str(tmp_path / "b.wav")]


@links
def test_a_link_to_what_is_walked_no_other_way_is_a_place_of_its_own_once(tmp_path: Path) -> None:
    make(tmp_path, "top/a.wav", "far/b.wav", "far/deep/c.wav", "root/d.wav")
    for name, target in (("one", "far"), ("two", "far/deep"), ("up", "."), ("root", "root"), ("gone", "nowhere")):
        (tmp_path / "top" / name).symlink_to(tmp_path / target, target_is_directory=True)
    walk = Walk(str(tmp_path / "top"), roots=(str(tmp_path / "root"),))
    assert walked(walk) == ["a.wav"]
    ((path, is_link),) = walk.places
    assert path in {str(tmp_path / "top" / name) for name in ("one", "two")}
    assert is_link


@links
def test_a_link_to_a_folder_that_holds_a_followed_one_is_passed_over(tmp_path: Path) -> None:
    make(tmp_path, "top/a.wav", "far/root/b.wav")
    (tmp_path / "top" / "far").symlink_to(tmp_path / "far", target_is_directory=True)
    walk = Walk(str(tmp_path / "top"), roots=(str(tmp_path / "far" / "root"),))
    assert walked(walk) == ["a.wav"]
    assert walk.places == []


@links
def test_a_linked_file_is_a_file_and_a_pruned_link_is_not_entered(tmp_path: Path) -> None:
    make(tmp_path, "far/b.wav")
    (tmp_path / "top").mkdir()
    (tmp_path / "top" / "b.wav").symlink_to(tmp_path / "far" / "b.wav")
    (tmp_path / "top" / "far").symlink_to(tmp_path / "far", target_is_directory=True)
    assert walked(Walk(str(tmp_path / "top"), prune=frozenset({str(tmp_path / "top" / "far")}))) == ["b.wav"]


def test_a_folder_called_like_a_sample_is_a_folder(tmp_path: Path) -> None:
    make(tmp_path, "kicks.wav/a.wav")
    assert walked(Walk(str(tmp_path))) == [os.path.join("kicks.wav", "a.wav")]
    assert look_at_file(str(tmp_path / "kicks.wav")) is None


def test_one_file_is_stamped_as_the_walk_does_it(tmp_path: Path) -> None:
    make(tmp_path, "a.wav")
    assert look_at_file(str(tmp_path / "a.wav")) == next(iter(Walk(str(tmp_path))))
    assert look_at_file(str(tmp_path / "gone.wav")) is None
    with (tmp_path / "cloud.wav").open("wb") as file:
        file.truncate(1_000_000)
    if hasattr(os.stat_result, "st_blocks"):
        assert look_at_file(str(tmp_path / "cloud.wav")) is None


def test_a_name_is_spelled_as_the_folder_lists_it(tmp_path: Path) -> None:
    make(tmp_path, "a.wav")
    assert is_spelled_so(str(tmp_path / "a.wav")) is True
    assert is_spelled_so(str(tmp_path / "A.wav")) is False
    assert is_spelled_so(str(tmp_path / "nowhere" / "a.wav")) is True


@pytest.mark.parametrize(
    ("path", "folder", "below"),
    [
        ("/a", "/a", True),
        ("/a/b", "/a", True),
        ("/a/b", "/a/", True),
        ("/ab", "/a", False),
        ("/a", "/a/b", False),
        ("/a", "/", True),
    ],
)
@pytest.mark.skipif(os.sep != "/", reason="spelled as on a POSIX system")
def test_a_path_is_below_a_folder_that_its_parts_begin_with(path: str, folder: str, below: bool) -> None:
    assert is_below(path, folder) is below
