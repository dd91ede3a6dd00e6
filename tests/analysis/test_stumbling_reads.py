"""Real workers on a disk that stumbles: what they say of a file, and of one that only looks changed."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from analysis_sounds import kick, tone, write
from fuse_disk import FuseDisk, fuse_disk
from soundkin.analysis import pipeline
from soundkin.analysis.decode import decode
from soundkin.analysis.jobs import Failure, Job
from soundkin.analysis.pool import ProcessAnalyser
from soundkin.errors import DecodeError, FileChangedError
from soundkin.folders.content_hash import content_hash
from soundkin.folders.walk import look_at_file
from soundkin.model import Analysis, AnalysisFailure, DiskFile, Outcome, Unchanged


@pytest.fixture(scope="module")
def analyser() -> Iterator[ProcessAnalyser]:
    analyser = ProcessAnalyser(workers=1, time_limit_s=20)
    yield analyser
    analyser.close()


@pytest.fixture
def fuse(tmp_path: Path) -> Iterator[FuseDisk]:
    with fuse_disk(tmp_path.resolve()) as plugged:
        yield plugged


def outcome_of(analyser: ProcessAnalyser, file: DiskFile) -> Outcome:
    (outcome,) = [outcome for batch in analyser.analyse([file]) for outcome in batch]
    return outcome


def result_of(job: Job) -> Failure:
    """What a worker answers to a job that fails."""
    ((result,),) = pipeline.in_batches([job], lambda place: None)
    assert isinstance(result, Failure)
    return result


def found(path: Path) -> DiskFile:
    file = look_at_file(str(path))
    assert file is not None
    return file


@pytest.mark.parametrize("call", ["open", "read"])
@pytest.mark.parametrize(
    ("name", "code"), [("EIO", "unreadable"), ("ESTALE", "unreadable"), ("EACCES", "unreadable"), ("ENOMEM", "memory")]
)
def test_an_error_of_the_disk_is_no_verdict(
    analyser: ProcessAnalyser, fuse: FuseDisk, call: str, name: str, code: str
) -> None:
    write(fuse.backing / "a.wav", tone())
    file = found(fuse.mount / "a.wav")
    fuse.stumble(getattr(errno, name), [call])
    outcome = outcome_of(analyser, file)
    assert isinstance(outcome, AnalysisFailure)
    assert (outcome.code, outcome.is_verdict, outcome.stamp) == (code, False, file.stamp)
    fuse.mend()
    assert isinstance(outcome_of(analyser, file), Analysis)


@pytest.mark.parametrize("ending", ["wav", "aiff", "flac", "ogg", "mp3"])
def test_a_disk_that_stumbles_in_the_middle_is_not_the_end_of_the_file(fuse: FuseDisk, ending: str) -> None:
    """Decoders take an error for the end: what came before would be heard, and the file called cut off."""
    path = fuse.backing / f"a.{ending}"
    soundfile.write(str(path), 0.1 * np.random.default_rng(1).standard_normal(200_000), 44_100)
    fuse.stumble(errno.EIO, ["read"], behind=path.stat().st_size // 2)
    fd = os.open(fuse.mount / path.name, os.O_RDONLY)
    try:
        with pytest.raises(OSError):
            decode(fd, str(fuse.mount / path.name))
        fuse.mend()
        assert decode(fd, str(fuse.mount / path.name)).cut_off is None
    finally:
        os.close(fd)


def test_a_file_that_vanished_is_no_verdict(analyser: ProcessAnalyser, tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", tone())
    file = found(path)
    path.unlink()
    outcome = outcome_of(analyser, file)
    assert isinstance(outcome, AnalysisFailure)
    assert not outcome.is_verdict


def test_a_file_that_is_not_audio_is_one(analyser: ProcessAnalyser, tmp_path: Path) -> None:
    path = tmp_path / "text.wav"
    path.write_text("not a sound at all")
    outcome = outcome_of(analyser, found(path))
    assert isinstance(outcome, AnalysisFailure)
    assert outcome.is_verdict


@pytest.mark.parametrize("error", [DecodeError("garbage"), ValueError("unforeseen")])
def test_a_verdict_that_fell_while_the_disk_stumbled_is_the_disks_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """The decoder got nothing, or only a part, and says that this is no sound; the disk says that it cannot be read."""
    path = write(tmp_path / "a.wav", tone())

    def decode(*_: object) -> None:
        def fail(file: object, size: int) -> bytes:
            raise OSError(errno.EIO, "Input/output error")

        monkeypatch.setattr(pipeline, "content_hash", fail)
        raise error

    monkeypatch.setattr(pipeline, "decode", decode)
    with pytest.raises(OSError, match="Input/output error"):
        pipeline.analyse_file(str(path))


def test_a_verdict_on_bytes_that_are_others_when_read_again_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.wav", tone())
    answers = [b"one", b"other"]
    monkeypatch.setattr(pipeline, "content_hash", lambda file, size: answers.pop(0))
    monkeypatch.setattr(pipeline, "decode", lambda *_: (_ for _ in ()).throw(DecodeError("garbage")))
    with pytest.raises(FileChangedError):
        pipeline.analyse_file(str(path))


def test_a_file_that_only_looks_changed_is_compared_and_not_analysed(analyser: ProcessAnalyser, tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", tone())
    known = content_hash(str(path), path.stat().st_size)
    os.utime(path, (1, 1))
    stamp = found(path).stamp
    assert outcome_of(analyser, DiskFile(str(path), stamp, known)) == Unchanged(str(path), stamp, known)
    write(path, kick())
    outcome = outcome_of(analyser, DiskFile(str(path), found(path).stamp, known))
    assert isinstance(outcome, Analysis)
    assert outcome.content_hash == content_hash(str(path), path.stat().st_size) != known


def test_one_that_cannot_be_compared_says_nothing(analyser: ProcessAnalyser, fuse: FuseDisk) -> None:
    write(fuse.backing / "a.wav", tone())
    file = found(fuse.mount / "a.wav")
    fuse.stumble(errno.EIO)
    outcome = outcome_of(analyser, DiskFile(file.path, file.stamp, b"known", briefly=True))
    assert isinstance(outcome, AnalysisFailure)
    assert not outcome.is_verdict


def test_a_worker_without_descriptors_or_memory_judges_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = Job(str(write(tmp_path / "a.wav", tone())), None)

    def refuse(*_: object) -> int:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with monkeypatch.context() as patched:
        patched.setattr("soundkin.analysis.pipeline.os.open", refuse)
        assert result_of(job).code == "unreadable"

    def exhaust(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(pipeline, "decode", exhaust)
    assert result_of(job).code == "memory"
