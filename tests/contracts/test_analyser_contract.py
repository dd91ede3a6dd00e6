"""What every analyser promises: the one with worker processes, the one in this process, the fake one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from analysis_sounds import disk_file, kick, tone, write
from fakes_analysis import FakeAnalyser
from soundkin.analysis import PARAMS, ProcessAnalyser
from soundkin.errors import AnalysisError
from soundkin.interfaces import BatchAnalyser, FileAnalyser
from soundkin.model import Analysis, AnalysisFailure, DiskFile, FileStamp, Outcome
from soundkin_daemon.engine import InProcessAnalyser


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessAnalyser]:
    analyser = ProcessAnalyser(2, time_limit_s=60)
    yield analyser
    analyser.close()


@pytest.fixture(params=["processes", "fake"])
def batch(request: pytest.FixtureRequest, processes: ProcessAnalyser) -> BatchAnalyser:
    return processes if request.param == "processes" else FakeAnalyser(PARAMS)


@pytest.fixture(params=["processes", "this process", "fake"])
def single(request: pytest.FixtureRequest, processes: ProcessAnalyser) -> FileAnalyser:
    if request.param == "this process":
        return InProcessAnalyser()
    return processes if request.param == "processes" else FakeAnalyser(PARAMS)


def bad(path: Path) -> Path:
    path.write_bytes(b"bad: this is no sound at all" * 20)
    return path


def collected(batch: BatchAnalyser, files: list[DiskFile]) -> list[Outcome]:
    return [outcome for outcomes in batch.analyse(iter(files)) for outcome in outcomes]


def test_every_file_has_one_outcome_and_a_bad_or_vanished_one_is_a_failure(
    batch: BatchAnalyser, tmp_path: Path
) -> None:
    good = [disk_file(write(tmp_path / f"{number}.wav", tone(110 * number))) for number in range(1, 6)]
    broken = disk_file(bad(tmp_path / "bad.wav"))
    gone = DiskFile(str(tmp_path / "gone.wav"), FileStamp(1000, 1))
    found = {outcome.path: outcome for outcome in collected(batch, [*good, broken, gone])}
    assert len(found) == 7
    assert {path for path, each in found.items() if isinstance(each, AnalysisFailure)} == {broken.path, gone.path}
    for file in good:
        outcome = found[file.path]
        assert isinstance(outcome, Analysis)
        assert (outcome.stamp, len(outcome.content_hash)) == (file.stamp, 15)
        assert outcome.vector.shape == (PARAMS.num_dimensions,)
    assert len({found[file.path].content_hash for file in good}) == 5  # type: ignore[union-attr]


def test_nothing_to_do_has_no_outcome(batch: BatchAnalyser) -> None:
    assert collected(batch, []) == []


def test_files_are_taken_as_they_are_needed_and_closing_drops_the_rest(batch: BatchAnalyser, tmp_path: Path) -> None:
    file = disk_file(write(tmp_path / "kick.wav", kick()))
    taken = 0

    def endless() -> Iterator[DiskFile]:
        nonlocal taken
        while True:
            taken += 1
            yield file

    outcomes = batch.analyse(endless())
    while not next(outcomes):
        pass
    outcomes.close()  # type: ignore[attr-defined]
    assert 0 < taken < 10_000
    assert next(outcomes, None) is None
    assert len(collected(batch, [file])) == 1, "and it works on afterwards"


def test_where_every_disk_answers_nothing_is_waited_for_and_nothing_taken_back(
    batch: BatchAnalyser, tmp_path: Path
) -> None:
    assert len(collected(batch, [disk_file(write(tmp_path / "kick.wav", kick()))])) == 1
    assert list(batch.stalled()) == []
    assert list(batch.take_back()) == []


def test_one_file_or_a_part_of_it_is_analysed_at_once(single: FileAnalyser, tmp_path: Path) -> None:
    path = str(write(tmp_path / "tone.wav", tone(220)))
    whole, part = single.analyse_now(path), single.analyse_now(path, 0.1, 0.3)
    assert (whole.path, part.path) == (path, path)
    assert whole.stamp.size == os.path.getsize(path)
    assert whole.vector.tobytes() == single.analyse_now(path).vector.tobytes()
    assert whole.vector.tobytes() != part.vector.tobytes()


def test_a_file_that_is_no_sound_or_not_there_raises(single: FileAnalyser, tmp_path: Path) -> None:
    with pytest.raises(AnalysisError):
        single.analyse_now(str(bad(tmp_path / "bad.wav")))
    with pytest.raises(OSError, match=r"gone\.wav"):
        single.analyse_now(str(tmp_path / "gone.wav"))
