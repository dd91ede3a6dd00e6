"""Questions whose files hang while they are read: they hold up no other, and are not asked twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from analysis_sounds import kick, pids_of, write
from fuse_disk import FuseDisk, fuse_disk
from soundkin.analysis.pool import ProcessAnalyser
from soundkin.errors import NoAnswerError

LONGEST_S = 60.0


class Question(threading.Thread):
    """One that is asked in a thread of its own."""

    def __init__(self, pool: ProcessAnalyser, path: Path) -> None:
        super().__init__(daemon=True)
        self._pool, self._path = pool, path
        self.answer: object = None
        self.start()

    def run(self) -> None:
        try:
            self.answer = self._pool.analyse_now(str(self._path)).path
        except Exception as error:
            self.answer = error

    def ended(self) -> object:
        self.join(LONGEST_S)
        return self.answer


def wait_until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST_S
    while not what():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.01)


@pytest.fixture
def pool() -> Iterator[ProcessAnalyser]:
    """Its limit is longer than any test waits."""
    pool = ProcessAnalyser(workers=1, time_limit_s=4 * LONGEST_S)
    yield pool
    pool.close()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[FuseDisk]:
    with fuse_disk(tmp_path.resolve()) as mounted:
        for number in range(4):
            noise = 0.1 * np.random.default_rng(number).standard_normal(400_000)
            soundfile.write(str(mounted.backing / f"late {number}.wav"), noise, 44_100)
        yield mounted


def hang(pool: ProcessAnalyser, disk: FuseDisk, count: int) -> list[Question]:
    """Questions about files that hang in the middle, each in a worker of its own."""
    disk.hang(["read"], "late", behind=300_000)
    asked = []
    for number in range(count):
        asked.append(Question(pool, disk.mount / f"late {number}.wav"))
        wait_until(lambda: len(pids_of(pool)) == len(asked))
    return asked


def test_a_file_that_hangs_in_the_middle_holds_up_no_other_question_and_is_not_read_twice(
    pool: ProcessAnalyser, disk: FuseDisk, tmp_path: Path
) -> None:
    other = write(tmp_path / "kick.wav", kick())
    (first,) = hang(pool, disk, 1)
    second = Question(pool, disk.mount / "late 0.wav")
    for _ in range(3):
        assert Question(pool, other).ended() == str(other)
    again = second.ended()
    assert isinstance(again, NoAnswerError)
    assert "has not answered" in str(again)
    assert first.is_alive()
    disk.mend()
    assert first.ended() == str(disk.mount / "late 0.wav")
    assert Question(pool, disk.mount / "late 0.wav").ended() == str(disk.mount / "late 0.wav")
    wait_until(lambda: len(pids_of(pool)) == 1)


def test_three_files_may_hang_at_once_and_a_fourth_question_waits_for_one_of_them(
    pool: ProcessAnalyser, disk: FuseDisk, tmp_path: Path
) -> None:
    other = write(tmp_path / "kick.wav", kick())
    asked = hang(pool, disk, 3)
    fourth = Question(pool, other)
    fourth.join(5)
    assert fourth.is_alive()
    assert len(pids_of(pool)) == 3
    disk.mend()
    assert fourth.ended() == str(other)
    assert [each.ended() for each in asked] == [str(disk.mount / f"late {number}.wav") for number in range(3)]


def test_questions_whose_files_hang_end_when_the_analyser_is_closed(pool: ProcessAnalyser, disk: FuseDisk) -> None:
    asked = [*hang(pool, disk, 2), Question(pool, disk.mount / "late 3.wav")]
    pool.close()
    for question in asked:
        assert isinstance(question.ended(), Exception)
