"""Disks that come and go, files under difficult names: the real library and index, real files, a fake analyser."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import unicodedata
from pathlib import Path
from typing import Literal

import pytest

from daemon_process import until
from following import OLD_S, Follower, following, make
from soundkin.config import ScanSettings
from soundkin.disks import Lanes
from soundkin.folders.scanner import Scanner
from soundkin.ingest.silence import Silence
from soundkin.model import Like, Query

FOLDERS = int(os.environ.get("SOUNDKIN_MOVED_FOLDERS", "15"))
"""Of 100 files each. The long version: SOUNDKIN_MOVED_FOLDERS=100."""


# ---- moves ----


def test_thousands_of_files_and_their_parent_folders_move_and_not_one_is_analysed_again(
    top: Path, follower: Follower
) -> None:
    for folder in range(FOLDERS):
        (top / f"pack/{folder}").mkdir(parents=True)
        for number in range(100):
            (top / f"pack/{folder}/{number}.wav").write_text(f"{folder}/{number}")
    assert follower.scan() == FOLDERS * 100
    ids = {sample.path: sample.id for sample in follower.library.search("", 20_000)}
    (top / "pack").rename(top / "bundle")
    assert follower.scan() == 0
    assert follower.ingest.last_scan.moved == FOLDERS * 100
    assert not any("gone" in note for note in follower.ingest.notes), "a moved file is not a lost one"
    for folder in range(FOLDERS):
        (top / f"bundle/{folder}").rename(top / f"bundle/renamed {folder}")
        for number in range(0, 100, 10):
            place = top / f"bundle/renamed {folder}"
            (place / f"{number}.wav").rename(place / f"was {number}.wav")
    assert follower.hear(top) == 0
    now = {sample.id: sample.path for sample in follower.library.search("", 20_000)}
    assert len(now) == FOLDERS * 100
    for path, id_ in ids.items():
        content = os.path.relpath(path, top / "pack")[: -len(".wav")]
        assert Path(now[id_]).read_text() == content


def test_files_that_look_alike_in_three_places_are_told_apart_by_all_their_bytes(top: Path, follower: Follower) -> None:
    silence = bytearray(600_000)
    for number in range(4):
        silence[100_000] = number
        make(top / f"stems/{number}.wav", bytes(silence), OLD_S + number)
    assert follower.scan() == 4
    before = {sample.path: sample.id for sample in follower.library.search("", 9)}
    # copied to another disk without its dates and under new names, in another order; then two are new
    for number in range(4):
        shutil.move(top / f"stems/{number}.wav", top / f"{9 - number}.wav")
        os.utime(top / f"{9 - number}.wav", (OLD_S + 50, OLD_S + 50))
    silence[100_000] = 200
    make(top / "another.wav", bytes(silence), OLD_S + 50)
    assert follower.scan() == 1
    after = {sample.path: sample.id for sample in follower.library.search("", 9)}
    assert all(after[str(top / f"{9 - n}.wav")] == before[str(top / f"stems/{n}.wav")] for n in range(4))
    assert after[str(top / "another.wav")] not in before.values()


def test_a_file_moved_into_another_root_keeps_its_row(top: Path) -> None:
    other = top.parent / "other"
    make(other / "stay.wav")
    make(top / "stay.wav")
    path = make(top / "a.wav")
    with following(top.parent / "data", top, other) as follower:
        assert follower.scan() == 3
        shutil.move(path, other / "b.wav")
        assert follower.scan() == 0
        assert str(other / "b.wav") in follower.paths()


# ---- disks ----


def test_a_disk_may_be_away_for_months_and_nothing_is_forgotten_or_analysed_again(
    top: Path, follower: Follower
) -> None:
    for number in range(20):
        make(top / f"{number}.wav")
    follower.scan()
    away = top.rename(top.with_name("away"))
    follower.scan()
    assert follower.paths() == set()
    follower.now += 400 * 86_400
    follower.scan()
    away.rename(top)
    assert follower.scan() == 0
    assert len(follower.paths()) == 20
    assert follower.finds(str(top / "7.wav"))


def test_an_unmounted_disk_that_leaves_only_hidden_things_behind_is_away_not_emptied(
    top: Path, follower: Follower
) -> None:
    make(top / "a.wav")
    follower.scan()
    (top / "a.wav").rename(top.parent / "a.wav")
    make(top / ".Trash/x.wav")
    make(top / "._a.wav")
    follower.scan()
    assert [root.online for root in follower.library.roots()] == [False]
    (top.parent / "a.wav").rename(top / "a.wav")
    assert follower.scan() == 0
    assert [root.online for root in follower.library.roots()] == [True]


def test_a_disk_that_never_answers_goes_offline_and_holds_up_no_other(top: Path) -> None:
    other = top.parent / "other"
    make(top / "a.wav")
    make(other / "b.wav")
    hung = threading.Event()
    asked: list[str] = []

    def is_folder(path: str) -> bool:
        asked.append(path)
        return path != str(top) or hung.wait(30)

    with following(top.parent / "data", top, other) as follower:
        follower.scan()
        lanes = Lanes(0.05, 0.05)
        comparisons = follower.ingest._comparisons
        comparisons._scanner = Scanner(follower.library, ScanSettings(), lanes=lanes, is_folder=is_folder)
        comparisons._silence = Silence(lanes)
        make(other / "new.wav")
        assert follower.scan() == 1
        follower.scan()
        assert asked.count(str(top)) == 1, "one question hangs, not a new one every time"
        assert follower.paths() == {str(other / "b.wav"), str(other / "new.wav")}
        assert any("does not answer" in note for note in follower.ingest.notes)
        hung.set()
        until(lambda: follower.scan() == 0 and str(top / "a.wav") in follower.paths(), "the disk to be back")


def test_a_vanished_file_is_kept_for_30_days_and_then_forgotten(top: Path, follower: Follower) -> None:
    make(top / "stays.wav")
    path = make(top / "goes.wav")
    follower.scan()
    path.unlink()
    follower.scan()
    follower.now += 29 * 86_400
    follower.scan()
    assert list(follower.library.missing()) == [str(path)]
    follower.now += 2 * 86_400
    follower.scan()
    assert not follower.library.missing()


@pytest.mark.parametrize("what", ["the root", "a folder in it"])
def test_what_cannot_be_listed_is_kept_as_it_is_and_named(
    top: Path, follower: Follower, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    for name in ("a.wav", "closed/b.wav", "open/c.wav"):
        make(top / name)
    follower.scan()
    closed = str(top if what == "the root" else top / "closed")
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path) == closed:
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    follower.scan()
    assert follower.library.missing() == {}
    assert any("cannot be read" in note and closed in note for note in follower.ingest.notes)
    monkeypatch.undo()
    assert follower.scan() == 0
    assert len(follower.paths()) == 3
    assert follower.ingest.notes == ()


# ---- names ----


def test_difficult_names_are_found_kept_apart_renamed_and_never_analysed_twice(top: Path, follower: Follower) -> None:
    names = ["two words.wav", "kick 💥.wav", "😀/😀.wav", "-rf.wav", "%s%n.wav", "a'b\"c.wav", "ä.wav", "CON .WAV"]
    names += [
        "\U0010ffff.wav",
        "\uffff.wav",
        "a-b/x.wav",
        "a/x.wav",
        "a.b/x.wav",
        "a b/x.wav",
        "Ω.wav",
        "x" * 250 + ".wav",
    ]
    if sys.platform == "linux":
        names += [
            "line\nbreak.wav",
            "tab\t.wav",
            "back\\slash.wav",
            "\udcff\udcfe.wav",
            "\udcff/deep/\udc80.wav",
            "*?.wav",
        ]
        names += [unicodedata.normalize(form, "Café é.wav") for form in ("NFC", "NFD")] + ["kick.wav", "KICK.wav"]
    for name in names:
        make(top / name, name.encode("utf-8", "surrogatepass"))
    expected = {str(top / name) for name in names}
    assert follower.scan() == len(names)
    assert follower.paths() == expected
    assert follower.scan() == 0
    assert follower.ingest.last_scan.unchanged == len(names)
    assert all(follower.finds(path) for path in expected)
    (top / "😀").rename(top / "🥁")
    assert follower.scan() == 0
    assert follower.paths() == {path.replace("😀" + os.sep, "🥁" + os.sep) for path in expected}


@pytest.mark.skipif(sys.platform != "linux", reason="this system has one spelling only")
@pytest.mark.parametrize(("on_disk", "asked"), [("NFD", "NFC"), ("NFC", "NFD")])
def test_a_file_is_found_and_its_folder_removed_however_a_path_composes_its_letters(
    tmp_path: Path, on_disk: Literal["NFC", "NFD"], asked: Literal["NFC", "NFD"]
) -> None:
    top = tmp_path.resolve() / unicodedata.normalize(on_disk, "Größe")
    path = str(make(top / unicodedata.normalize(on_disk, "Café/é.wav"), b"one sound"))
    other = unicodedata.normalize(asked, path)
    beside = str(make(tmp_path / unicodedata.normalize(on_disk, "ä.wav"), b"another sound"))
    with following(tmp_path / "data", top) as follower:
        follower.scan()
        found = follower.service.by_path(other)
        assert found is not None
        assert found.path == path
        assert follower.finds(path)
        hits = follower.service.find(Query(like=(Like(path=other),), k=1, include_self=True)).neighbours
        assert [hit.sample.path for hit in hits] == [path]
        assert follower.service.find(Query(like=(Like(path=unicodedata.normalize(asked, beside)),), k=1)).neighbours
        for word in ("Café", "größe", "é.wav"):
            assert [each.path for each in follower.service.search(unicodedata.normalize(asked, word), 5)] == [path]
        assert follower.service.remove_root(unicodedata.normalize(asked, str(top))) == 1
        assert follower.library.roots() == ()


def test_a_rename_that_changes_only_the_case_keeps_the_row(top: Path, follower: Follower) -> None:
    path = make(top / "Kick.wav")
    make(top / "other.wav")
    follower.scan()
    (before,) = follower.library.search("Kick", 5)
    path.rename(top / "KICK.wav")
    assert follower.hear(path, top / "KICK.wav") == 0
    (after,) = follower.library.search("Kick", 5)
    assert (after.id, after.path) == (before.id, str(top / "KICK.wav"))


@pytest.mark.skipif(sys.platform == "win32", reason="links to files stand in for a system that ignores case")
def test_a_hint_with_the_old_case_finds_nothing_where_the_system_ignores_case(top: Path) -> None:
    with following(top.parent / "data", top) as follower:
        make(top / "KICK.wav")
        follower.ingest._comparisons._scanner = Scanner(follower.library, ScanSettings(), ignores_case=True)
        os.symlink(top / "KICK.wav", top / ".kick.wav")
        real = os.listdir(top)
        assert ".kick.wav" in real
        follower.hear(top / "KICK.wav")
        assert follower.paths() == {str(top / "KICK.wav")}


# ---- links ----


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_links_that_loop_or_lead_to_what_is_followed_anyway_are_not_entered(top: Path, follower: Follower) -> None:
    outside = top.parent / "outside"
    make(outside / "far.wav")
    os.symlink(outside, outside / "self", target_is_directory=True)
    make(top / "real/a.wav")
    os.symlink(top, top / "real/up", target_is_directory=True)
    os.symlink(top / "real", top / "a twin before it", target_is_directory=True)
    os.symlink(top.parent, top / "above", target_is_directory=True)
    os.symlink(outside, top / "far away", target_is_directory=True)
    os.symlink(top / "nowhere", top / "dangling", target_is_directory=True)
    follower.scan()
    assert follower.paths() == {str(top / "real/a.wav"), str(top / "far away/far.wav")}
    make(top / "real/new.wav")
    assert follower.hear(top / "real/new.wav") == 1
    assert follower.scan() == 0
    assert len(follower.paths()) == 3


def test_hard_links_are_samples_of_their_own(top: Path, follower: Follower) -> None:
    path = make(top / "a.wav", b"one sound")
    os.link(path, top / "b.wav")
    follower.scan()
    assert follower.paths() == {str(path), str(top / "b.wav")}
    path.unlink()
    follower.scan()
    assert follower.paths() == {str(top / "b.wav")}


def test_a_root_inside_a_root_that_goes_away_takes_only_its_own_with_it(top: Path) -> None:
    inner = top / "usb"
    make(inner / "in.wav")
    make(top / "out.wav")
    with following(top.parent / "data", top, inner) as follower:
        assert follower.scan() == 2
        inner.rename(top.parent / "usb")
        follower.scan()
        assert follower.paths() == {str(top / "out.wav")}
        assert follower.library.missing() == {}
        (top.parent / "usb").rename(inner)
        assert follower.scan() == 0
        assert len(follower.paths()) == 2


# ---- files that are being written ----


def test_save_by_rename_and_atomic_replace_keep_the_id_and_renew_the_sound(top: Path, follower: Follower) -> None:
    path = make(top / "a.wav", b"first take")
    make(top / "b.wav")
    follower.scan()
    (before,) = follower.library.search("a.wav", 1)
    draft = make(top / "a.tmp", b"second take", OLD_S + 1)
    os.replace(draft, path)
    assert follower.hear(path, draft) == 1
    # as some editors do: the old one aside, the new one in its place, the old one away
    path.rename(top / "a.wav.bak")
    follower.hear(path, top / "a.wav.bak")
    make(path, b"third take", OLD_S + 2)
    (top / "a.wav.bak").unlink()
    follower.hear(path, top / "a.wav.bak")
    (after,) = follower.library.search("a.wav", 5)
    assert after.id == before.id
    vector = follower.library.vectors([after.id])[after.id]
    assert (vector == follower.analyser.vector(b"third take")).all()
    assert follower.library.missing() == {}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who has a file open for writing")
def test_a_file_with_a_writer_waits_though_it_has_been_still_for_a_while(top: Path, follower: Follower) -> None:
    make(top / "done.wav")
    follower.scan()
    path = top / "recording.wav"
    with path.open("wb") as file:
        file.write(b"half of")
        file.flush()
        moment = OLD_S * 2 + follower.now
        os.utime(path, (moment - 5, moment - 5))
        follower.ingest.hint(str(path))
        for _ in range(5):
            follower.now += 0.6
            follower.ingest.step(0)
        assert follower.paths() == {str(top / "done.wav")}
    assert follower.hear() == 1
    assert len(follower.paths()) == 2


# ---- what is passed over ----


def test_leftovers_of_programs_and_systems_and_user_globs_are_passed_over(top: Path) -> None:
    keep = make(top / "drums/kick.wav")
    for name in ("._kick.wav", ".hidden/a.wav", "drums/kick.wav.reapeaks", "Backup/old.wav", "backups/old.wav"):
        make(top / name)
    for name in ("__MACOSX/a.wav", "@eaDir/a.wav", "drums/kick-bounce.wav", "Freeze/a.wav", "drums/kick.wav.asd"):
        make(top / name)
    with following(top.parent / "data", top, ignore=("*-bounce.*", "Freeze")) as follower:
        assert follower.scan() == 1
        assert follower.hear(*top.rglob("*")) == 0
        assert follower.paths() == {str(keep)}


@pytest.mark.skipif(not hasattr(os.stat_result, "st_blocks"), reason="allocated size is not known here")
def test_online_only_files_are_never_opened_and_are_counted_in_the_notes(
    top: Path, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = make(top / "cloud.wav", b"once it was here" * 1000)
    make(top / "here.wav")
    follower.scan()
    known.unlink()
    for name in ("cloud.wav", "other.wav"):
        with (top / name).open("wb") as file:
            file.truncate(16_000)
    opened: list[str] = []
    real = os.open

    def watched_open(path: str, flags: int, mode: int = 0o777) -> int:
        opened.append(str(path))
        return real(path, flags, mode)

    monkeypatch.setattr(os, "open", watched_open)
    assert follower.scan() == 0
    assert follower.hear(known, top / "other.wav") == 0
    assert not [path for path in opened if path.startswith(str(top))]
    assert any("2 files are online-only" in note for note in follower.ingest.notes)
