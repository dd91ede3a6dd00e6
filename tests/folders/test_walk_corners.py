"""Disks, links and files that a walk meets seldom: other disks below, folders met twice, lies of a file system."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from soundkin.folders import walk as walking
from soundkin.folders.walk import Walk, look_at_file, meets

links = pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need a privilege on Windows")
Stat = Callable[..., os.stat_result]


def make(folder: Path, *names: str, size: int = 4) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(size))


def walked(walk: Walk) -> list[str]:
    return [os.path.relpath(file.path, walk.top).replace(os.sep, "/") for file in walk]


def pretend(monkeypatch: pytest.MonkeyPatch, numbers: dict[Path, tuple[int, int]]) -> None:
    """Folders have other numbers than they have: disk, and folder on it."""
    real: Stat = os.stat

    def stat(path: Any, **more: Any) -> Any:
        status = real(path, **more)
        told = numbers.get(Path(path)) if isinstance(path, str) else None
        if told is None:
            return status
        fields = {name: getattr(status, name) for name in dir(status) if name.startswith("st_")}
        return SimpleNamespace(**fields | {"st_dev": told[0], "st_ino": told[1]})

    monkeypatch.setattr(os, "stat", stat)


def test_after_the_depths_of_one_folder_the_next_is_walked(tmp_path: Path) -> None:
    make(tmp_path, "a/b/c/1.wav", "a/b/d/2.wav", "a/e/3.wav", "f/g/4.wav", "h/5.wav")
    assert walked(Walk(str(tmp_path))) == ["a/b/c/1.wav", "a/b/d/2.wav", "a/e/3.wav", "f/g/4.wav", "h/5.wav"]


def test_a_disk_mounted_below_is_a_place_of_its_own_in_any_depth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "a.wav", "disk/b.wav", "x/c.wav", "x/y/disk/d.wav")
    pretend(monkeypatch, {tmp_path / "disk": (77, 5), tmp_path / "x/y/disk": (78, 5)})
    walk = Walk(str(tmp_path))
    assert walked(walk) == ["a.wav", "x/c.wav"]
    assert walk.places == [(str(tmp_path / "disk"), False), (str(tmp_path / "x/y/disk"), False)]


def test_what_the_system_says_is_mounted_is_a_place_even_on_the_same_disk(tmp_path: Path) -> None:
    make(tmp_path, "a.wav", "bound/b.wav", "x/bound/c.wav")
    bound = frozenset(str(tmp_path / name) for name in ("bound", "x/bound"))
    walk = Walk(str(tmp_path), mounts=bound)
    assert walked(walk) == ["a.wav"]
    assert {path for path, is_link in walk.places if not is_link} == bound
    own = Walk(str(tmp_path / "bound"), mounts=bound)
    assert walked(own) == ["b.wav"]


def test_a_folder_met_again_below_itself_is_not_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "a/x.wav", "a/b/x.wav")
    (tmp_path / "a/b/b").mkdir()  # it lists what `a` lists
    pretend(monkeypatch, {tmp_path / "a": (7, 5), tmp_path / "a/b": (7, 5), tmp_path: (7, 1)})
    assert walked(Walk(str(tmp_path))) == ["a/x.wav"]


@pytest.mark.parametrize(
    ("numbers", "extra"), [((7, 0), ""), ((7, 6), ""), ((7, 5), "a/b/other.txt")], ids=["none", "own", "lists other"]
)
def test_one_that_only_has_the_number_of_another_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, numbers: tuple[int, int], extra: str
) -> None:
    make(tmp_path, "a/x.wav", "a/b/x.wav", *([extra] if extra else []))
    (tmp_path / "a/b/b").mkdir()
    outer = (7, 0) if numbers == (7, 0) else (7, 5)
    pretend(
        monkeypatch, {tmp_path / "a": outer, tmp_path / "a/b": numbers, tmp_path / "a/b/b": (7, 9), tmp_path: (7, 1)}
    )
    assert walked(Walk(str(tmp_path))) == ["a/x.wav", "a/b/x.wav"]


def test_a_folder_that_can_be_listed_no_more_is_taken_for_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "a/x.wav", "a/b/y.wav")
    pretend(monkeypatch, {tmp_path / "a": (7, 5), tmp_path / "a/b": (7, 5), tmp_path: (7, 1)})

    def gone(folder: str) -> list[str]:
        raise OSError(folder)

    monkeypatch.setattr(os, "listdir", gone)
    assert walked(Walk(str(tmp_path))) == ["a/x.wav"]


@links
def test_a_link_that_leads_to_itself_is_named_as_unreadable(tmp_path: Path) -> None:
    make(tmp_path, "a.wav")
    (tmp_path / "loop.wav").symlink_to(tmp_path / "loop.wav")
    walk = Walk(str(tmp_path))
    assert walked(walk) == ["a.wav"]
    assert walk.unreadable == [str(tmp_path / "loop.wav")]


def test_a_run_ends_with_the_folder_in_which_it_has_1024_files(tmp_path: Path) -> None:
    for folder, count in (("a", 1023), ("b", 1), ("c", 2)):
        (tmp_path / folder).mkdir()
        for number in range(count):
            (tmp_path / folder / f"{number}.wav").touch()
    assert [len(run) for run in Walk(str(tmp_path)).runs()] == [1024, 2]


def test_files_of_a_doubtful_kind_that_are_whole_stand_in_their_order_and_the_others_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "z.wav", "a/1.wav", "a/5.wav", "b/1.wav")
    make(tmp_path, "a/2 whole.wav", "a/3 cloud.wav", "b/0 cloud.wav", "b/9 whole.wav", size=9_999)
    monkeypatch.setattr(walking, "suspicious", lambda found: [each for each in found if each[1].st_size == 9_999])
    monkeypatch.setattr(walking, "without_placeholders", lambda found: [each for each in found if "whole" in each[0]])
    walk = Walk(str(tmp_path))
    assert walked(walk) == ["z.wav", "a/1.wav", "a/2 whole.wav", "a/5.wav", "b/1.wav", "b/9 whole.wav"]
    assert walk.placeholders == 2
    sizes = {Path(path).name: size for run in Walk(str(tmp_path)).runs() for path, size, *_ in run}
    assert sizes["2 whole.wav"] == 9_999


@pytest.mark.parametrize(("tag", "is_link"), [(0xA0000003, True), (0xA0000019, False), (0, False)])
def test_a_junction_of_windows_is_a_link(monkeypatch: pytest.MonkeyPatch, tag: int, is_link: bool) -> None:
    class Entry:
        def stat(self, *, follow_symlinks: bool) -> SimpleNamespace:
            assert not follow_symlinks
            return SimpleNamespace(st_reparse_tag=tag)

        def is_symlink(self) -> bool:
            return False

    monkeypatch.setattr(sys, "platform", "win32")
    assert walking._is_link(cast("os.DirEntry[str]", Entry())) is is_link


def test_what_lies_below_a_file_is_no_file_and_what_cannot_be_asked_for_is_an_error(tmp_path: Path) -> None:
    make(tmp_path, "a.wav")
    assert look_at_file(str(tmp_path / "a.wav" / "b.wav")) is None
    with pytest.raises(OSError, match=r"(?i)name too long|cannot find|syntax"):
        look_at_file(str(tmp_path / ("x" * 5_000)))


@pytest.mark.parametrize(
    ("folder", "others", "met"),
    [
        ("/a/b", ["/a"], True),
        ("/a", ["/a/b"], True),
        ("/a", ["/b", "/a"], True),
        ("/a", ["/b"], False),
        ("/a", [], False),
    ],
)
@pytest.mark.skipif(os.sep != "/", reason="spelled as on a POSIX system")
def test_folders_meet_where_one_lies_in_the_other(folder: str, others: list[str], met: bool) -> None:
    assert meets(folder, others) is met


def test_a_walk_of_nothing_has_counted_nothing() -> None:
    walk = Walk("/nowhere")
    assert (walk.places, walk.unreadable, walk.placeholders, walk.entries, walk.unheard) == ([], [], 0, 0, {})
