"""Disks that fill up, tear writes and fail to flush, at every single call SQLite makes: all of a batch or nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from faulty_disk import NAME, Disk, faulty_disk
from library_health import findings
from library_samples import NEXT_PARAMS, PARAMS, ROOT, analysed, failed, under
from soundkin.errors import LibraryError, LibraryFullError
from soundkin.library import SqliteLibrary, open_library
from soundkin.model import FeatureParams, FileStamp, Move, SampleId


def open_it(path: Path, params: FeatureParams, vfs: str | None = None) -> SqliteLibrary:
    """At a time that stands still, so that states can be compared."""
    return open_library(path, params, clock=lambda: 5.0, vfs=vfs)


State = tuple[object, ...]
MOST_CALLS = 400
STRIDE = 1 if os.environ.get("SOUNDKIN_EVERY_FAULT") else 5
"""Every fifth call fails in its turn, or every single one of them."""

FAULTS: dict[str, dict[str, Any]] = {
    "EIO": {"kind": "write", "error": "eio"},
    "short write": {"kind": "write", "error": "eio", "short": True},
    "ENOSPC": {"kind": "write", "error": "enospc"},
    "short write on a full disk": {"kind": "write", "error": "enospc", "short": True},
    "failed fsync": {"kind": "sync", "error": "eio"},
    "failed truncate": {"kind": "truncate", "error": "eio"},
    "failed read": {"kind": "read", "error": "eio"},
}


@pytest.fixture
def disk() -> Iterator[Disk]:
    with faulty_disk() as disk:
        yield disk


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A library with two roots, 40 samples, one of them missing, and one failure; fully written to its file."""
    path = tmp_path / "library.db"
    library = open_it(path, PARAMS)
    library.add_root(ROOT)
    library.add_root(under("inner"))
    library.put([analysed(under(f"{n}.wav"), n) for n in range(40)])
    library.put([failed(under("bad.wav"))])
    library.mark_missing([SampleId(40)], 9.0)
    library.close()
    return path


def state_of(library: SqliteLibrary) -> State:
    """Everything that anyone can ask of a library."""
    everything = [SampleId(n) for n in range(1, 200)]
    return (
        library.generation(),
        library.serving_params.version,
        library.roots(),
        library.stamps(ROOT),
        library.problems(),
        library.samples(everything),
        {id_: vector.tobytes() for id_, vector in library.vectors(everything).items()},
        library.changes_since(0),
    )


def put(library: SqliteLibrary) -> None:
    library.put([analysed(under(f"{n}.wav"), n + 100) for n in range(30, 60)] + [failed(under("3.wav"))])


def move(library: SqliteLibrary) -> None:
    library.move([Move(SampleId(n), under("inner", f"{n}.wav"), FileStamp(n, n)) for n in range(1, 20)])


def mark_missing(library: SqliteLibrary) -> None:
    library.mark_missing([SampleId(n) for n in range(5, 25)], 10.0)


def forget(library: SqliteLibrary) -> None:
    assert library.forget_missing(10.0) == 1


def go_offline(library: SqliteLibrary) -> None:
    library.set_online(1, False)


def remove_root(library: SqliteLibrary) -> None:
    assert library.remove_root(ROOT) == 41


WRITES = [put, move, mark_missing, forget, go_offline, remove_root]


def crash_copy(path: Path, folder: Path) -> Path:
    """What is on the disk right now, as after a power switch."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for part in (path, path.with_name(path.name + "-wal")):
        if part.exists():
            shutil.copyfile(part, folder / part.name)
    return folder / path.name


def look_at(path: Path, params: FeatureParams = PARAMS) -> State:
    """The state of a sound library."""
    library = open_it(path, params)
    assert findings(library) == []
    state = state_of(library)
    library.close()
    return state


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.__name__)
def test_a_fault_at_any_call_leaves_all_of_a_batch_or_nothing(
    path: Path, tmp_path: Path, disk: Disk, fault: str, write: Callable[[SqliteLibrary], None]
) -> None:
    before = look_at(path)
    expected = crash_copy(path, tmp_path / "expected")
    library = open_it(expected, PARAMS)
    write(library)
    after = state_of(library)
    library.close()
    met = 0
    for call in range(len(fault) % STRIDE, MOST_CALLS, STRIDE):
        victim = crash_copy(path, tmp_path / "victim")
        if not _write_under(disk, victim, write, fault, call, (before, after), tmp_path):
            break
        met += 1
    else:
        pytest.fail(f"still failing after {MOST_CALLS} calls")
    assert met > 0 or fault == "failed truncate"


def _write_under(
    disk: Disk,
    victim: Path,
    write: Callable[[SqliteLibrary], None],
    fault: str,
    call: int,
    allowed: tuple[State, State],
    tmp_path: Path,
) -> bool:
    """Write with the fault at one call, and close; whether the call was reached."""
    before, after = allowed
    library = open_it(victim, PARAMS, vfs=NAME)
    disk.fail(at=call, **FAULTS[fault])
    try:
        write(library)
        reported = True
    except LibraryError as error:
        reported = False
        is_full = isinstance(error, LibraryFullError)
        assert is_full == (FAULTS[fault].get("error") == "enospc")
    in_the_write = disk.failed
    disk.mend()
    # what was reported is there at once, after the power switch and after an orderly end; of what was refused the log
    # may hold all or nothing (its flush may be what failed), never a part
    possible = (after,) if reported else (before, after)
    assert state_of(library) in possible
    assert look_at(crash_copy(victim, tmp_path / "crashed")) in possible
    if not in_the_write:
        disk.fail(at=call - disk.calls, **FAULTS[fault])
    library.close()
    in_the_end = disk.failed
    disk.mend()
    assert look_at(victim) in possible
    return bool(in_the_write or in_the_end)


@pytest.mark.parametrize("error", ["enospc", "quota"])
def test_a_full_disk_says_so_lets_answers_go_on_and_works_again_with_room(path: Path, disk: Disk, error: str) -> None:
    library = open_it(path, PARAMS, vfs=NAME)
    disk.fail("write", 0, error=error, times=10**9)
    for _ in range(5):
        with pytest.raises(LibraryFullError, match="no room"):
            put(library)
        with pytest.raises(LibraryFullError):
            library.add_root(under("more"))
        assert library.count() == 39
        assert len(library.vectors([SampleId(id_) for id_ in range(1, 6)])) == 5
    disk.mend()
    put(library)
    assert library.count() == 59
    assert findings(library) == []
    library.close()


def test_a_read_that_a_full_disk_refuses_is_done_in_another_way_until_the_library_is_written(
    path: Path, disk: Disk
) -> None:
    library = open_it(path, PARAMS, vfs=NAME)
    held = library.all_vectors()
    next(held)  # the reader that is there is in use: the next question needs one more
    disk.fail("read", 0, error="enospc", times=1)
    assert library.count() == 39
    assert disk.failed == 1
    assert "no room" in library.refusal
    assert library.count() == 39
    del held
    put(library)
    assert library.refusal == ""
    assert library.count() == 59
    assert findings(library) == []
    library.close()


def test_a_read_that_is_refused_in_every_way_says_so_and_the_next_one_asks_again(path: Path, disk: Disk) -> None:
    library = open_it(path, PARAMS, vfs=NAME)
    held = library.all_vectors()
    next(held)
    disk.fail("read", 0, error="enospc", times=10**9)
    for _ in range(3):
        with pytest.raises(LibraryFullError, match="no room"):
            library.count()
        assert library.refusal == ""
    disk.mend()
    assert library.count() == 39
    del held
    library.close()


def test_a_disk_that_cannot_be_read_is_an_error_and_no_damage(path: Path, disk: Disk) -> None:
    library = open_it(path, PARAMS, vfs=NAME)
    disk.fail("read", 0, times=10**9)
    with pytest.raises(LibraryError, match="the disk under the library"):
        library.stamps(ROOT)
    disk.mend()
    assert len(library.stamps(ROOT)) == 41
    library.close()


def test_after_a_disk_was_taken_out_and_put_back_the_library_goes_on(path: Path, disk: Disk) -> None:
    library = open_it(path, PARAMS, vfs=NAME)
    blocks = [library.all_vectors() for _ in range(3)]
    for block in blocks:
        next(block)
    del blocks, block
    disk.replug()
    with pytest.raises(LibraryError, match="the disk under the library"):
        put(library)
    with pytest.raises(LibraryError, match="the disk under the library"):
        library.stamps(ROOT)
    assert library.count() == 39
    put(library)
    assert library.count() == 59
    library.close()


@pytest.mark.parametrize("fault", ["EIO", "ENOSPC", "failed fsync"])
def test_a_fault_while_a_library_is_made_leaves_one_that_opens(tmp_path: Path, disk: Disk, fault: str) -> None:
    for call in range(0, MOST_CALLS, STRIDE):
        path = tmp_path / str(call) / "library.db"
        disk.fail(at=call, **FAULTS[fault])
        try:
            open_it(path, PARAMS, vfs=NAME).close()
        except LibraryError:
            assert disk.failed
        failed_here = disk.failed
        disk.mend()
        library = open_it(path, PARAMS)
        library.add_root(ROOT)
        assert findings(library) == []
        library.close()
        if not failed_here:
            return
    pytest.fail(f"still failing after {MOST_CALLS} calls")


@pytest.mark.parametrize("fault", ["EIO", "ENOSPC"])
def test_a_fault_while_new_features_take_over_leaves_the_old_or_the_new(
    path: Path, tmp_path: Path, disk: Disk, fault: str
) -> None:
    library = open_it(path, NEXT_PARAMS)
    library.put([analysed(under(f"{n}.wav"), n, NEXT_PARAMS) for n in range(38)])
    library.close()
    before = look_at(path, NEXT_PARAMS)
    assert before[1] == PARAMS.version
    for call in range(0, MOST_CALLS, STRIDE):
        victim = crash_copy(path, tmp_path / "victim")
        library = open_it(victim, NEXT_PARAMS, vfs=NAME)
        disk.fail(at=call, **FAULTS[fault])
        try:
            library.put([analysed(under("38.wav"), 38, NEXT_PARAMS)])
        except LibraryError:
            assert state_of(library) == before
        disk.mend()
        crashed = look_at(crash_copy(victim, tmp_path / "crashed"), NEXT_PARAMS)
        library.put([analysed(under("38.wav"), 38, NEXT_PARAMS)])
        assert library.serving_params.version == NEXT_PARAMS.version
        library.close()
        assert crashed == before or crashed[1] == NEXT_PARAMS.version
        if not disk.failed:
            return
    pytest.fail(f"still failing after {MOST_CALLS} calls")
