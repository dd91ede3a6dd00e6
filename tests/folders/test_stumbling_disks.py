"""Disks that stumble while they are read: nothing known is lost, nothing is judged, and all is read in the end."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from following import OLD_S, Follower, following, make
from fuse_disk import FuseDisk, fuse_disk
from loop_disk import LoopDisk, loop_disk
from soundkin.model import AnalysisFailure

FILES = 60
HOUR_NS = 3600 * 10**9


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[LoopDisk]:
    with loop_disk(tmp_path.resolve()) as plugged:
        yield plugged


@pytest.fixture
def follower(disk: LoopDisk) -> Iterator[Follower]:
    """Follows a folder on the disk, with files, and one beside it."""
    for number in range(FILES):
        make(disk.mount / f"samples/{number % 7}/{number:03}.wav")
        make(disk.mount.parent / f"other/{number:03}.wav")
    data = disk.mount.parent / "data"
    with following(data, disk.mount / "samples", disk.mount.parent / "other") as made:
        yield made


def when_analysed(follower: Follower, count: int, then: Callable[[], None]) -> None:
    """Do something once, when so many files were begun."""
    begun = [0]

    def look(path: str) -> None:
        begun[0] += 1
        if begun[0] == count:
            then()

    follower.analyser._on_file = look


def work(follower: Follower) -> None:
    """Take turns until nothing is left that can be done."""
    for _ in range(10_000):
        follower.now += 0.6
        follower.ingest.step(0)
        if follower.ingest.progress().state == "idle":
            return
    raise AssertionError("no rest")


def states(follower: Follower) -> dict[str, bool]:
    return {os.path.basename(root.path): root.online for root in follower.library.roots()}


def test_a_disk_that_goes_away_in_the_first_scan_costs_nothing_and_holds_up_no_other(
    disk: LoopDisk, follower: Follower
) -> None:
    when_analysed(follower, 20, disk.unplug)
    follower.ingest.request_scan()
    work(follower)
    assert states(follower) == {"samples": False, "other": True}
    assert follower.library.problems() == []
    assert {path for path in follower.paths() if "/other/" in path} == {
        str(disk.mount.parent / f"other/{n:03}.wav") for n in range(FILES)
    }
    assert any("offline" in note for note in follower.ingest.notes)
    disk.plug()
    follower.scan()
    assert len(follower.paths()) == 2 * FILES
    assert follower.wrong() == []
    assert follower.library.problems() == []
    assert follower.ingest.notes == ()


def test_a_pass_ends_while_a_disk_is_away_and_its_files_wait_in_nobodys_way(disk: LoopDisk, follower: Follower) -> None:
    when_analysed(follower, 5, disk.unplug)
    summary = follower.ingest.run_until_idle()
    assert follower.ingest.progress().queued == 0
    assert summary.failed == 0
    assert summary.analysed + summary.unread < 2 * FILES


def test_where_only_dates_differ_and_the_disk_goes_away_in_mid_look_every_vector_stays(
    disk: LoopDisk, follower: Follower
) -> None:
    follower.scan()
    before = follower.library.stamps(str(disk.mount))
    ids = [row.id for row in before.values()]
    vectors = follower.library.vectors(ids)
    for path in before:
        status = os.stat(path)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + HOUR_NS))
    follower.analyser.analysed.clear()
    real = follower.analyser._outcome

    def unplug_once(file):  # type: ignore[no-untyped-def]
        if len(follower.analyser.rechecked) == 10:
            disk.unplug()
        return real(file)

    follower.analyser._outcome = unplug_once  # type: ignore[method-assign]
    follower.ingest.request_scan()
    work(follower)
    assert states(follower)["samples"] is False
    after = follower.library.vectors(ids)
    assert all((after[id_] == vectors[id_]).all() for id_ in ids)
    disk.plug()
    assert follower.scan() == 0, "a date is no reason to analyse a file again"
    assert len(follower.paths()) == 2 * FILES
    renewed = follower.library.stamps(str(disk.mount))
    assert all(renewed[path].stamp.mtime_ns == row.stamp.mtime_ns + HOUR_NS for path, row in before.items())
    follower.analyser.rechecked.clear()
    assert follower.scan() == 0
    assert follower.analyser.rechecked == [], "the new dates are known"


def test_files_lost_with_their_disk_between_two_looks_are_away_and_not_missing(
    disk: LoopDisk, follower: Follower
) -> None:
    follower.scan()
    path = next(iter(follower.library.stamps(str(disk.mount))))
    disk.unplug()
    follower.hear(Path(path))
    assert follower.library.missing() == {}
    assert states(follower)["samples"] is False


def test_a_root_that_is_the_mount_point_itself_is_away_when_it_is_unmounted(tmp_path: Path) -> None:
    with loop_disk(tmp_path.resolve()) as disk:
        for number in range(20):
            make(disk.mount / f"{number}.wav")
        with following(disk.mount.parent / "data", disk.mount) as follower:
            when_analysed(follower, 7, disk.unplug)
            follower.ingest.request_scan()
            work(follower)
            assert states(follower) == {"mount": False}
            assert follower.library.missing() == {}
            assert follower.library.problems() == []
            disk.plug()
            follower.scan()
            assert len(follower.paths()) == 20


# ---- a disk that says no ----


@pytest.fixture
def fuse(tmp_path: Path) -> Iterator[FuseDisk]:
    with fuse_disk(tmp_path.resolve()) as plugged:
        yield plugged


@pytest.mark.parametrize("call", ["open", "read"])
@pytest.mark.parametrize("name", ["EIO", "ESTALE", "EACCES", "ENOTCONN", "ETIMEDOUT", "ENXIO", "EMFILE", "ENOMEM"])
def test_a_file_that_the_disk_does_not_give_keeps_its_vector_and_is_read_in_the_end(
    fuse: FuseDisk, name: str, call: str
) -> None:
    for number in range(4):
        make(fuse.backing / f"{number}.wav", f"sound {number}")
    with following(fuse.mount.parent / "data", fuse.mount) as follower:
        assert follower.scan() == 4
        before = follower.library.search("", 9)
        make(fuse.backing / "1.wav", "another sound, and longer", OLD_S + 9)
        make(fuse.backing / "new.wav", "new")
        fuse.stumble(getattr(errno, name), [call])
        follower.ingest.request_scan()
        work(follower)
        assert follower.library.search("", 9) == before
        kinds = {os.path.basename(each.path): each.kind for each in follower.library.problems()}
        assert kinds == {"1.wav": "unread", "new.wav": "unread"}
        assert follower.library.problem_count() == 0
        fuse.mend()
        follower.now += 60
        work(follower)
        assert follower.library.problems() == []
        assert len(follower.paths()) == 5
        assert follower.wrong() == []


def test_a_disk_whose_server_died_is_offline_and_comes_back_whole(fuse: FuseDisk) -> None:
    for number in range(10):
        make(fuse.backing / f"{number}.wav")
    with following(fuse.mount.parent / "data", fuse.mount) as follower:
        when_analysed(follower, 4, fuse.crash)
        follower.ingest.request_scan()
        work(follower)
        assert states(follower) == {"mount": False}
        assert follower.library.problems() == []
        fuse.unplug()
        fuse.plug()
        follower.scan()
        assert len(follower.paths()) == 10


def test_one_bad_file_takes_no_disk_offline_and_is_left_alone_longer_and_longer(fuse: FuseDisk) -> None:
    for number in range(10):
        make(fuse.backing / f"{number}.wav")
    fuse.stumble(errno.EIO, matching="/3.wav")
    with following(fuse.mount.parent / "data", fuse.mount) as follower:
        follower.scan()
        assert states(follower) == {"mount": True}
        assert len(follower.paths()) == 9
        tries = [0]

        def look(path: str) -> None:
            tries[0] += 1

        follower.analyser._on_file = look
        for _ in range(3600):
            follower.now += 1
            follower.ingest.step(0)
        assert 3 <= tries[0] <= 6, "in an hour"
        with pytest.raises(OSError, match="Input/output"):
            (fuse.mount / "3.wav").read_bytes()
        fuse.mend()
        follower.library.retry_unread()
        follower.scan()
        assert len(follower.paths()) == 10


def test_a_restart_does_not_begin_counting_again(fuse: FuseDisk) -> None:
    make(fuse.backing / "a.wav")
    fuse.stumble(errno.EIO)
    data = fuse.mount.parent / "data"
    with following(data, fuse.mount) as follower:
        for _ in range(200):
            follower.now += 1
            follower.ingest.step(0)
        (entry,) = follower.library.unread(str(fuse.mount)).values()
        now = follower.now
    with following(data, fuse.mount) as follower:
        follower.now = now
        follower.scan()
        assert follower.analyser.analysed == []
        assert follower.library.unread(str(fuse.mount)) == {entry.path: entry}


def test_a_file_that_changed_is_tried_at_once_though_it_could_not_be_read_a_moment_ago(fuse: FuseDisk) -> None:
    make(fuse.backing / "a.wav", "first")
    fuse.stumble(errno.EACCES)
    with following(fuse.mount.parent / "data", fuse.mount) as follower:
        follower.scan()
        fuse.mend()
        make(fuse.backing / "a.wav", "second", OLD_S + 1)
        assert follower.scan() == 1
        assert follower.library.problems() == []


def test_a_file_that_is_gone_is_no_problem(fuse: FuseDisk) -> None:
    path = make(fuse.backing / "a.wav")
    make(fuse.backing / "b.wav")
    fuse.stumble(errno.EIO, matching="a.wav")
    with following(fuse.mount.parent / "data", fuse.mount) as follower:
        follower.scan()
        assert len(follower.library.problems()) == 1
        path.unlink()
        follower.scan()
        assert follower.library.problems() == []


@pytest.mark.parametrize("call", ["stat", "list"])
def test_what_the_disk_does_not_tell_of_is_not_missing(fuse: FuseDisk, call: str) -> None:
    for name in ("a/1.wav", "a/2.wav", "b/3.wav"):
        make(fuse.backing / name)
    with following(fuse.mount.parent / "data", fuse.mount) as follower:
        follower.scan()
        fuse.stumble(errno.EIO, [call], matching="/a")
        follower.scan()
        follower.hear(fuse.mount / "a/1.wav", fuse.mount / "a")
        assert follower.library.missing() == {}
        fuse.mend()
        assert follower.scan() == 0
        assert len(follower.paths()) == 3


def test_a_verdict_is_final_and_an_outage_is_none(fuse: FuseDisk) -> None:
    make(fuse.backing / "bad.wav", "bad")
    with following(fuse.mount.parent / "data", fuse.mount) as follower:
        follower.scan()
        (problem,) = follower.library.problems()
        assert (problem.kind, problem.retry_s) == ("not-audio", None)
        assert follower.scan() == 0
        fuse.stumble(errno.EIO)
        os.utime(fuse.backing / "bad.wav", (OLD_S + 5, OLD_S + 5))
        follower.scan()
        kinds = sorted(each.kind for each in follower.library.problems())
        assert kinds == ["not-audio", "unread"], "what was known, and what happened"


def test_every_failure_of_the_system_is_told_from_a_verdict() -> None:
    from soundkin.analysis.jobs import failure_of
    from soundkin.errors import AnalysisTimeoutError, DecodeError, TooShortError, WorkerCrashedError
    from soundkin.model import FileStamp

    def is_verdict(error: Exception) -> bool:
        failure = failure_of(error)
        return AnalysisFailure("/a", FileStamp(1, 1), failure.code, failure.message).is_verdict

    for number in (errno.ENOENT, errno.EIO, errno.EACCES, errno.ESTALE, errno.ENXIO, errno.ENOTCONN, errno.EMFILE):
        assert not is_verdict(OSError(number, os.strerror(number)))
    for error in (MemoryError(), AnalysisTimeoutError("slow"), WorkerCrashedError("dead"), RuntimeError("unforeseen")):
        assert not is_verdict(error)
    assert failure_of(MemoryError()).code == failure_of(OSError(errno.ENOMEM, "no memory")).code == "memory"
    assert is_verdict(DecodeError("no"))
    assert is_verdict(TooShortError("no"))
