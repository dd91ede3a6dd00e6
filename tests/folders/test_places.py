"""Disks mounted below a followed folder, links there, and file systems that tell little: each is walked and watched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from daemon_process import daemon, until
from following import OLD_S, Follower, following, make
from fuse_disk import FuseDisk, fuse_disk
from loop_disk import loop_disk
from soundkin.config import ScanSettings
from soundkin.folders.scanner import Scanner
from soundkin.folders.walk import Walk, is_wanted
from soundkin.model import ABSENT, State

DAY_S = 86_400
links = pytest.mark.skipif(sys.platform == "win32", reason="symbolic links need a privilege on Windows")
SETTINGS = "[scan]\ninterval_s = 86400\n"


@pytest.fixture
def follower(top: Path) -> Iterator[Follower]:
    make(top / "own.wav")
    with following(top.parent / "data", top) as made:
        yield made


def places(follower: Follower) -> dict[str, bool]:
    """Name of each place below the root, and whether it is there."""
    return {os.path.basename(root.path): root.online for root in follower.library.roots() if root.within is not None}


def names(follower: Follower) -> set[str]:
    return {os.path.basename(path) for path in follower.paths()}


def link(at: Path, to: Path) -> None:
    at.symlink_to(to, target_is_directory=True)


# ---- links ----


@links
def test_a_linked_folder_is_away_on_its_own_for_as_long_as_it_takes(top: Path, follower: Follower) -> None:
    far = top.parent / "far"
    make(far / "deep/x.wav")
    link(top / "linked", far)
    assert follower.scan() == 2
    assert places(follower) == {"linked": True}
    (sample,) = follower.library.search("x.wav", 5)
    assert (sample.path, sample.root) == (str(top / "linked/deep/x.wav"), str(top))
    away = far.rename(top.parent / "away")
    follower.scan()
    assert names(follower) == {"own.wav"}
    assert follower.library.missing() == {}
    assert [each.state for each in follower.library.search("", 9, ABSENT)] == [State.OFFLINE]
    follower.now += 400 * DAY_S
    follower.scan()
    away.rename(far)
    assert follower.scan() == 0
    assert names(follower) == {"own.wav", "x.wav"}


@links
def test_a_link_that_is_removed_takes_its_samples_with_it_as_missing_files(top: Path, follower: Follower) -> None:
    far = top.parent / "far"
    make(far / "x.wav")
    link(top / "linked", far)
    follower.scan()
    (top / "linked").unlink()
    follower.hear(top / "linked")
    assert places(follower) == {}
    assert list(follower.library.missing()) == [str(top / "linked/x.wav")]
    link(top / "linked", far)
    assert follower.hear(top / "linked") == 0
    assert names(follower) == {"own.wav", "x.wav"}
    assert places(follower) == {"linked": True}


@links
def test_a_link_to_what_is_followed_on_its_own_later_gives_its_samples_to_that(top: Path, follower: Follower) -> None:
    far = top.parent / "far"
    make(far / "x.wav")
    link(top / "linked", far)
    follower.scan()
    (before,) = follower.library.search("x.wav", 5)
    follower.library.add_root(str(far))
    assert follower.scan() == 0
    (after,) = follower.library.search("x.wav", 5)
    assert (after.id, after.path) == (before.id, str(far / "x.wav"))
    assert places(follower) == {}


@links
def test_links_that_lead_round_in_a_circle_are_walked_once(top: Path, follower: Follower) -> None:
    one, two = top.parent / "one", top.parent / "two"
    make(one / "1.wav")
    make(two / "2.wav")
    link(one / "to two", two)
    link(two / "to one", one)
    link(two / "to itself", two)
    link(top / "one", one)
    follower.scan()
    follower.scan()
    assert names(follower) == {"own.wav", "1.wav", "2.wav"}
    assert len(follower.paths()) == 3


@links
def test_a_linked_folder_in_a_folder_that_is_away_is_away_with_it(top: Path, follower: Follower) -> None:
    far = top.parent / "far"
    make(far / "x.wav")
    link(top / "linked", far)
    follower.scan()
    away = top.rename(top.with_name("away"))
    follower.scan()
    assert follower.paths() == set()
    assert follower.library.missing() == {}
    away.rename(top)
    assert follower.scan() == 0
    assert len(follower.paths()) == 2


@links
def test_removing_a_folder_removes_its_places_and_the_files_that_wait(top: Path, follower: Follower) -> None:
    far = top.parent / "far"
    make(far / "x.wav")
    link(top / "linked", far)
    follower.scan()
    follower.service.remove_root(str(top))
    assert follower.library.roots() == ()
    assert follower.library.count() == 0


@links
def test_a_new_file_in_a_linked_folder_is_found_within_seconds(tmp_path: Path) -> None:
    top, far = tmp_path.resolve() / "samples", tmp_path.resolve() / "far"
    make(top / "own.wav")
    far.mkdir()
    link(top / "linked", far)
    with daemon(tmp_path / "data", top, settings=SETTINGS) as running:
        running.scanned()
        until(lambda: str(far) in watched(running.process.pid, far), "the watch of the linked folder")
        shutil.copy(sound(tmp_path), far / "new.wav")
        until(lambda: str(top / "linked/new.wav") in running.paths(), "the new file", 20)


def watched(pid: int, folder: Path) -> set[str]:
    """The folder, if the process has an inotify watch on it."""
    wanted = f"ino:{folder.stat().st_ino:x} "
    for fd in Path(f"/proc/{pid}/fdinfo").glob("*"):
        try:
            if any(line.startswith("inotify") and wanted in line for line in fd.read_text("ascii").splitlines()):
                return {str(folder)}
        except OSError:
            continue
    return set()


def sound(folder: Path) -> Path:
    import wave

    path = folder / "sound.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 22_050, 0, "NONE", ""))
        file.writeframes(bytes(range(256)) * 100)
    return path


# ---- disks ----


def test_an_unmounted_disk_below_a_folder_makes_its_samples_offline_and_they_are_never_forgotten(
    top: Path, follower: Follower
) -> None:
    with loop_disk(top.parent, mount=top / "usb") as disk:
        make(disk.mount / "pack/1.wav")
        make(disk.mount / "2.wav")
        assert follower.scan() == 3
        assert places(follower) == {"usb": True}
        disk.unplug()
        follower.scan()
        assert names(follower) == {"own.wav"}
        assert follower.library.missing() == {}
        assert {each.state for each in follower.library.search("", 9, ABSENT)} == {State.OFFLINE}
        follower.now += 400 * DAY_S
        follower.scan()
        disk.plug()
        assert follower.scan() == 0
        assert names(follower) == {"own.wav", "1.wav", "2.wav"}


def test_a_disk_whose_mount_point_goes_with_it_is_away_too(top: Path, follower: Follower) -> None:
    with loop_disk(top.parent, mount=top / "usb") as disk:
        make(disk.mount / "1.wav")
        follower.scan()
        disk.unplug()
        disk.mount.rmdir()
        follower.hear(disk.mount)
        follower.scan()
        assert places(follower) == {"usb": False}
        assert follower.library.missing() == {}
        disk.mount.mkdir()
        disk.plug()
        assert follower.scan() == 0
        assert names(follower) == {"own.wav", "1.wav"}


def test_what_was_moved_from_the_disk_into_its_mount_point_is_a_folder_like_any_other(
    top: Path, follower: Follower
) -> None:
    with loop_disk(top.parent, mount=top / "usb") as disk:
        for number in range(5):
            make(disk.mount / f"{number}.wav")
        follower.scan()
        shutil.copytree(disk.mount, top.parent / "copy", ignore=shutil.ignore_patterns("lost+found"))
        disk.unplug()
        make(disk.mount / "stray.wav")
        follower.scan()
        assert places(follower) == {"usb": False}, "one stray file is no reason to give the others up"
        shutil.copytree(top.parent / "copy", disk.mount, dirs_exist_ok=True)
        assert follower.scan() == 1
        assert places(follower) == {}
        assert names(follower) == {"own.wav", "stray.wav", *(f"{n}.wav" for n in range(5))}


def test_samples_known_before_their_disk_was_a_place_of_its_own_keep_their_rows(top: Path, follower: Follower) -> None:
    with loop_disk(top.parent, mount=top / "usb") as disk:
        path = make(disk.mount / "1.wav")
        follower.scan()
        (place,) = [root for root in follower.library.roots() if root.within is not None]
        follower.library.drop_place(place.id)  # as an older version knew it
        (before,) = follower.library.search("1.wav", 5)
        assert follower.hear(path) == 0
        assert follower.scan() == 0
        (after,) = follower.library.search("1.wav", 5)
        assert after.id == before.id
        assert places(follower) == {"usb": True}
        assert follower.library.missing() == {}


@pytest.mark.skipif(sys.platform != "linux", reason="binds folders")
def test_a_folder_that_is_bound_into_a_followed_one_is_a_place_and_one_that_loops_is_not_entered(
    top: Path, follower: Follower
) -> None:
    bound, loop = top / "bound", top / "a/loop"
    make(top.parent / "far/x.wav")
    bound.mkdir()
    loop.mkdir(parents=True)
    for source, target in ((top.parent / "far", bound), (top, loop)):
        done = subprocess.run(["mount", "--bind", str(source), str(target)], check=False, capture_output=True)
        if done.returncode:
            pytest.skip("folders cannot be bound here")
    try:
        follower.scan()
        assert names(follower) == {"own.wav", "x.wav"}
        subprocess.run(["umount", "-l", str(bound)], check=True)
        follower.scan()
        assert names(follower) == {"own.wav"}
        assert follower.library.missing() == {}
    finally:
        for target in (loop, bound):
            subprocess.run(["umount", "-l", str(target)], check=False, capture_output=True)


def test_a_disk_that_is_mounted_below_a_folder_is_found_and_watched_within_seconds(tmp_path: Path) -> None:
    top = tmp_path.resolve() / "samples"
    make(top / "own.wav")
    with loop_disk(tmp_path, mount=top / "usb") as disk:
        shutil.copy(sound(tmp_path), disk.mount / "1.wav")
        disk.unplug()
        with daemon(tmp_path / "data", top, settings=SETTINGS) as running:
            running.scanned()
            disk.plug()
            until(lambda: str(top / "usb/1.wav") in running.paths(), "the file on the new disk", 40)
            shutil.copy(sound(tmp_path), disk.mount / "2.wav")
            until(lambda: str(top / "usb/2.wav") in running.paths(), "the new file on the new disk", 40)
            disk.unplug()
            until(lambda: not running.paths(), "the disk to be away", 40)
            assert running.client.status().failed == 1, "own.wav is no sound"


# ---- file systems that tell little ----


@pytest.fixture
def fuse(tmp_path: Path) -> Iterator[FuseDisk]:
    with fuse_disk(tmp_path.resolve()) as plugged:
        yield plugged


def test_a_file_system_that_tells_no_blocks_holds_no_placeholders(fuse: FuseDisk) -> None:
    path = make(fuse.backing / "a/1.wav", b"x" * 100_000)
    fuse.look(blocks=False)
    assert (fuse.mount / "a/1.wav").stat().st_blocks == 0
    with following(fuse.mount.parent / "data", fuse.mount) as follower:
        assert follower.scan() == 1
        make(path, b"y" * 100_001, OLD_S + 1)
        assert follower.hear(fuse.mount / "a/1.wav") == 1
        assert follower.ingest.notes == ()


def test_one_that_tells_them_of_some_files_does(fuse: FuseDisk) -> None:
    make(fuse.backing / "1.wav", b"x" * 100_000)
    with (fuse.backing / "cloud.wav").open("wb") as file:
        file.truncate(100_000)
    walk = Walk(str(fuse.mount))
    assert [os.path.basename(file.path) for file in walk] == ["1.wav"]
    assert walk.placeholders == 1


@pytest.mark.parametrize("inodes", ["one", "none"])
def test_folders_that_all_have_one_number_or_none_are_all_walked(fuse: FuseDisk, inodes: str) -> None:
    wanted = {"1.wav", "a/2.wav", "a/b/3.wav", "a/c/4.wav", "d/b/5.wav", "d/e/f/6.wav"}
    for name in wanted:
        make(fuse.backing / name)
    fuse.look(inodes=inodes)
    found = {os.path.relpath(file.path, fuse.mount) for file in Walk(str(fuse.mount))}
    assert found == wanted
    with following(fuse.mount.parent / "data", fuse.mount) as follower:
        assert follower.scan() == 6
        assert follower.scan() == 0


# ---- what is passed over ----

RUBBISH = [
    *("#recycle", "@Recycle", "@Recently-Snapshot", "@eaDir", "#snapshot", ".snapshot", ".Trash-1000", ".Trashes"),
    *("$RECYCLE.BIN", "RECYCLER", "System Volume Information", "lost+found", "~snapshot", ".zfs", ".@__thumb", "@tmp"),
]


@pytest.mark.parametrize("name", RUBBISH)
def test_what_network_disks_and_systems_throw_away_or_keep_is_passed_over(top: Path, name: str) -> None:
    make(top / "drums" / name / "old.wav")
    make(top / "drums/kick.wav")
    assert [os.path.basename(file.path) for file in Walk(str(top))] == ["kick.wav"]
    assert not is_wanted(str(top / "drums" / name / "old.wav"), str(top))


# ---- removing ----


def test_files_that_wait_are_dropped_at_once_with_their_folder_and_nothing_is_said_of_it(tmp_path: Path) -> None:
    one, two = tmp_path.resolve() / "one", tmp_path.resolve() / "two"
    for number in range(200):
        make(one / f"{number}.wav")
        make(two / f"{number}.wav", mtime=OLD_S - 9)
    with following(tmp_path / "data", one, two) as follower:

        def remove(path: str) -> None:
            if len(follower.analyser.analysed) == 10:
                follower.service._ingest = follower.ingest  # as the daemon has it
                follower.service.remove_root(str(one))

        follower.analyser._on_file = remove
        summary = follower.ingest.run_until_idle()
        assert sum(path.startswith(str(one)) for path in follower.analyser.analysed) < 20
        assert sum(path.startswith(str(two)) for path in follower.analyser.analysed) == 200
        assert follower.paths() == {str(two / f"{n}.wav") for n in range(200)}
        assert summary.analysed < 220
        assert follower.ingest.progress().queued == 0
        shutil.rmtree(two)
        follower.scan()
        assert follower.ingest.notes
        follower.service.remove_root(str(two))
        follower.ingest.step(0)
        assert follower.ingest.notes == ()


def test_a_walk_through_a_folder_that_is_removed_meanwhile_ends(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("soundkin.folders.walk._RUN", 10)
    for number in range(300):
        make(top / f"{number // 10:02}/{number}.wav")
    with following(top.parent / "data", top) as follower:
        scanner = Scanner(follower.library, ScanSettings())
        pieces = [0]

        def meanwhile(run: list) -> list:  # type: ignore[type-arg]
            pieces[0] += 1
            if pieces[0] == 3:
                follower.library.remove_root(str(top))
                scanner.forsake(str(top))
            return run

        findings = scanner(None, OLD_S * 2, meanwhile)
        assert pieces[0] <= 4
        assert findings.fresh == []
