"""The walk over the disk and the pure plan."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from codecs_extra import with_codecs
from soundkin.folders.diff import plan
from soundkin.folders.walk import Walk, is_wanted, look_at_file
from soundkin.model import DiskFile, FileStamp, KnownFile, Move, SampleId


def known(number: int, size: int = 10, *, missing: bool = False, version: int = 1, failed: bool = False) -> KnownFile:
    return KnownFile(SampleId(number), FileStamp(size, 5), b"hash", version, missing, failed)


def disk(path: str, size: int = 10) -> DiskFile:
    return DiskFile(path, FileStamp(size, 5))


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"RIFF")


def walked(folder: Path, **kwargs: object) -> list[str]:
    return sorted(os.path.relpath(file.path, folder) for file in Walk(str(folder), **kwargs))  # type: ignore[arg-type]


def test_the_walk_yields_audio_files_by_ending_in_any_case_and_stamps_them(tmp_path: Path) -> None:
    make(tmp_path, "a.wav", "B.WAV", "deep/er/c.Flac", "d.txt", "e.reapeaks", "f")
    assert walked(tmp_path) == ["B.WAV", "a.wav", os.path.join("deep", "er", "c.Flac")]
    file = next(iter(Walk(str(tmp_path / "deep"))))
    status = (tmp_path / "deep/er/c.Flac").stat()
    assert file.stamp == FileStamp.of(status)


def test_what_holds_sounds_and_cannot_be_heard_is_counted_by_ending_and_what_holds_none_is_not(tmp_path: Path) -> None:
    make(tmp_path, "a.rx2", "B.RX2", "deep/c.Zip", "d.txt", "e.asd", "f.reapeaks", "g.pdf", "._h.rx2", "Backup/i.rx2")
    make(tmp_path, "Kit.h2drumkit/kick.wav", "stems/j.nki", "k", ".zip", "l.jpg")
    walk = Walk(str(tmp_path), ignore=("*/stems",))
    assert [os.path.basename(file.path) for file in walk] == ["kick.wav"]
    assert walk.unheard == {".rx2": 2, ".zip": 1}


def test_what_ffmpeg_would_hear_is_walked_where_it_is_installed_and_counted_where_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "a.m4a", "b.wv", "c.wav")
    for installed, names, unheard in (
        (True, {"a.m4a", "b.wv", "c.wav"}, {}),
        (False, {"c.wav"}, {".m4a": 1, ".wv": 1}),
    ):
        with_codecs(monkeypatch, installed=installed)
        walk = Walk(str(tmp_path))
        assert {os.path.basename(file.path) for file in walk} == names
        assert walk.unheard == unheard
        assert is_wanted(str(tmp_path / "a.m4a"), str(tmp_path)) is installed


def test_hidden_files_backup_folders_and_what_systems_leave_behind_are_passed_over(tmp_path: Path) -> None:
    make(tmp_path, "._a.wav", ".hidden/b.wav", "Backup/c.wav", "__MACOSX/d.wav", "@eaDir/e.wav", "keep.wav")
    assert walked(tmp_path) == ["keep.wav"]


def test_user_globs_leave_out_names_and_paths(tmp_path: Path) -> None:
    make(tmp_path, "one.wav", "one-bounce.wav", "stems/two.wav")
    assert walked(tmp_path, ignore=("*-bounce.wav", "*/stems")) == ["one.wav"]


def test_a_pruned_folder_is_not_entered(tmp_path: Path) -> None:
    make(tmp_path, "a.wav", "inner/b.wav")
    assert walked(tmp_path, prune=frozenset({str(tmp_path / "inner")})) == ["a.wav"]


@pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need a privilege on Windows")
def test_a_link_that_leads_back_up_is_walked_once(tmp_path: Path) -> None:
    make(tmp_path, "a/x.wav")
    (tmp_path / "a/loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "a/dangling.wav").symlink_to(tmp_path / "nowhere.wav")
    assert walked(tmp_path) == [os.path.join("a", "x.wav")]


def test_a_folder_that_cannot_be_listed_is_named_and_nothing_below_it_counts_as_vanished(tmp_path: Path) -> None:
    walk = Walk(str(tmp_path / "gone"))
    rows = {os.path.join(str(tmp_path / "gone"), "a.wav"): known(1), str(tmp_path / "other.wav"): known(2)}
    result = plan(walk, rows, 1, walk.unreadable)
    assert walk.unreadable == [str(tmp_path / "gone")]
    assert set(result.vanished) == {str(tmp_path / "other.wav")}


@pytest.mark.skipif(not hasattr(os.stat_result, "st_blocks"), reason="allocated size is not known here")
def test_a_file_without_allocated_blocks_is_taken_for_a_cloud_placeholder_and_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "cloud.wav"
    with path.open("wb") as file:
        file.truncate(1_000_000)
    walk = Walk(str(tmp_path))
    assert list(walk) == []
    assert walk.placeholders == 1
    assert look_at_file(str(path)) is None


def test_names_with_spaces_newlines_emoji_and_undecodable_bytes_come_through(tmp_path: Path) -> None:
    make(tmp_path, "kick 💥.wav", "two words.wav")
    expected = {"kick 💥.wav", "two words.wav"}
    if sys.platform == "linux":
        make(tmp_path, "line\nbreak.wav")
        raw = os.fsencode(tmp_path) + b"/\xff\xfe.wav"
        with open(raw, "wb") as file:
            file.write(b"RIFF")
        expected |= {"line\nbreak.wav", "\udcff\udcfe.wav"}
    assert set(walked(tmp_path)) == expected


def test_a_name_is_wanted_exactly_where_the_walk_would_yield_it(tmp_path: Path) -> None:
    names = ["a.wav", ".b.wav", "Backup/c.wav", "x/d.AIFF", "x/e.txt", ".git/f.wav", "skip/g.wav", "x/skip.wav"]
    make(tmp_path, *names)
    ignore = ("skip", "*/x/skip.wav")
    yielded = set(walked(tmp_path, ignore=ignore))
    for name in names:
        path = os.path.join(str(tmp_path), *name.split("/"))
        assert is_wanted(path, str(tmp_path), ignore) == (os.path.join(*name.split("/")) in yielded), name


def test_the_plan_tells_new_changed_unchanged_and_vanished_apart() -> None:
    result = plan(
        [disk("/r/new"), disk("/r/same"), disk("/r/changed", 11)],
        {"/r/same": known(1), "/r/changed": known(2), "/r/gone": known(3)},
        version=1,
    )
    assert [file.path for file in result.new] == ["/r/new"]
    assert [file.path for file in result.changed] == ["/r/changed"]
    assert set(result.vanished) == {"/r/gone"}
    assert (result.unchanged, result.found) == (1, 3)


def test_a_missing_file_that_is_back_unchanged_is_not_analysed_again() -> None:
    result = plan([disk("/r/a")], {"/r/a": known(4, missing=True)}, version=1)
    assert result.returned == [Move(SampleId(4), "/r/a", FileStamp(10, 5))]
    assert not result.new
    assert not result.changed


def test_a_missing_file_stays_missing_without_vanishing_again() -> None:
    assert not plan([], {"/r/a": known(4, missing=True)}, version=1).vanished


def test_a_failed_file_is_not_tried_again_until_it_changes_or_the_features_do() -> None:
    failed = {"/r/a": known(1, failed=True)}
    assert plan([disk("/r/a")], failed, version=1).unchanged == 1
    assert len(plan([disk("/r/a", 99)], failed, version=1).changed) == 1
    assert len(plan([disk("/r/a")], failed, version=2).stale) == 1
