"""Batches on their way into the library: how large, how old, and how often a refusal is tried again."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import pytest

from fakes_library import FakeLibrary
from soundkin.errors import LibraryError, LibraryFullError
from soundkin.ingest.batch import BatchWriter
from soundkin.model import AnalysisFailure, Aspect, FeatureParams, FileStamp, Outcome

PARAMS = FeatureParams(1, 4, (Aspect("timbre", 0, 4),))


class Picky(FakeLibrary):
    """A library that can be made to refuse, and counts what it is given."""

    def __init__(self) -> None:
        super().__init__(PARAMS)
        self.add_root("/r")
        self.error: LibraryError | None = None
        self.sizes: list[int] = []
        self.refuse_after = 1_000_000

    def put(self, outcomes: Sequence[Outcome]) -> None:
        if self.error is not None and sum(self.sizes) >= self.refuse_after:
            raise self.error
        self.sizes.append(len(outcomes))
        super().put(outcomes)


def outcomes(count: int, start: int = 0) -> list[Outcome]:
    return [AnalysisFailure(f"/r/{n}.wav", FileStamp(1, 1), "decode", "x") for n in range(start, start + count)]


@pytest.fixture
def library() -> Picky:
    return Picky()


@pytest.fixture
def writer(library: Picky) -> BatchWriter:
    return BatchWriter(library)


def test_a_new_writer_has_nothing_to_store_and_no_trouble(writer: BatchWriter) -> None:
    assert (len(writer), writer.trouble, writer.full, writer.must_wait(0.0)) == (0, "", False, False)
    assert writer.store(0.0) == []


def test_a_batch_is_due_with_64_files_or_after_a_second(writer: BatchWriter) -> None:
    assert writer.is_due(100.0) is False
    writer.add(outcomes(63), 100.0)
    assert writer.is_due(100.99) is False
    assert writer.is_due(101.0) is True
    writer.add(outcomes(1, 63), 100.5)
    assert writer.is_due(100.5) is True


def test_the_second_runs_from_the_first_file_of_a_batch(writer: BatchWriter) -> None:
    writer.add([], 5.0)
    writer.add(outcomes(1), 100.0)
    writer.add(outcomes(1, 1), 100.9)
    writer.add([], 100.95)
    assert writer.is_due(100.99) is False
    assert writer.is_due(101.0) is True
    assert writer.store(101.0) == ["/r/0.wav", "/r/1.wav"]
    writer.add(outcomes(1, 2), 200.0)
    assert writer.is_due(200.99) is False
    assert writer.is_due(201.0) is True


def test_files_are_stored_64_at_a_time_in_their_order(library: Picky, writer: BatchWriter) -> None:
    writer.add(outcomes(150), 0.0)
    assert len(writer) == 150
    assert writer.paths == [f"/r/{n}.wav" for n in range(150)]
    assert writer.store(0.0) == [f"/r/{n}.wav" for n in range(150)]
    assert library.sizes == [64, 64, 22]
    assert len(writer) == 0
    assert writer.store(0.0) == []


def test_what_the_library_refuses_is_kept_and_tried_again_after_five_seconds(
    library: Picky, writer: BatchWriter
) -> None:
    library.error, library.refuse_after = LibraryError("the disk failed"), 64
    writer.add(outcomes(100), 0.0)
    assert writer.must_wait(0.0) is False
    assert writer.store(10.0) == [f"/r/{n}.wav" for n in range(64)]
    assert writer.paths == [f"/r/{n}.wav" for n in range(64, 100)]
    assert (writer.trouble, writer.full) == ("analysis waits: the disk failed", False)
    assert writer.must_wait(14.99) is True
    assert writer.must_wait(15.0) is False
    library.error = None
    assert len(writer.store(15.0)) == 36
    assert (writer.trouble, writer.full) == ("", False)
    assert writer.must_wait(15.0) is False


def test_a_full_disk_is_told_from_other_trouble(library: Picky, writer: BatchWriter) -> None:
    library.error, library.refuse_after = LibraryFullError("no room"), 0
    writer.add(outcomes(1), 0.0)
    assert writer.store(0.0) == []
    assert writer.full is True
    writer.refused(LibraryError("other"), 1.0)
    assert (writer.trouble, writer.full) == ("analysis waits: other", False)


def test_the_same_trouble_is_logged_once_and_its_end_too(writer: BatchWriter, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "soundkin")
    for _ in range(3):
        writer.refused(LibraryError("gone"), 0.0)
    assert [record.getMessage() for record in caplog.records] == ["analysis waits: gone; trying again every 5 s"]
    writer.accepted()
    writer.accepted()
    assert len(caplog.records) == 2


def test_a_batch_with_nothing_in_it_ends_no_trouble(writer: BatchWriter) -> None:
    writer.refused(LibraryError("gone"), 0.0)
    assert writer.store(9.0) == []
    assert writer.trouble == "analysis waits: gone"
