"""The analyser as ingest sees it: real worker processes, real files, and files that kill, hang or swell a worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from analysis_sounds import disk_file, kick, noise, pids_of, tone, write
from soundkin.analysis import PARAMS, ProcessAnalyser, analyse_in_process
from soundkin.errors import AnalysisError, AnalysisTimeoutError, DecodeError, WorkerCrashedError
from soundkin.model import Analysis, AnalysisFailure, DiskFile, FileStamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from soundkin.model import Outcome


@pytest.fixture
def pool() -> Iterator[ProcessAnalyser]:
    analyser = ProcessAnalyser(workers=2, time_limit_s=20)
    yield analyser
    analyser.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sounds")
    for at in range(40):
        write(path / f"tone{at:02}.wav", tone(110 * 1.03**at, 0.2))
    write(path / "kick.wav", kick())
    write(path / "hat.wav", noise())
    return path


def outcomes(pool: ProcessAnalyser, files: list[DiskFile]) -> dict[str, Outcome]:
    return {outcome.path: outcome for batch in pool.analyse(files) for outcome in batch}


def wait_until(what: Callable[[], bool], deadline_s: float = 20.0) -> None:
    end = time.monotonic() + deadline_s
    while not what():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.01)


def alive(pids: tuple[int, ...]) -> list[int]:
    return [p for p in pids if psutil.pid_exists(p) and psutil.Process(p).status() != psutil.STATUS_ZOMBIE]


def test_every_file_gets_exactly_one_outcome_with_its_stamp_and_hash(pool: ProcessAnalyser, folder: Path) -> None:
    files = [disk_file(p) for p in sorted(folder.iterdir())]
    got = [outcome for batch in pool.analyse(iter(files)) for outcome in batch]
    assert sorted(o.path for o in got) == [f.path for f in files]
    by_path = {f.path: f for f in files}
    for outcome in got:
        assert isinstance(outcome, Analysis)
        assert outcome.stamp == by_path[outcome.path].stamp
        assert len(outcome.content_hash) == 15
        assert outcome.vector.shape == (PARAMS.num_dimensions,)
        assert outcome.vector.dtype == "float32"


def test_no_process_runs_before_the_first_file_or_after_close(folder: Path) -> None:
    pool = ProcessAnalyser(workers=2, time_limit_s=20)
    assert pids_of(pool) == ()
    outcomes(pool, [disk_file(p) for p in folder.iterdir()])
    pool.analyse_now(str(folder / "kick.wav"))
    pids = pids_of(pool)
    assert 2 <= len(pids) <= 3
    pool.close()
    assert alive(pids) == []


def test_the_same_workers_serve_the_next_scan(pool: ProcessAnalyser, folder: Path) -> None:
    files = [disk_file(p) for p in folder.iterdir()]
    outcomes(pool, files)
    first = pids_of(pool)
    outcomes(pool, files)
    assert pids_of(pool) == first


def test_files_are_taken_lazily_so_that_a_scan_can_pause(pool: ProcessAnalyser, folder: Path) -> None:
    taken = 0

    def endless() -> Iterator[DiskFile]:
        nonlocal taken
        while True:
            taken += 1
            yield disk_file(folder / "kick.wav")

    run = pool.analyse(endless())
    while not next(run):
        pass
    after_first = taken
    time.sleep(0.3)
    assert taken == after_first
    assert after_first < 200
    run.close()  # type: ignore[attr-defined]


@pytest.mark.alone
def test_a_waiting_scan_yields_empty_lists_at_least_four_times_a_second(tmp_path: Path, pool: ProcessAnalyser) -> None:
    path = write(tmp_path / "a.wav", tone())
    outcomes(pool, [disk_file(path)])
    for pid in pids_of(pool):
        os.kill(pid, signal.SIGSTOP)
    run = pool.analyse([disk_file(path)])
    began = time.monotonic()
    assert [next(run) for _ in range(3)] == [[], [], []]
    assert time.monotonic() - began < 2
    run.close()  # type: ignore[attr-defined]


def test_a_file_that_cannot_be_decoded_is_a_failure_and_the_others_go_on(tmp_path: Path, pool: ProcessAnalyser) -> None:
    good = write(tmp_path / "good.wav", tone())
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"RIFF\x00\x00\x00\x00WAVEjunk")
    gone = DiskFile(str(tmp_path / "gone.wav"), FileStamp(1, 1))
    got = outcomes(pool, [disk_file(bad), gone, disk_file(good)])
    assert isinstance(got[str(good)], Analysis)
    failure = got[str(bad)]
    assert isinstance(failure, AnalysisFailure)
    assert failure.code == DecodeError.code
    vanished = got[gone.path]
    assert isinstance(vanished, AnalysisFailure)
    assert vanished.stamp == gone.stamp
    assert "No such file" in vanished.message


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_a_worker_killed_from_outside_costs_no_file(pool: ProcessAnalyser, folder: Path) -> None:
    files = [disk_file(p) for p in sorted(folder.iterdir())] * 10
    got: list[Outcome] = []
    killed = 0
    for batch in pool.analyse(files):
        got += batch
        if killed < 2 and len(got) > 150 * killed:
            os.kill(pids_of(pool)[0], signal.SIGKILL)
            killed += 1
    assert killed == 2
    assert len(got) == len(files)
    assert all(isinstance(outcome, Analysis) for outcome in got)


def test_a_file_that_kills_its_worker_fails_alone(pool: ProcessAnalyser, folder: Path, evil: Path) -> None:
    files = [disk_file(p) for p in sorted(folder.iterdir())]
    bad = write(evil / "crash.wav", tone())
    got = outcomes(pool, [*files[:7], disk_file(bad), *files[7:]])
    assert len(got) == len(files) + 1
    failure = got.pop(str(bad))
    assert isinstance(failure, AnalysisFailure)
    assert failure.code == WorkerCrashedError.code
    assert all(isinstance(outcome, Analysis) for outcome in got.values())


@pytest.mark.alone
def test_a_file_that_hangs_fails_after_the_limit_and_alone(folder: Path, evil: Path) -> None:
    pool = ProcessAnalyser(workers=1, time_limit_s=0.5)
    try:
        files = [disk_file(p) for p in sorted(folder.iterdir())][:12]
        bad = write(evil / "hang.wav", tone())
        began = time.monotonic()
        got = outcomes(pool, [*files[:5], disk_file(bad), *files[5:]])
        assert time.monotonic() - began < 15
        failure = got.pop(str(bad))
        assert isinstance(failure, AnalysisFailure)
        assert failure.code == AnalysisTimeoutError.code
        assert len(got) == len(files)
        assert all(isinstance(outcome, Analysis) for outcome in got.values())
        with pytest.raises(AnalysisTimeoutError):
            pool.analyse_now(str(bad))
    finally:
        pool.close()


def test_a_file_that_needs_too_much_memory_fails_alone(
    folder: Path, evil: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("soundkin.analysis.lane.MEMORY_LIMIT", 400 << 20)
    pool = ProcessAnalyser(workers=1, time_limit_s=20)
    try:
        files = [disk_file(p) for p in sorted(folder.iterdir())][:4]
        bad = write(evil / "swell.wav", tone())
        got = outcomes(pool, [files[0], disk_file(bad), *files[1:]])
        failure = got.pop(str(bad))
        assert isinstance(failure, AnalysisFailure)
        assert "memory" in failure.message
        assert all(isinstance(outcome, Analysis) for outcome in got.values())
    finally:
        pool.close()


def test_a_question_does_not_wait_behind_a_scan(folder: Path, evil: Path) -> None:
    pool = ProcessAnalyser(workers=1, time_limit_s=20)
    try:
        run = pool.analyse([disk_file(write(evil / "hang.wav", tone()))] * 3)
        assert next(run) == []
        analysis = pool.analyse_now(str(folder / "kick.wav"))
        assert analysis.path == str(folder / "kick.wav")
        run.close()  # type: ignore[attr-defined]
    finally:
        pool.close()


def test_questions_from_several_threads_take_turns(pool: ProcessAnalyser, folder: Path) -> None:
    got: list[Analysis] = []
    paths = sorted(str(p) for p in folder.iterdir())[:6]
    threads = [threading.Thread(target=lambda p=p: got.append(pool.analyse_now(p))) for p in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(a.path for a in got) == paths
    assert len(pids_of(pool)) == 1


def test_a_question_raises_what_the_file_deserves(pool: ProcessAnalyser, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        pool.analyse_now(str(tmp_path / "none.wav"))
    (tmp_path / "text.wav").write_text("not audio")
    with pytest.raises(DecodeError):
        pool.analyse_now(str(tmp_path / "text.wav"))


def test_closing_the_iterator_drops_the_rest_and_the_pool_still_works(pool: ProcessAnalyser, folder: Path) -> None:
    files = [disk_file(p) for p in sorted(folder.iterdir())]
    run = pool.analyse(iter(files * 100))
    next(run)
    run.close()  # type: ignore[attr-defined]
    assert len(outcomes(pool, files)) == len(files)


def test_pool_and_own_process_agree_to_the_last_bit(pool: ProcessAnalyser, folder: Path) -> None:
    path = str(folder / "hat.wav")
    there, here = pool.analyse_now(path), analyse_in_process(path)
    assert there.vector.tobytes() == here.vector.tobytes()
    assert there.facts == here.facts
    assert there.content_hash == here.content_hash


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_workers_ignore_ctrl_c_and_run_at_low_priority(pool: ProcessAnalyser, folder: Path) -> None:
    outcomes(pool, [disk_file(folder / "kick.wav")])
    (pid,) = pids_of(pool)
    os.kill(pid, signal.SIGINT)
    outcomes(pool, [disk_file(folder / "kick.wav")])
    assert pids_of(pool) == (pid,)
    assert psutil.Process(pid).nice() > psutil.Process().nice()
    assert os.getpgid(pid) != os.getpgid(0)


PARENT = """
import sys, time
sys.path[:] = {path!r}
from analysis_sounds import pids_of
from soundkin.analysis import ProcessAnalyser
from soundkin.model import DiskFile, FileStamp
pool = ProcessAnalyser(workers=2, time_limit_s=60)
for _ in pool.analyse([DiskFile(p, FileStamp(1, 1)) for p in {files!r}] * {count}):
    print(*pids_of(pool), flush=True)
time.sleep(600)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
@pytest.mark.parametrize("count", [100_000, 64], ids=["at work", "idle"])
def test_workers_die_with_a_parent_that_is_killed(folder: Path, count: int) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.format(path=sys.path, files=[str(folder / "kick.wav")], count=count)],
        stdout=subprocess.PIPE,
        text=True,
    )
    with parent:
        assert parent.stdout
        pids: tuple[int, ...] = ()
        while len(pids) < 2:
            pids = tuple(int(word) for word in parent.stdout.readline().split())
        if count < 100_000:
            wait_until(lambda: all(psutil.Process(pid).status() == psutil.STATUS_SLEEPING for pid in pids))
        parent.kill()
    wait_until(lambda: alive(pids) == [], 10)


def test_a_worker_that_cannot_start_is_one_error_and_not_a_failure_of_every_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("soundkin.analysis.process.BOOT", "raise SystemExit(3)")
    pool = ProcessAnalyser(workers=1, time_limit_s=20)
    try:
        with pytest.raises(AnalysisError, match="do not start: exit code 3"):
            outcomes(pool, [disk_file(folder / "kick.wav")])
    finally:
        pool.close()


def test_the_time_of_a_paused_scan_is_not_counted_against_the_file_in_hand(folder: Path) -> None:
    pool = ProcessAnalyser(workers=1, time_limit_s=1.5)
    try:
        path = folder / "kick.wav"
        outcomes(pool, [disk_file(path)])
        (pid,) = pids_of(pool)
        run = pool.analyse([disk_file(path)])
        psutil.Process(pid).suspend()
        assert next(run) == []
        time.sleep(2.0)  # the caller does something else for longer than the limit
        assert next(run) == []
        psutil.Process(pid).resume()
        got = [outcome for batch in run for outcome in batch]
        assert [type(outcome) for outcome in got] == [Analysis]
    finally:
        pool.close()


def test_a_worker_that_never_gets_ready_is_one_error_and_no_file_is_blamed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("soundkin.analysis.process.BOOT", "import time; time.sleep(600)")
    monkeypatch.setattr("soundkin.analysis.lane.START_LIMIT_S", 0.3)
    pool = ProcessAnalyser(workers=1, time_limit_s=20)
    try:
        with pytest.raises(AnalysisError, match="do not start: not ready"):
            outcomes(pool, [disk_file(folder / "kick.wav")])
    finally:
        pool.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that are not text")
def test_a_name_that_is_not_text_survives_the_way_to_the_worker_and_back(pool: ProcessAnalyser, tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe kick.wav")
    Path(path).write_bytes(write(tmp_path / "kick.wav", kick()).read_bytes())
    (outcome,) = outcomes(pool, [disk_file(path)]).values()
    assert isinstance(outcome, Analysis)
    assert outcome.path == path
    assert pool.analyse_now(path).path == path
