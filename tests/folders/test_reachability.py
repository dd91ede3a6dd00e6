"""Asking for a folder that may never answer."""

from __future__ import annotations

import errno
import threading
from pathlib import Path

import pytest

from soundkin.disks import DiskHangsError, Lanes
from soundkin.folders.reachability import Reachability


class Disk:
    """A disk that answers when it is told to."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.asked: list[str] = []
        self.there = True

    def is_folder(self, folder: str) -> bool:
        self.asked.append(folder)
        if folder.endswith("net"):
            self.gate.wait(60)
        return self.there


def test_a_folder_is_reached_or_is_not_there(tmp_path: Path) -> None:
    disk, folder = Disk(), str(tmp_path)
    reach = Reachability(Lanes(), disk.is_folder)
    assert reach.why_not(folder) == ""
    disk.there = False
    assert reach.why_not(folder) == "is not there"
    assert disk.asked == [folder, folder]


def test_a_folder_that_cannot_be_listed_is_not_reached_and_the_reason_is_told(tmp_path: Path) -> None:
    reach = Reachability(Lanes(), lambda folder: True)
    assert "No such file" in reach.why_not(str(tmp_path / "gone"))


def test_a_folder_that_had_files_and_shows_none_is_a_mount_point_without_its_disk(tmp_path: Path) -> None:
    reach = Reachability(Lanes())
    assert reach.why_not(str(tmp_path)) == ""
    (tmp_path / ".hidden").touch()
    assert reach.why_not(str(tmp_path), had_files=True) == "is suddenly empty"
    (tmp_path / "a.txt").touch()
    assert reach.why_not(str(tmp_path), had_files=True) == ""


def test_a_question_that_breaks_is_no_answer_that_all_is_well() -> None:
    def question() -> str:
        raise RuntimeError("out of luck")

    assert Reachability(Lanes()).ask("/a", question) == "cannot be read (out of luck)"


def test_a_question_that_could_not_be_asked_for_lack_of_descriptors_is_no_answer_at_all() -> None:
    def question() -> str:
        raise OSError(errno.EMFILE, "Too many open files")

    with pytest.raises(OSError, match="Too many open files"):
        Reachability(Lanes()).ask("/a", question)


def test_a_folder_that_hangs_is_asked_once_and_holds_up_no_other(tmp_path: Path) -> None:
    disk = Disk()
    reach = Reachability(Lanes(0.05), disk.is_folder)
    net, other = tmp_path / "net", tmp_path / "other"
    net.mkdir()
    other.mkdir()
    for _ in range(2):
        with pytest.raises(DiskHangsError):
            reach.why_not(str(net))
    assert disk.asked == [str(net)]
    assert reach.why_not(str(other)) == ""
    disk.gate.set()
    assert Reachability(Lanes(60), disk.is_folder).why_not(str(net)) == ""
