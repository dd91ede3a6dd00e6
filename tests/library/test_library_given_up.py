"""Reads in the middle of SQLite's work: stopped when the question behind them is given up or has used up its time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from library_samples import PARAMS
from soundkin.errors import GivenUpError, TooLongError
from soundkin.library import SqliteLibrary, open_library
from soundkin.model import KNOWN, Analysis, Facts, FileStamp
from soundkin.questions import effort
from soundkin.questions.effort import Effort

COUNT = 4000
FACTS = Facts(duration_s=1.0, sample_rate=44_100, channels=1)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteLibrary]:
    library = open_library(tmp_path_factory.mktemp("library") / "library.sqlite3", PARAMS)
    library.add_root("/samples")
    vector = np.zeros(PARAMS.num_dimensions, np.float32)
    files = [f"/samples/{number % 50}/{number} kick.wav" for number in range(COUNT)]
    library.put([Analysis(path, FileStamp(1, n), n.to_bytes(16, "big"), FACTS, vector) for n, path in enumerate(files)])
    yield library
    library.close()


READS: list[Callable[[SqliteLibrary], object]] = [
    lambda library: library.search("nothing at all", 5),
    lambda library: library.search("ähm " * 20, 5),
    lambda library: list(library.ids_by_path("nothing", KNOWN)),
    lambda library: list(library.fact_blocks(None, KNOWN)),
]


@pytest.mark.parametrize("read", READS)
def test_a_read_stops_in_the_middle_when_it_is_given_up(
    library: SqliteLibrary, read: Callable[[SqliteLibrary], object]
) -> None:
    with effort.given(Effort(wanted=lambda: False)), pytest.raises(GivenUpError):
        read(library)
    with effort.given(Effort(-1.0)), pytest.raises(TooLongError):
        read(library)
    read(library)
    assert len(library.search("kick", 10_000)) == COUNT


def test_ids_come_by_folder_and_name_in_blocks(library: SqliteLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("soundkin.library.reading._ID_BLOCK", 7)
    blocks = list(library.ids_by_path("1 kick", KNOWN))
    assert {len(block) for block in blocks[:-1]} == {7}
    by_path = [sample.id for sample in library.search("1 kick", 10_000)]
    assert [each for block in blocks for each in block] == by_path
