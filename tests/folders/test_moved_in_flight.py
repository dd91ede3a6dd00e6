"""Files that move between being handed out and being stored: one pass later the library knows them where they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from following import Follower, make


@pytest.fixture
def follower(top: Path, follower: Follower) -> Follower:
    """One that knows a file already."""
    make(top / "known.wav")
    follower.scan()
    return follower


def test_a_folder_that_is_renamed_before_its_files_are_stored_leaves_no_rows_behind(
    top: Path, follower: Follower
) -> None:
    for number in range(5):
        make(top / f"old/{number}.wav")
    follower.ingest.hint(str(top / "old"))
    follower.now += 0.6
    while len(follower.analyser.analysed) < 4:
        follower.ingest.step(0)
    assert str(top / "old/0.wav") not in follower.paths(), "it waits to be stored"
    (top / "old").rename(top / "new")
    follower.scan()
    assert follower.paths() == {str(top / "known.wav"), *(str(top / f"new/{number}.wav") for number in range(5))}
    assert follower.wrong() == []


def test_a_file_that_is_deleted_before_it_is_stored_is_missing_after_the_pass(top: Path, follower: Follower) -> None:
    path = make(top / "goes.wav")
    follower.ingest.hint(str(path))
    follower.now += 0.6
    while len(follower.analyser.analysed) < 2:
        follower.ingest.step(0)
    path.unlink()
    follower.scan()
    assert follower.paths() == {str(top / "known.wav")}
